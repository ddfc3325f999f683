"""The engine: where it is looked for, and what is said when it fails."""

import os
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import pytest

import viz
from autograd import Value
from viz.layout import find_engine, lay_out

DOT = "digraph { a -> b }"


def script(path: Path, body: str) -> str:
    path.write_text(f"#!{sys.executable}\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_the_embedded_engine_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRAPHVIZ_DOT", raising=False)
    assert Path(find_engine() or "").stem == "graphviz-pure"


def test_no_path_and_no_activated_environment_are_needed(root: Path) -> None:
    env = {"PATH": "", **{name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}}
    code = "import viz; from autograd import Value; print(viz.draw(Value(1.0) * 2.0).svg())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, cwd=root, check=True)
    assert "</svg>" in done.stdout


def test_the_variable_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = script(tmp_path / "mine", "print('<svg/>')")
    monkeypatch.setenv("GRAPHVIZ_DOT", engine)
    assert find_engine() == engine
    assert viz.draw(Value(1.0)).svg() == "<svg/>\n"


def test_without_the_embedded_engine_the_systems_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_installed(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.delenv("GRAPHVIZ_DOT", raising=False)
    monkeypatch.setattr("viz.layout.metadata.files", not_installed)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_engine() is None
    with pytest.raises(viz.LayoutError, match="run 'pip install graphviz-pure', install Graphviz"):
        viz.draw(Value(1.0)).svg()
    engine = script(tmp_path / "dot", "")
    assert find_engine() == engine


def test_an_engine_that_cannot_be_run_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHVIZ_DOT", str(tmp_path / "gone"))
    with pytest.raises(viz.LayoutError, match=r"gone cannot be run .*: see GRAPHVIZ_DOT"):
        lay_out(DOT, "svg")


def test_an_engine_that_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHVIZ_DOT", script(tmp_path / "slow", "import time; time.sleep(60)"))
    start = time.monotonic()
    with pytest.raises(viz.LayoutError, match=r"took more than 0\.2 s") as caught:
        lay_out(DOT, "svg", timeout=0.2)
    assert time.monotonic() - start < 30
    assert caught.value.source == DOT


def test_what_the_engine_says_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRAPHVIZ_DOT", raising=False)
    with pytest.raises(viz.LayoutError, match=r"could not lay out the graph: .*syntax error"):
        lay_out("digraph {", "svg")


def test_what_the_engine_says_is_one_line_of_plain_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = r"import sys; sys.stderr.write('first\n\n  \x1b[31msecond' + ' and so on' * 200); sys.exit(1)"
    engine = script(tmp_path / "talkative", body)
    monkeypatch.setenv("GRAPHVIZ_DOT", engine)
    with pytest.raises(viz.LayoutError) as caught:
        lay_out(DOT, "svg")
    said = str(caught.value).removeprefix(f"{engine} could not lay out the graph: ")
    assert said.startswith(r"first \x1b[31msecond and so on")
    assert said.isprintable()
    assert len(said) < 350
    assert said.endswith("…")


def test_an_engine_that_draws_nothing_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHVIZ_DOT", script(tmp_path / "silent", ""))
    with pytest.raises(viz.LayoutError, match="could not lay out the graph: it gave no reason"):
        lay_out(DOT, "svg")


def test_the_layout_is_dots_whatever_the_engine_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHVIZ_DOT", script(tmp_path / "circo", "import sys; print(sys.argv[1:])"))
    assert lay_out(DOT, "svg") == b"['-Kdot', '-Tsvg']\n"


def test_no_file_is_read_into_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRAPHVIZ_DOT", raising=False)
    image = tmp_path / "secret.png"
    viz.draw(Value(1.0)).save(image)
    svg = lay_out(f'digraph {{ a [image="{image}"] }}', "svg").decode()
    assert "<image" not in svg
