"""Networks against torch's own layers and optimisers, planted truths, and pure noise."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression

from replica.methods import forecast, nets


@pytest.fixture(autouse=True)
def fixed():
    nets.deterministic(0)


def plant(n=300, noise=0.0, seed=1):
    """Five inputs in [0, 1] and a linear target in [0, 1]."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(size=(n, 5))
    return x, x @ np.array([0.4, 0.3, 0.0, -0.2, 0.1]) + 0.2 + noise * rng.normal(size=n)


def test_forward_agrees_with_torch_layers():
    net = nets.DenseEnsemble([5, 7, 7, 1], "tanh", seeds=[3, 4])
    x = torch.rand(11, 5)
    for member in range(2):
        layers = []
        for weight, bias in net.layers():
            layer = torch.nn.Linear(*weight.shape[1:])
            layer.weight.data, layer.bias.data = weight[member].T.clone(), bias[member, 0].clone()
            layers += [layer, torch.nn.Tanh()]
        assert torch.allclose(torch.nn.Sequential(*layers[:-1])(x), net(x)[member], atol=1e-6)


@pytest.mark.parametrize("rule", ["sgd", "adam"])
def test_each_member_moves_as_torch_would_move_it_alone(rule):
    x, y = (torch.as_tensor(a, dtype=torch.float32) for a in plant(64))
    rates, seeds = [1e-3, 5e-2], [1, 2]
    together = nets.DenseEnsemble([5, 6, 1], "sigmoid", seeds)
    optimiser = nets.PerMember(together.parameters(), rates, rule)
    for _ in range(30):
        optimiser.zero_grad()
        ((together(x)[..., 0] - y) ** 2).mean(dim=1).sum().backward()
        optimiser.step()
    for member, (rate, seed) in enumerate(zip(rates, seeds, strict=True)):
        alone = nets.DenseEnsemble([5, 6, 1], "sigmoid", [seed])
        kind = torch.optim.SGD if rule == "sgd" else torch.optim.Adam
        other = kind(alone.parameters(), lr=rate)
        for _ in range(30):
            other.zero_grad()
            ((alone(x)[..., 0] - y) ** 2).mean().backward()
            other.step()
        assert torch.allclose(together.theta[member], alone.theta[0], atol=2e-6)


def test_a_linear_plant_is_recovered():
    x, y = plant()
    train, _, test = forecast.split(len(y), order="random")
    path = nets.train_ensemble(x, y, train, hidden=2, width=11, rates=[0.01], seeds=[1, 2, 3], epochs=200)
    assert forecast.r_squared(y[test], path[-1, 0][:, test]).min() > 0.995
    line = LinearRegression().fit(x[train], y[train])
    assert np.allclose(line.coef_, [0.4, 0.3, 0.0, -0.2, 0.1])


def test_on_pure_noise_nothing_is_found():
    rng = np.random.default_rng(7)
    x, y = rng.uniform(size=(600, 5)), rng.uniform(size=600)
    train, _, test = forecast.split(len(y))
    path = nets.train_ensemble(x, y, train, hidden=2, width=11, rates=[0.01], seeds=range(5), epochs=100)
    assert np.median(forecast.r_squared(y[test], path[-1, 0][:, test])) <= 0
    assert np.median(forecast.r_squared(y[train], path[-1, 0][:, train])) > 0


def test_a_rate_a_hundred_times_lower_moves_a_hundred_times_less():
    x, y = plant(100)
    path = nets.train_ensemble(
        x, y, np.arange(100), hidden=1, width=5, rates=[1e-6, 1e-4], seeds=[1], rule="sgd", epochs=1, batch=None
    )
    moved = (path[1, :, 0] - path[0, :, 0]).astype(float)
    assert moved[1] / moved[0] == pytest.approx(100, rel=0.2)


def test_auto_encoder_rebuilds_a_planted_surface_that_no_plane_holds():
    rng = np.random.default_rng(3)
    angle = rng.uniform(0, 2.5, size=500)
    x = np.column_stack([np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)]) / 2 + 0.5
    train, test = np.arange(400), np.arange(400, 500)
    codes, rebuilt = nets.auto_encode(x, train, width=12, code=1, seed=1, epochs=400)
    assert codes.shape == (500, 1) and rebuilt.shape == x.shape
    error = np.mean((rebuilt[test] - x[test]) ** 2)
    plane = PCA(1).fit(x[train])
    linear = np.mean((plane.inverse_transform(plane.transform(x[test])) - x[test]) ** 2)
    assert error < 0.02 * x.var(axis=0).mean() and error < 0.2 * linear


def test_auto_encoder_cannot_squeeze_independent_noise():
    x = np.random.default_rng(4).uniform(size=(500, 5))
    _, rebuilt = nets.auto_encode(x, np.arange(400), width=8, code=1, seed=1, epochs=100)
    assert np.mean((rebuilt[400:] - x[400:]) ** 2) > 0.6 * x.var(axis=0).mean()


def test_starts_have_the_stated_spread_and_belong_to_their_seed():
    glorot = nets.DenseEnsemble([400, 200, 1], "relu", [1, 2])
    weight, bias = glorot.layers()[0]
    assert weight.var().item() == pytest.approx(2 / 600, rel=0.03) and not bias.any()
    assert torch.equal(weight[1], nets.DenseEnsemble([400, 200, 1], "relu", [2]).layers()[0][0][0])


def test_a_depth_gives_what_the_layers_below_give():
    net, x = nets.DenseEnsemble([5, 7, 3, 1], "tanh", seeds=[3, 4]), torch.rand(11, 5)
    weight, bias = net.layers()[0]
    assert torch.allclose(net(x, depth=1), torch.tanh(x @ weight + bias), atol=1e-6)
    assert torch.equal(net(x, depth=3), net(x))


def test_two_runs_are_the_same_and_dropout_acts_only_in_training():
    x, y = plant(80)
    run = {"hidden": 2, "width": 5, "rates": [0.01], "seeds": [1], "epochs": 5}

    def paths(dropout):
        nets.deterministic(1)
        return nets.train_ensemble(x, y, np.arange(60), dropout=dropout, **run)

    assert np.array_equal(paths(0.0), paths(0.0)) and np.array_equal(paths(0.5), paths(0.5))
    assert np.array_equal(paths(0.0)[0], paths(0.5)[0]) and not np.allclose(paths(0.0)[-1], paths(0.5)[-1])


def test_watch_is_called_before_training_and_at_each_interval():
    x, y = plant(40)
    path = nets.train_ensemble(x, y, np.arange(40), hidden=1, width=3, rates=[0.01], seeds=[1], epochs=9, every=3)
    assert path.shape == (4, 1, 1, 40)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: nets.DenseEnsemble([5], "tanh", [1]), "sizes"),
        (lambda: nets.DenseEnsemble([5, 1], "step", [1]), "activation"),
        (lambda: nets.DenseEnsemble([5, 1], "tanh", []), "seeds"),
        (lambda: nets.DenseEnsemble([5, 0, 1], "tanh", [1]), "sizes"),
        (lambda: nets.DenseEnsemble([5, 1], "tanh", [1], dropout=1.0), "dropout"),
        (lambda: nets.PerMember([torch.zeros(1, 1)], [0.0]), "rates"),
        (lambda: nets.PerMember([torch.zeros(1, 1)], [0.1], "newton"), "rule"),
        (
            lambda: nets.train_ensemble(
                np.ones((3, 2)), np.ones(4), np.arange(3), hidden=1, width=2, rates=[0.1], seeds=[1]
            ),
            "y",
        ),
        (
            lambda: nets.train_ensemble(
                np.full((3, 2), np.nan), np.ones(3), np.arange(3), hidden=1, width=2, rates=[0.1], seeds=[1]
            ),
            "x",
        ),
        (
            lambda: nets.train_ensemble(
                np.ones((3, 2)), np.ones(3), np.arange(3), hidden=1, width=2, rates=[0.1], seeds=[1], batch=0
            ),
            "batch",
        ),
        (lambda: nets.auto_encode(np.ones(3), np.arange(3), width=2, code=1, seed=1), "x"),
    ],
)
def test_bad_input_is_refused(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
