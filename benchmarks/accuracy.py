"""The largest error of every operation and its derivatives over the whole range of doubles, against mpmath.

    python benchmarks/accuracy.py            write the tables of docs/accuracy.md afresh
    python benchmarks/accuracy.py --check    only compare: fail where a bound is exceeded or a row is missing

The sample is the same in every run: magnitudes of all sizes and both signs, ordinary numbers, the neighbourhood of
the places where functions bend, vanish, overflow or underflow, and exact special numbers.
"""

import argparse
import math
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "autograd")]

import oracle  # noqa: E402

from autograd import OPERATIONS, Operation  # noqa: E402

DOCUMENT = ROOT / "docs" / "accuracy.md"
BEGIN, END = "<!-- begin: benchmarks/accuracy.py writes what follows -->\n", "<!-- end -->\n"

SPECIALS = (0.0, 5e-324, 2.0**-1022, 1e-300, 0.5, 1.0, 2.0, 3.0, 1e300, math.nextafter(math.inf, 0.0))

#: Where functions bend, vanish, overflow or underflow, and where formulas for them change over.
PLACES = (
    *(0.25, 0.5, math.log(2.0), 1.0, math.sqrt(2.0), 2.0, math.e, 3.0, 8.0, 10.0),
    *(math.pi / 2.0, math.pi, 2.0 * math.pi, 1e5 * math.pi, 1e22),
    # The roots of the derivatives of silu, gelu and gelu_tanh, and of silu's second.
    *(1.2784645427610738, 0.7517915246935646, 0.7524614, 2.399357),
    # tanh and sigmoid reach 1; e^(−x²) and Φ and gelu_tanh leave the range.
    *(18.5, 19.06, 20.0, 22.0, 36.04, 26.54, 27.23, 37.5, 38.57, 21.3, 25.0),
    # The C library's erfc is at its worst.
    *(1.2245391252175901, 3.479109375656332),
    # The exponential, its square and its like leave the range.
    *(354.89, 372.6, 700.0, 708.396, 709.7827, 710.4758, 745.13, 1022.0, 1024.0, 1074.0),
    # Squares, cubes and inverses leave the range, or x + 1 is x.
    *(2.0**power for power in (26, 53, -26, -53, 511, -511, -537, 341, -341, -1022)),
)

Point = tuple[float, ...]


def number(rng: random.Random) -> float:
    """One operand: of any magnitude, or an ordinary one, or near one of the places."""
    kind = rng.random()
    if kind < 0.35:
        size = math.ldexp(1.0 + rng.random(), rng.randint(-1074, 1023))
    elif kind < 0.60:
        size = math.ldexp(1.0 + rng.random(), rng.randint(-12, 11))
    elif kind < 0.80:
        size = rng.uniform(0.0, rng.choice((4.0, 50.0, 800.0)))
    else:
        size = rng.choice(PLACES) * (1.0 + rng.choice((-1.0, 0.0, 1.0)) * 2.0 ** rng.uniform(-53.0, -1.0))
    return math.copysign(size, rng.random() - 0.5)


def pair(rng: random.Random) -> Point:
    """Two operands: apart, of like magnitude, or nearly or exactly as large."""
    x = number(rng)
    kind = rng.random()
    if kind < 0.35:
        return x, number(rng)
    if kind < 0.45:
        return rng.uniform(-10.0, 10.0), rng.uniform(-10.0, 10.0)
    ratio = 1.0 + 2.0 ** rng.uniform(-53.0, 1.0) if kind < 0.70 else 2.0 ** rng.uniform(-60.0, 60.0)
    y = min(abs(x) * (ratio if kind < 0.95 else 1.0), SPECIALS[-1])
    return x, math.copysign(y, rng.random() - 0.5)


def base_and_exponent(rng: random.Random) -> Point:
    """Operands of a power whose result is mostly a double."""
    x = rng.uniform(0.5, 2.0) if rng.random() < 0.3 else abs(number(rng))
    if x in (0.0, 1.0) or rng.random() < 0.1:
        return x, number(rng)
    log_of_result = rng.choice((rng.uniform(-760.0, 720.0), rng.uniform(-10.0, 10.0)))
    exponents = (log_of_result / math.log(x), float(rng.randint(-12, 12)), rng.uniform(-30.0, 30.0))
    return x, rng.choice(exponents)


def sample(op: Operation, size: int) -> Iterator[Point]:
    """The specials and then size points, the same ones at each call."""
    signed = [sign * special for special in SPECIALS for sign in (1.0, -1.0)]
    rng = random.Random(op.name)
    if len(op.partials) == 1:
        yield from ((x,) for x in signed)
        yield from ((number(rng),) for _ in range(size))
    else:
        yield from ((x, y) for x in signed for y in signed)
        draw = base_and_exponent if op.name.startswith("power") else pair
        yield from (draw(rng) for _ in range(size))


Worst = dict[str, tuple[float, Point]]


def worst_errors(op: Operation, size: int) -> Worst:
    """The largest error of each quantity of op, and the point where it was found."""
    worst: Worst = {}
    for point in sample(op, size):
        for quantity, error in oracle.errors(op, point):
            if quantity not in worst or error > worst[quantity][0]:
                worst[quantity] = (error, point)
    return worst


def cell(worst: Worst, quantities: tuple[str, ...]) -> str:
    """The worst of some quantities for the table; where it is above half a unit, rounding alone, with its point."""
    found = [(*worst[quantity], quantity) for quantity in quantities if quantity in worst]
    error, point, quantity = max(found, key=lambda entry: entry[0])
    if error < 0.505:
        return f"{error:.1f}"
    operands = repr(point[0]) if len(point) == 1 else repr(point)
    which = f" (∂{quantity})" if len(point) == 2 and quantity != "value" else ""
    return f"{error:.1f}{which} at {operands}"


def tables(all_worst: dict[str, Worst]) -> str:
    """The generated part of the document: the bounds, then the operations, then the helpers."""
    orders = ("a value", "a first derivative", "a second derivative", "a third derivative", "a fourth derivative")
    lines = ["| what | bound, ULP |", "|---|---|"]
    lines += [f"| {what} | {bound:g} |" for what, bound in zip(orders, oracle.BOUNDS, strict=True)]
    lines += [
        f"| the {quantity} of `{name}`: {why} | {bound:g} |"
        for (name, quantity), (bound, why) in oracle.EXCEPTIONS.items()
    ]
    for helpers in (False, True):
        title = "helper" if helpers else "operation"
        lines += ["", f"| {title} | value | first derivatives | second derivatives |", "|---|---|---|---|"]
        for name, worst in all_worst.items():
            if helpers == (oracle.ORACLE[name].order > 0):
                cells = (cell(worst, columns) for columns in (("value",), ("x", "y"), ("xx", "xy", "yy")))
                lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure, then write the document or compare with it; 1 where something is out of bounds."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with docs/accuracy.md and change nothing")
    parser.add_argument("--size", type=int, default=8000, help="points for each operation (default %(default)s)")
    options = parser.parse_args()
    document = DOCUMENT.read_text("utf-8")
    all_worst = {name: worst_errors(op, options.size) for name, op in OPERATIONS.items()}
    faults = [
        f"{name}: {quantity} is {error:.3g} ULP off at {point}, the bound is {limit:g}"
        for name, worst in all_worst.items()
        for quantity, (error, point) in worst.items()
        if error > (limit := oracle.bound(OPERATIONS[name], quantity))
    ]
    if options.check:
        written = set(re.findall(r"^\| `(\w+)` \|", document, re.MULTILINE))
        faults += [f"{name}: docs/accuracy.md has no row for it" for name in OPERATIONS if name not in written]
    else:
        before, _, rest = document.partition(BEGIN)
        DOCUMENT.write_text(before + BEGIN + tables(all_worst) + END + rest.partition(END)[2], "utf-8")
    print(*faults or [f"{len(all_worst)} operations are within their bounds"], sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
