"""Centrality, centralization and removal of the host against networkx; growth against what is known of it."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replica.models import trustnetwork as tn

ROOMS = st.builds(tn.live_room, st.integers(6, 60), st.integers(1, 4), st.floats(0, 1), st.integers(0, 99))


def graph(room):
    g = nx.Graph(room.edges.tolist())
    g.add_nodes_from(range(room.size))
    return g


def star(size):
    return tn.TrustNetwork([[0, k] for k in range(1, size)], size)


@settings(max_examples=40, deadline=None)
@given(ROOMS)
def test_centrality_against_networkx(room):
    found, g = room.centrality(), graph(room)
    for name, peer in (("degree", nx.degree_centrality(g)), ("betweenness", nx.betweenness_centrality(g))):
        assert found[name].to_numpy() == pytest.approx([peer[k] for k in range(room.size)], abs=1e-12)
    a = room.adjacency()
    vector = found["eigenvector"].to_numpy()
    assert a @ vector == pytest.approx(np.linalg.eigvalsh(a)[-1] * vector, abs=1e-8)


def test_eigenvector_against_networkx():
    room = tn.live_room(80, 2, 0.3, 5)
    peer = nx.eigenvector_centrality_numpy(graph(room))
    found = room.centrality()["eigenvector"].to_numpy()
    assert found == pytest.approx([abs(peer[k]) for k in range(room.size)], abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(ROOMS, st.integers(0, 5))
def test_removal_against_networkx(room, node):
    g = graph(room)
    g.remove_node(node)
    groups = [len(part - {0}) for part in nx.connected_components(g)]
    n = room.size - 1 - (node != 0)
    expected = sum(k * (k - 1) for k in groups) / (n * (n - 1))
    assert room.reach(1.0, removed=[node], draws=1) == pytest.approx(expected)


def test_a_star_falls_apart_without_its_host_and_not_without_a_viewer():
    room = star(50)
    assert room.reach(1.0) == 1
    assert room.reach(1.0, removed=[0]) == 0
    assert room.reach(1.0, removed=[7]) == 1
    assert room.centralization() == 1
    assert room.centrality()["betweenness"].tolist() == [1.0] + [0.0] * 49


def test_trust_through_a_star_has_a_closed_form():
    """Two viewers are joined where both ties pass: probability t squared."""
    assert star(200).reach(0.4, draws=400) == pytest.approx(0.16, abs=0.005)


def test_a_ring_has_no_centre():
    ring = tn.TrustNetwork([[k, (k + 1) % 20] for k in range(20)], 20)
    assert ring.centralization() == 0
    assert np.ptp(ring.centrality()["betweenness"]) == pytest.approx(0)


def test_growth_meets_its_two_ends():
    all_host = tn.live_room(100, 1, 1.0, 1)
    assert all_host.edges.tolist() == star(101).edges.tolist()
    free = [tn.live_room(400, 2, 0.0, seed) for seed in range(5)]
    assert {len(room.edges) for room in free} == {1 + 2 * 399}
    degrees = np.concatenate([room.adjacency().sum(axis=1) for room in free])
    # Barabási and Albert's stationary degrees: P(k) = 2 m (m + 1) / (k (k + 1) (k + 2)), so a half have k = m = 2
    assert np.mean(degrees == 2) == pytest.approx(0.5, abs=0.03)
    assert np.mean(degrees == 3) == pytest.approx(0.2, abs=0.03)


@settings(max_examples=25, deadline=None)
@given(ROOMS, st.floats(0, 1))
def test_removing_the_host_never_helps_and_more_trust_never_hurts(room, trust):
    assert room.reach(trust, removed=[0], draws=8) <= room.reach(trust, draws=8)
    assert room.reach(trust, draws=8) <= room.reach(1.0, draws=8)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: tn.TrustNetwork([[0, 1]], 2), "size"),
        (lambda: tn.TrustNetwork([[0, 0]], 5), "edges"),
        (lambda: tn.TrustNetwork([[0, 9]], 5), "edges"),
        (lambda: star(5).reach(1.1), "trust"),
        (lambda: star(5).reach(0.5, removed=[7]), "removed"),
        (lambda: star(3).reach(0.5, removed=[1]), "removed"),
        (lambda: star(5).reach(0.5, draws=0), "draws"),
        (lambda: tn.live_room(10, 0, 0.5, 1), "links"),
        (lambda: tn.live_room(2, 2, 0.5, 1), "viewers"),
        (lambda: tn.live_room(10, 2, 1.5, 1), "host_share"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
