"""The OR gate by hand, in Python: the 2-2-1 network, one step of gradient descent, and the graph as a picture.

    python demos/or_gate.py [FOLDER]

writes or_gate.svg, the graph of one sample, to FOLDER (default: the current one).
"""

import sys
from pathlib import Path

import nn
import viz

X = [[0, 0], [0, 1], [1, 0], [1, 1]]
y = [0, 1, 1, 1]

network = nn.two_two_one()
descent = nn.SGD(network.parameters(), learning_rate=0.5)

loss = nn.half_mse([network(x) for x in X], y)
loss.backward()
print(f"loss before the step  {loss.data:.6f}")
for parameter in network.parameters():
    print(f"  {parameter.label:8} {parameter.data:.4f}   gradient {parameter.grad:+.6f}")

descent.step()
print("after one step of gradient descent")
for parameter in network.parameters():
    print(f"  {parameter.label:8} {parameter.data:.4f}")
loss = nn.half_mse([network(x) for x in X], y)
print(f"loss after the step   {loss.data:.6f}")

# Four samples make a large picture; one shows the same: the second, (0, 1), at the starting parameters.
network = nn.two_two_one()
one = nn.half_mse([network(X[1])], [y[1]])
one.backward()
folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
viz.draw(one, parameters=network.parameters()).save(folder / "or_gate.svg")
print(f"the graph of one sample is in {folder / 'or_gate.svg'}")
