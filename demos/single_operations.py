"""Every operation on its own: its trace printed, and its graph drawn.

    python demos/single_operations.py [FOLDER]

writes one picture for each operation to FOLDER (default: single_operations/).
"""

import sys
from pathlib import Path

import viz
from autograd import OPERATIONS, Value, trace

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "single_operations")
folder.mkdir(parents=True, exist_ok=True)

for name, operation in OPERATIONS.items():
    operands = [Value(0.75, label="x"), Value(2.5, label="y")][: len(operation.partials)]
    result = operation(*operands)
    result.label = "out"
    print(f"{name}\n{'=' * len(name)}\n{trace(result)}\n")
    result.backward()
    viz.draw(result).save(folder / f"{name}.svg")

print(f"{len(OPERATIONS)} pictures are in {folder}")
