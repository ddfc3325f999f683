"""Networks made of Values, named as the textbooks name them."""

from typing import TYPE_CHECKING, Any

import autograd

if not hasattr(autograd, "Value"):
    raise ImportError(
        f"the package 'autograd' in {autograd.__file__} is another project's: "
        "run 'pip uninstall autograd' and then 'pip install --force-reinstall chalkgrad'"
    )

from nn import initializers, schedules
from nn.checkpoint import CheckpointError
from nn.history import History
from nn.initializers import INITIALIZERS
from nn.losses import (
    HalfMSE,
    binary_cross_entropy,
    half_mse,
    half_mse_parts,
    hinge,
    mse,
    softmax_cross_entropy,
)
from nn.module import Module
from nn.network import ACTIVATIONS, MLP, Layer, Neuron, two_two_one
from nn.optimizers import SGD, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSProp, clip_norm

if TYPE_CHECKING:
    from nn.training import fit

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "CheckpointError",
    "HalfMSE",
    "History",
    "Layer",
    "Module",
    "Momentum",
    "Nesterov",
    "Neuron",
    "Optimizer",
    "RMSProp",
    "binary_cross_entropy",
    "clip_norm",
    "fit",
    "half_mse",
    "half_mse_parts",
    "hinge",
    "initializers",
    "mse",
    "schedules",
    "softmax_cross_entropy",
    "two_two_one",
]


def __getattr__(name: str) -> Any:
    # It brings in all that compiles, and most programs never ask for it.
    if name != "fit":
        raise AttributeError(f"module 'nn' has no attribute {name!r}")
    from nn.training import fit

    return fit
