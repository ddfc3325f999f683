"""The lecture runs, shows what it should, and survives becoming a web page; and labels in notebooks stay text."""

import base64
import copy
import os
import re
import runpy
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from autograd.text import printable

#: Cells put behind the lecture's own: what runs them, and every kind of display with labels that mean harm.
EXTRA: Final = {
    "interpreter": "import sys\n\nprint(sys.executable)",
    "hostile-value": "for label in LABELS:\n    display(Value(2.0, label=label))",
    "hostile-trace": "for label in LABELS:\n    display(trace(Value(2.0, label=label).exp()))",
    "hostile-picture": "for label in LABELS:\n    display(viz.draw(Value(2.0, label=label).exp()))",
    "hostile-derivation": "for label in LABELS:\n    display(viz.derivation(Value(2.0, label=label).exp()))",
}


@pytest.fixture(scope="session")
def lecture(root: Path) -> NotebookNode:
    """The lecture as the repository has it."""
    return nbformat.read(root / "demos" / "lecture.ipynb", as_version=4)


@pytest.fixture(scope="session")
def labels(root: Path) -> list[str]:
    return [*filter(None, runpy.run_path(str(root / "tests" / "viz" / "hostile.py"))["LABELS"])]


@pytest.fixture(scope="session")
def outputs(executed: NotebookNode) -> dict[str, list[Any]]:
    """What each cell of code put out, by the cell's name."""
    return {cell.id: cell.outputs for cell in executed.cells if cell.cell_type == "code"}


@pytest.fixture(scope="session")
def executed(lecture: NotebookNode, labels: list[str]) -> NotebookNode:
    """The lecture and the extra cells, run by a kernel of this interpreter that nobody's settings reach."""
    notebook = copy.deepcopy(lecture)
    sources = EXTRA | {"hostile-value": f"LABELS = {labels!r}\n{EXTRA['hostile-value']}"}
    notebook.cells += [nbformat.v4.new_code_cell(source, id=name) for name, source in sources.items()]
    # Not pytest's folder: the name of a socket must be short.
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "nbconvert", "--execute", "--to=notebook", "--stdin", "--stdout"]
        if sys.platform == "linux":
            # A port that was found free may be taken by another program before the kernel has it.
            command += ["--KernelManager.transport=ipc", f"--KernelManager.ip={home}/socket"]
        own = dict.fromkeys(("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"), home)
        text = nbformat.writes(notebook)
        done = subprocess.run(
            command, input=text, cwd=home, env=os.environ | own, capture_output=True, encoding="utf-8"
        )
    assert done.returncode == 0, done.stderr
    return nbformat.reads(done.stdout, as_version=4)


@pytest.fixture(scope="session")
def page(executed: NotebookNode) -> dict[str, str]:
    """The web page that nbconvert makes of it, without the code: the HTML of each cell, by the cell's name."""
    html, _ = HTMLExporter(exclude_input=True).from_notebook_node(executed)
    _, *parts = re.split(r'id="cell-id=([\w-]+)"', html)
    return dict(zip(parts[::2], parts[1::2], strict=True))


class Read(HTMLParser):
    """HTML as a browser reads it: its tags, attributes, pictures and text, and the text of each cell of a table."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.pictures: list[ElementTree.Element] = []
        self.text = ""
        self.cells: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag in ("td", "th"):
            self.cells.append("")
        if tag == "img":
            kind, _, data = (dict(attrs)["src"] or "").partition(",")
            assert kind == "data:image/svg+xml;base64"
            self.pictures.append(ElementTree.fromstring(base64.b64decode(data)))

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.cells:
            self.cells[-1] += data


def plain(output: Any) -> str:
    return output["text"] if output["output_type"] == "stream" else output["data"]["text/plain"]


def test_the_repository_keeps_the_lecture_without_its_outputs(lecture: NotebookNode) -> None:
    nbformat.validate(lecture)
    code = [cell for cell in lecture.cells if cell.cell_type == "code"]
    assert code
    for cell in code:
        assert cell.outputs == []
        assert cell.execution_count is None


def test_links_lead_somewhere(root: Path, lecture: NotebookNode) -> None:
    text = "\n".join(cell.source for cell in lecture.cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert links
    for link in links:
        assert (root / "demos" / link).exists(), link


def test_every_cell_runs_here_and_puts_out_something(outputs: dict[str, list[Any]]) -> None:
    assert plain(outputs["interpreter"][0]).strip() == sys.executable
    for name, shown in outputs.items():
        assert shown, name
        assert all(output["output_type"] != "error" and output.get("name") != "stderr" for output in shown), name


@pytest.mark.parametrize(
    ("cell", "kinds"),
    [
        ("neuron", {"text/html", "text/plain"}),
        ("network-loss", {"text/html", "text/plain"}),
        ("graph-drawn", {"image/svg+xml", "text/plain"}),
        ("shared-drawn", {"image/svg+xml", "text/plain"}),
        ("network-drawn", {"image/svg+xml", "text/plain"}),
        ("chain-traced", {"text/markdown", "text/plain"}),
        ("paper-derivation", {"text/html", "text/plain"}),
    ],
)
def test_a_rich_thing_shows_richly(outputs: dict[str, list[Any]], cell: str, kinds: set[str]) -> None:
    (shown,) = outputs[cell]
    assert shown["output_type"] == "execute_result"
    assert shown["data"].keys() == kinds


@pytest.mark.parametrize(
    ("cell", "excerpt"),
    [
        ("neuron", "Value(data=0.6224593312018546, grad=0.0, label='a')"),
        ("chain-traced", "7     x     p        0.2350037122  -3            -0.7050111366   -0.7050111366"),
        ("shared-explained", "sum: df/dx  7 "),
        ("orders", "pass on whatever has just come   6.0"),
        ("orders", "pass on once, as soon as you can 2.0"),
        ("orders", "wait until all has come          4.0"),
        ("order-recorded", "['b', 'c']"),
        ("network-loss", "Value(data=0.09034363036277245, grad=1.0, label='loss')"),
        ("descent-step", "W2[0,1]    0.6000  -0.000577   0.6003"),
        ("descent-step", "loss before 0.09034363, expected 0.09032374, after 0.09032379"),
        ("check-report", "agrees"),
    ],
)
def test_the_numbers_are_those_that_the_lecture_speaks_of(
    outputs: dict[str, list[Any]], cell: str, excerpt: str
) -> None:
    assert excerpt in "".join(map(plain, outputs[cell]))


def test_nudging_gives_the_slope_and_no_check_fails(outputs: dict[str, list[Any]]) -> None:
    nudged, rule = re.findall(r"\S+$", plain(outputs["nudge"][0]), re.MULTILINE)
    assert float(nudged) == pytest.approx(float(rule), rel=1e-6)
    _, *verdicts = plain(outputs["check-report"][0]).rstrip().splitlines()
    assert all(line.endswith(" agrees") for line in verdicts)


def test_pictures_tables_mathematics_and_text_are_in_the_web_page(page: dict[str, str]) -> None:
    for cell, word in {"graph-drawn": "σ", "shared-drawn": "f", "network-drawn": "W1[0,0]"}.items():
        (picture,) = Read(page[cell]).pictures
        assert word in picture.itertext()
    assert Read(page["neuron"]).cells[:5] == ["label", "data", "operation", "operands", "a"]
    assert {"table", "td"} <= Read(page["chain-traced"]).tags
    assert {"-0.705011", "backward, from da/da = 1"} <= {*map(str.strip, Read(page["chain-traced"]).text.splitlines())}
    assert {"math", "mfrac"} <= Read(page["paper-derivation"]).tags
    assert "sum: df/dx  7 " in Read(page["shared-explained"]).text
    assert "Where paths meet, contributions add" in Read(page["shared"]).text


def test_a_label_shows_as_text_in_a_web_page(page: dict[str, str], labels: list[str]) -> None:
    wanted = [printable(label).strip() for label in labels]
    values = Read(page["hostile-value"]).cells
    assert [text.strip() for text in values[2::4]] == wanted
    traces = Read(page["hostile-trace"]).cells
    assert [text.strip() for text in traces[2 :: len(traces) // len(labels)]] == wanted
    derivations = Read(page["hostile-derivation"]).text
    assert all(label in derivations for label in wanted)


@pytest.mark.parametrize("kind", ["value", "trace", "derivation"])
def test_no_label_becomes_markup_in_a_web_page(page: dict[str, str], kind: str) -> None:
    harmless = Read(page[f"hostile-{kind}"])
    assert not {"script", "img", "iframe", "a", "em", "strong", "code"} & harmless.tags
    assert not {name for name in harmless.attributes if name.startswith("on") or name in ("href", "src")}


def test_no_label_becomes_markup_in_a_picture_in_a_web_page(page: dict[str, str], labels: list[str]) -> None:
    harmless = Read(page["hostile-picture"])
    assert harmless.tags <= {"div", "img"}
    assert len(harmless.pictures) == len(labels)
    parts = {part.tag.partition("}")[2] for picture in harmless.pictures for part in picture.iter()}
    assert parts <= {"svg", "style", "g", "title", "polygon", "polyline", "path", "ellipse", "text"}
