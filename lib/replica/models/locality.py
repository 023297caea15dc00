"""A local government with a budget, a vehicle off its balance sheet, and lenders who expect rescue.

The model joins what an argument in words keeps apart: the fiscal gap feeds debt on and off the books; the reaction
sees only what is on the books; the spread follows from contingent claims; hidden losses come to light at a random
time. Ratios are shares of local income. Every function is vectorised over localities (rows) and paths (columns).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replica.methods.region import Parameter, Region
from replica.models.credit import quasi_spread

Array = NDArray[np.float64]

REGION = Region(
    [
        Parameter("B0", "debt on the books", "share of income", 0.1, 0.5),
        Parameter("H0", "debt of the vehicle", "share of income", 0.1, 0.6),
        Parameter("L0", "vehicle's debt over its assets", "ratio", 0.4, 0.9),
        Parameter("r", "riskless rate, mean", "a year", 0.02, 0.05),
        Parameter("g", "growth of nominal income, mean", "a year", 0.02, 0.08),
        Parameter("sr", "standard deviation of the rate", "a year", 0.003, 0.015),
        Parameter("sg", "standard deviation of growth", "a year", 0.01, 0.04),
        Parameter("c", "correlation of rate and growth", "", -0.5, 0.5),
        Parameter("gap", "tasks less own revenue and transfers", "share of income", 0.0, 0.04),
        Parameter("off", "part of the gap financed off the books", "share", 0.1, 0.8),
        Parameter("rho", "reaction of the balance to debt on the books", "a year", 0.0, 0.08),
        Parameter("rigid", "spending that cannot react", "share", 0.2, 0.8),
        Parameter("leak", "part of a cut on the books that returns off them", "share", 0.0, 0.8),
        Parameter("B*", "debt at which the reaction is zero", "share of income", 0.2, 0.5),
        Parameter("e", "reaction of the balance to growth", "ratio", 0.1, 0.5),
        Parameter("y0", "vehicle's other borrowing at a spread of zero", "share of income", 0.0, 0.03),
        Parameter("eta", "fall of that borrowing per point of spread", "log points", 0.0, 0.4),
        Parameter("p", "believed and true probability of rescue", "probability", 0.0, 1.0),
        Parameter("sA", "volatility of the vehicle's assets", "a year", 0.1, 0.4),
        Parameter("k", "assets that one unit of borrowing really buys", "ratio", 0.3, 1.1),
        Parameter("x", "correlation of those assets with growth (land)", "", 0.0, 0.8),
        Parameter("d", "chance that accounts are opened", "a year", 0.02, 0.3),
        Parameter("V", "present value of the government's own capacity", "share of income", 0.8, 2.0),
        Parameter("sV", "volatility of that value", "a year", 0.1, 0.3),
        Parameter("m", "growth from one unit more of new borrowing", "ratio", 0.0, 1.0),
        Parameter("l", "income lost for one unit of loss discovered", "ratio", 0.0, 0.5),
        Parameter("t", "maturity at which spreads are read", "years", 3, 7),
        Parameter("match", "part of the gap that matching closes", "share", 0.25, 0.75),
        Parameter("raise", "rise of B* when the ratio is set locally", "share", 0.1, 0.5),
        Parameter("budget", "part of hidden financing and of leaks brought on the books", "share", 0.25, 0.75),
        Parameter("react", "reaction added by a debt agency", "a year", 0.0, 0.04),
        Parameter("open", "factor on d under supervision", "ratio", 1.5, 4.0),
        Parameter("doubt", "part of p that supervision removes", "share", 0.25, 0.75),
    ]
)

POLICIES = {
    "matching": "Section 3.1: the centre closes a part of the gap",
    "autonomy": "Section 3.1: the locality sets its own debt ratio",
    "management": "Section 3.2: hidden financing enters the budget, an agency strengthens the reaction",
    "supervision": "Section 3.3: accounts are opened more often, rescue is expected and given less often",
}

STRENGTHS = ("match", "raise", "budget", "react", "open", "doubt")

OUTCOMES = (
    "debt", "official", "hidden", "consolidated", "spread", "losses", "rescues", "written off", "income", "shortfall",
)  # fmt: skip


def with_policies(parameters: pd.DataFrame, policies: Sequence[str]) -> pd.DataFrame:
    """Parameters after some of the article's proposals: a new frame.

    Raises
    ------
    ValueError
        If a policy is unknown.

    Examples
    --------
    >>> start = pd.DataFrame([REGION.middle()])
    >>> with_policies(start, ("matching",))["gap"].item()
    0.01
    """
    changed = parameters.copy()
    for policy in policies:
        if policy == "matching":
            changed["transfer"] = parameters["gap"] * parameters["match"]
            changed["gap"] = parameters["gap"] - changed["transfer"]
        elif policy == "autonomy":
            changed["B*"] = parameters["B*"] * (1 + parameters["raise"])
        elif policy == "management":
            for name in ("off", "leak"):
                changed[name] = parameters[name] * (1 - parameters["budget"])
            changed["rho"] = parameters["rho"] + parameters["react"]
        elif policy == "supervision":
            changed["d"] = np.minimum(parameters["d"] * parameters["open"], 1.0)
            changed["p"] = parameters["p"] * (1 - parameters["doubt"])
        else:
            raise ValueError(f"policies: expected some of {', '.join(POLICIES)}, got {policy!r}")
    return changed


@dataclass(frozen=True)
class Draws:
    """Common random numbers, so that two policies meet the same luck: (paths, years, 3) normals, 2 uniforms."""

    normals: Array
    uniforms: Array

    @classmethod
    def make(cls, paths: int, years: int, seed: int) -> Draws:
        """Draws for `paths` futures of `years` years; each future is followed by its mirror image."""
        if paths < 2 or paths % 2 or years < 1:
            raise ValueError("paths: expected an even number of two or more, and at least one year")
        generator = np.random.default_rng(seed)
        half = generator.standard_normal((paths // 2, years, 3))
        uniforms = generator.random((paths // 2, years, 2))
        return cls(np.concatenate([half, -half]), np.concatenate([uniforms, 1 - uniforms]))


class _State:
    """What changes from year to year; arrays of shape (localities, paths)."""

    def __init__(self, before: Mapping[str, Array], paths: int) -> None:
        shape = (len(before["B0"]), paths)
        self.official = np.broadcast_to(before["B0"], shape).copy()
        self.hidden = np.broadcast_to(before["H0"], shape).copy()
        self.book = self.hidden / before["L0"]
        self.assets = self.book.copy()
        self.centre = np.zeros(shape)
        self.income = np.zeros(shape)
        self.losses = np.zeros(shape)
        self.rescues = np.zeros(shape)
        self.written_off = np.zeros(shape)
        self.found = np.zeros(shape)
        self.spending = self.plan(before)[2]

    def spreads(self, q: Mapping[str, Array]) -> tuple[Array, Array]:
        """Spread on the books, and of the vehicle at the leverage that its accounts report."""
        reported = self.hidden / np.maximum(self.book, 1e-9)
        return (
            quasi_spread(np.maximum(self.official, 0) / q["V"], q["sV"], q["t"]),
            quasi_spread(reported, q["sA"], q["t"], q["p"]),
        )

    def plan(self, q: Mapping[str, Array]) -> tuple[Array, Array, Array]:
        """New debt on and off the books before the cycle, and the spending that borrowing and transfers pay for."""
        other = q["y0"] * np.exp(-100 * q["eta"] * self.spreads(q)[1])
        answer = q["rho"] * (1 - q["rigid"]) * (self.official - q["B*"])
        on_books = (1 - q["off"]) * q["gap"] - answer
        off_books = q["off"] * q["gap"] + other + q["leak"] * np.maximum(answer, 0.0)
        return on_books, off_books, on_books + off_books + q["transfer"]


def _advance(state: _State, q: Mapping[str, Array], normals: Array) -> None:
    """One year of growth, budget and vehicle."""
    z_growth = normals[:, 0]
    z_rate = q["c"] * z_growth + np.sqrt(1 - q["c"] ** 2) * normals[:, 1]
    z_assets = q["x"] * z_growth + np.sqrt(1 - q["x"] ** 2) * normals[:, 2]
    rate = np.maximum(q["r"] + q["sr"] * z_rate, -0.01)
    spread, vehicle_spread = state.spreads(q)
    on_books, off_books, spending = state.plan(q)
    growth = q["g"] + q["sg"] * z_growth + q["m"] * (spending - state.spending) - q["l"] * state.found
    growth = np.clip(growth, -0.3, 0.3)
    state.spending = spending

    on_books = on_books - q["e"] * q["sg"] * z_growth
    shock = np.exp(q["sA"] * z_assets - q["sA"] ** 2 / 2)
    state.official = state.official * (1 + rate + spread) / (1 + growth) + on_books
    state.hidden = state.hidden * (1 + rate + vehicle_spread) / (1 + growth) + off_books
    state.book = state.book * (1 + rate) / (1 + growth) + off_books
    state.assets = state.assets * (1 + rate) * shock / (1 + growth) + q["k"] * off_books
    state.centre = state.centre * (1 + rate) / (1 + growth) + q["transfer"]
    state.income = state.income + np.log1p(growth)


def _open_accounts(state: _State, q: Mapping[str, Array], uniforms: Array) -> None:
    """Perhaps the true assets come to light; an insolvent vehicle is brought back to the leverage it began with.

    With a rescue the government takes the excess debt over; without one, creditors take shares for it. Either way the
    loss is what the debt exceeds the assets by.
    """
    opened = uniforms[:, 0] < q["d"]
    insolvent = opened & (state.hidden > state.assets)
    state.found = np.where(insolvent, state.hidden - state.assets, 0.0)
    excess = np.where(insolvent, state.hidden - q["L0"] * state.assets, 0.0)
    taken_over = np.where(uniforms[:, 1] < q["p"], excess, 0.0)
    state.hidden = state.hidden - excess
    state.official = state.official + taken_over
    state.book = np.where(opened, state.assets, state.book)
    state.losses, state.rescues = state.losses + state.found, state.rescues + taken_over
    state.written_off = state.written_off + excess - taken_over


def _columns(parameters: pd.DataFrame) -> dict[str, Array]:
    missing = [p.symbol for p in REGION.parameters if p.symbol not in STRENGTHS and p.symbol not in parameters]
    if missing:
        raise ValueError(f"parameters: no column {', '.join(missing)}")
    values = parameters.astype(float)
    if not np.isfinite(values.to_numpy()).all():
        raise ValueError("parameters: expected finite numbers")
    q = {str(name): values[name].to_numpy()[:, None] for name in values}
    q.setdefault("transfer", np.zeros((len(values), 1)))
    return q


def _outcomes(state: _State, q: Mapping[str, Array]) -> dict[str, Array]:
    on_books, vehicle = state.spreads(q)
    debt = state.official + state.hidden
    return {
        "debt": debt,
        "official": state.official,
        "hidden": state.hidden,
        "consolidated": debt + state.centre,
        "spread": (on_books * np.maximum(state.official, 0) + vehicle * state.hidden)
        / np.maximum(np.maximum(state.official, 0) + state.hidden, 1e-9),
        "losses": state.losses + np.maximum(state.hidden - state.assets, 0.0),
        "rescues": state.rescues,
        "written off": state.written_off,
        "income": state.income,
        "shortfall": np.maximum(state.hidden - state.assets, 0.0),
    }


def _years(parameters: pd.DataFrame, draws: Draws, before: pd.DataFrame | None) -> Iterator[tuple[_State, Mapping]]:
    """The state at the start and after each year."""
    q = _columns(parameters)
    start = q if before is None else _columns(before)
    if len(start["B0"]) != len(q["B0"]):
        raise ValueError("before: expected as many localities as in parameters")
    state = _State(start, len(draws.normals))
    yield state, q
    for normals, uniforms in zip(draws.normals.swapaxes(0, 1), draws.uniforms.swapaxes(0, 1), strict=True):
        _advance(state, q, normals)
        _open_accounts(state, q, uniforms)
        yield state, q


def simulate(parameters: pd.DataFrame, draws: Draws, before: pd.DataFrame | None = None) -> dict[str, Array]:
    """Outcomes at the last year of every path.

    Parameters
    ----------
    parameters : pandas.DataFrame, shape (localities, ...)
        Columns named as in :data:`REGION`; policies by :func:`with_policies`.
    draws : Draws
    before : pandas.DataFrame, optional
        Parameters of the year before the first one, where a policy has changed them: the change in spending that the
        policy brings moves growth.

    Returns
    -------
    dict of arrays, shape (localities, paths)
        debt (on and off the books), official, hidden, consolidated (debt and what the centre borrowed for transfers),
        spread (average over debt, a year), losses (found so far and still hidden), rescues and written off (debt that
        the government took over, and that nobody did), income (log, relative to the start), shortfall (still hidden).
        Shares of income except spread and income.

    Raises
    ------
    ValueError
        If a parameter is missing or not finite, or `before` has another length.

    Examples
    --------
    >>> outcome = simulate(pd.DataFrame([REGION.middle()]), Draws.make(200, 20, seed=1))
    >>> outcome["debt"].shape, bool(np.allclose(outcome["debt"], outcome["official"] + outcome["hidden"]))
    ((1, 200), True)
    """
    *_, (state, q) = _years(parameters, draws, before)
    return _outcomes(state, q)


def paths(parameters: pd.DataFrame, draws: Draws, before: pd.DataFrame | None = None) -> dict[str, Array]:
    """The outcomes of :func:`simulate` year by year, shape (localities, paths, years + 1); year zero is the start."""
    record = [_outcomes(state, q) for state, q in _years(parameters, draws, before)]
    return {name: np.stack([outcome[name] for outcome in record], axis=-1) for name in OUTCOMES}


def first_discovery(parameters: Mapping[str, float], draws: Draws) -> pd.DataFrame:
    """What is found when the accounts of one vehicle are opened for the first time, one row a path.

    Returns
    -------
    pandas.DataFrame
        year (0 if never opened); loss (debt above true assets) and takeover (jump of the debt on the books), shares of
        income; jump (rise of the vehicle's spread when lenders learn its assets, before any restructuring, a year).
    """
    q = _columns(pd.DataFrame([parameters]))
    state = _State(q, len(draws.normals))
    found = pd.DataFrame({"year": 0, "loss": 0.0, "takeover": 0.0, "jump": 0.0}, index=range(len(draws.normals)))
    for year in range(draws.normals.shape[1]):
        _advance(state, q, draws.normals[:, year])
        first = (draws.uniforms[:, year, 0] < q["d"][0]) & (found["year"].to_numpy() == 0)
        reported, official = state.spreads(q)[1][0], state.official[0].copy()
        learnt = quasi_spread(state.hidden / np.maximum(state.assets, 1e-9), q["sA"], q["t"], q["p"])[0]
        _open_accounts(state, q, draws.uniforms[:, year])
        found.loc[first, "year"] = year + 1
        news = {"loss": state.found[0], "takeover": state.official[0] - official, "jump": learnt - reported}
        for name, value in news.items():
            found.loc[first, name] = value[first]
    return found
