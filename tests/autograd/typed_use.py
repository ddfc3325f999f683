"""What a type checker makes of a program that uses the engine; it is checked, and run by test_typing.py."""

from typing import Any, assert_type

import numpy as np

from autograd import Value, clip, exp, grad, gradient, hypot, maximum, parse, sin, where


def a_function(x: Value, y: float) -> Value:
    """Of a Value and a number comes a Value, by functions, methods and signs."""
    assert_type(x.sin() + sin(x), Value)
    assert_type(x.hypot(3.0), Value)
    assert_type(x.arctan2(x).maximum(2), Value)
    assert_type(+x % 2.0, Value)
    assert_type(2 ** (1.0 - x) / -abs(x), Value)
    assert_type(maximum(x, y), Value)
    assert_type(where(x > 0, x, 0.0), Value)
    assert_type(clip(x, 0.0, 1.0), Value)
    return x * y


def numbers() -> float:
    """Of numbers come numbers."""
    assert_type(where(True, 1.0, 0.0), float)
    assert_type(clip(2.0, 0.0, 1.0), float)
    return exp(0.5) + hypot(3, 4)


def arrays(v: Value) -> Any:
    """What an array makes of it depends on the array."""
    row = np.array([1.0, 2.0])
    assert_type(v * row, Any)
    assert_type(v.hypot(row), Any)
    return exp(row)


def misspelt(v: Value) -> None:
    """A method that there is not is found before the program runs: the comment is needed, or it would be an error."""
    v.expp()  # type: ignore[attr-defined]


def main() -> None:
    """Run what is above."""
    x = Value(2.0, label="x")
    a_function(x, 3.0).backward()
    assert_type(x.grad, float)
    assert_type(gradient(parse("x * x", x=x), [x]), list[Value])
    assert grad(lambda v: v * v)(3.0) == 6.0
    numbers()
    arrays(x)


if __name__ == "__main__":
    main()
