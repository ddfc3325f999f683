"""Learning rates that change: each function here gives a function of the epoch, which counts from 0."""

import math
from collections.abc import Callable


def exponential(start: float, factor: float) -> Callable[[int], float]:
    """start · factor^epoch."""
    return lambda epoch: start * factor**epoch


def stepped(start: float, factor: float, every: int) -> Callable[[int], float]:
    """start, times factor after every so many epochs.

    Raises:
        ValueError: every is less than 1.
    """
    if every < 1:
        raise ValueError(f"every = {every}: a number of epochs from 1 up is needed")
    return lambda epoch: start * factor ** (epoch // every)


def cosine(start: float, end: float, epochs: int) -> Callable[[int], float]:
    """From start to end within so many epochs, along half a cosine, and end from then on.

    Loshchilov and Hutter, SGDR: stochastic gradient descent with warm restarts, 2017, equation 5.

    Raises:
        ValueError: epochs is less than 1.
    """
    if epochs < 1:
        raise ValueError(f"epochs = {epochs}: a number from 1 up is needed")
    return lambda epoch: end + 0.5 * (start - end) * (1.0 + math.cos(math.pi * min(epoch / epochs, 1.0)))


def warmup(epochs: int, schedule: Callable[[int], float]) -> Callable[[int], float]:
    """A schedule whose rates of the first epochs are raised bit by bit: (epoch + 1)/epochs of each.

    Raises:
        ValueError: epochs is less than 1.
    """
    if epochs < 1:
        raise ValueError(f"epochs = {epochs}: a number from 1 up is needed")
    return lambda epoch: schedule(epoch) * min((epoch + 1) / epochs, 1.0)
