"""Losses: one number that says how far predictions are from their targets.

Each is the mean over a batch of samples, so the loss of one sample is that of a batch of one.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from autograd import Value, operations
from autograd.operations import as_float
from autograd.scalar import Scalar
from autograd.text import counted

#: One sample's numbers: a single one, or several of them where the network has several outputs.
Prediction = Value | Iterable[Value]
Target = float | Iterable[float]


@dataclass(frozen=True, slots=True)
class HalfMSE:
    """Half the mean squared error with the parts it is made of, each labelled.

    Attributes:
        errors: (a − y)² for each sample and output, ``E[sample]`` or, of several outputs, ``E[output,sample]``.
        mse: the sum of the errors over the number of samples.
        loss: half of that.
    """

    errors: list[list[Value]]
    mse: Value
    loss: Value


def half_mse(predictions: Iterable[Prediction], targets: Iterable[Target]) -> Value:
    """Half the mean squared error, C = 1/(2n) Σ (aᵢ − yᵢ)² over n samples.

    The half cancels the 2 of the derivative, so ∂C/∂aᵢ = (aᵢ − yᵢ)/n. Where a sample has several outputs, their
    squares add up; n stays the number of samples.

    Args:
        predictions: n Values, or n lists of Values; arrays that hold Values will do as well.
        targets: numbers in the same shape, in lists or arrays.

    Raises:
        TypeError: a prediction is not a Value, a target is not a number, or neither stands in a list.
        ValueError: the shapes differ, or there is nothing to average.
    """
    return half_mse_parts(predictions, targets).loss


def half_mse_parts(predictions: Iterable[Prediction], targets: Iterable[Target]) -> HalfMSE:
    """What ``half_mse`` of the same arguments works out on its way, and its result."""
    errors = _of_each(predictions, targets, lambda a, y: (a - y) ** 2.0, "E")
    mse = _mean(errors, "mse")
    loss = mse / 2.0
    loss.label = "loss"
    return HalfMSE(errors, mse, loss)


def mse(predictions: Iterable[Prediction], targets: Iterable[Target]) -> Value:
    """The mean squared error, 1/n Σ (aᵢ − yᵢ)² over n samples; arguments and errors as for ``half_mse``."""
    return _mean(_of_each(predictions, targets, lambda a, y: (a - y) ** 2.0, "E"), "mse")


def binary_cross_entropy(logits: Iterable[Prediction], targets: Iterable[Target]) -> Value:
    """The mean of −y ln σ(z) − (1 − y) ln(1 − σ(z)), which the sigmoid of the logits z is part of.

    So the network's last layer is linear. It is worked out as y softplus(−z) + (1 − y) softplus(z), which neither
    overflows nor loses digits. Where a sample has several outputs, their losses add up.

    Args:
        logits: n Values, or n lists of Values.
        targets: probabilities, mostly 0 or 1, in the same shape.

    Raises:
        TypeError, ValueError: as half_mse, or a target is not between 0 and 1.
    """

    def term(z: Any, y: Any) -> Any:
        if isinstance(y, float) and not 0.0 <= y <= 1.0:
            raise ValueError(f"a target is {y}: a probability from 0 to 1 is needed")
        return y * operations.softplus(-z) + (1.0 - y) * operations.softplus(z)

    return _mean(_of_each(logits, targets, term, "L"), "loss")


def softmax_cross_entropy(logits: Iterable[Iterable[Value]], targets: Iterable[Target]) -> Value:
    """The mean of −ln p of the right class, where p = softmax(z) of a sample's logits z.

    So the network's last layer is linear, with a neuron for each class. It is worked out as ln Σ exp(zₖ − z_right),
    one ``logaddexp`` after the other, which never overflows.

    Args:
        logits: n lists of two Values or more.
        targets: n numbers of classes, which count from 0, or n lists of probabilities, such as ``[0, 1, 0]``.

    Raises:
        TypeError: a logit is not a Value, or a target is not a number.
        ValueError: the shapes differ, there is nothing to average, a class is none of those there are, or
            probabilities do not add up to 1.
    """
    losses = []
    for sample, (z_row, y_row) in enumerate(_pairs(logits, targets)):
        z_row = [_prediction(z, sample) for z in z_row]
        if len(z_row) < 2:
            raise ValueError(
                f"sample {sample} has {counted(len(z_row), 'logit')}: give one for each class, or use "
                "binary_cross_entropy"
            )
        right = _logit_of_target(z_row, [_target(y) for y in y_row], sample)
        loss = reduce(operations.logaddexp, [z - right for z in z_row])
        loss.label = f"L[{sample}]"
        losses.append([loss])
    return _mean(losses, "loss")


def hinge(predictions: Iterable[Prediction], targets: Iterable[Target]) -> Value:
    """The mean of max(0, 1 − y a), for targets y of −1 and 1 (the loss of a support vector machine).

    Where a sample has several outputs, their losses add up. Arguments and errors as for ``half_mse``.
    """
    return _mean(_of_each(predictions, targets, lambda a, y: operations.relu(1.0 - y * a), "L"), "loss")


# What they are made of ------------------------------------------------------------------------------------------------


def _of_each(predictions: Any, targets: Any, term: Callable[[Any, Any], Any], name: str) -> list[list[Any]]:
    """For each sample a labelled term for each of its outputs."""
    terms = []
    for sample, (a_row, y_row) in enumerate(_pairs(predictions, targets)):
        if len(a_row) != len(y_row):
            given = f"{counted(len(a_row), 'output')} and {counted(len(y_row), 'target')}"
            raise ValueError(f"sample {sample} has {given}: make them equal")
        row = []
        for output, (a, y) in enumerate(zip(a_row, y_row, strict=True)):
            made = term(_prediction(a, sample), _target(y))
            made.label = f"{name}[{sample}]" if len(a_row) == 1 else f"{name}[{output},{sample}]"
            row.append(made)
        terms.append(row)
    return terms


def _mean(terms: Sequence[Sequence[Any]], label: str) -> Value:
    """The sum of the terms over the number of samples."""
    if not terms or not all(terms):
        raise ValueError("a mean over no samples: give at least one prediction and its target")
    flat = [term for sample in terms for term in sample]
    mean: Value = sum(flat[1:], flat[0]) / float(len(terms))
    mean.label = label
    return mean


def _logit_of_target(logits: Sequence[Any], target: Sequence[Any], sample: int) -> Any:
    """The logit of the right class, or the mean of the logits by the target's probabilities."""
    if len(target) == len(logits):
        if all(isinstance(y, float) for y in target) and not math.isclose(sum(target), 1.0, rel_tol=1e-6):
            raise ValueError(f"the targets of sample {sample} add up to {sum(target):g}: probabilities add up to 1")
        products = [y * z for y, z in zip(target, logits, strict=True)]
        return sum(products[1:], products[0])
    if len(target) != 1:
        given = f"{counted(len(logits), 'logit')} and {counted(len(target), 'target')}"
        raise ValueError(f"sample {sample} has {given}: give the number of a class, or as many targets as logits")
    if isinstance(target[0], float):
        if target[0] not in range(len(logits)):
            classes = f"the number of a class from 0 to {len(logits) - 1}"
            raise ValueError(f"the target of sample {sample} is {target[0]:g}: {classes} is needed")
        return logits[int(target[0])]
    # A target that is not known while it is recorded; of a class that does not exist the loss is nan.
    chosen: Any = math.nan
    for number, logit in enumerate(logits):
        chosen = operations.where(target[0] == float(number), logit, chosen)
    return chosen


def _pairs(predictions: Any, targets: Any) -> Iterator[tuple[list[Any], list[Any]]]:
    """For each sample its predictions and its targets."""
    a_rows, y_rows = _rows(predictions, "predictions"), _rows(targets, "targets")
    if len(a_rows) != len(y_rows):
        given = f"{counted(len(a_rows), 'prediction')} and {counted(len(y_rows), 'target')}"
        raise ValueError(f"{given}: give one for each")
    yield from zip(a_rows, y_rows, strict=True)


def _rows(samples: Any, what: str) -> list[list[Any]]:
    """For each sample a list of what it has, be that one thing or several."""
    if not isinstance(samples, Iterable):
        raise TypeError(f"{what} are {samples!r}: a list with one entry for each sample is needed")
    return [list(sample) if isinstance(sample, Iterable) else [sample] for sample in samples]


def _prediction(a: Any, sample: int) -> Any:
    if not isinstance(a, Scalar):
        raise TypeError(f"the prediction of sample {sample} is {a!r}: a Value is needed, such as a network gives")
    return a


def _target(y: Any) -> Any:
    """A target as a float; one that is only being recorded, or derived for, as it is."""
    return y if isinstance(y, Scalar) else as_float(y)
