"""Text from outside is shown on one line, escaped and cut."""

import pytest

from autograd.text import printable


def test_what_prints_stays_as_it_is() -> None:
    assert printable("café σ′ 日本 😀 {|}") == "café σ′ 日本 😀 {|}"


@pytest.mark.parametrize(("text", "shown"), [("a\nb", r"a\nb"), ("\x1b[0m", r"\x1b[0m"), ("\u202e", r"\u202e")])
def test_what_does_not_print_is_shown_as_python_would_write_it(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_text_is_cut_only_where_it_is_too_long() -> None:
    assert printable("abcde", 5) == "abcde"
    assert printable("abcdef", 5) == "abcd…"
    assert printable("abcdef") == "abcdef"
