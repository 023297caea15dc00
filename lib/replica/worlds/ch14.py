"""Chapter 14's world: a local government with a vehicle off its balance sheet, three games of rescue, macro shocks.

**The locality** joins what an argument in words keeps apart: the fiscal gap feeds debt on and off the books; the
reaction sees only what is on the books; the spread follows from contingent claims; hidden losses come to light at a
random time. Ratios are shares of local income. Every function is vectorised over localities (rows) and paths (columns).

**Why a budget constraint is soft**: rescue after the fact, solved backwards from what the rescuer will want to do. In
the first game, who lends decides whether a bad project is refinanced (Dewatripont & Maskin 1995). In the second,
regions borrow knowing that the centre may rescue and all regions pay (Qian & Roland 1998; Goodspeed 2002): the
opportunity-cost effect and the common-pool effect. In the third, a government keeps its word only while the spread it
would lose is worth more than what hiding debt brings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.signal import lfilter

from replica import check
from replica.methods.claims import quasi_spread
from replica.methods.region import Parameter, Region

Array = NDArray[np.float64]


# The locality ---------------------------------------------------------------------------------------------------------


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

LIMITS = {
    **dict.fromkeys(("off", "rigid", "leak", "p", "d", "match", "budget", "doubt"), (0.0, 1.0)),
    **dict.fromkeys(("c", "x"), (-1.0, 1.0)),
    **dict.fromkeys(
        ("B0", "H0", "sr", "sg", "rho", "y0", "eta", "k", "m", "l", "open", "react", "raise"), (0.0, np.inf)
    ),
    **dict.fromkeys(("L0", "V", "sA", "sV", "t"), (1e-9, np.inf)),
}
"""Lowest and highest value of a parameter that the model can take; of the others any finite number."""

OUTCOMES = (
    "debt", "official", "hidden", "consolidated", "spread", "losses", "rescues", "written off", "income", "shortfall",
)  # fmt: skip


def with_policies(parameters: pd.DataFrame, policies: Sequence[str]) -> pd.DataFrame:
    """Parameters after some of the article's proposals: a new frame.

    Raises
    ------
    ValueError
        If a policy is unknown or a parameter that it needs is missing.

    Examples
    --------
    >>> start = pd.DataFrame([REGION.middle()])
    >>> with_policies(start, ("matching",))["gap"].item()
    0.01
    """
    changed = parameters.copy()
    needed = {"matching": "gap match", "autonomy": "B* raise", "management": "off leak rho budget react"}
    needed["supervision"] = "d p open doubt"
    for policy in policies:
        if missing := [name for name in needed.get(policy, "").split() if name not in parameters]:
            raise ValueError(f"parameters: no column {missing[0]}, which {policy} needs")
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

    def __post_init__(self) -> None:
        normals = check.array("normals", self.normals, shape=(None, None, 3))
        check.array("uniforms", self.uniforms, 0, 1, shape=(*normals.shape[:2], 2))
        if not normals.size:
            raise ValueError(f"normals: expected at least one path and one year, got shape {normals.shape}")

    @classmethod
    def make(cls, paths: int, years: int, seed: int) -> Draws:
        """Draws for `paths` futures of `years` years; each future is followed by its mirror image."""
        paths, years = check.whole("paths", paths, 2), check.whole("years", years, 1)
        if paths % 2:
            raise ValueError(f"paths: expected an even number, got {paths}")
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
    if not len(parameters):
        raise ValueError("parameters: expected at least one locality")
    missing = [p.symbol for p in REGION.parameters if p.symbol not in STRENGTHS and p.symbol not in parameters]
    if missing:
        raise ValueError(f"parameters: no column {', '.join(missing)}")
    q = {}
    for name in parameters:
        try:
            q[str(name)] = check.vector(str(name), parameters[name], *LIMITS.get(str(name), ()))[:, None]
        except ValueError as error:
            raise ValueError(f"parameters: {error}") from None
    q.setdefault("transfer", np.zeros((len(parameters), 1)))
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
        If a parameter is missing or outside of :data:`LIMITS`, or `before` has another length.

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


# Rescue ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Refinancing:
    """Whether a project that has gone bad gets a second loan of one unit.

    Attributes
    ----------
    one_lender, two_lenders : array of bool
        Soft constraint: the second loan is worth giving if the first lender gives it, or only a new one can.
    effort_one, effort_two : array
        Probability that monitoring makes the project pay; NaN where the loan is not given.
    """

    one_lender: NDArray[np.bool_]
    two_lenders: NDArray[np.bool_]
    effort_one: Array
    effort_two: Array


def refinancing(payoff: ArrayLike, ease: ArrayLike) -> Refinancing:
    """One lender or two, in the spirit of Dewatripont & Maskin (1995).

    A bad project pays `payoff` with probability `a` if it gets one more unit; the first lender chooses the effort `a`
    at cost ``a**2 / (2 ease)``. If she lends herself she keeps all: ``a = ease payoff``, and it is worth it when
    ``ease payoff**2 / 2 >= 1``. If she has no money left, a new lender who cannot watch asks for ``1 / a`` on success;
    effort falls to the larger root of ``a**2 - ease payoff a + ease = 0``, which exists when ``ease payoff**2 >= 4``.
    So for ``2 <= ease payoff**2 < 4`` one deep pocket is soft and several shallow ones are hard.

    Parameters
    ----------
    payoff : array_like
        What the refinanced project pays on success, in units of the second loan.
    ease : array_like
        Ease of monitoring; ``ease payoff <= 1``, so that effort is a probability.

    Raises
    ------
    ValueError
        If an argument is not positive or effort would exceed one.

    Examples
    --------
    >>> game = refinancing([6, 10, 16], 0.05)
    >>> game.one_lender.tolist(), game.two_lenders.tolist()
    ([False, True, True], [False, True, True])
    >>> refinancing(8, 0.05).one_lender.item(), refinancing(8, 0.05).two_lenders.item()
    (True, False)
    """
    x, k = check.array("payoff", payoff, 0, open_low=True), check.array("ease", ease, 0, open_low=True)
    if (k * x > 1).any():
        raise ValueError("ease: effort ease * payoff would exceed one")
    strength = k * x**2
    one, two = strength >= 2, strength >= 4
    root = np.sqrt(np.maximum(strength**2 - 4 * strength, 0.0)) / x
    return Refinancing(one, two, np.where(one, k * x, np.nan), np.where(two, (k * x + root) / 2, np.nan))


@dataclass(frozen=True)
class Bailout:
    """Regions choose to borrow prudently or recklessly; the centre then rescues all reckless ones or none.

    Attributes
    ----------
    regions : int
        Number of equal regions.
    gain : float
        What reckless borrowing brings a region if it is rescued.
    penalty : float
        What an unrescued default costs the region.
    cost : float
        Money one rescue takes; every region pays the same part of it in taxes.
    loss : float
        What one unrescued default costs the rest of the country (banks, contagion, votes).
    commitment : float
        What breaking the announced rule "no rescue" costs the centre, once, however many it rescues.
    """

    regions: int
    gain: float
    penalty: float
    cost: float
    loss: float
    commitment: float

    def __post_init__(self) -> None:
        check.whole("regions", self.regions, 1)
        for name in ("gain", "penalty", "cost"):
            check.positive(name, getattr(self, name))
        for name in ("loss", "commitment"):
            check.number(name, getattr(self, name), 0)

    def rescues(self, reckless: int) -> bool:
        """Whether the centre rescues `reckless` regions: ``reckless (loss - cost) >= commitment``, and there is one."""
        return reckless > 0 and reckless * (self.loss - self.cost) >= self.commitment

    def threshold(self) -> float:
        """Smallest number of reckless regions that is rescued; infinity where none is."""
        net = self.loss - self.cost
        if net <= 0:
            return 1.0 if net == 0 == self.commitment else np.inf
        smallest = max(1, int(np.ceil(self.commitment / net)))
        smallest -= smallest > 1 and self.rescues(smallest - 1)
        smallest += not self.rescues(smallest)
        return float(smallest)

    def payoffs(self, reckless: int) -> tuple[float, float]:
        """What a prudent and a reckless region get when `reckless` regions are reckless."""
        if self.rescues(reckless):
            tax = reckless * self.cost / self.regions
            return -tax, self.gain - tax
        return 0.0, -self.penalty

    def equilibria(self) -> list[int]:
        """Numbers of reckless regions in pure-strategy equilibria, found from the conditions, not by search.

        - *None*: holds when one deviator is not rescued (``threshold > 1``), or pays too much himself
          (``gain <= cost / regions``).
        - *All*: holds when all are rescued and leaving does not pay: ``gain >= cost / regions``, or, where one
          leaver ends the rescue (``threshold == regions``), ``gain >= cost``.
        - *Exactly the threshold*, between one and all: each is pivotal and stays
          (``gain >= threshold cost / regions``), nobody joins (``gain <= cost / regions``).
          Above one this is impossible; at one it is a knife edge, ``gain == cost / regions``.
        """
        k, n, own = self.threshold(), self.regions, self.cost / self.regions
        found = [0] if k > 1 or self.gain <= own else []
        if k < n and self.gain == own:
            found += [m for m in range(int(k), n) if m > k or m == 1]
        if (k < n and self.gain >= own) or (k == n and self.gain >= self.cost):
            found.append(n)
        return found


def debt_choice(
    benefit: ArrayLike, curvature: ArrayLike, repayment: ArrayLike, rescued: ArrayLike, regions: ArrayLike
) -> Array:
    """Debt a region chooses when a share of it will be paid by all (the two effects of Goodspeed 2002).

    With the value of spending ``benefit d - curvature d**2 / 2``, repayment ``repayment d``, of which the share
    ``rescued`` is taken over by the centre and taxed on all regions equally:

    .. math:: d^* = \\frac{b - R\\,[1 - \\varphi (1 - 1/N)]}{\\gamma}

    The opportunity-cost effect is :math:`-\\varphi`, the tax-cost (common-pool) effect :math:`+\\varphi / N`; a single
    region that pays for its own rescue (:math:`N = 1`) borrows as if there were none.

    Examples
    --------
    >>> debt_choice(2.0, 1.0, 1.1, [0.0, 0.5, 0.5], [30, 30, 1]).round(3).tolist()
    [0.9, 1.432, 0.9]
    """
    b, c = check.array("benefit", benefit, 0, open_low=True), check.array("curvature", curvature, 0, open_low=True)
    r, n = check.array("repayment", repayment, 0, open_low=True), check.array("regions", regions, 1)
    share = check.array("rescued", rescued, 0, 1)
    return np.maximum(b - r * (1 - share * (1 - 1 / n)), 0.0) / c


def reputation_margin(gain: ArrayLike, penalty: ArrayLike, discovery: ArrayLike, patience: ArrayLike) -> Array:
    """Value of keeping one's word less the value of hiding debt; positive where reputation is enough.

    Hiding brings `gain` a year until it is found out, which happens with probability `discovery` a year; from then on
    the higher spread costs `penalty` a year for ever. With the discount factor `patience` (of money and of staying in
    office together) the value of hiding is
    ``(gain - patience discovery penalty / (1 - patience)) / (1 - patience (1 - discovery))``.

    Examples
    --------
    >>> bool(reputation_margin(1.0, 1.0, 0.2, 0.9) > 0), bool(reputation_margin(1.0, 1.0, 0.2, 0.7) > 0)
    (True, False)
    """
    g, loss = check.array("gain", gain, 0), check.array("penalty", penalty, 0)
    found, patience = check.array("discovery", discovery, 0, 1), check.array("patience", patience, 0, 1, open_high=True)
    return (patience * found * loss / (1 - patience) - g) / (1 - patience * (1 - found))


# Macro shocks ---------------------------------------------------------------------------------------------------------


def macro_shocks(normals: ArrayLike, deviations: ArrayLike, correlation: ArrayLike, persistence: float) -> Array:
    """Correlated first-order autoregressions that start at rest: the surprises in rate, growth and balance.

    Parameters
    ----------
    normals : array_like, shape (paths, years, k)
        Independent standard normal draws.
    deviations : array_like, shape (k,)
        Standard deviation of each series in the long run.
    correlation : array_like, shape (k, k)
        Correlation matrix of the innovations.
    persistence : float
        First-order autocorrelation, in [0, 1).

    Returns
    -------
    array, shape (paths, years, k)

    Raises
    ------
    ValueError
        If shapes do not fit, `correlation` is no correlation matrix, or `persistence` is out of range.
    """
    z = check.array("normals", normals, shape=(None, None, None))
    sd = check.array("deviations", deviations, 0, shape=(z.shape[2],))
    rho = check.correlation("correlation", correlation)
    if len(rho) != len(sd):
        raise ValueError(f"correlation: expected {len(sd)} rows, got {len(rho)}")
    persistence = check.number("persistence", persistence, 0, 1, open_high=True)
    values, vectors = np.linalg.eigh(rho)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T  # symmetric, so that no sign is left to the machine
    return lfilter([1.0], [1.0, -persistence], z @ root * sd * np.sqrt(1 - persistence**2), axis=1)
