"""Small dense networks in torch: many members trained side by side, each with its own start and learning rate.

Members never meet: the loss is a sum over members, so each gets exactly the gradient it would get alone. Training
twenty of them together costs little more than training one, which is what makes shares of runs affordable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike

from replica import check

ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
}


def deterministic(seed: int) -> None:
    """One thread, deterministic kernels, no subnormal numbers (slow), and torch's global generator at `seed`."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)


class DenseEnsemble(torch.nn.Module):
    """Dense networks of one shape, one per seed; the output layer is linear.

    Weights start uniform with variance 2 / (fan in + fan out), biases at zero (Glorot & Bengio 2010).

    Parameters
    ----------
    sizes : sequence of int
        Neurons of input, hidden and output layers; ``[5] + 7 * [11] + [1]`` has seven hidden layers.
    activation : {"sigmoid", "tanh", "relu"}
        Of the hidden layers.
    seeds : sequence of int
        One a member; a member's start depends on its own seed alone.
    dropout : float
        Share of inputs dropped while training, below 1.

    Examples
    --------
    >>> net = DenseEnsemble([5, 11, 1], "tanh", seeds=[1, 2, 3])
    >>> net(torch.zeros(4, 5)).shape
    torch.Size([3, 4, 1])
    """

    def __init__(self, sizes: Sequence[int], activation: str, seeds: Sequence[int], dropout: float = 0.0) -> None:
        super().__init__()
        pairs = list(zip([check.whole("sizes", size, 1) for size in sizes], sizes[1:], strict=False))
        if not pairs or not len(seeds):
            raise ValueError(f"{'seeds' if pairs else 'sizes'}: expected at least one member of two layers")
        self.activation = ACTIVATIONS[check.one_of("activation", activation, ACTIVATIONS)]
        self.dropout, self.members = check.number("dropout", dropout, 0.0, 1.0, open_high=True), len(seeds)
        self.shapes = [shape for pair in pairs for shape in (pair, (1, pair[1]))]
        self.theta = torch.nn.Parameter(torch.stack([_start(pairs, seed) for seed in seeds]))

    def layers(self) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Weight (members, fan in, fan out) and bias (members, 1, fan out) of each layer, as views of `theta`."""
        flat = self.theta.split([rows * columns for rows, columns in self.shapes], dim=1)
        shaped = [part.unflatten(1, shape) for part, shape in zip(flat, self.shapes, strict=True)]
        return list(zip(shaped[::2], shaped[1::2], strict=True))

    def forward(self, x: torch.Tensor, depth: int | None = None) -> torch.Tensor:
        """(rows, inputs), also with a leading dimension of members, to (members, rows, outputs).

        With `depth` the values after so many layers, each hidden one followed by the activation.
        """
        layers = self.layers()
        x = x.expand(self.members, *x.shape[-2:])
        if self.training and self.dropout:
            x = torch.nn.functional.dropout(x, self.dropout)
        for number, (weight, bias) in enumerate(layers[:depth], start=1):
            x = torch.baddbmm(bias, x, weight)
            if number < len(layers):
                x = self.activation(x)
        return x


def _start(pairs: Sequence[tuple[int, int]], seed: int) -> torch.Tensor:
    """All weights and biases of one member in a row, layer by layer."""
    generator, parts = torch.Generator().manual_seed(int(seed)), []
    for pair in pairs:
        parts += [(2 * torch.rand(*pair, generator=generator) - 1) * (6 / sum(pair)) ** 0.5, torch.zeros(1, pair[1])]
        torch.rand(1, pair[1], generator=generator)  # a place for the bias in the stream
    return torch.cat([part.flatten() for part in parts])


class PerMember(torch.optim.Optimizer):
    """Gradient descent or Adam with a learning rate for each member (first dimension of every parameter).

    Parameters
    ----------
    parameters : iterable of tensors
        Each with leading dimension members.
    rates : (members,) array
        Learning rates.
    rule : {"sgd", "adam"}
        "sgd": p - rate * gradient. "adam": Kingma & Ba (2015), with 0.9, 0.999 and 1e-8.
    """

    def __init__(self, parameters, rates: Sequence[float], rule: str = "adam") -> None:
        given = check.array("rates", rates, 0.0, open_low=True, shape=(None,))
        super().__init__(parameters, {"rule": check.one_of("rule", rule, ("sgd", "adam"))})
        self.rates, self.rule, self.count = torch.as_tensor(given, dtype=torch.get_default_dtype()), rule, 0

    @torch.no_grad()
    def step(self, closure=None) -> None:
        """One update of every parameter that has a gradient."""
        self.count += 1
        for parameter in (p for group in self.param_groups for p in group["params"] if p.grad is not None):
            rate = self.rates.reshape(-1, *[1] * (parameter.ndim - 1))
            if self.rule == "sgd":
                parameter.addcmul_(rate, parameter.grad, value=-1)
                continue
            state = self.state[parameter]
            if not state:
                state["mean"], state["square"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
            state["mean"].lerp_(parameter.grad, 0.1)
            state["square"].mul_(0.999).addcmul_(parameter.grad, parameter.grad, value=0.001)
            root = (state["square"] / (1 - 0.999**self.count)).sqrt_().add_(1e-8)
            parameter.addcmul_(rate / (1 - 0.9**self.count), state["mean"] / root, value=-1)


def fit(
    model: torch.nn.Module,
    loss: Callable[[torch.Tensor], torch.Tensor],
    optimiser: torch.optim.Optimizer,
    rows: int,
    *,
    epochs: int,
    batch: int | None,
    seed: int,
    watch: Callable[[], object] | None = None,
    every: int = 1,
) -> list:
    """Train any torch model by mini-batches, deterministically.

    Parameters
    ----------
    model : torch.nn.Module
        Put into training mode for each epoch and into evaluation mode before `watch`.
    loss : callable
        Takes a (b,) tensor of row numbers and returns the scalar loss of these rows.
    optimiser : torch.optim.Optimizer
        Any; :class:`PerMember` for ensembles.
    rows : int
        Number of training rows.
    epochs : int
    batch : int or None
        Rows a step; None takes all rows in one step.
    seed : int
        Of the order of rows, drawn anew for each epoch.
    watch : callable, optional
        Called without gradients before the first and after each `every` epochs.
    every : int

    Returns
    -------
    list
        What `watch` returned: epochs // every + 1 entries, or none without `watch`.

    Raises
    ------
    ValueError
        If `rows`, `epochs`, `batch` or `every` is below one.
    """
    for name, value in (("rows", rows), ("epochs", epochs), ("batch", 1 if batch is None else batch), ("every", every)):
        check.whole(name, value, 1)
    generator, seen = torch.Generator().manual_seed(seed), []

    def look() -> None:
        if watch is not None:
            model.eval()
            with torch.no_grad():
                seen.append(watch())

    look()
    for epoch in range(1, epochs + 1):
        model.train()
        for part in torch.randperm(rows, generator=generator).split(batch or rows):
            optimiser.zero_grad(set_to_none=True)
            loss(part).backward()
            optimiser.step()
        if epoch % every == 0:
            look()
    return seen


def train_ensemble(
    x: ArrayLike,
    y: ArrayLike,
    train: ArrayLike,
    *,
    hidden: int,
    width: int,
    rates: Sequence[float],
    seeds: Sequence[int],
    rule: str = "adam",
    activation: str = "tanh",
    dropout: float = 0.0,
    epochs: int = 100,
    batch: int | None = 32,
    every: int = 1,
) -> np.ndarray:
    """Train one network per pair (rate, seed) on mean square error and predict all rows after each `every` epochs.

    Parameters
    ----------
    x : (n, inputs) array
        Scaled inputs.
    y : (n,) array
        Scaled target.
    train : (k,) array of int
        Rows that train.
    hidden, width : int
        Hidden layers, and neurons in each.
    rates, seeds : sequences
        Learning rates and starts; every pair is one member. The order of rows is common to all members.

    Returns
    -------
    (epochs // every + 1, rates, seeds, n) array of float32
        Predictions on the scale of `y`, before training and after each `every` epochs.

    """
    x, train = check.matrix("x", x), np.asarray(train)
    y = check.array("y", y, shape=x.shape[:1])
    members = [(rate, seed) for rate in rates for seed in seeds]
    sizes = [x.shape[1], *[width] * hidden, 1]
    net = DenseEnsemble(sizes, activation, [seed for _, seed in members], dropout)
    optimiser = PerMember(net.parameters(), [rate for rate, _ in members], rule)
    inputs, target = torch.as_tensor(x, dtype=torch.float32), torch.as_tensor(y, dtype=torch.float32)
    known, goal = inputs[train], target[train]

    def loss(part: torch.Tensor) -> torch.Tensor:
        return ((net(known[part])[..., 0] - goal[part]) ** 2).mean(dim=1).sum()

    path = fit(
        net,
        loss,
        optimiser,
        len(train),
        epochs=epochs,
        batch=batch,
        seed=int(seeds[0]),
        watch=lambda: net(inputs)[..., 0].numpy(),
        every=every,
    )
    return np.stack(path).reshape(len(path), len(rates), len(seeds), len(y))


def auto_encode(
    x: ArrayLike,
    train: ArrayLike,
    *,
    width: int,
    code: int,
    seed: int,
    epochs: int = 300,
    rate: float = 0.01,
    batch: int | None = 32,
    activation: str = "tanh",
) -> tuple[np.ndarray, np.ndarray]:
    """Symmetric auto-encoder of four layers: inputs - width - code - width - inputs.

    Parameters
    ----------
    x : (n, inputs) array
        Scaled inputs.
    train : (k,) array of int
        Rows that train; the others are only mapped.
    width, code : int
        Neurons of the outer layers and of the code in the middle.

    Returns
    -------
    codes : (n, code) array
        After the activation, so within its range.
    rebuilt : (n, inputs) array
    """
    x = check.matrix("x", x)
    net = DenseEnsemble([x.shape[1], width, code, width, x.shape[1]], activation, [seed])
    inputs = torch.as_tensor(x, dtype=torch.float32)
    known = inputs[np.asarray(train)]
    optimiser = PerMember(net.parameters(), [rate], "adam")

    def loss(part: torch.Tensor) -> torch.Tensor:
        return ((net(known[part])[0] - known[part]) ** 2).mean()

    fit(net, loss, optimiser, len(known), epochs=epochs, batch=batch, seed=seed)
    net.eval()
    with torch.no_grad():
        return net(inputs, depth=2)[0].numpy(), net(inputs)[0].numpy()
