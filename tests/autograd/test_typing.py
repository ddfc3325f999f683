"""Type checkers see what the table makes."""

from pathlib import Path

import typed_use

from autograd import _methods


def test_the_stub_lists_what_the_table_makes() -> None:
    stub = Path(_methods.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    assert stub == _methods.stub(), 'run python -c "from autograd import _methods; _methods.write_stub()"'


def test_a_typed_program_runs() -> None:
    typed_use.main()
