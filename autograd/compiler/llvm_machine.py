"""Machine code for this processor, made by LLVM in this process; nothing is written to disk."""

import ctypes
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from autograd.compiler.llvm_code import Lanes
from autograd.compiler.llvm_program import Module

#: How many operations are few enough for LLVM to take its time, and too many for it to take any.
SMALL: Final = 200
LARGE: Final = 10_000

# What the C library has, by the names of the operations; two are called otherwise there.
_IN_C: Final = (
    *("fmod", "exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "erf", "erfc", "sin", "cos", "tan", "asin"),
    *("acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
)
_RENAMED_IN_C: Final = {"power": "pow", "near_cube_root": "cbrt"}
_IN_PYTHON: Final = "PyErr_BadArgument PyErr_Occurred PyFloat_AsDouble PyFloat_FromDouble PyTuple_New PyTuple_SetItem"

# What Python calls a function of its own kind that takes an array of operands.
_METH_FASTCALL: Final = 0x80


class _MethodDef(ctypes.Structure):
    """PyMethodDef: how such a function is described to Python."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


class MachineCode:
    """The machine code of a module, which is freed with this object."""

    def __init__(self, module: Module, operations: int) -> None:
        """
        Args:
            operations: how many there are; the more, the less is gained for the time that LLVM takes.
        """
        import llvmlite.binding as llvm

        _prepare()
        level, code_level = (3, 3) if operations <= SMALL else (1, 2) if operations <= LARGE else (0, 0)
        target = llvm.Target.from_default_triple().create_target_machine(
            cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=code_level, jit=True
        )
        parsed = llvm.parse_assembly(module.text())
        parsed.triple, parsed.data_layout = target.triple, str(target.target_data)
        tuning = llvm.create_pipeline_tuning_options(speed_level=level)
        # The code is in vectors already.
        tuning.loop_unrolling = tuning.loop_vectorization = tuning.slp_vectorization = False
        builder = llvm.create_pass_builder(target, tuning)
        builder.getModulePassManager().run(parsed, builder)
        self._engine = llvm.create_mcjit_compiler(parsed, target)
        self._engine.finalize_object()
        self._address = self._engine.get_function_address("run")

    def function(self, arguments: Sequence[Any]) -> Callable[..., None]:
        """The code as a function of ctypes's, which lets go of the interpreter while it runs."""
        function: Any = ctypes.CFUNCTYPE(None, *arguments)(self._address)
        # The code lives as long as the function.
        function.code = self
        return function  # type: ignore[no-any-return]

    def python_function(self) -> Callable[..., tuple[float, ...]]:
        """The code as a function of Python's own kind.

        To convert numbers for ctypes would take longer than most programs do.
        """
        self._method = _MethodDef(b"run", self._address, _METH_FASTCALL, None)
        make = ctypes.pythonapi.PyCFunction_NewEx
        make.restype, make.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)
        # Its self is this object, which so lives as long as the function.
        function: Callable[..., tuple[float, ...]] = make(ctypes.addressof(self._method), self, None)
        return function


@cache
def _prepare() -> None:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


@cache
def widest() -> Lanes:
    """How many doubles a register of this processor holds."""
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features()
    return Lanes(8 if features.get("avx512f") and features.get("avx512dq") else 4 if features.get("avx") else 2)


@cache
def library() -> dict[str, int]:
    """The addresses of functions that machine code may call, by the names that Module knows them by.

    The mathematical ones are those that Python's ``math`` calls, so both give the same bits.
    """
    in_c = ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)
    names = {name: name for name in _IN_C} | _RENAMED_IN_C
    functions = {name: getattr(in_c, renamed) for name, renamed in names.items()}
    functions |= {name: getattr(ctypes.pythonapi, name) for name in _IN_PYTHON.split()}
    return {name: ctypes.cast(function, ctypes.c_void_p).value or 0 for name, function in functions.items()}
