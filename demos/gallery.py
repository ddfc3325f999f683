"""The pictures of the gallery in docs/pictures.md, each made by a function of a few lines.

    python demos/gallery.py [FOLDER]

writes them to FOLDER (default: the current one).
"""

import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import nn
import viz
from autograd import Value, parse, scope


def kinds() -> viz.Picture:
    """An input, a parameter, constants, operations and the output, before any backward pass."""
    x, w = Value(2.0, "x"), Value(-3.0, "w")
    a = (w * x + 6.5).sigmoid()
    a.label = "a"
    return viz.draw(a, parameters=[w])


def gradients() -> viz.Picture:
    """Orange for a positive gradient, blue and dashed for a negative one, the darker the larger."""
    f = parse("q = x + y; f = q * z", x=-2, y=5, z=-4)
    f.backward()
    return viz.draw(f)


def contributions() -> viz.Picture:
    """x is used twice: the two edges say what each adds to its gradient."""
    f = parse("f = x * y + sin(x)", x=2, y=5)
    f.backward()
    return viz.draw(f, show=["names", "data", "grad", "partials", "contributions"])


def steps() -> viz.Picture:
    """Numbered as a trace and a derivation number the steps."""
    f = parse("q = x + y; f = q * z", x=-2, y=5, z=-4)
    return viz.draw(f, show=["names", "data", "partials", "steps"])


def path() -> viz.Picture:
    """All that lies between one value and the output."""
    f = parse("f = (x + y) * z + y * exp(z)", x=-2, y=3, z=0.5)
    f.backward()
    (y,) = (operand for operand in f.operands[0].operands[0].operands if operand.label == "y")
    return viz.draw(f, highlight=y)


def marks() -> viz.Picture:
    """A saturated sigmoid and a dead relu, and the gradients that they leave."""
    x = Value(8.0, "x")
    out = x.sigmoid() + (-x).relu()
    out.backward()
    return viz.draw(out)


def boxes() -> viz.Picture:
    """Boxes of one's own, the first of them folded."""
    x = Value(0.5, "x")
    with scope("encoder"):
        h = (x * 3.0 + 1.0).tanh() * x
    with scope("decoder"):
        out = (h * 2.0).exp()
    out.backward()
    return viz.draw(out, fold=["encoder"])


def network() -> viz.Picture:
    """A network of 2, 3 and 1 neurons, each neuron folded."""
    mlp = nn.MLP(2, [3, 1], activation="tanh", random=Random(1))
    loss = nn.half_mse([mlp([0.5, -1.0])], [1.0])
    loss.backward()
    return viz.draw(loss, fold=1, parameters=mlp.parameters())


def large() -> viz.Picture:
    """100 samples through a network of 16, 16 and 1 neurons: what repeats is folded by itself."""
    mlp = nn.MLP(2, [16, 16, 1], activation="relu", random=Random(1))
    samples = [[(i % 10) / 10, (i // 10) / 10] for i in range(100)]
    loss = nn.half_mse([mlp(sample) for sample in samples], [float(x > y) for x, y in samples])
    loss.backward()
    return viz.draw(loss, parameters=mlp.parameters())


PICTURES: dict[str, Callable[[], viz.Picture]] = {
    picture.__name__: picture
    for picture in (kinds, gradients, contributions, steps, path, marks, boxes, network, large)
}

if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in PICTURES.items():
        picture().save(folder / f"{name}.svg")
        print(f"{folder / name}.svg: {picture.__doc__}")
