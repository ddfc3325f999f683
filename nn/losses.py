"""Losses: one number that says how far predictions are from their targets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd import Value
from autograd.operations import as_float
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
    errors = _squared_errors(_rows(predictions, "predictions"), _rows(targets, "targets"))
    if not errors or not all(errors):
        raise ValueError("a mean over no samples: give at least one prediction and its target")
    terms = [error for sample in errors for error in sample]
    mse = sum(terms[1:], terms[0]) / float(len(errors))
    mse.label = "mse"
    loss = mse / 2.0
    loss.label = "loss"
    return HalfMSE(errors, mse, loss)


def _squared_errors(predictions: Sequence[Sequence[Any]], targets: Sequence[Sequence[Any]]) -> list[list[Value]]:
    if len(predictions) != len(targets):
        given = f"{counted(len(predictions), 'prediction')} and {counted(len(targets), 'target')}"
        raise ValueError(f"{given}: give one for each")
    errors = []
    for sample, (a_row, y_row) in enumerate(zip(predictions, targets, strict=True)):
        if len(a_row) != len(y_row):
            given = f"{counted(len(a_row), 'output')} and {counted(len(y_row), 'target')}"
            raise ValueError(f"sample {sample} has {given}: make them equal")
        row = []
        for output, (a, y) in enumerate(zip(a_row, y_row, strict=True)):
            if not isinstance(a, Value):
                raise TypeError(
                    f"the prediction of sample {sample} is {a!r}: a Value is needed, such as a network gives"
                )
            error = (a - as_float(y)) ** 2.0
            error.label = f"E[{sample}]" if len(a_row) == 1 else f"E[{output},{sample}]"
            row.append(error)
        errors.append(row)
    return errors


def _rows(samples: Any, what: str) -> list[list[Any]]:
    """For each sample a list of what it has, be that one thing or several."""
    if not isinstance(samples, Iterable):
        raise TypeError(f"{what} are {samples!r}: a list with one entry for each sample is needed")
    return [list(sample) if isinstance(sample, Iterable) else [sample] for sample in samples]
