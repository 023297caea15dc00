"""Malmquist productivity index: how output per input changed between periods, and whose merit it was.

With e(s, t) the Farrell efficiency of a unit's data of period t against the frontier of period s under constant
returns, the index from t to t + 1 is

    M = sqrt( e(t, t+1) / e(t, t)  *  e(t+1, t+1) / e(t+1, t) ),

above 1 for progress (Caves, Christensen & Diewert 1982; Fare, Grosskopf, Norris & Zhang 1994). It splits into

    efficiency change  EFFCH  = e(t+1, t+1) / e(t, t)                      (the unit, against its frontier)
    technical change   TECHCH = M / EFFCH                                  (the frontier, at the unit's mix)

and EFFCH into a pure part under variable returns and scale efficiency (Fare et al. 1994). Ray & Desli (1997) take
technical change from the variable-returns frontiers as well, ``M = PECH * TECHCH_VRS * SCH``; their mixed-period
programs may have no solution, and the parts are then NaN.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replica.models.efficiency import ORIENTATIONS, dea


def _panel(values: ArrayLike, name: str) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    array = array[:, :, None] if array.ndim == 2 else array
    if array.ndim != 3 or array.shape[0] < 2:
        raise ValueError(f"{name}: expected shape (periods, units, columns), two periods or more, got {array.shape}")
    return array


def _mixed(X, Y, frontier: int, data: int, returns: str, orientation: str) -> np.ndarray:
    return dea(
        X[data], Y[data], returns=returns, orientation=orientation, reference=(X[frontier], Y[frontier]), slacks=False
    ).farrell


def malmquist(inputs: ArrayLike, outputs: ArrayLike, *, orientation: str = "output") -> pd.DataFrame:
    """Index and both decompositions for every unit and every pair of adjacent periods.

    Parameters
    ----------
    inputs, outputs : array_like, shapes (T, n, m) and (T, n, s)
        A balanced panel, non-negative; two dimensions where there is one input or output.
    orientation : {"output", "input"}
        Under constant returns the index is the same in both.

    Returns
    -------
    DataFrame
        Index (period, unit), counted from 0; columns M, EFFCH, TECHCH, PECH, SECH (Fare et al. 1994) and TECHCH_VRS,
        SCH (Ray & Desli 1997). Above 1 is progress. ``M = EFFCH * TECHCH = PECH * SECH * TECHCH =
        PECH * TECHCH_VRS * SCH``.

    Raises
    ------
    ValueError
        If the panel is not balanced, has one period only, or its values are refused by :func:`dea`.

    Examples
    --------
    >>> inputs = [[2, 3, 5, 4, 4], [1, 2, 4, 3, 4]]
    >>> outputs = [[1, 4, 6, 3, 5], [1, 4, 6, 3, 3]]
    >>> print(malmquist(inputs, outputs).loc[0, ["M", "EFFCH", "TECHCH"]].round(4).to_string(index_names=False))
            M   EFFCH  TECHCH
    0  2.0000  1.3333     1.5
    1  1.5000  1.0000     1.5
    2  1.2500  0.8333     1.5
    3  1.3333  0.8889     1.5
    4  0.6000  0.4000     1.5
    """
    X, Y = _panel(inputs, "inputs"), _panel(outputs, "outputs")
    if X.shape[:2] != Y.shape[:2]:
        raise ValueError(f"outputs: periods and units {Y.shape[:2]} do not match those of the inputs {X.shape[:2]}")
    if orientation not in ORIENTATIONS:
        raise ValueError(f"orientation: expected one of {', '.join(ORIENTATIONS)}, got {orientation!r}")
    parts = []
    for t in range(len(X) - 1):
        e = {
            (kind, s, d): _mixed(X, Y, t + s, t + d, kind, orientation)
            for kind in ("crs", "vrs") for s in (0, 1) for d in (0, 1)
        }  # fmt: skip
        change, shift = {}, {}
        for kind in ("crs", "vrs"):
            change[kind] = e[kind, 1, 1] / e[kind, 0, 0]
            shift[kind] = np.sqrt(e[kind, 0, 1] / e[kind, 1, 1] * e[kind, 0, 0] / e[kind, 1, 0])
        index = change["crs"] * shift["crs"]
        parts.append(
            pd.DataFrame(
                {
                    "M": index, "EFFCH": change["crs"], "TECHCH": shift["crs"], "PECH": change["vrs"],
                    "SECH": change["crs"] / change["vrs"], "TECHCH_VRS": shift["vrs"],
                    "SCH": index / (change["vrs"] * shift["vrs"]),
                }
            )
        )  # fmt: skip
    return pd.concat(parts, keys=range(len(parts)), names=["period", "unit"])


def productivity_bound(inputs: ArrayLike, outputs: ArrayLike) -> np.ndarray:
    """Largest Malmquist index that one unit's own data allow, whatever the frontiers and the other units.

    Under constant returns every distance is homogeneous and monotone, so
    ``M <= max_r(y1_r / y0_r) * max_i(x0_i / x1_i)``.

    Parameters
    ----------
    inputs, outputs : array_like, shapes (2, n, m) and (2, n, s)
        Positive.

    Returns
    -------
    ndarray, shape (n,)
    """
    X, Y = _panel(inputs, "inputs"), _panel(outputs, "outputs")
    if len(X) != 2 or len(Y) != 2 or (X <= 0).any() or (Y <= 0).any():
        raise ValueError("inputs, outputs: two periods with positive values are needed")
    return (Y[1] / Y[0]).max(axis=1) * (X[0] / X[1]).max(axis=1)
