"""Two moons, each around the other's tip: a 2-16-16-1 network learns to tell them apart.

    python demos/moons.py

prints how the loss falls, how many points are on the right side, and the plane with the points, shaded where the
network sees the second moon.
"""

import math
from random import Random

from boundary import picture

import nn

random = Random(1337)
X, y = [], []
for number in range(100):
    angle, is_second = math.pi * random.random(), number % 2 == 0
    # Half a circle above, and half a circle below that begins in the middle of it.
    x0, x1 = math.cos(angle), math.sin(angle)
    if is_second:
        x0, x1 = 1.0 - x0, 0.5 - x1
    X.append([x0 + random.gauss(0.0, 0.1), x1 + random.gauss(0.0, 0.1)])
    y.append(1 if is_second else -1)

network = nn.MLP(2, [16, 16, 1], "relu", Random(1337), "he")
# The loss of a support vector machine, for targets of −1 and 1.
descent = nn.Adam(learning_rate=nn.schedules.cosine(0.02, 0.001, 100), weight_decay=1e-3)
history = nn.fit(network, X, y, nn.hinge, descent, epochs=100, batch_size=20)
print(history)

right = sum((network(x).data > 0.0) == (target > 0) for x, target in zip(X, y, strict=True))
print(f"\n{right} of {len(X)} points on the right side\n")
print(picture(lambda x: network(x).data, X, y))
