"""Where the weights of a network start: each initialiser draws one weight of a layer, given the layer's sizes."""

import math
from collections.abc import Callable
from random import Random
from typing import Final

from autograd.text import quoted

#: A function of the generator, the number of inputs and the number of neurons of the layer.
Initializer = Callable[[Random, int, int], float]


def uniform(random: Random, inputs: int, outputs: int) -> float:
    """Uniform in [−1, 1), whatever the sizes."""
    return random.uniform(-1.0, 1.0)


def xavier(random: Random, inputs: int, outputs: int) -> float:
    """Uniform within ±√(6/(inputs + outputs)), for sigmoid and tanh.

    Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010, equation 16.
    """
    bound = math.sqrt(6.0 / (inputs + outputs))
    return random.uniform(-bound, bound)


def he(random: Random, inputs: int, outputs: int) -> float:
    """Normal with standard deviation √(2/inputs), for relu and its kin.

    He et al., Delving deep into rectifiers, 2015, equation 10.
    """
    return random.normalvariate(0.0, math.sqrt(2.0 / inputs))


#: By name, for a Layer or an MLP.
INITIALIZERS: Final[dict[str, Initializer]] = {"uniform": uniform, "xavier": xavier, "he": he}


def initializer_named(initializer: str | Initializer) -> Initializer:
    """The initialiser of that name; a function as it is.

    Raises:
        ValueError: there is none.
    """
    if callable(initializer):
        return initializer
    if initializer not in list(INITIALIZERS):
        raise ValueError(f"initializer {quoted(initializer)} is unknown: choose one of {', '.join(INITIALIZERS)}")
    return INITIALIZERS[initializer]
