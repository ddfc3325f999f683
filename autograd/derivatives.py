"""Derivatives of functions and of recorded graphs, which can be derived again: the same rules, on Values this time."""

from collections.abc import Callable, Sequence
from typing import Any

from autograd.dual import Dual, new_level
from autograd.operations import as_float, positive
from autograd.scalar import Scalar
from autograd.trace import node_names
from autograd.value import Value, leaves, recorded

# The derivatives of one graph ----------------------------------------------------------------------------------------


def gradient(output: Value, inputs: Sequence[Value], seed: Value | float = 1.0) -> list[Value]:
    """The derivative of output with respect to each input, as Values that can be derived again.

    Nothing is added to any ``grad``. An input that output does not depend on has the derivative 0.

    Args:
        output: the result of the recorded graph.
        inputs: leaves or inner Values of it.
        seed: the gradient put in at the output.

    Raises:
        TypeError: output or an input is not a Value.
        ValueError: a leaf's data was changed after recording, so that its derivatives cannot be worked out again.
    """
    for value in (output, *inputs):
        if not isinstance(value, Value):
            raise TypeError(f"gradient of {value!r}: Values are needed, for the output and for each input")
    return [g if isinstance(g, Value) else Value(g) for g in _gradients_of_values(output, inputs, seed)]


def _gradients_of_values(output: Value, inputs: Sequence[Value], seed: Any = 1.0) -> list[Any]:
    """As gradient, with a plain number where a derivative depends on nothing."""
    order = recorded(output)
    needed = {id(value) for value in inputs}
    for node in order:
        if not needed.isdisjoint(map(id, node.operands)):
            needed.add(id(node))
    gradients: dict[int, Any] = {id(output): seed}
    for node in reversed(order):
        upstream = gradients.get(id(node))
        if upstream is None or id(node) not in needed:
            continue
        for place, (operand, slope) in enumerate(zip(node.operands, node.slopes, strict=True)):
            # Without a slope the operand lies on a side not taken: nothing flows there.
            if slope is not None and id(operand) in needed:
                contribution = _times(_slope_again(output, node, place), upstream)
                so_far = gradients.get(id(operand))
                gradients[id(operand)] = contribution if so_far is None else so_far + contribution
    return [gradients.get(id(value), 0.0) for value in inputs]


def _slope_again(output: Value, node: Value, place: int) -> Any:
    """A slope worked out by its rule on the Values themselves, so that it is part of the graph."""
    assert node.op is not None
    partial = node.op.partials[place]
    if not callable(partial):
        return partial
    again = partial(*node.operands, node)
    before, now = node.slopes[place], float(again)
    if now != before and now == now:
        changed = node_names(output)[id(node)]
        raise ValueError(
            f"an operand of {changed!r} = {node.data:g} was changed after recording: its slope was {before:g} "
            f"and would now be {now:g}; record the calculation again"
        )
    return again


def _times(slope: Any, upstream: Any) -> Any:
    # Without the ones a second derivative would be twice the graph.
    if isinstance(slope, float) and slope == 1.0:
        return upstream
    if isinstance(upstream, float) and upstream == 1.0:
        return slope
    return slope * upstream


# The derivatives of functions ----------------------------------------------------------------------------------------


def value_and_grad(function: Callable[..., Any], argument: int = 0) -> Callable[..., tuple[Any, Any]]:
    """A function that gives the value of ``function`` and its gradient with respect to one argument.

    An argument is a number, or a list, a tuple or a NumPy array of numbers, however nested; the gradient has its
    shape. A result is a float, or a Value where it depends on a Value of the caller's, so that derivatives can be
    taken of derivatives.

    Args:
        function: gives one number.
        argument: the place of the argument to derive for.

    Raises:
        TypeError: at the call: the function gives something else than one number, or there is no such argument.
    """

    def derived(*arguments: Any) -> tuple[Any, Any]:
        with _Derivation(function, arguments, argument) as derivation:
            output = derivation.output
            if _shape(output):
                raise TypeError(f"{_named(function)} gave {_shape(output)} numbers: a gradient needs one, see jacobian")
            gradients = derivation.gradients(output)
        return _settled(output), derivation.rebuilt([_settled(g) for g in gradients])

    return derived


def grad(function: Callable[..., Any], argument: int = 0) -> Callable[..., Any]:
    """A function that gives the gradient of ``function`` with respect to one argument; see value_and_grad.

    Raises:
        TypeError: as value_and_grad.
    """
    derived = value_and_grad(function, argument)
    return lambda *arguments: derived(*arguments)[1]


def jacobian(function: Callable[..., Any], argument: int = 0) -> Callable[..., Any]:
    """A function that gives every derivative of every result with respect to every input.

    The result is a NumPy array (of floats, or of Values, as value_and_grad says) whose axes are those of the
    function's result and then those of the argument; a single number where neither has any.

    Raises:
        TypeError: at the call: the function gives something else than numbers, or there is no such argument.
    """

    def derived(*arguments: Any) -> Any:
        with _Derivation(function, arguments, argument) as derivation:
            results, _ = flattened(derivation.output)
            rows = [derivation.gradients(result) for result in results]
        entries = [_settled(entry) for row in rows for entry in row]
        return _array(entries, (*_shape(derivation.output), *_shape(arguments[argument])))

    return derived


def hessian(function: Callable[..., Any], argument: int = 0) -> Callable[..., Any]:
    """A function that gives every second derivative of ``function`` with respect to one argument, as jacobian does.

    Raises:
        TypeError: as value_and_grad.
    """
    return jacobian(grad(function, argument), argument)


def jvp(function: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of a function and its derivative along a direction, in one forward pass (forward mode).

    Args:
        primals: the arguments, each as value_and_grad has them.
        tangents: the direction, of the same shapes.

    Returns:
        What the function gives, and its derivative in the same shape.

    Raises:
        TypeError, ValueError: a tangent has another shape than its argument, or is no number.
    """
    if len(primals) != len(tangents):
        raise ValueError(f"{len(primals)} arguments and {len(tangents)} tangents: give one tangent for each argument")
    level = new_level()
    arguments = []
    for place, (primal, tangent) in enumerate(zip(primals, tangents, strict=True)):
        numbers, rebuilt = flattened(primal)
        directions, _ = flattened(tangent)
        if _shape(primal) != _shape(tangent):
            raise ValueError(
                f"tangent {place} has shape {_shape(tangent)}, its argument {_shape(primal)}: make them equal"
            )
        pairs = zip(map(_checked, numbers), map(_checked, directions), strict=True)
        arguments.append(rebuilt([Dual(number, direction, level) for number, direction in pairs]))
    results, rebuilt = flattened(function(*arguments))
    pairs_out = [result.at(level) if isinstance(result, Dual) else (result, None) for result in results]
    values = rebuilt([value for value, _ in pairs_out])
    return values, rebuilt([0.0 if tangent is None else tangent for _, tangent in pairs_out])


def hvp(function: Callable[..., Any], primal: Any, tangent: Any) -> Any:
    """The second derivative of a function of one argument times a direction, without the whole Hessian.

    Forward mode over reverse mode: the derivative of the gradient along the direction. The result has the shape of
    the argument.

    Raises:
        TypeError, ValueError: as value_and_grad and jvp.
    """
    return jvp(grad(function), (primal,), (tangent,))[1]


# Arguments and results -----------------------------------------------------------------------------------------------

Rebuild = Callable[[list[Any]], Any]


class _Derivation:
    """One derivative being taken: the function called on inputs of this derivative's own.

    While it is under way, a result of a derivative inside it that depends on its inputs has to stay a Value; once it
    is over, its inputs are constants to everybody else.
    """

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...], place: int) -> None:
        if not 0 <= place < len(arguments):
            given = f"{_named(function)} was called with {len(arguments)} argument(s)"
            raise TypeError(f"{given}: there is no argument {place} to derive for")
        self.under_way = True
        numbers, self.rebuilt = flattened(arguments[place])
        self._own: list[Value] = []
        inputs = self.rebuilt([self._input(number) for number in numbers])
        self._call: Callable[[], Any] = lambda: function(*arguments[:place], inputs, *arguments[place + 1 :])

    def __enter__(self) -> "_Derivation":
        try:
            self.output = self._call()
        except BaseException:
            self.under_way = False
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.under_way = False

    def _input(self, number: Any) -> Any:
        if isinstance(number, Dual):
            return Dual(self._input(number.primal), number.tangent, number.level)
        own = positive(number) if isinstance(number, Value) else Value(number)
        if own.op is None:
            # A leaf has no operand; the place of one says whose leaf it is.
            own._x = self
        self._own.append(own)
        return own

    def gradients(self, output: Any) -> list[Any]:
        """The derivative of one number with respect to each of the inputs."""
        if isinstance(output, Dual):
            pairs = zip(self.gradients(output.primal), self.gradients(output.tangent), strict=True)
            return [Dual(primal, tangent, output.level) for primal, tangent in pairs]
        return _gradients_of_values(output, self._own) if isinstance(output, Value) else [0.0] * len(self._own)


def _settled(result: Any) -> Any:
    """A result as a float, unless it depends on a Value of the user's or on an input of a derivative under way."""
    if isinstance(result, Dual):
        return Dual(_settled(result.primal), _settled(result.tangent), result.level)
    if isinstance(result, Value):
        owners = (leaf._x for leaf in leaves(result))
        constant = all(isinstance(owner, _Derivation) and not owner.under_way for owner in owners)
        return float(result) if constant else result
    return as_float(result)


def flattened(thing: Any) -> tuple[list[Any], Rebuild]:
    """The numbers of an argument or a result in one list, and how to give other numbers the same shape."""
    if isinstance(thing, list | tuple):
        parts = [flattened(part) for part in thing]
        sizes = [len(numbers) for numbers, _ in parts]
        kind = list if isinstance(thing, list) else tuple

        def rebuilt(numbers: list[Any]) -> Any:
            rest = iter(numbers)
            return kind(make([next(rest) for _ in range(size)]) for (_, make), size in zip(parts, sizes, strict=True))

        return [number for numbers, _ in parts for number in numbers], rebuilt
    shape = getattr(thing, "shape", ())
    if shape:
        return list(thing.ravel()), lambda numbers: _array(numbers, shape)
    return [_checked(thing)], lambda numbers: numbers[0]


def _checked(number: Any) -> Any:
    return number if isinstance(number, Scalar) else as_float(number)


def _shape(thing: Any) -> tuple[int, ...]:
    """The lengths of an argument or a result along each axis.

    Raises:
        ValueError: it is a list of parts of different shapes.
    """
    if isinstance(thing, list | tuple):
        shapes = {_shape(part) for part in thing}
        if len(shapes) > 1:
            raise ValueError(f"a list of parts of different shapes, {sorted(shapes)}: make them equal")
        return (len(thing), *(shapes.pop() if shapes else ()))
    return tuple(getattr(thing, "shape", ()))


def _array(numbers: list[Any], shape: tuple[int, ...]) -> Any:
    import numpy

    if not shape:
        return numbers[0]
    plain = all(isinstance(number, float) for number in numbers)
    array = numpy.empty(len(numbers), dtype=float if plain else object)
    array[:] = numbers
    return array.reshape(shape)


def _named(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", "the function")
