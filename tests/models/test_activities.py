"""A network of activities: networkx's longest path, sums in series, exponentials in parallel."""

import networkx
import numpy as np
import pytest

from replica.models.activities import Activity, ordered, run, sample

ONE = (1.0, 1.0, 1.0)


def test_end_is_the_longest_path():
    rng = np.random.default_rng(0)
    for _ in range(20):
        names = list("abcdefgh")
        steps = [
            Activity(name, tuple(rng.choice(names[:i], size=min(i, 2), replace=False)) if i else (), ONE)
            for i, name in enumerate(names)
        ]
        days = {name: rng.uniform(0, 5, 1) for name in names}
        graph = networkx.DiGraph()
        for step in steps:
            for before in step.after or ("start",):
                graph.add_edge(before, step.name, weight=days[step.name][0])
        end, critical = run([steps[i] for i in rng.permutation(8)], days)
        assert end[0] == pytest.approx(networkx.dag_longest_path_length(graph))
        assert [n for n in networkx.dag_longest_path(graph) if n != "start" and not critical[n][0]] == []


def test_series_adds_and_parallel_takes_the_maximum():
    rng = np.random.default_rng(1)
    days = {name: rng.exponential(2.0, 200_000) for name in "abc"}
    end, critical = run([Activity("a", (), ONE), Activity("b", ("a",), ONE), Activity("c", ("b",), ONE)], days)
    assert np.allclose(end, days["a"] + days["b"] + days["c"]) and all(np.all(c) for c in critical.values())
    end, critical = run([Activity("a", (), ONE), Activity("b", (), ONE)], days)
    assert end.mean() == pytest.approx(2.0 * (1 + 1 / 2), rel=0.01)  # maximum of two exponentials
    assert critical["a"].mean() == pytest.approx(0.5, abs=0.01)


def test_triangular_durations_have_their_mean():
    drawn = sample([Activity("a", (), (1, 2, 6)), Activity("b", (), ONE)], 100_000, np.random.default_rng(2))
    assert drawn["a"].mean() == pytest.approx(3.0, rel=0.01) and np.all(drawn["b"] == 1.0)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: Activity("a", (), (2, 1, 3)), "days"),
        (lambda: Activity("a", (), ONE, (-1, 0, 1)), "cost"),
        (lambda: ordered([Activity("a", (), ONE), Activity("a", (), ONE)]), "twice"),
        (lambda: ordered([Activity("a", ("z",), ONE)]), "'z'"),
        (lambda: ordered([Activity("a", ("b",), ONE), Activity("b", ("a",), ONE)]), "circle"),
        (lambda: run([Activity("a", (), ONE)], {}), "days"),
        (lambda: run([Activity("a", (), ONE)], {"a": np.array([-1.0])}), "days"),
    ],
)
def test_bad_input_is_named(call, word):
    with pytest.raises(ValueError, match=word):
        call()
