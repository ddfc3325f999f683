"""Pictures of a computation graph, with every forward value and every gradient in them."""

import autograd

if not hasattr(autograd, "Value"):
    raise ImportError(
        f"the package 'autograd' in {autograd.__file__} is another project's: "
        "run 'pip uninstall autograd' and then 'pip install --force-reinstall chalkgrad'"
    )

from autograd.files import write_whole
from viz.derivation import Derivation, derivation
from viz.layout import LayoutError
from viz.page import page
from viz.picture import Picture, draw

__all__ = ["Derivation", "LayoutError", "Picture", "derivation", "draw", "page", "write_whole"]
