"""The workloads in arrays: data for whoever takes NumPy's, formulas for whoever derives them.

``xp`` is the module whose functions a formula calls: jax.numpy, autograd.numpy or torch.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from workloads import OR_X0, OR_X1, OR_Y, PERCEPTRON

Array = NDArray[np.float64]

GATE: tuple[Array, Array, Array] = (np.array(OR_X0), np.array(OR_X1), np.array(OR_Y))
PERCEPTRON_X: Array = np.array([x for x, _ in PERCEPTRON.samples])
PERCEPTRON_Y: Array = np.array([y for _, y in PERCEPTRON.samples])
# Wishart prior of ADBench's own data.
GAMMA, M = 1.0, 0


def samples(n: int) -> tuple[Array, Array, Array]:
    """n samples of two inputs in (-2, 2) and a target of 0 or 1."""
    rng = np.random.default_rng(1)
    x0, x1 = rng.uniform(-2.0, 2.0, (2, n))
    return x0, x1, (x0 + x1 > 0.0).astype(np.float64)


def perceptron_layers() -> list[tuple[Array, Array]]:
    """Weights (outputs, inputs) and biases of each layer, as they start."""
    return [
        (np.array([weights for weights, _ in layer]), np.array([bias for _, bias in layer]))
        for layer in PERCEPTRON.layers
    ]


def by_columns(layers: Iterable[tuple[Array, Array]]) -> Array:
    """The parameters of a perceptron in one array: of each layer the weights by input, then the biases."""
    return np.concatenate([part for w, b in layers for part in (w.T.ravel(), b)])


def from_columns(parameters: Array) -> list[tuple[Array, Array]]:
    """The layers of a perceptron whose parameters lie as in ``by_columns``."""
    layers, place = [], 0
    for w, b in perceptron_layers():
        middle, end = place + w.size, place + w.size + b.size
        layers.append((parameters[place:middle].reshape(w.T.shape).T, parameters[middle:end]))
        place = end
    return layers


def in_order(layers: Iterable[tuple[Any, Any]]) -> list[float]:
    """The parameters of a perceptron in the order of eager.py: of each neuron the weights, then the bias."""
    return [number for w, b in layers for number in np.column_stack([w, b]).ravel()]


def perceptron_loss(layers: Sequence[tuple[Any, Any]], x: Any, y: Any, relu: Callable[[Any], Any]) -> Any:
    """Half the mean squared error of MLP(2, 16, 16, 1) without an activation at its end."""
    for w, b in layers[:-1]:
        x = relu(x @ w.T + b)
    w, b = layers[-1]
    error = x @ w[0] + b[0] - y
    return (error * error).sum() / (2 * len(y))


def two_two_one_loss(layers: Sequence[Any], x: Any, y: Any, sigmoid: Callable[[Any], Any]) -> Any:
    """Half the mean squared error of the 2-2-1 network, written with its weights as matrices."""
    w, b, v, c = layers
    error = sigmoid(sigmoid(x @ w.T + b) @ v + c) - y
    return (error * error).sum() / (2 * len(y))


def gmm_data(d: int, k: int, n: int) -> tuple[list[Array], Array]:
    """Log weights (k), means (k, d) and factors (k, d(d+1)/2) of a mixture, and n points of d coordinates."""
    rng = np.random.default_rng(1)
    parameters = [rng.normal(size=k), rng.uniform(size=(k, d)), rng.normal(size=(k, d * (d + 1) // 2))]
    return parameters, rng.normal(size=(n, d))


def gmm_objective(parameters: Sequence[Any], points: Any, xp: Any) -> Any:
    """The objective of ADBench's mixture of Gaussians: its log likelihood and, with ADBench's sign, its prior.

    Σᵢ log Σₖ exp(αₖ + Σ qₖ − ½‖Qₖ(xᵢ − μₖ)‖²) − n log Σₖ exp αₖ − nd/2 log 2π − Σₖ log Wishart(QₖᵀQₖ). Qₖ is lower
    triangular with exp(qₖ) on its diagonal and the rest of ``factors`` below it, column by column.

    Source: Šrajer, Kukelova, Fitzgibbon, "A benchmark of selected algorithmic differentiation tools on some problems
    in computer vision and machine learning", 2018, section 4.1, and its repository.
    """
    alphas, means, factors = parameters
    n, d = points.shape
    k = len(alphas)
    diagonals = xp.exp(factors[:, :d])
    log_determinants = factors[:, :d].sum(1)
    triangles = _triangles(diagonals, factors, xp)
    # One product of matrices for all points and components: Qx − Qμ takes two thirds of the time of Q(x − μ).
    projected = points @ triangles.reshape((k * d, d)).T - (triangles * means[:, None, :]).sum(2).reshape((k * d,))
    inner = alphas + log_determinants - 0.5 * (projected * projected).reshape((n, k, d)).sum(2)
    likelihood = _log_sum_exp(inner, xp).sum() - n * _log_sum_exp(alphas[None, :], xp)[0]
    squares = (diagonals * diagonals).sum() + (factors[:, d:] * factors[:, d:]).sum()
    prior = 0.5 * GAMMA * GAMMA * squares - M * log_determinants.sum() - k * _wishart_constant(d)
    return likelihood - 0.5 * n * d * math.log(2.0 * math.pi) + prior


def _triangles(diagonals: Any, factors: Any, xp: Any) -> Any:
    """The matrices Qₖ, (k, d, d), whose every entry is picked from a row of diagonal, factors and a zero."""
    k, d = diagonals.shape
    zero = diagonals[:, :1] * 0.0
    entries = xp.concatenate([diagonals, factors[:, d:], zero], 1)
    places = np.full((d, d), entries.shape[1] - 1)
    np.fill_diagonal(places, np.arange(d))
    columns, rows = np.triu_indices(d, 1)
    places[rows, columns] = np.arange(d, d + len(rows))
    return entries[:, places.ravel()].reshape((k, d, d))


def _log_sum_exp(rows: Any, xp: Any) -> Any:
    highest = xp.amax(rows, 1)
    return highest + xp.log(xp.exp(rows - highest[:, None]).sum(1))


def _wishart_constant(d: int) -> float:
    n = d + M + 1
    log_gamma = 0.25 * d * (d - 1) * math.log(math.pi) + sum(math.lgamma(0.5 * (n - i)) for i in range(d))
    return n * d * math.log(GAMMA / math.sqrt(2.0)) - log_gamma
