"""A supply contract under two hidden efforts: the supplier prevents, the buyer inspects.

In the manner of Baiman, Fischer & Rajan (2000), in their simplest form. A part is good with probability e, the
supplier's prevention; a defect is found by the buyer with probability t, her inspection. A found defect costs I
(internal failure), an unfound one L > I (external failure). The costs of effort are quadratic:

    J(e, t) = c e²/2 + a t²/2 + (1 - e) [t I + (1 - t) L].

The contract makes the supplier pay P_I for a found and P_E for an unfound defect, as far as each event can be proved.
Each side then minimises its own cost; payments between them cancel in J.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Trade:
    """Costs of one part; every attribute is an array, and all have one shape.

    Attributes
    ----------
    c, a : array
        Cost of prevention and of inspection (J at full effort is half of it).
    internal, external : array
        Cost of a found and of an unfound defect.
    """

    c: ArrayLike
    a: ArrayLike
    internal: ArrayLike
    external: ArrayLike

    def __post_init__(self) -> None:
        names = ("c", "a", "internal", "external")
        arrays = np.broadcast_arrays(*(np.asarray(getattr(self, name), dtype=float) for name in names))
        for name, array in zip(names, arrays, strict=True):
            if not np.isfinite(array).all() or (array < 0).any() or (name in ("c", "a") and (array == 0).any()):
                raise ValueError(
                    f"{name}: expected finite numbers, {'above' if name in ('c', 'a') else 'of at least'} 0"
                )
            object.__setattr__(self, name, array)
        if (arrays[2] >= arrays[3]).any():
            raise ValueError("external: expected more than internal")

    def cost(self, e: ArrayLike, t: ArrayLike) -> Array:
        """Joint cost J of a part."""
        e, t = np.asarray(e, dtype=float), np.asarray(t, dtype=float)
        failure = t * self.internal + (1 - t) * self.external
        return self.c * e**2 / 2 + self.a * t**2 / 2 + (1 - e) * failure


@dataclass(frozen=True)
class Outcome:
    """Prevention e, inspection t, and the joint cost of a part."""

    e: Array
    t: Array
    cost: Array


def _settle(trade: Trade, base: Array, slope: Array, gap: Array) -> Outcome:
    """Points where ``c e = base + slope t`` and ``a t = (1 - e) gap``, each within [0, 1]; the cheapest of them.

    Such a point is interior or has e or t at an end, so five candidates hold them all.
    """
    c, a = trade.c, trade.a

    def supplier(t):
        return np.clip((base + slope * t) / c, 0, 1)

    def buyer(e):
        return np.clip((1 - e) * gap / a, 0, 1)

    zero, one = np.zeros_like(c + base), np.ones_like(c + base)
    bend = 1 + slope * gap / (a * c)
    inner = np.clip(np.where(bend == 0, 0, (1 - base / c) * gap / a / np.where(bend == 0, 1, bend)), 0, 1)
    t = np.stack([inner, zero, one, buyer(zero), buyer(one)])
    e = np.stack([supplier(inner), supplier(zero), supplier(one), zero, one])
    stands = (np.abs(supplier(t) - e) < 1e-9) & (np.abs(buyer(e) - t) < 1e-9)
    cost = np.where(stands, trade.cost(e, t), np.inf)
    best = cost.argmin(axis=0)[None]
    e, t, cost = (np.take_along_axis(v, best, axis=0)[0] for v in (e, t, cost))
    return Outcome(e, t, cost)


def first_best(trade: Trade) -> Outcome:
    """Efforts of one owner of both firms: the lowest joint cost.

    First-order conditions ``c e = t I + (1 - t) L`` and ``a t = (1 - e)(L - I)``.
    """
    return _settle(trade, trade.external, trade.internal - trade.external, trade.external - trade.internal)


def equilibrium(trade: Trade, found: ArrayLike, unfound: ArrayLike) -> Outcome:
    """Efforts under the contract (P_I = `found`, P_E = `unfound`), each side against the other's (Nash).

    ``c e = t P_I + (1 - t) P_E`` and ``a t = (1 - e)[(L - P_E) - (I - P_I)]``. Where several pairs stand, the cheapest.

    Raises
    ------
    ValueError
        If a penalty is negative or not finite.
    """
    p_i, p_e = (np.asarray(v, dtype=float) for v in (found, unfound))
    for name, value in (("found", p_i), ("unfound", p_e)):
        if not np.isfinite(value).all() or (value < 0).any():
            raise ValueError(f"{name}: expected finite penalties of at least 0")
    gap = trade.external - p_e - trade.internal + p_i
    return _settle(trade, p_e + 0 * trade.c, p_i - p_e + 0 * trade.c, gap)


def both_events(trade: Trade) -> Array:
    """The one penalty for either event that gives the first best: ``P = t* I + (1 - t*) L``.

    Equal penalties leave the buyer's reason to inspect, L - I, as it is, and charge the supplier on average what a
    defect costs. This is where the model's message lies: name both events, and price them alike.
    """
    t = first_best(trade).t
    return t * trade.internal + (1 - t) * trade.external


def best_external(trade: Trade, steps: int = 101) -> tuple[Array, Outcome]:
    """Best penalty when only the unfound defect can be proved: P_E on a grid from 0 to twice L, with P_I = 0."""
    if steps < 2:
        raise ValueError(f"steps: expected at least 2, got {steps}")
    grid = np.linspace(0, 2, steps)[(...,) + (None,) * np.ndim(trade.c)] * trade.external
    found = equilibrium(trade, np.zeros_like(grid), grid)
    best = found.cost.argmin(axis=0)[None]
    pick = [np.take_along_axis(v, best, axis=0)[0] for v in (grid, found.e, found.t, found.cost)]
    return pick[0], Outcome(*pick[1:])


def relation_holds(trade: Trade, discount: ArrayLike, share: ArrayLike = 0.5) -> NDArray[np.bool_]:
    """Whether a promise without any provable event lasts: the first best as long as both keep to it, else no contract.

    Stopping prevention saves the supplier ``c e*²/2`` once. It loses, from the next part on, its `share` of what
    cooperation saves jointly: ``discount / (1 - discount) · share · (J_none - J*)``.
    """
    d, s = np.asarray(discount, dtype=float), np.asarray(share, dtype=float)
    if not ((d >= 0) & (d < 1)).all():
        raise ValueError("discount: expected numbers in [0, 1)")
    if not ((s >= 0) & (s <= 1)).all():
        raise ValueError("share: expected numbers in [0, 1]")
    best, none = first_best(trade), equilibrium(trade, 0.0, 0.0)
    return d / (1 - d) * s * (none.cost - best.cost) >= trade.c * best.e**2 / 2
