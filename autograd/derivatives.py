"""Derivatives of functions and of recorded graphs, which can be derived again: the same rules, on Values this time."""

import math
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from numbers import Integral
from typing import Any, Final

from autograd._recorders import slope_rule
from autograd.compiler import program
from autograd.compiler.program import Symbol
from autograd.dual import Dual, new_level
from autograd.operations import as_float, positive
from autograd.scalar import Scalar
from autograd.text import counted, quoted
from autograd.trace import node_names
from autograd.value import Value, recorded

# The derivatives of one graph ----------------------------------------------------------------------------------------


def gradient(output: Value, inputs: Iterable[Value], seed: Value | float = 1.0) -> list[Value]:
    """The derivative of output with respect to each input, as Values that can be derived again.

    Nothing is added to any ``grad``. An input that output does not depend on has the derivative 0.

    Args:
        output: the result of the recorded graph.
        inputs: leaves or inner Values of it.
        seed: the gradient put in at the output.

    Raises:
        TypeError: output or an input is not a Value, inputs is no list, or seed is not a real number.
        ValueError: no double equals seed, or a leaf's data was changed after recording, so that its derivatives
            cannot be worked out again.
    """
    inputs = _listed(inputs, "gradient with respect to", "put the inputs into a list, as gradient(y, [x])")
    if isinstance(output, Symbol):
        return [seed * part for part in program.gradients(output, inputs)]
    seed = seed if isinstance(seed, Value) else as_float(seed)
    for value in (output, *inputs):
        if not isinstance(value, Value):
            raise TypeError(f"gradient of {quoted(value)}: Values are needed, for the output and for each input")
    return [g if isinstance(g, Value) else Value(g) for g in _gradients_of_values(output, inputs, seed)]


def _gradients_of_values(output: Value, inputs: list[Value], seed: Any = 1.0) -> list[Any]:
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
                contribution = _times(_slope_again(output, node, place, slope), upstream)
                so_far = gradients.get(id(operand))
                gradients[id(operand)] = contribution if so_far is None else so_far + contribution
    return [gradients.get(id(value), 0.0) for value in inputs]


def _slope_again(output: Value, node: Value, place: int, before: float) -> Any:
    """A slope worked out by its rule on the Values themselves, so that it is part of the graph."""
    assert node.op is not None
    rule = node.op.partials[place]
    if not callable(rule):
        return rule
    # By the very function that recorded it: on Values a rule may round otherwise. Its None stands for a 0.
    now = slope_rule(node.op, place)(*map(float, (*node.operands, node))) or 0.0
    # Nearly the same will do: a pickle may come from a machine whose functions round otherwise.
    if math.isclose(before, now) or (before != before and now != now):
        return rule(*node.operands, node)
    raise ValueError(
        f"an operand of {node_names(output)[id(node)]!r} = {node.data:g} was changed after recording: "
        f"its slope was {before!r} and would now be {now!r}; record the calculation again"
    )


def _times(slope: Any, upstream: Any) -> Any:
    # Without the ones a second derivative would be twice the graph.
    if isinstance(slope, float) and slope == 1.0:
        return upstream
    if isinstance(upstream, float) and upstream == 1.0:
        return slope
    return slope * upstream


# The derivatives of functions ----------------------------------------------------------------------------------------


#: Which of a function's arguments to derive for: the place of one, or the places of several.
Argument = int | tuple[int, ...]


def value_and_grad(function: Callable[..., Any], argument: Argument = 0) -> Callable[..., tuple[Any, Any]]:
    """A function that gives the value of ``function`` and its gradient with respect to one argument or several.

    An argument is a number, or a list, a tuple or a NumPy array of numbers, however nested; the gradient has its
    shape. A result is a float, or a Value where it depends on a Value of the caller's, so that derivatives can be
    taken of derivatives. Arguments given by keyword are handed on as they are.

    Args:
        function: gives one number.
        argument: the place of the argument to derive for, counted as Python counts, from the end if negative; or a
            tuple of places, and the gradient is a tuple too.

    Raises:
        TypeError: at the call: the function gives something else than one number, or there is no such argument.
        ValueError: at the call: argument names one twice.
    """

    def derived(*arguments: Any, **constants: Any) -> tuple[Any, Any]:
        with _Derivation(function, argument, arguments, constants) as derivation:
            output = derivation.call()
            if _shape(output):
                raise TypeError(f"{_named(function)} gave {_shape(output)} numbers: a gradient needs one, see jacobian")
            [value], _ = flattened(output)
            gradients = derivation.gradients(value)
        known: dict[int, bool] = {}
        parts = derivation.rebuilt([_settled(g, known) for g in gradients])
        return _settled(value, known), derivation.chosen(parts)

    return derived


def grad(function: Callable[..., Any], argument: Argument = 0) -> Callable[..., Any]:
    """A function that gives the gradient of ``function`` with respect to an argument or several; see value_and_grad.

    Raises:
        TypeError, ValueError: as value_and_grad.
    """
    derived = value_and_grad(function, argument)
    return lambda *arguments, **constants: derived(*arguments, **constants)[1]


def jacobian(function: Callable[..., Any], argument: Argument = 0) -> Callable[..., Any]:
    """A function that gives every derivative of every result with respect to every input.

    The result is a NumPy array (of floats, or of Values, as value_and_grad says) whose axes are those of the
    function's result and then those of the argument; a single number where neither has any. For a tuple of
    arguments it is a tuple of these.

    Raises:
        TypeError: at the call: the function gives something else than numbers, or there is no such argument.
        ValueError: at the call: the result or an argument is a list of parts of different shapes, or argument names
            one twice.
    """

    def derived(*arguments: Any, **constants: Any) -> Any:
        with _Derivation(function, argument, arguments, constants) as derivation:
            output = derivation.call()
            results, _ = flattened(output)
            rows = [derivation.gradients(result) for result in results]
        known: dict[int, bool] = {}
        rows = [[_settled(entry, known) for entry in row] for row in rows]
        return derivation.chosen(tuple(_matrices(rows, _shape(output), derivation.parts)))

    return derived


def hessian(function: Callable[..., Any], argument: Argument = 0) -> Callable[..., Any]:
    """A function that gives every second derivative of ``function`` with respect to one argument, as jacobian does.

    For a tuple of arguments it is a tuple of tuples: ``[i][j]`` holds the derivatives for the i-th of them and then
    for the j-th.

    Raises:
        TypeError, ValueError: as value_and_grad and jacobian.
    """
    if not isinstance(argument, tuple):
        return jacobian(grad(function, argument), argument)
    rows = [jacobian(grad(function, place), argument) for place in argument]
    return lambda *arguments, **constants: tuple(row(*arguments, **constants) for row in rows)


def jvp(function: Callable[..., Any], primals: Iterable[Any], tangents: Iterable[Any]) -> tuple[Any, Any]:
    """The value of a function and its derivative along a direction, in one forward pass (forward mode).

    Args:
        primals: the arguments, each as value_and_grad has them.
        tangents: the direction, of the same shapes.

    Returns:
        What the function gives, and its derivative in the same shape.

    Raises:
        TypeError, ValueError: primals or tangents is no tuple or list, or a tangent has another shape than its
            argument or is no number.
    """
    remedy = "one for each argument, in a tuple, is needed, as jvp(f, (2.0,), (1.0,))"
    primals, tangents = _listed(primals, "the arguments", remedy), _listed(tangents, "the tangents", remedy)
    if len(primals) != len(tangents):
        raise ValueError(f"{len(primals)} arguments and {len(tangents)} tangents: give one tangent for each argument")
    with new_level() as level:
        pairs = zip(primals, tangents, strict=True)
        arguments = [_with_tangent(place, *pair, level) for place, pair in enumerate(pairs)]
        results, rebuilt = flattened(function(*arguments))
        known: dict[int, bool] = {}
        results = [_settled(result, known) for result in results]
    outcome = [result.at(level) if isinstance(result, Dual) else (result, None) for result in results]
    return rebuilt([value for value, _ in outcome]), rebuilt([0.0 if t is None else t for _, t in outcome])


def hvp(function: Callable[..., Any], primal: Any, tangent: Any) -> Any:
    """The second derivative of a function times a direction, without the whole Hessian.

    Forward mode over reverse mode: the derivative of the gradient along the direction.

    Args:
        primal: the argument; a tuple holds several arguments, as in jvp.
        tangent: the direction, of the same shape.

    Returns:
        The product, in the shape of primal.

    Raises:
        TypeError, ValueError: as value_and_grad and jvp.
    """
    # A namedtuple is one argument.
    if type(primal) is tuple:
        return jvp(grad(function, tuple(range(len(primal)))), primal, tangent)[1]
    return jvp(grad(function), (primal,), (tangent,))[1]


# Arguments and results -----------------------------------------------------------------------------------------------

Rebuild = Callable[[list[Any]], Any]

#: Stands in a leaf, which has no operand, in the place of one, when the derivation whose input it was is over.
_SPENT: Final = object()


class _Derivation:
    """One derivative being taken: the function called on inputs of this derivative's own.

    While it is under way, a result of a derivative inside it that depends on its inputs has to stay a Value; once it
    is over, its inputs are constants to everybody else.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        argument: Argument,
        arguments: tuple[Any, ...],
        constants: dict[str, Any],
    ) -> None:
        places = _places(function, argument, len(arguments))
        #: What to derive for.
        self.parts = tuple(arguments[place] for place in places)
        self._several = isinstance(argument, tuple)
        self._own: list[Any] = []
        numbers, self.rebuilt = flattened(self.parts)
        inputs = list(arguments)
        for place, part in zip(places, self.rebuilt([self._input(number) for number in numbers]), strict=True):
            inputs[place] = part
        self.call = partial(function, *inputs, **constants)

    def __enter__(self) -> "_Derivation":
        return self

    def __exit__(self, *_: object) -> None:
        for own in self._own:
            if isinstance(own, Value) and own.op is None:
                own._x = _SPENT

    def _input(self, number: Any) -> Any:
        if isinstance(number, Dual):
            return Dual(self._input(number.primal), number.tangent, number.level)
        own = positive(number) if isinstance(number, Scalar) else Value(number)
        self._own.append(own)
        return own

    def gradients(self, output: Any) -> list[Any]:
        """The derivative of one number with respect to each of the inputs."""
        if isinstance(output, Dual):
            pairs = zip(self.gradients(output.primal), self.gradients(output.tangent), strict=True)
            return [Dual(primal, tangent, output.level) for primal, tangent in pairs]
        if isinstance(output, Symbol):
            return program.gradients(output, self._own)
        return _gradients_of_values(output, self._own) if isinstance(output, Value) else [0.0] * len(self._own)

    def chosen(self, results: tuple[Any, ...]) -> Any:
        """The results for each part as the user named the parts: one for one place, a tuple for a tuple."""
        return results if self._several else results[0]


def _places(function: Callable[..., Any], argument: Argument, given: int) -> list[int]:
    """The places of the arguments to derive for, of those given, from 0 up."""
    chosen = argument if isinstance(argument, tuple) else (argument,)
    for place in chosen:
        if not isinstance(place, Integral):
            raise TypeError(
                f"argument {quoted(argument)}: give the place of one, such as 0, or a tuple, such as (0, 1)"
            )
        if not -given <= place < given:
            called = f"{_named(function)} was called with {counted(given, 'argument')} by place"
            raise TypeError(f"{called}: there is no argument {place} to derive for, the first is 0")
    places = [place % given for place in chosen]
    if len(set(places)) < len(places):
        raise ValueError(f"argument {quoted(argument)}: name each argument once")
    return places


def _with_tangent(place: int, primal: Any, tangent: Any, level: int) -> Any:
    """An argument whose every number carries its part of the direction."""
    numbers, rebuilt = flattened(primal)
    directions, _ = flattened(tangent)
    if _shape(primal) != _shape(tangent):
        raise ValueError(f"tangent {place} has shape {_shape(tangent)}, its argument {_shape(primal)}: make them equal")
    return rebuilt([Dual(*pair, level) for pair in zip(numbers, directions, strict=True)])


def _settled(result: Any, known: dict[int, bool]) -> Any:
    """A result as a float, unless it depends on a Value of the user's or on an input of a derivative under way.

    Args:
        known: what _varies has found; results that share a graph share it too, and walk the graph once.
    """
    if isinstance(result, Dual):
        primal = _settled(result.primal, known)
        return primal if result.over else Dual(primal, _settled(result.tangent, known), result.level)
    if isinstance(result, Value):
        return result if _varies(result, known) else float(result)
    return result if isinstance(result, Symbol) else as_float(result)


def _varies(value: Value, known: dict[int, bool]) -> bool:
    """Whether a Value depends on any leaf but the inputs of derivatives that are over."""
    path = [value]
    while path:
        node = path[-1]
        x, y = node._x, node._y
        if x.__class__ is Value and id(x) not in known:
            path.append(x)
        elif y.__class__ is Value and id(y) not in known:
            path.append(y)
        else:
            path.pop()
            # A plain number is not known, and varies with nothing.
            depends = known.get(id(x), False) or known.get(id(y), False)
            known[id(node)] = depends if node.op is not None else x is not _SPENT
    return known[id(value)]


def flattened(thing: Any) -> tuple[list[Any], Rebuild]:
    """The numbers of an argument or a result in one list, and how to give other numbers the same shape."""
    if isinstance(thing, list | tuple):
        parts = [flattened(part) for part in thing]
        sizes = [len(numbers) for numbers, _ in parts]
        # A namedtuple is made from its parts by _make.
        make = getattr(thing, "_make", list if isinstance(thing, list) else tuple)

        def rebuilt(numbers: list[Any]) -> Any:
            rest = iter(numbers)
            return make(again([next(rest) for _ in range(size)]) for (_, again), size in zip(parts, sizes, strict=True))

        return [number for numbers, _ in parts for number in numbers], rebuilt
    shape = _shape(thing)
    if shape:
        return [_checked(number) for number in thing.ravel()], lambda numbers: _array(numbers, shape)
    return [_checked(thing)], lambda numbers: numbers[0]


def _checked(number: Any) -> Any:
    if getattr(number, "shape", None) == ():
        # np.where and its like give an array of no dimension.
        number = number[()]
    return number if isinstance(number, Scalar) else as_float(number)


def _listed(things: Iterable[Any], what: str, remedy: str) -> list[Any]:
    try:
        return list(things)
    except TypeError:
        raise TypeError(f"{what} {quoted(things)}: {remedy}") from None


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


def _matrices(rows: list[list[Any]], axes: tuple[int, ...], parts: tuple[Any, ...]) -> Iterator[Any]:
    """The columns of a Jacobian that belong to each of the arguments, as an array of their shapes."""
    start = 0
    for part in parts:
        stop = start + len(flattened(part)[0])
        yield _array([entry for row in rows for entry in row[start:stop]], (*axes, *_shape(part)))
        start = stop


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
