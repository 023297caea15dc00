"""A live room as a network of trust: who is central, how far a recommendation travels, what the host carries.

Three lines are enough:

>>> from replica.models.trustnetwork import live_room
>>> room = live_room(viewers=300, links=2, host_share=0.3, seed=1)
>>> print(room)
300 viewers, 557 links; the host carries 58 % of betweenness, 64 % of reach

Viewers arrive one by one and make `links` ties each. Every tie goes to the host with probability `host_share`, else to
somebody already there in proportion to ties (Barabási & Albert 1999). With `host_share` 0 the room is their network;
with 1 it is a star. Ties of one viewer to the same node count once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TrustNetwork:
    """An undirected network without loops; node 0 is the host.

    Attributes
    ----------
    edges : array of int, shape (links, 2)
    size : int
        Nodes, the host included.
    """

    edges: NDArray[np.int64]
    size: int

    def __post_init__(self) -> None:
        edges = np.asarray(self.edges, dtype=np.int64).reshape(-1, 2)
        if self.size < 3:
            raise ValueError(f"size: expected three nodes or more, got {self.size!r}")
        if edges.size and (edges.min() < 0 or edges.max() >= self.size or (edges[:, 0] == edges[:, 1]).any()):
            raise ValueError("edges: expected pairs of different nodes below the size")
        edges = np.unique(np.sort(edges, axis=1), axis=0)
        object.__setattr__(self, "edges", edges)

    def __str__(self) -> str:
        share = self.centrality()["betweenness"]
        part = share.iloc[0] / share.sum() if share.sum() > 0 else 0.0
        loss = 1 - self.reach(0.5, removed=[0]) / self.reach(0.5)
        host = f"the host carries {100 * part:.0f} % of betweenness, {100 * loss:.0f} % of reach"
        return f"{self.size - 1} viewers, {len(self.edges)} links; {host}"

    def adjacency(self) -> Array:
        """Dense symmetric matrix of zeros and ones, shape (size, size)."""
        matrix = np.zeros((self.size, self.size))
        matrix[self.edges[:, 0], self.edges[:, 1]] = matrix[self.edges[:, 1], self.edges[:, 0]] = 1.0
        return matrix

    def centrality(self) -> pd.DataFrame:
        """Degree, eigenvector and betweenness of every node; the index is the node.

        Degree is a share of the possible ties, the eigenvector has length one, betweenness is a share of the pairs of
        other nodes (Freeman 1978; Bonacich 1972).
        """
        a = self.adjacency()
        return pd.DataFrame(
            {
                "degree": a.sum(axis=1) / (self.size - 1),
                "eigenvector": np.abs(np.linalg.eigh(a)[1][:, -1]),
                "betweenness": _betweenness(a),
            }
        )

    def centralization(self) -> float:
        """Freeman's degree centralization: 1 for a star, 0 where all have the same degree.

        Examples
        --------
        >>> TrustNetwork([[0, k] for k in range(1, 10)], 10).centralization()
        1.0
        """
        degree = self.adjacency().sum(axis=1)
        return float((degree.max() - degree).sum() / ((self.size - 1) * (self.size - 2)))

    def reach(self, trust: float, removed: ArrayLike = (), draws: int = 64, seed: int = 0) -> float:
        """Share of ordered pairs of viewers that a recommendation connects.

        Each tie passes a recommendation on with probability `trust`, independently (bond percolation, the undirected
        independent cascade of Kempe, Kleinberg & Tardos 2003). Pairs are those of viewers who were not removed; the
        host passes on but is not counted. The same draws are used for every set of removed nodes.

        Raises
        ------
        ValueError
            If `trust` is no probability, `removed` names no node, or fewer than two viewers stay.
        """
        if not 0 <= trust <= 1:
            raise ValueError(f"trust: expected a probability, got {trust!r}")
        gone = np.unique(np.asarray(removed, dtype=np.int64))
        if gone.size and (gone.min() < 0 or gone.max() >= self.size):
            raise ValueError("removed: expected nodes below the size")
        if draws < 1:
            raise ValueError(f"draws: expected one or more, got {draws!r}")
        counted = np.ones(self.size, dtype=bool)
        counted[gone] = counted[0] = False
        n = int(counted.sum())
        if n < 2:
            raise ValueError("removed: expected two viewers or more to stay")
        alive = ~np.isin(self.edges, gone).any(axis=1)
        passes = np.random.default_rng(seed).random((draws, len(self.edges))) < trust
        pairs = 0
        for row in passes:
            kept = self.edges[row & alive]
            graph = coo_array((np.ones(len(kept)), (kept[:, 0], kept[:, 1])), shape=(self.size, self.size))
            groups = np.bincount(connected_components(graph, directed=False)[1][counted])
            pairs += int((groups * (groups - 1)).sum())
        return pairs / (draws * n * (n - 1))


def _betweenness(a: Array) -> Array:
    """Brandes' (2001) betweenness with all sources at once: path counts forward by depth, dependencies backward."""
    n = len(a)
    paths, frontier = np.eye(n), np.eye(n)
    seen = np.eye(n, dtype=bool)
    levels = [frontier]
    while True:
        frontier = np.where(seen, 0.0, frontier @ a)
        if not frontier.any():
            break
        seen |= frontier > 0
        paths += frontier
        levels.append(frontier)
    dependency = np.zeros((n, n))
    for level, above in zip(levels[:0:-1], levels[-2::-1], strict=True):
        share = np.divide(1 + dependency, paths, out=np.zeros((n, n)), where=level > 0)
        dependency += above * (share @ a)
    np.fill_diagonal(dependency, 0.0)
    return dependency.sum(axis=0) / ((n - 1) * (n - 2))


def live_room(viewers: int, links: int, host_share: float, seed: int) -> TrustNetwork:
    """A room that grows by preference for the host and for those with many ties.

    Parameters
    ----------
    viewers : int
        Viewers who join, at least `links` plus one.
    links : int
        Ties that each newcomer makes, fewer while the room is smaller.
    host_share : float
        Probability that a tie goes to the host whatever the host's ties are.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    """
    if int(links) != links or links < 1:
        raise ValueError(f"links: expected a whole number of one or more, got {links!r}")
    if int(viewers) != viewers or viewers <= links:
        raise ValueError(f"viewers: expected a whole number above links, got {viewers!r}")
    if not 0 <= host_share <= 1:
        raise ValueError(f"host_share: expected a probability, got {host_share!r}")
    rng = np.random.default_rng(seed)
    ends, edges = [0], []
    for viewer in range(1, int(viewers) + 1):
        chosen: set[int] = set()
        for _ in range(min(int(links), viewer)):
            host = rng.random() < host_share
            target = 0 if host else ends[rng.integers(len(ends))]
            while target in chosen and not host:
                target = ends[rng.integers(len(ends))]
            chosen.add(target)
        edges += [(target, viewer) for target in sorted(chosen)]
        ends += [*sorted(chosen), *[viewer] * len(chosen)]
    return TrustNetwork(np.array(edges), int(viewers) + 1)
