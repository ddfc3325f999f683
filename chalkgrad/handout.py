"""Sheets to hand out, blank or with the answers: as a problem file, as a web page and as LaTeX, both made for paper."""

import json
from collections.abc import Iterator
from html import escape
from typing import Final

from autograd.text import counted, exact, printable
from chalkgrad import latex
from chalkgrad.cells import SINGLE, Cells, given_cells, worked_cells
from chalkgrad.problem import Matrix, Problem
from chalkgrad.solution import Quantity, Step
from viz.html import document
from viz.latex import escaped
from viz.mathml import markup

# Of a page, in centimetres: its width between the margins, what a digit takes in handwriting, what a line takes.
_PAGE, _DIGIT, _LINE = 17.4, 0.25, 0.85

# Characters that a given matrix may have in a line.
_ROOM: Final = 45

# Problem files --------------------------------------------------------------------------------------------------------


def to_toml(step: Step, decimals: int, answers: bool) -> str:
    """A problem file with a [work] table of blanks, or of answers."""
    problem = step.problem
    lines = [
        *(
            f"# {line}"
            for line in (_TOML_KEY if answers else _TOML_BLANK).format(places=counted(decimals, "decimal")).splitlines()
        ),
        "",
        f"title = {_toml_text(printable(problem.title))}",
        "",
        "[problem]",
        f"activation = {_toml_activations(problem)}",
        'loss = "half_mse"',
        f"learning_rate = {exact(problem.learning_rate)}",
    ]
    for name, matrix in _parameters(problem):
        lines.append(f"{name} = {_toml_cells(name, given_cells(matrix))}")
    lines += ["", "[work]"]
    for quantity in step.quantities:
        cells = worked_cells(quantity.matrix, decimals)
        if not answers:
            cells = [['""'] * len(row) for row in cells]
        lines += [f"# {quantity.meaning}", f"{quantity.name} = {_toml_cells(quantity.name, cells)}"]
    return "\n".join(lines) + "\n"


_TOML_BLANK: Final = """\
Put each number that you worked out in the place of its "", with {places}, as you wrote it: 0.50, not 0.5.
What you did not work out stays "". Then: chalkgrad mark FILE"""

_TOML_KEY: Final = "The answers, worked out to full precision and then rounded to {places}."


def _parameters(problem: Problem) -> Iterator[tuple[str, Matrix]]:
    """The given matrices."""
    yield from ((name, matrix) for name, matrix in problem.given().items() if name not in SINGLE)


def _toml_activations(problem: Problem) -> str:
    first, *others = problem.activations
    if all(name == first for name in others):
        return _toml_text(first)
    return f"[{', '.join(map(_toml_text, problem.activations))}]"


def _toml_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _toml_cells(name: str, cells: Cells) -> str:
    if name in SINGLE:
        return cells[0][0]
    if name.lstrip("d").startswith("b") and not name.startswith("backpropagated"):
        return f"[{', '.join(row[0] for row in cells)}]"
    rows = [f"[{', '.join(row)}]" for row in cells]
    return f"[{rows[0]}]" if len(rows) == 1 else "[\n" + "".join(f"    {row},\n" for row in rows) + "]"


# What both pages say --------------------------------------------------------------------------------------------------


def _task(problem: Problem, decimals: int, answers: bool) -> str:
    sizes = [len(problem.X), *map(len, problem.weights)]
    *parts, last = (
        f"{counted(size, 'neuron')} in layer {layer}" if layer else counted(size, "input")
        for layer, size in enumerate(sizes)
    )
    network = f"A network with {', '.join(parts)} and {last}, on {counted(len(problem.X[0]), 'sample')}."
    rows = (
        "In X, y, Z, A, E, δ and what is backpropagated, each column is a sample, and each row an input or a neuron; "
        "in W and dW each row is a neuron and each column one of its inputs. Rows and columns count from 0. "
        "⊙ multiplies number by number, and ᵀ makes rows of columns. δ is worked out without the 1/n, which stands in "
        "dW and db."
    )
    places = counted(decimals, "decimal")
    if answers:
        done = f"The answers were worked out to full precision and then rounded to {places}; with rounded figures in "
        return f"{network} {done}between, the last places may differ. {rows}"
    wanted = f"Work out one step of gradient descent, every number to {places}, in the order below."
    return f"{network} {wanted} {rows}"


def _given(problem: Problem) -> Iterator[str]:
    """Each given quantity as an equation in LaTeX, in parts where it is wide."""
    for name, matrix in problem.given().items():
        for sign, run in latex.lines(name, (), {name: given_cells(matrix)}, _ROOM):
            yield f"{latex.symbol(name)} = {run}" if sign else run


def _formula(quantity: Quantity) -> str:
    """A quantity's formulas in LaTeX, with no number put in."""
    sides = [" ".join(map(latex.symbol, formula)) for formula in quantity.formulas]
    return " = ".join((latex.symbol(quantity.name), *sides))


def _tables(quantity: Quantity, decimals: int, answers: bool) -> Iterator[tuple[int, Cells]]:
    """A quantity's table, in as many parts as the width of a page asks for, each with the place of its first column."""
    cells = worked_cells(quantity.matrix, decimals)
    if not answers:
        cells = [[""] * len(row) for row in cells]
    most = max(1, int((_PAGE - 1.0) / (_room(decimals) + 0.25)))
    for start in range(0, len(cells[0]), most):
        yield start, [row[start : start + most] for row in cells]


def _room(decimals: int) -> float:
    """What a number needs in handwriting, in centimetres: its sign, a digit, the point and the decimals."""
    return _DIGIT * (decimals + 3)


# Web pages ------------------------------------------------------------------------------------------------------------


def to_html(step: Step, decimals: int, answers: bool) -> str:
    """A page to print."""
    problem = step.problem
    title = printable(problem.title) or "One step of gradient descent"
    heading = f"Answers. {title}" if answers else title
    parts = [f"<h1>{escape(heading)}</h1>"]
    if not answers:
        parts.append('<p class="who"><span>Name</span><span>Date</span></p>')
    parts.append(f"<p>{escape(_task(problem, decimals, answers))}</p>")
    parts.append('<p class="given">' + "\n".join(f"<span>{_math(line)}</span>" for line in _given(problem)) + "</p>")
    for number, quantity in enumerate(step.quantities, 1):
        tables = "".join(_html_table(quantity.name, *table) for table in _tables(quantity, decimals, answers))
        meaning = f"<p><b>{number}.</b> {_math(_formula(quantity))}</p><p>{escape(quantity.meaning)}</p>"
        parts.append(f"<section>{meaning}{tables}</section>")
    style = _STYLE.replace("ROOM", f"{_room(decimals):g}cm").replace("LINE", f"{_LINE:g}cm")
    return document(heading, "<main>\n" + "\n".join(parts) + "\n</main>", style)


def _math(formula: str) -> str:
    return f"<math>{markup(formula)}</math>"


def _html_table(name: str, start: int, cells: Cells) -> str:
    lines = ["".join(f"<td>{cell.replace('-', '−')}</td>" for cell in row) for row in cells]
    if name in SINGLE:
        return f"<table><tr>{lines[0]}</tr></table>"
    head = "".join(f"<th>{column}</th>" for column in range(start, start + len(cells[0])))
    rows = "".join(f"<tr><th>{row}</th>{line}</tr>" for row, line in enumerate(lines))
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"


_STYLE: Final = """
:root { color-scheme: light dark; }
main { max-width: 18cm; margin: auto; padding: 1rem; font: 10.5pt/1.4 system-ui, sans-serif; }
main { display: flex; flex-wrap: wrap; gap: 0.3cm 0.7cm; align-items: flex-start; }
h1 { font-size: 13pt; margin: 0; }
h1, main > p { flex-basis: 100%; }
p { margin: 0; }
.who { display: flex; gap: 1cm; margin: 0.4cm 0; }
.who span { flex: 1; border-bottom: 1px solid; }
.given { display: flex; flex-wrap: wrap; align-items: center; gap: 0.3cm 0.8cm; padding: 0.2cm 0; overflow-x: auto; }
section { break-inside: avoid; max-width: 100%; overflow-x: auto; }
section p + p { font-size: 9pt; }
table { border-collapse: collapse; margin: 0.1cm 1px; }
td { border: 1px solid; min-width: ROOM; height: LINE; text-align: center; font-variant-numeric: tabular-nums; }
th { font-weight: normal; font-size: 8pt; padding: 0 0.1cm; }
@page { margin: 1.5cm; }
@media print {
  :root { color-scheme: light; }
  main { padding: 0; max-width: none; }
}
"""

# LaTeX ----------------------------------------------------------------------------------------------------------------


def to_latex(step: Step, decimals: int, answers: bool) -> str:
    """A document to print."""
    problem = step.problem
    title = printable(problem.title) or "One step of gradient descent"
    heading = escaped(f"Answers. {title}" if answers else title)
    name = "" if answers else r"\noindent Name \hrulefill\quad Date \hrulefill\par\medskip"
    # From here on, lines are of formulas and tables, and need more room between them.
    given = "\\lineskip=3mm \\lineskiplimit=3mm\n" + "\n".join(rf"${line}$\quad" for line in _given(problem))
    boxes = (_box(number, quantity, decimals, answers) for number, quantity in enumerate(step.quantities, 1))
    parts = [rf"\section*{{{heading}}}", name, _text(_task(problem, decimals, answers)), given, "\n".join(boxes)]
    return _LATEX_HEAD + "\n\n".join(filter(None, parts)) + "\n\\end{document}\n"


def _box(number: int, quantity: Quantity, decimals: int, answers: bool) -> str:
    """A quantity with its tables, which a page keeps together."""
    tables = [_latex_table(quantity.name, *table, _room(decimals)) for table in _tables(quantity, decimals, answers)]
    lines = (rf"\textbf{{{number}.}} ${_formula(quantity)}$", rf"\small {_text(quantity.meaning)}", *tables)
    return "\\begin{tabular}[t]{@{}l@{}}\n" + " \\\\\n".join(lines) + "\n\\end{tabular}\\quad"


def _latex_table(name: str, start: int, cells: Cells, room: float) -> str:
    width = len(cells[0])
    strut = rf"\rule[-{_LINE / 3:.2f}cm]{{0pt}}{{{_LINE:g}cm}}"
    rows = [[rf"\makebox[{room:g}cm]{{{strut}{cell.replace('-', '$-$')}}}" for cell in row] for row in cells]
    if name in SINGLE:
        return rf"\begin{{tabular}}{{@{{}}|c|}}\hline {rows[0][0]} \\\hline\end{{tabular}}"
    line = rf" \\\cline{{2-{width + 1}}}"
    # A column that is one for this cell only has no line beside it.
    head = "".join(rf" & \multicolumn{{1}}{{c}}{{\tiny {column}}}" for column in range(start, start + width))
    body = "\n".join(rf"\tiny {place} & {' & '.join(row)}{line}" for place, row in enumerate(rows))
    return (
        rf"\begin{{tabular}}{{@{{}}c|{'c|' * width}}}\multicolumn{{1}}{{@{{}}c}}{{}}{head}{line}"
        "\n"
        f"{body}\n\\end{{tabular}}"
    )


def _text(text: str) -> str:
    return "".join(_SIGNS.get(ch) or escaped(ch) for ch in text)


_SIGNS: Final = {"⊙": r"$\odot$", "ᵀ": r"$^{\mathsf T}$"}

_LATEX_HEAD: Final = r"""\documentclass[a4paper]{article}
\usepackage{amsmath}
\usepackage[margin=1.8cm]{geometry}
\setlength{\parindent}{0pt}
\setlength{\parskip}{2mm}
\setcounter{MaxMatrixCols}{100}
\setlength{\tabcolsep}{1mm}
\raggedright
\pagestyle{empty}
\begin{document}
"""
