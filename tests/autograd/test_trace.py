"""The trace: the steps, their order, and how they read."""

import math

import pytest

from autograd import NO_GRADIENT, BackwardStep, ForwardStep, Value, trace


def test_one_operation_can_be_followed_by_eye() -> None:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    c = a * b
    c.label = "c"
    assert str(trace(c)) == "\n".join(
        (
            "input  value",
            "a      2",
            "b      -3",
            "",
            "forward",
            "step  name  operation  operands  value",
            "1     c     ×          a, b      -6",
            "",
            "backward, from dc/dc = 1",
            "step  node  through  upstream  × slope  = contribution  total",
            "2     a     c        1         -3       -3              -3",
            "3     b     c        1         2        2               2",
        )
    )


def test_the_steps_of_both_passes() -> None:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    d = a * b + a
    t = trace(d)
    assert t.output == "v2"
    assert t.inputs == (("a", 2.0), ("b", -3.0))
    assert t.forward == (ForwardStep("v1", "×", ("a", "b"), -6.0), ForwardStep("v2", "+", ("v1", "a"), -4.0))
    assert t.backward == (
        BackwardStep("v1", "v2", 1.0, 1.0, 1.0, 1.0),
        BackwardStep("a", "v2", 1.0, 1.0, 1.0, 1.0),
        BackwardStep("a", "v1", 1.0, -3.0, -3.0, -2.0),
        BackwardStep("b", "v1", 1.0, 2.0, 2.0, 2.0),
    )


def test_a_seed_goes_through_every_step() -> None:
    a = Value(0.5, "a")
    step = trace(a.exp() * 2.0, seed=-3.0).backward[-1]
    assert step.upstream == -6.0
    assert step.contribution == step.total == -6.0 * math.exp(0.5)


def test_nothing_is_changed() -> None:
    a = Value(2.0)
    b = a * a
    b.backward()
    trace(b * 3.0)
    assert (a.grad, b.grad) == (4.0, 1.0)
    fresh = Value(1.0)
    trace(fresh * 2.0)
    assert fresh.grad is NO_GRADIENT


def test_a_constant_is_an_operand_and_no_step_of_the_backward_pass() -> None:
    t = trace(Value(3.0, "a") ** 2)
    assert t.forward == (ForwardStep("v1", "**", ("a", "2"), 9.0),)
    assert [step.node for step in t.backward] == ["a"]


def test_a_side_not_taken_contributes_nothing_even_to_an_infinite_upstream() -> None:
    (step,) = trace(Value(-1.0, "a").relu(), seed=math.inf).backward
    assert (step.slope, step.contribution, step.total) == (0.0, 0.0, 0.0)


def test_a_made_up_name_is_never_one_that_a_label_has() -> None:
    v2 = Value(1.0, "v2")
    names = [step.name for step in trace((v2 + 1.0) * 2.0 + 3.0).forward]
    assert names == ["v1", "v3", "v4"]


def test_a_leaf_alone_has_no_steps() -> None:
    t = trace(Value(2.0, "a"))
    assert (t.output, t.inputs, t.forward, t.backward) == ("a", (("a", 2.0),), (), ())


def test_control_characters_of_a_label_do_not_reach_the_terminal() -> None:
    text = str(trace(Value(1.0, "a\x1b[31m\n\u202e") * 2.0))
    assert r"a\x1b[31m\n\u202e" in text
    assert "\x1b" not in text


def test_only_a_value_can_be_traced() -> None:
    with pytest.raises(TypeError, match=r"trace of 2\.0: a Value is needed"):
        trace(2.0)  # type: ignore[arg-type]
