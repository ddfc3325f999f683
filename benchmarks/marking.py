"""How long it takes to mark a class: from 250 to 1,000 submissions of the 2-2-1 sheet, from files to a table of marks.

    python benchmarks/marking.py

Each submission is the sheet of ``demos/or_gate_notes.toml``, with slips of its own in as many places as its number
says: sound ones, careless ones, and all between. The command is run as from a shell, on all cores; its time has
Python's start, reading, marking and writing in it. Beside it stands the most memory that any of its processes took.
Last comes the same with a feedback page for each submission. The growth is linear where the milliseconds for a file
stay what they are.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SHEET = Path(__file__).parent.parent / "demos" / "or_gate_notes.toml"

# Runs a command and tells the largest of its processes.
_WATCHED = (
    "import json, resource, sys; from chalkgrad.cli import main; status = main(sys.argv[1:]); "
    "print(json.dumps([status, *(resource.getrusage(who).ru_maxrss "
    "for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))]))"
)


def _submission(sheet: str, rng: random.Random, slips: int) -> str:
    """The sheet with so many digits misread."""
    before, work = sheet.split("\n[work]\n")
    digits = [match.start() for match in re.finditer(r"\d(?=[,\]])", work)]
    for place in rng.sample(digits, slips):
        work = f"{work[:place]}{(int(work[place]) + 5) % 10}{work[place + 1 :]}"
    return f"{before}\n[work]\n{work}"


def _measured(files: list[str], *options: str) -> tuple[float, int]:
    """Seconds, and kilobytes of the largest process."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED, "mark", *files, *options], capture_output=True, text=True, check=True
    )
    seconds = time.perf_counter() - start
    status, *sizes = json.loads(done.stdout)
    if status != 1:
        sys.exit(f"the files could not be marked: {done.stderr}")
    return seconds, max(sizes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=1000, help="of the largest class (default 1000)")
    most = parser.parse_args().files
    sheet, rng = SHEET.read_text("utf-8"), random.Random(1)
    unit = 1 if sys.platform != "darwin" else 1024
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = []
        for place in range(most):
            path = folder / f"{place:05}.toml"
            path.write_text(_submission(sheet, rng, place % 20), "utf-8")
            files.append(str(path))
        print(f"{os.cpu_count()} cores\n{'files':>6}{'':12}{'seconds':>9}{'ms a file':>11}{'MB':>6}")
        runs = [(most // 4, ()), (most // 2, ()), (most, ()), (most, ("--feedback", str(folder / "pages")))]
        for number, options in runs:
            seconds, size = _measured(files[:number], "--csv", str(folder / "marks.csv"), *options)
            what = "with pages" if options else ""
            each, megabytes = 1000.0 * seconds / number, size / unit / 1024
            print(f"{number:6}  {what:10}{seconds:9.1f}{each:11.1f}{megabytes:6.0f}", flush=True)


if __name__ == "__main__":
    main()
