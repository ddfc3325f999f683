"""Losses: one number that says how far predictions are from their targets."""

from collections.abc import Sequence

from autograd import Value

#: One sample's numbers: a single one, or a sequence of them where the network has several outputs.
Prediction = Value | Sequence[Value]
Target = float | Sequence[float]


def half_mse(predictions: Sequence[Prediction], targets: Sequence[Target]) -> Value:
    """Half the mean squared error, C = 1/(2n) Σ (aᵢ − yᵢ)² over n samples.

    The half cancels the 2 of the derivative, so ∂C/∂aᵢ = (aᵢ − yᵢ)/n. Where a sample has several outputs, their
    squares add up; n stays the number of samples.

    Args:
        predictions: n Values, or n sequences of Values.
        targets: numbers in the same shape.

    Raises:
        ValueError: the shapes differ, or there is nothing to average.
    """
    mse = mean_over_samples(squared_errors(predictions, targets))
    mse.label = "mse"
    loss = mse / 2.0
    loss.label = "loss"
    return loss


def squared_errors(predictions: Sequence[Prediction], targets: Sequence[Target]) -> list[list[Value]]:
    """(a − y)² for each sample and output, labelled ``E[sample]`` or ``E[output,sample]``.

    Raises:
        ValueError: the shapes differ.
    """
    if len(predictions) != len(targets):
        raise ValueError(f"{len(predictions)} predictions and {len(targets)} targets: give one target for each")
    errors = []
    for sample, (prediction, target) in enumerate(zip(predictions, targets, strict=True)):
        a_row = [prediction] if isinstance(prediction, Value) else prediction
        y_row = target if isinstance(target, Sequence) else [target]
        if len(a_row) != len(y_row):
            raise ValueError(f"sample {sample} has {len(a_row)} outputs and {len(y_row)} targets: make them equal")
        row = [(a - y) ** 2.0 for a, y in zip(a_row, y_row, strict=True)]
        for output, error in enumerate(row):
            error.label = f"E[{sample}]" if len(row) == 1 else f"E[{output},{sample}]"
        errors.append(row)
    return errors


def mean_over_samples(errors: Sequence[Sequence[Value]]) -> Value:
    """The sum of every error, divided by the number of samples.

    Raises:
        ValueError: there is no sample, or a sample without an error.
    """
    if not errors or not all(errors):
        raise ValueError("a mean over no samples: give at least one prediction and its target")
    terms = [error for sample in errors for error in sample]
    return sum(terms[1:], terms[0]) / float(len(errors))
