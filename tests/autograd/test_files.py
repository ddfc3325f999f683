"""Files are written whole or not at all."""

import os
from pathlib import Path

import pytest

from autograd.files import write_whole


def test_text_and_bytes_are_written(tmp_path: Path) -> None:
    write_whole(tmp_path / "t", "σ′\n")
    write_whole(tmp_path / "b", b"\x00\xff")
    assert (tmp_path / "t").read_bytes() == "σ′\n".encode()
    assert (tmp_path / "b").read_bytes() == b"\x00\xff"


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "t"
    target.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(target, "new")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["t"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "gone" / "t", "new")


def test_the_mode_is_that_of_the_old_file_or_the_mask(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_text("")
    old.chmod(0o640)
    write_whole(old, "new")
    assert old.stat().st_mode & 0o777 == 0o640
    mask = os.umask(0o027)
    try:
        write_whole(tmp_path / "fresh", "new")
    finally:
        os.umask(mask)
    assert (tmp_path / "fresh").stat().st_mode & 0o777 == 0o640


def test_a_link_keeps_pointing_to_the_file_that_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write_whole(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_what_is_not_a_file_is_written_to(tmp_path: Path) -> None:
    write_whole("/dev/null", "gone")
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("name", ["n" * 255, "😀" * 63], ids=["ascii", "four bytes a character"])
def test_a_name_may_be_as_long_as_names_can_be(tmp_path: Path, name: str) -> None:
    write_whole(tmp_path / name, "new")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_file_that_was_asked_for_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        write_whole(tmp_path / "gone" / "a.svg", "x")
    assert caught.value.filename == str(tmp_path / "gone" / "a.svg")
