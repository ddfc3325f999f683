"""A working as a file of its own: a LaTeX document, or a web page with its formulas in MathML and no script."""

from collections.abc import Iterator
from html import escape
from typing import Final

from autograd.text import printable
from chalkgrad import latex
from chalkgrad.content import Equation, Style, parts
from chalkgrad.solution import Solution
from viz import mathml
from viz.html import document
from viz.latex import escaped

# Characters of text that a line of a page has room for, names in front included.
_ROOM: Final = 70


def to_latex(solution: Solution, decimals: int = 4, *, layout: str = "matrix", notation: str = "ours") -> str:
    """The working as a LaTeX document, which compiles with pdflatex and needs no more than amsmath.

    Args:
        decimals: of every worked-out number, 0 to 17; given numbers are shown as they were given.
        layout: quantity by quantity ("matrix") or sample by sample ("samples").
        notation: whose names and signs: "ours", "mazur" or "han".

    Raises:
        ValueError: decimals is out of range, or there is no such layout or notation.
    """
    style = Style(decimals, layout, notation)
    title = escaped(printable(solution.problem.title))
    body = [rf"\section*{{{title}}}"] if title else []
    for heading, equations, closing in _sections(solution, style):
        body.append(rf"\subsection*{{{escaped(heading)}}}")
        body += [*map(_latex_equation, equations), escaped(closing)]
    return "\n\n".join((_LATEX_HEAD, *filter(None, body), "\\end{document}\n"))


def to_html(solution: Solution, decimals: int = 4, *, layout: str = "matrix", notation: str = "ours") -> str:
    """The working as a web page with its formulas in MathML: no script, and nothing to load; see ``to_latex``."""
    style = Style(decimals, layout, notation)
    title = printable(solution.problem.title)
    body = [f"<h1>{escape(title)}</h1>"] if title else []
    for heading, equations, closing in _sections(solution, style):
        body.append(f"<h2>{escape(heading)}</h2>")
        body += [*map(_html_equation, equations), f"<p>{escape(closing)}</p>" if closing else ""]
    inside = "\n".join(filter(None, body))
    return document(title or "A worked problem", f"<main>\n{inside}\n</main>", _STYLE)


def _sections(solution: Solution, style: Style) -> Iterator[tuple[str, tuple[Equation, ...], str]]:
    """Headings, the equations under each, and the sentence after them, where there is one."""
    for part in parts(solution.problem, solution.steps, len(solution.steps), style):
        several = f" (step {part.step} of {part.count})" if part.step and part.count > 1 else ""
        last = len(part.sections) - 1
        for place, (heading, equations) in enumerate(part.sections):
            yield f"{heading}{several}", equations, part.closing if place == last else ""


def _latex_equation(whole: Equation) -> str:
    name = latex.symbol(whole.name)
    lines = latex.lines(whole.name, whole.formulas, whole.numbers, _ROOM - len(whole.name))
    # Without something in front, the sign that a later line begins with is set as one of a number.
    sides = [rf"&{sign} {side}" if sign else rf"&\quad {{}} {side}" for sign, side in lines]
    meaning = f"${name}$: {escaped(whole.meaning)}\n" if whole.meaning else ""
    return f"{meaning}\\begin{{align*}}\n{name} " + " \\\\\n".join(sides) + "\n\\end{align*}"


def _html_equation(whole: Equation) -> str:
    name = _math(latex.symbol(whole.name))
    rows: list[str] = []
    for sign, side in latex.lines(whole.name, whole.formulas, whole.numbers, _ROOM - len(whole.name)):
        rows.append(f"<tr><th>{'' if rows else name}</th><td>{sign}</td><td>{_math(f'{{}} {side}')}</td></tr>")
    meaning = f"<p>{name}: {escape(whole.meaning)}</p>\n" if whole.meaning else ""
    return f'{meaning}<div><table role="presentation">\n' + "\n".join(rows) + "\n</table></div>"


def _math(formula: str) -> str:
    return f"<math>{mathml.markup(formula)}</math>"


_LATEX_HEAD: Final = r"""\documentclass{article}
\usepackage{amsmath}
\usepackage[margin=2cm]{geometry}
\setlength{\parindent}{0pt}
\setlength{\arraycolsep}{3pt}
\setcounter{MaxMatrixCols}{100}
\allowdisplaybreaks
\begin{document}"""

_STYLE: Final = """
:root { color-scheme: light dark; }
main { max-width: 60rem; margin: auto; padding: 1rem; font: 1rem/1.6 system-ui, sans-serif; }
div { overflow-x: auto; }
table { border-collapse: collapse; margin: 0 0 1.5rem 1rem; }
th, td { padding: 0.2rem 0.3rem; text-align: left; font-weight: normal; }
p { margin: 0.7rem 0; }
"""
