"""How other libraries say each operation of the table, as text: what ``export`` writes with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from autograd import operations as o
from autograd.compiler import program as p
from autograd.compiler.program import Primitive
from autograd.operations import BUILT_IN, Operation


@dataclass(frozen=True, slots=True)
class Library:
    """How a library says what a program says.

    Attributes:
        title: its name, for people.
        imports: the lines that bring it in, by the name that the code uses.
        spelled: how each operation is written; {0} and so on stand for its operands. What is missing becomes a
            function of its own, made of these.
        functions: the functions that cannot be made of these, written out, by the operation.
        number: how a plain number is written where only the library's own will do; and so for all operands of a call
            if tensors_only, else for those of our own functions.
        array: how an argument is turned into the library's own numbers.
        decorator: what stands before each of our own functions.
    """

    title: str
    imports: Mapping[str, str]
    spelled: Mapping[Operation | Primitive, str]
    number: str
    array: str
    tensors_only: bool = False
    functions: Mapping[Operation, str] = field(default_factory=dict)
    decorator: str = ""


_SIGNS: Final[dict[Operation | Primitive, str]] = {
    o.add: "{0} + {1}",
    o.subtract: "{0} - {1}",
    o.multiply: "{0} * {1}",
    o.divide: "{0} / {1}",
    o.power: "{0} ** {1}",
    o.negative: "-{0}",
    p.less: "{0} < {1}",
    p.at_most: "{0} <= {1}",
    p.equal: "{0} == {1}",
    p.both: "{0} & {1}",
    p.either: "{0} | {1}",
    p.opposite: "~{0}",
}


def _functions(prefix: str, names: Mapping[str, str]) -> dict[Operation | Primitive, str]:
    """How a library writes the operations that it has as functions.

    Args:
        prefix: before its names.
        names: what it calls each of the table's operations, by our name of it.
    """
    ops = {o.operation_named(ours): theirs for ours, theirs in names.items()}
    return {
        op: f"{prefix}.{name}({{0}}, {{1}})" if len(op.partials) == 2 else f"{prefix}.{name}({{0}})"
        for op, name in ops.items()
    }


def _choices(prefix: str) -> dict[Operation | Primitive, str]:
    """What all of them have under one name and the table does not."""
    return {
        p.select: f"{prefix}.where({{0}}, {{1}}, {{2}})",
        p.floor: f"{prefix}.floor({{0}})",
        p.copysign: f"{prefix}.copysign({{0}}, {{1}})",
    }


_AS_NUMPY: Final = {op.name: op.numpy for op in BUILT_IN if op.numpy is not None}

_AS_TORCH: Final = (
    *("abs", "remainder", "fmod", "hypot", "maximum", "minimum", "fmax", "fmin", "relu", "sigmoid"),
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "logaddexp", "sqrt", "erf", "erfc"),
    *("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
)

_AS_JAX_NN: Final = ("sigmoid", "log_sigmoid", "softplus", "relu", "elu", "silu")

#: By the name that ``export`` takes.
LIBRARIES: Final[dict[str, Library]] = {
    "numpy": Library(
        title="NumPy",
        imports={"math": "import math\n", "np": "import numpy as np"},
        spelled={**_functions("np", _AS_NUMPY), **_choices("np"), **_SIGNS},
        number="np.float64({0})",
        array="np.asarray({0}, dtype=float)",
        functions={
            o.erf: "erf = np.vectorize(math.erf, otypes=[float])",
            o.erfc: "erfc = np.vectorize(math.erfc, otypes=[float])",
        },
        # Both sides of a choice are worked out, and NumPy would warn of the one that is not taken.
        decorator='@np.errstate(all="ignore")\n',
    ),
    "torch": Library(
        title="PyTorch",
        imports={"torch": "import torch"},
        spelled={
            **_functions("torch", {name: name for name in _AS_TORCH}),
            **_choices("torch"),
            **_SIGNS,
            o.cbrt: "torch.sign({0}) * torch.abs({0}) ** (1.0 / 3.0)",
            o.log_sigmoid: "torch.nn.functional.logsigmoid({0})",
            # Its own softplus is cut off at 20.
            o.softplus: "torch.logaddexp({0}, torch.zeros_like({0}))",
            o.leaky_relu: "torch.nn.functional.leaky_relu({0}, 0.01)",
            o.elu: "torch.nn.functional.elu({0})",
            o.silu: "torch.nn.functional.silu({0})",
            o.gelu: "torch.nn.functional.gelu({0})",
            o.gelu_tanh: 'torch.nn.functional.gelu({0}, approximate="tanh")',
        },
        number="torch.tensor({0}, dtype=torch.float64)",
        array="torch.as_tensor({0}, dtype=torch.float64)",
        tensors_only=True,
    ),
    "jax": Library(
        title="JAX",
        imports={
            "jax.nn": "import jax",
            "jnp": "import jax.numpy as jnp",
            "jax.scipy.special": "import jax.scipy.special",
        },
        spelled={
            **_functions("jnp", _AS_NUMPY),
            **_choices("jnp"),
            **_SIGNS,
            o.erf: "jax.scipy.special.erf({0})",
            o.erfc: "jax.scipy.special.erfc({0})",
            o.leaky_relu: "jax.nn.leaky_relu({0}, 0.01)",
            o.gelu: "jax.nn.gelu({0}, approximate=False)",
            o.gelu_tanh: "jax.nn.gelu({0}, approximate=True)",
            **_functions("jax.nn", {name: name for name in _AS_JAX_NN}),
        },
        number="jnp.asarray({0}, dtype=float)",
        array="jnp.asarray({0}, dtype=float)",
    ),
}
