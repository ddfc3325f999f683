"""XOR, which no single neuron can do: a 2-4-1 network trained on its four samples, and where it draws the line.

    python demos/train_xor.py

prints how the loss falls, and the plane with the samples, shaded where the network says 1.
"""

from random import Random

from boundary import picture

import nn

X = [[0, 0], [0, 1], [1, 0], [1, 1]]
y = [0, 1, 1, 0]

network = nn.MLP(2, [4, 1], "tanh", Random(1), "xavier")
# The output is the logit z of the probability σ(z): above 0 the network says 1.
history = nn.fit(network, X, y, nn.binary_cross_entropy, nn.Adam(learning_rate=0.05), epochs=500)
print(history)

print()
print(picture(lambda x: network(x).data, X, y))
