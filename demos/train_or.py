"""The OR gate, trained: the 2-2-1 network that one works through by hand, after 10,000 epochs.

    python demos/train_or.py

prints how the loss falls and what the network then gives; the same again with Adam.
"""

import nn

X = [[0, 0], [0, 1], [1, 0], [1, 1]]
y = [0, 1, 1, 1]

network = nn.two_two_one()
history = nn.fit(network, X, y, learning_rate=0.5, epochs=10_000)
print(history)

print("\n x0  x1   y   output")
for (x0, x1), target in zip(X, y, strict=True):
    print(f"{x0:3} {x1:3} {target:3}   {network([x0, x1]).data:.4f}")

# The same with another rule of descent, and an end as soon as 1,000 epochs have made nothing better.
network = nn.two_two_one()
history = nn.fit(network, X, y, optimizer=nn.Adam(learning_rate=0.01), epochs=10_000, patience=1_000)
print(f"\nAdam: loss {history.losses[-1]:.3g} after {len(history.losses):,} epochs")
