"""Text from outside is shown on one line, escaped and cut; nouns have their plural."""

import pytest

from autograd.text import counted, printable, quoted


def test_a_thing_is_quoted_as_python_writes_it() -> None:
    assert quoted("a\nb") == r"'a\nb'"
    assert quoted("x" * 38) == f"'{'x' * 38}'"
    assert quoted("x" * 39) == f"'{'x' * 38}…"
    assert quoted("abcdef", 4) == "'ab…"
    assert quoted(10**5000).startswith("<int object at 0x")


def test_what_prints_stays_as_it_is() -> None:
    assert printable("café σ′ 日本 😀 {|}") == "café σ′ 日本 😀 {|}"


@pytest.mark.parametrize(("text", "shown"), [("a\nb", r"a\nb"), ("\x1b[0m", r"\x1b[0m"), ("\u202e", r"\u202e")])
def test_what_does_not_print_is_shown_as_python_would_write_it(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_text_is_cut_only_where_it_is_too_long() -> None:
    assert printable("abcde", 5) == "abcde"
    assert printable("abcdef", 5) == "abcd…"
    assert printable("abcdef") == "abcdef"


@pytest.mark.parametrize(("number", "shown"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows")])
def test_only_one_thing_is_singular(number: int, shown: str) -> None:
    assert counted(number, "row") == shown
