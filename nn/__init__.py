"""Networks made of Values, named as the textbooks name them."""

import autograd

if not hasattr(autograd, "Value"):
    raise ImportError(
        f"the package 'autograd' in {autograd.__file__} is another project's: "
        "run 'pip uninstall autograd' and then 'pip install --force-reinstall chalkgrad'"
    )

from nn.losses import half_mse, mean_over_samples, squared_errors
from nn.network import ACTIVATIONS, MLP, Layer, two_two_one
from nn.optimizers import SGD

__all__ = [
    "ACTIVATIONS",
    "MLP",
    "SGD",
    "Layer",
    "half_mse",
    "mean_over_samples",
    "squared_errors",
    "two_two_one",
]
