"""Where an inf or a nan came from: the right operation is named, with its line, and only where somebody asked."""

import _thread
import asyncio
import contextvars
import copy
import linecache
import math
import pickle
import queue
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, divide, exp, log, operations, recorded, sigmoid, sqrt, where
from autograd.nonfinite import NonFinite, first_nonfinite, raise_on_nonfinite, source_lines
from autograd.value import _methods, record


def refused(work: Callable[[], Any]) -> str:
    """The first part of the message: what the operation did, without the line."""
    with raise_on_nonfinite(), pytest.raises(FloatingPointError) as caught:
        work()
    return str(caught.value).partition(" (")[0]


@pytest.fixture(autouse=True)
def _recorders_are_left_as_they_were() -> Iterator[None]:
    codes = [function.__code__ for function in (*_methods.values(), record)]
    yield
    assert [function.__code__ for function in (*_methods.values(), record)] == codes
    assert {function.__kwdefaults__ for function in (*_methods.values(), record)} == {None}


class TestRaising:
    @pytest.mark.parametrize(
        ("work", "sentence"),
        [
            (lambda p: p.log(), "log of 'p' = -0.2: the logarithm needs a positive number"),
            (lambda p: log(p), "log of 'p' = -0.2: the logarithm needs a positive number"),
            (lambda p: np.log(p), "log of 'p' = -0.2: the logarithm needs a positive number"),
            (lambda p: 1 / (p - p), "divide of 1 and 0: a quotient needs a divisor other than 0"),
            (lambda p: p / 0.0, "divide of 'p' = -0.2 and 0: a quotient needs a divisor other than 0"),
            (
                lambda p: p**0.5,
                "power of 'p' = -0.2 and 0.5: "
                "a power of a negative number needs a whole exponent, and a power of 0 one from 0 up",
            ),
            (
                lambda p: p / 1e-320,
                "divide of 'p' = -0.2 and 9.999888672e-321 gives -inf: the result lies beyond the range of a double",
            ),
            (
                lambda p: 10.0 ** (p * -2000.0),
                "power of 10 and 400 gives inf: the result lies beyond the range of a double",
            ),
            (lambda p: (p * -5000.0).exp(), "exp of 1000 gives inf: the result lies beyond the range of a double"),
            (
                lambda p: p * math.nan,
                "multiply of 'p' = -0.2 and nan gives nan: an operand is not finite to begin with",
            ),
            (
                lambda p: Value(math.inf, "big").log(),
                "log of 'big' = inf gives inf: an operand is not finite to begin with",
            ),
            (
                lambda p: p.atanh() * p.acosh(),
                "acosh of 'p' = -0.2: the inverse hyperbolic cosine needs a number from 1 up",
            ),
        ],
    )
    def test_the_first_operation_that_gives_inf_or_nan_is_named(
        self, work: Callable[[Value], Any], sentence: str
    ) -> None:
        assert refused(lambda: work(Value(-0.2, "p"))) == sentence

    def test_every_operation_of_an_array_is_looked_at(self) -> None:
        assert refused(lambda: np.array([1.0, 0.0]) / Value(0.0, "z")).startswith("divide of 1 and 'z' = 0")

    def test_an_operation_of_the_users_own_that_says_nothing_of_its_needs(self) -> None:
        try:
            entry = operations.Operation("to_nan", "?", "", lambda x: math.nan, (1.0,))
            assert refused(lambda: entry(Value(1.0, "x"))) == "to_nan of 'x' = 1 gives nan"
        finally:
            operations.OPERATIONS.pop("to_nan")
            _methods.pop(entry)

    def test_finite_results_are_recorded_as_ever(self) -> None:
        a = Value(2.0, "a")
        with raise_on_nonfinite():
            b = (a * 3.0 + 1.0).sqrt() - 2.0 / a
            with pytest.raises(TypeError):
                a + "1"
        b.backward()
        assert a.grad == 3.0 * 0.5 / math.sqrt(7.0) + 0.5

    def test_an_infinite_slope_or_a_plain_number_is_let_pass(self) -> None:
        with raise_on_nonfinite():
            assert Value(0.0).sqrt().slopes == (math.inf,)
            assert math.isnan(log(-1.0))
            assert max(Value(-math.inf), Value(1.0)).data == 1.0

    def test_a_safe_number_put_in_first_keeps_the_side_not_taken_finite(self) -> None:
        x = Value(-1.0, "x")
        assert refused(lambda: where(x > 0, sqrt(x), 0.0)).startswith("sqrt of 'x' = -1: ")
        with raise_on_nonfinite():
            root = where(x > 0, sqrt(where(x > 0, x, 1.0)), 0.0)
        root.backward()
        assert (root.data, x.grad) == (0.0, 0.0)

    def test_the_users_line_is_named(self) -> None:
        p = Value(-0.2, "p")
        with raise_on_nonfinite(), pytest.raises(FloatingPointError) as caught:
            p.log()  # the logarithm in question
        _, line, source = str(caught.value).rsplit(":", 2)
        assert f"({__file__}:{line}: p.log()  # the logarithm in question)" in str(caught.value)
        assert source == " p.log()  # the logarithm in question)"
        assert linecache.getline(__file__, int(line)).strip() == "p.log()  # the logarithm in question"

    def test_the_users_line_is_named_where_numpy_does_the_sum(self) -> None:
        large = np.array([Value(1e308), Value(1e308)])
        with raise_on_nonfinite(), pytest.raises(FloatingPointError) as caught:
            np.mean(large)  # the mean in question
        assert f"({__file__}:" in str(caught.value)
        assert str(caught.value).endswith(": np.mean(large)  # the mean in question)")

    def test_the_users_line_is_named_where_numpy_was_never_imported(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(sys.modules, "numpy")
        with raise_on_nonfinite(), pytest.raises(FloatingPointError, match=r": Value\(-1\.0\)\.log\(\)\)$"):
            Value(-1.0).log()

    def test_the_error_carries_what_was_found(self) -> None:
        with raise_on_nonfinite(), pytest.raises(FloatingPointError) as caught:
            divide(Value(1.0, "a"), Value(0.0))
        (found,) = caught.value.args
        assert isinstance(found, NonFinite)
        assert (found.kind, found.node, found.number, found.op) == ("value", None, math.inf, operations.divide)
        assert found.operands == (("a", 1.0), (None, 0.0))
        assert pickle.loads(pickle.dumps(caught.value)).args == (found,)

    def test_control_characters_of_a_label_do_not_reach_the_terminal(self) -> None:
        assert refused(lambda: Value(-1.0, "\x1b[31m").log()).startswith(r"log of '\x1b[31m' = -1: ")

    def test_an_empty_label_is_none(self) -> None:
        assert refused(lambda: Value(-1.0, "").log()).startswith("log of -1: ")

    def test_a_label_that_is_not_text_is_refused(self) -> None:
        v = Value(-1.0)
        v.label = 3  # type: ignore[assignment]
        with raise_on_nonfinite(), pytest.raises(TypeError, match=r"^label 3 is of type int: set it to "):
            v.log()

    @pytest.mark.parametrize("package", [autograd, np], ids=["ours", "numpy"])
    def test_a_file_beside_a_package_is_not_in_it(self, package: ModuleType) -> None:
        file = f"{package.__path__[0]}_tools.py"
        with raise_on_nonfinite(), pytest.raises(FloatingPointError, match=re.escape(f" ({file}:1)")):
            exec(compile("p.log()", file, "exec"), {"p": Value(-1.0, "p")})

    def test_a_line_without_a_source_is_named_by_its_number(self) -> None:
        scope = {"p": Value(-1.0, "p")}
        with raise_on_nonfinite(), pytest.raises(FloatingPointError, match=r"number \(<typed in>:2\)$"):
            exec(compile("\np.log()", "<typed in>", "exec"), scope)


class TestExtent:
    def test_nothing_is_refused_before_or_after(self) -> None:
        p = Value(-1.0)
        with raise_on_nonfinite():
            pass
        assert math.isnan(p.log().data)

    def test_an_inner_one_leaves_the_outer_one_in_force(self) -> None:
        p = Value(-1.0, "p")
        with raise_on_nonfinite():
            with raise_on_nonfinite():
                assert refused(lambda: p.log()).startswith("log of 'p'")
            assert refused(lambda: p.sqrt()).startswith("sqrt of 'p'")

    def test_an_error_inside_ends_it(self) -> None:
        p = Value(-1.0)
        with pytest.raises(KeyError), raise_on_nonfinite():
            raise KeyError
        with pytest.raises(FloatingPointError), raise_on_nonfinite():
            p.log()
        assert math.isnan(p.log().data)

    def test_a_function_can_be_made_to_raise(self) -> None:
        @raise_on_nonfinite()
        def loss(p: Value) -> Value:
            return p.log()

        for _ in range(2):
            with pytest.raises(FloatingPointError):
                loss(Value(-1.0))
        assert loss(Value(1.0)).data == 0.0

    def test_two_that_end_in_the_order_they_began(self) -> None:
        p = Value(-1.0)
        first, second = raise_on_nonfinite(), raise_on_nonfinite()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        with pytest.raises(FloatingPointError):
            p.log()
        second.__exit__(None, None, None)
        assert math.isnan(p.log().data)

    def test_an_operation_added_inside_stays_as_it_is(self) -> None:
        with raise_on_nonfinite():
            entry = operations.Operation("to_inf", "?", "", lambda x: math.inf, (1.0,))
        try:
            assert entry(Value(1.0)).data == math.inf
        finally:
            operations.OPERATIONS.pop("to_inf")
            _methods.pop(entry)

    def test_other_threads_are_left_alone(self) -> None:
        results: queue.Queue[float] = queue.Queue()
        with raise_on_nonfinite():
            thread = threading.Thread(target=lambda: results.put(Value(-1.0).log().data))
            thread.start()
            thread.join()
        assert math.isnan(results.get_nowait())

    def test_threads_that_come_and_go_do_not_end_each_others(self) -> None:
        stop = threading.Event()
        wrong: list[str] = []

        def come_and_go() -> None:
            while not stop.is_set():
                with raise_on_nonfinite():
                    try:
                        Value(-1.0).log()
                    except FloatingPointError:
                        continue
                    wrong.append("let pass inside")

        def outside() -> None:
            for _ in range(2000):
                if not math.isnan(Value(-1.0).log().data + (2.0 / Value(4.0)).data):
                    wrong.append("not recorded")

        threads = [threading.Thread(target=come_and_go) for _ in range(3)]
        other = threading.Thread(target=outside)
        for thread in (*threads, other):
            thread.start()
        other.join()
        stop.set()
        for thread in threads:
            thread.join()
        assert wrong == []

    def test_tasks_are_told_apart(self) -> None:
        async def careful() -> str:
            with raise_on_nonfinite():
                await asyncio.sleep(0)
                try:
                    Value(-1.0).log()
                except FloatingPointError:
                    return "raised"
                return "let pass"

        async def careless() -> str:
            await asyncio.sleep(0)
            return "let pass" if math.isnan(Value(-1.0).log().data) else "?"

        async def both() -> list[str]:
            return await asyncio.gather(careful(), careless(), careful())

        assert asyncio.run(both()) == ["raised", "let pass", "raised"]

    def test_a_task_that_outlives_the_with_it_was_started_in_is_free(self) -> None:
        async def late(go: asyncio.Event) -> float:
            await go.wait()
            with source_lines():
                # The recorders are watched again, on behalf of another with.
                return Value(-1.0).log().data

        async def work() -> float:
            go = asyncio.Event()
            with raise_on_nonfinite():
                task = asyncio.create_task(late(go))
            go.set()
            return await task

        assert math.isnan(asyncio.run(work()))

    def test_a_generator_closed_elsewhere_ends_it(self) -> None:
        def steps() -> Iterator[None]:
            with raise_on_nonfinite():
                yield

        generator = steps()
        next(generator)
        thread = threading.Thread(target=generator.close)  # type: ignore[attr-defined]
        thread.start()
        thread.join()
        assert math.isnan(Value(-1.0).log().data)


class TestFirstNonfinite:
    def test_a_healthy_graph_has_none(self) -> None:
        a = Value(2.0)
        assert first_nonfinite((a * a).log()) is None
        assert first_nonfinite(a) is None

    def test_the_first_operation_is_named_and_not_what_it_spoilt(self) -> None:
        p = Value(-0.1, "p")
        doubled = p * 2.0
        loss = (doubled.log() * 3.0).exp() + doubled
        found = first_nonfinite(loss)
        assert found is not None
        assert (found.kind, found.node, found.op, found.line) == ("value", "v2", operations.log, None)
        assert found.operands == (("v1", -0.2),)
        assert math.isnan(found.number)
        assert str(found) == "log of 'v1' = -0.2: the logarithm needs a positive number"

    def test_a_leaf_that_is_not_finite_is_named_where_it_enters(self) -> None:
        x = Value(math.nan, "x")
        assert str(first_nonfinite(Value(1.0, "a") * 2.0 + x * 3.0)) == (
            "multiply of 'x' = nan and 3 gives nan: an operand is not finite to begin with"
        )
        assert str(first_nonfinite(x)) == "'x' = nan is not finite to begin with"

    def test_what_the_output_has_it_from_comes_before_what_did_no_harm(self) -> None:
        x = Value(-1.0, "x")
        harmless = where(0.0, x.log(), 1.0)
        found = first_nonfinite(harmless + x.sqrt())
        assert found is not None
        assert found.op is operations.sqrt

    def test_what_did_no_harm_is_found_where_nothing_else_is(self) -> None:
        x = Value(0.0, "x")
        y = sigmoid(log(x))
        assert y.data == 0.0
        found = first_nonfinite(y)
        assert found is not None
        assert (found.kind, found.op, found.number) == ("value", operations.log, -math.inf)

    def test_an_infinite_slope_of_a_finite_value_is_found(self) -> None:
        found = first_nonfinite(Value(0.0, "q").sqrt() * 2.0 + 1.0)
        assert found == NonFinite("slope", "q", math.inf, operations.sqrt, (("q", 0.0),), None)
        assert str(found) == "sqrt of 'q' = 0: the slope for 'q' is inf"

    def test_a_gradient_that_grows_out_of_range_is_found(self) -> None:
        a = Value(1e-200, "a")
        found = first_nonfinite(a * 1e200 * 1e200)
        assert found == NonFinite("gradient", "a", math.inf, operations.multiply, (("a", 1e-200), (None, 1e200)), None)
        assert str(found) == "multiply of 'a' = 1e-200 and 1e+200: the gradient for 'a' is inf"

    def test_contributions_that_add_up_out_of_range_are_found(self) -> None:
        a = Value(1e-300, "a")
        found = first_nonfinite(a * 1e308 + a * 1e308)
        assert found is not None
        assert (found.kind, found.node, found.number) == ("gradient", "a", math.inf)

    def test_the_first_slope_is_that_nearest_to_the_output(self) -> None:
        q = Value(0.0, "q")
        root = q.sqrt()
        root.label = "root"
        found = first_nonfinite(root.sqrt())
        assert found is not None
        assert found.node == "root"

    def test_a_slope_behind_a_side_not_taken_is_no_trouble(self) -> None:
        x = Value(0.0, "x")
        y = where(x > 0.0, x.sqrt(), 2.0 * x)
        assert first_nonfinite(y) is None
        y.backward()
        assert x.grad == 2.0

    def test_a_graph_of_any_depth(self) -> None:
        v = Value(-1.0).log()
        for _ in range(50_000):
            v = v + 1.0
        found = first_nonfinite(v)
        assert found is not None
        assert found.op is operations.log

    def test_only_a_value_can_be_looked_into(self) -> None:
        with pytest.raises(TypeError, match=r"first_nonfinite of nan: a Value is needed"):
            first_nonfinite(math.nan)  # type: ignore[arg-type]

    def test_it_finds_what_raising_would_have_refused(self) -> None:
        def loss() -> Value:
            x = Value(3.0, "x")
            return ((x - 5.0).log() * x).exp() / x

        found = first_nonfinite(loss())
        with raise_on_nonfinite(), pytest.raises(FloatingPointError) as caught:
            loss()
        assert found is not None
        assert caught.value.args[0].op is found.op


class TestSourceLines:
    def test_the_line_is_there_afterwards(self) -> None:
        p = Value(-0.2, "p")
        with source_lines():
            loss = p.log() * 2.0  # here
        found = first_nonfinite(loss + 1.0)
        assert found is not None
        assert found.line is not None
        file, number, source = found.line.split(":", 2)
        assert Path(file) == Path(__file__)
        assert linecache.getline(file, int(number)).strip() == source.strip() == "loss = p.log() * 2.0  # here"
        assert str(found) == f"log of 'p' = -0.2: the logarithm needs a positive number ({found.line})"

    def test_the_line_of_a_slope_is_that_of_its_operation(self) -> None:
        q = Value(0.0, "q")
        with source_lines():
            root = q.sqrt()  # the root
            doubled = root * 2.0
        found = first_nonfinite(doubled)
        assert found is not None
        assert found.line is not None
        assert found.line.endswith(": root = q.sqrt()  # the root")

    def test_every_way_of_recording_keeps_it(self) -> None:
        a = Value(2.0)
        with source_lines():
            made = [a + 1.0, 1.0 / a, exp(a), a.tanh(), divide(1, a), np.sin(a), abs(a), sum([a, a], a)]
        for value in made:
            assert all(node._line is not None and __file__ in node._line for node in recorded(value))

    def test_nothing_is_kept_elsewhere(self) -> None:
        with source_lines():
            pass
        value = Value(-1.0).log()
        assert not hasattr(value, "_line")
        found = first_nonfinite(value)
        assert found is not None
        assert found.line is None

    def test_a_copy_is_as_good_as_one_recorded_elsewhere(self) -> None:
        with source_lines():
            value = Value(-1.0, "p").log()
        for twin in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
            assert str(first_nonfinite(twin)) == "log of 'p' = -1: the logarithm needs a positive number"

    def test_it_goes_together_with_raising(self) -> None:
        p = Value(-1.0, "p")
        with source_lines(), raise_on_nonfinite():
            doubled = p * 2.0
            with pytest.raises(FloatingPointError):
                doubled.log()
        assert doubled._line is not None

    def test_a_thread_that_begins_inside_the_package_has_no_line(self) -> None:
        made: list[Value] = []
        with source_lines():
            # All of this runs in C, so that no line of a program is under way in the thread.
            work = (list.extend, made, map(Value.exp, [Value(2.0)]))
            _thread.start_new_thread(contextvars.copy_context().run, work)
            for _ in range(5000):
                if made:
                    break
                time.sleep(0.001)
        (value,) = made
        assert value._line is None
