"""Networks made of Values, named as the textbooks name them."""

import autograd

if not hasattr(autograd, "Value"):
    raise ImportError(
        f"the package 'autograd' in {autograd.__file__} is another project's: "
        "run 'pip uninstall autograd' and then 'pip install --force-reinstall chalkgrad'"
    )

from nn.losses import HalfMSE, half_mse, half_mse_parts
from nn.network import ACTIVATIONS, MLP, Layer, two_two_one
from nn.optimizers import SGD

__all__ = ["ACTIVATIONS", "MLP", "SGD", "HalfMSE", "Layer", "half_mse", "half_mse_parts", "two_two_one"]
