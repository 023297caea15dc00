"""The world of article 04: one acquisition, from the first estimate of the target to the last repayment.

The target is worth 100 to any owner; nobody knows it. Each buyer forecasts cash and growth with an error, discounts
the forecast, adds the synergies of its plan, and is ready to pay

    X_i = dcf(cash (1 + error), growth + error, k),
    B_i = (1 - shade) X_i (1 + q y_i ramp - cost - hidden) / (1 + issue).

In a contest the buyers of `Deal` meet in an ascending sale; with a premium, buyer 0 pays ``(1 + premium) X_0``. Debt
pays for a share of the price, and the two firms repay it in equal parts out of their cash. What the deal adds,

    gain = 100 + synergies + tax shield - hidden debt - integration - issue costs - distress - price,

goes to the owners and lenders of the buyer together, so that what one takes from the other does not count. Every draw
is a standard normal of `Luck`, so that a deal and its variants meet the same scenarios. No number here is printed in
the article; `REGION` says where each comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr

from replica import check
from replica.methods.claims import quasi_spread
from replica.methods.region import Parameter, Region

Array = NDArray[np.float64]
VALUE = 100.0  # of the target, to any owner
STAGE = 10  # years of the first growth rate
LONG_RUN = 0.02  # growth after that, a year
MOST = 6  # buyers that can be drawn
TERM = 7  # years in which the acquisition debt is repaid
TAX = 0.25  # China's Enterprise Income Tax Law (2007)
DEBT_ISSUE = 0.022  # cost of raising debt: Lee and others (1996)
ITEMS = ("growth", "margin", "hidden", "rate", "issue", "realised", "delay", "cost")
PARAMETERS = (
    ("bidders", "buyers in the contest, rounded down", "", 2, 6, "assumed; later bids in Ecdat's Bids: 0 to 10"),
    ("rule", "part of the winner's margin paid", "share", 0, 1, "0 ascending, 1 sealed"),
    ("reserve", "least premium over the market price", "share", 0.0, 0.3, "assumed; Bids: quartiles 0.22, 0.43"),
    ("growth", "growth of cash in ten years", "a year", 0.03, 0.07, "assumed"),
    ("capital", "cost of capital", "a year", 0.08, 0.12, "assumed"),
    ("growth_error", "sd of a buyer's error in growth", "a year", 0.01, 0.04, "assumed"),
    ("margin_error", "sd of a buyer's error in cash", "share", 0.05, 0.25, "assumed"),
    ("common", "correlation of the errors of two buyers", "", 0, 0.6, "assumed"),
    ("opacity", "sd of the log difficulty of a target", "", 0.2, 0.6, "assumed"),
    ("synergy", "planned synergies over the target's value", "share", 0.2, 0.7, "assumed"),
    ("own", "sd of a buyer's own synergies over their mean", "share", 0.1, 0.6, "assumed"),
    ("mean_realised", "mean realised share of the plan", "share", 0.5, 1.0, "assumed"),
    ("sd_realised", "sd of the realised share", "share", 0.2, 0.6, "assumed"),
    ("delay", "years until synergies are complete", "years", 1, 5, "assumed"),
    ("cost", "cost of integration over the target's value", "share", 0.02, 0.10, "assumed"),
    ("optimism", "correlation of overrated growth with missed synergies", "", 0, 0.6, "assumed"),
    ("hidden", "mean hidden debt over the target's value", "share", 0.0, 0.1, "assumed"),
    ("size", "buyer's assets over the target's value", "", 1, 4, "assumed"),
    ("debt", "share of the price that is borrowed", "share", 0.4, 0.9, "assumed"),
    ("old_debt", "buyer's old debt over its assets", "share", 0.0, 0.4, "assumed"),
    ("rate", "riskless rate", "a year", 0.02, 0.06, "assumed"),
    ("volatility", "sd of the log return of assets", "a year", 0.15, 0.35, "assumed"),
    ("yield_", "yearly cash over assets", "share", 0.06, 0.12, "assumed"),
    ("refinance", "debt over assets up to which lenders roll over", "share", 0.2, 0.5, "assumed"),
    ("distress", "loss of assets in distress", "share", 0.1, 0.2, "Andrade & Kaplan (1998)"),
    ("issue", "cost of raising the rest", "share", 0.0, 0.1, "0: own cash; shares: 7.1 % in Lee and others (1996)"),
    ("bad", "idle assets over the target's value", "share", 0.05, 0.2, "assumed"),
    ("fire", "loss on a quick sale of idle assets", "share", 0.0, 0.4, "assumed"),
    ("school", "correlation of two appraisers of one buyer", "", 0.2, 0.8, "assumed"),
    ("slower", "years that stages add to the integration", "years", 0.0, 2.0, "assumed"),
    ("split", "loss of the target's value when integration stops", "share", 0.0, 0.1, "assumed"),
)
REGION = Region([Parameter(*row) for row in PARAMETERS])


@dataclass(frozen=True)
class Deal:
    """One deal: the quantities of `REGION` (their middle by default), and what the buyer decides.

    Attributes
    ----------
    premium : float or None
        Price over the buyer's own estimate, less 1; None: the price comes from a contest.
    care, all_care : float
        Factor on the errors of buyer 0, and on those of all buyers.
    appraisers : int
        Appraisers of buyer 0 whose estimates are averaged, 1 to 4.
    walk : float
        Buyer 0 does not bid for a target whose difficulty is more than so many sd above the usual.
    found : float
        Share of the hidden debt that buyer 0 knows when it bids.
    shade : float
        Share that buyer 0 takes off its bid.
    staged, dispose : bool
        Integration may stop after its first half; idle assets are sold at once to repay debt.
    """

    bidders: float = 4.0
    rule: float = 0.5
    reserve: float = 0.15
    growth: float = 0.05
    capital: float = 0.10
    growth_error: float = 0.025
    margin_error: float = 0.15
    common: float = 0.3
    opacity: float = 0.4
    synergy: float = 0.45
    own: float = 0.35
    mean_realised: float = 0.75
    sd_realised: float = 0.4
    delay: float = 3.0
    cost: float = 0.06
    optimism: float = 0.3
    hidden: float = 0.05
    size: float = 2.5
    debt: float = 0.65
    old_debt: float = 0.2
    rate: float = 0.04
    volatility: float = 0.25
    yield_: float = 0.09
    refinance: float = 0.35
    distress: float = 0.15
    issue: float = 0.05
    bad: float = 0.125
    fire: float = 0.2
    school: float = 0.5
    slower: float = 1.0
    split: float = 0.05
    premium: float | None = None
    care: float = 1.0
    all_care: float = 1.0
    appraisers: int = 1
    walk: float = np.inf
    found: float = 0.0
    shade: float = 0.0
    staged: bool = False
    dispose: bool = False

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name not in ("premium", "walk", "staged", "dispose"):
                check.number(item.name, value, 0)
        check.number("bidders", self.bidders, 1, MOST + 1, open_high=True)
        check.number("capital", self.capital, LONG_RUN, open_low=True)
        for name in ("rule", "common", "optimism", "debt", "found", "shade", "school", "fire"):
            check.share(name, getattr(self, name))
        check.positive("volatility", self.volatility), check.positive("delay", self.delay)
        check.whole("appraisers", self.appraisers, 1, 4)
        if self.premium is not None:
            check.number("premium", self.premium, -1, open_low=True)


@dataclass(frozen=True)
class Luck:
    """Standard normals behind `size` scenarios.

    Attributes
    ----------
    errors : ndarray, shape (2, MOST + 5, size)
        Of growth and of cash: one for each buyer, one for all buyers, four for the appraisers of buyer 0.
    plans : ndarray, shape (MOST, size)
        Own synergies of each buyer.
    target : ndarray, shape (2, size)
        Difficulty of the target, error of its market price.
    items : ndarray, shape (8, size)
        In the order of `ITEMS`; the first two, errors of buyer 0, count only where the price is a premium.
    cash : ndarray, shape (TERM, size)
        Yearly log returns.
    """

    errors: Array
    plans: Array
    target: Array
    items: Array
    cash: Array


def luck(size: int, rng: np.random.Generator) -> Luck:
    """Draw `size` scenarios.

    Examples
    --------
    >>> luck(5, np.random.default_rng(1)).cash.shape
    (7, 5)
    """
    n, rng = check.whole("size", size, 1), check.generator("rng", rng)
    shapes = ((2, MOST + 5, n), (MOST, n), (2, n), (len(ITEMS), n), (TERM, n))
    return Luck(*(rng.standard_normal(shape) for shape in shapes))


def dcf(cash: ArrayLike, growth: ArrayLike, capital: ArrayLike) -> Array:
    """Value of cash that grows at `growth` for ten years and at 2 % for ever after.

    Parameters
    ----------
    cash : array_like
        Of the first year.
    growth, capital : array_like
        A year; `capital` above 2 %.

    Examples
    --------
    >>> dcf(6.0, 0.02, 0.08).round(6).item()  # one growth rate: cash / (capital - growth)
    100.0
    """
    g = check.array("growth", growth, -1, open_low=True)
    k = check.array("capital", capital, LONG_RUN, open_low=True)
    ratio = (1 + g) / (1 + k)
    gap = np.where(np.abs(k - g) < 1e-9, 1.0, k - g)
    first = np.where(np.abs(k - g) < 1e-9, STAGE / (1 + k), (1 - ratio**STAGE) / gap)
    after = ratio**STAGE / (1 + g) * (1 + LONG_RUN) / (k - LONG_RUN)
    return check.array("cash", cash) * (first + after)


def ramp(delay: ArrayLike, capital: ArrayLike) -> Array:
    """Present value of a steady stream that is complete after `delay` years, over that of one complete at once.

    .. math:: (1 - e^{-kd}) / (kd)

    Examples
    --------
    >>> ramp(3.0, 0.1).round(3).item()
    0.864
    """
    kd = check.array("delay", delay, 0) * check.array("capital", capital, 0)
    return np.where(kd < 1e-12, 1.0, -np.expm1(-kd) / np.where(kd < 1e-12, 1.0, kd))


def loan_spread(ratio: ArrayLike, volatility: float, maturity: float) -> Array:
    """Yield above the riskless rate at which debt of `ratio` times the assets is fair (Merton 1974).

    The promise is what makes the debt worth what was lent: ``ratio = l exp(-s(l) T)``, with l and s of
    `replica.methods.claims.quasi_spread`. Up to a ratio of 0.95; above it the spread stays there.
    """
    level = np.exp(np.linspace(-6, 3, 600))
    spread = quasi_spread(level, volatility, maturity)
    lent = level * np.exp(-spread * maturity)
    return np.interp(np.minimum(check.array("ratio", ratio, 0), 0.95), lent, spread)


@dataclass(frozen=True)
class Outcome:
    """What became of a deal in each scenario; arrays of shape (size,).

    Attributes
    ----------
    won : ndarray of bool
        Whether buyer 0 has bought; all else counts only there.
    estimate, price, synergies, shield, lost : ndarray
        Own estimate, price, realised synergies less integration, tax shield, hidden debt with all costs of raising
        money and of distress.
    gain : ndarray
        What the deal adds.
    cover : ndarray
        Least ratio of yearly cash to debt service.
    broke : ndarray of bool
        Whether cash ran out while nobody would refinance.
    """

    won: NDArray[np.bool_]
    estimate: Array
    price: Array
    synergies: Array
    shield: Array
    lost: Array
    gain: Array
    cover: Array
    broke: NDArray[np.bool_]

    @property
    def destroyed(self) -> float:
        """Share of the deals that were bought with a negative gain; not a number where none was."""
        return float(np.mean(self.gain[self.won] < 0)) if self.won.any() else np.nan


def _estimates(deal: Deal, draw: Luck) -> tuple[Array, Array]:
    """What each buyer thinks the target is worth, shape (bidders, size), and buyer 0's error in growth."""
    many = int(deal.bidders)
    if deal.premium is not None:
        errors = draw.items[:2, None]
    else:
        own, shared, team = draw.errors[:, :many].copy(), draw.errors[:, MOST], draw.errors[:, MOST + 1 :]
        averaged = team[:, : deal.appraisers].mean(axis=1)
        own[:, 0] = np.sqrt(deal.school) * own[:, 0] + np.sqrt(1 - deal.school) * averaged
        errors = np.sqrt(deal.common) * shared[:, None] + np.sqrt(1 - deal.common) * own
    errors = errors * deal.all_care * np.exp(deal.opacity * draw.target[0])
    errors[:, 0] *= deal.care
    cash = np.exp(deal.margin_error * errors[1] - deal.margin_error**2 / 2)
    growth = np.maximum(deal.growth + deal.growth_error * errors[0], -0.2)
    return VALUE * cash * dcf(1.0, growth, deal.capital) / dcf(1.0, deal.growth, deal.capital), errors[0, 0]


def follow(deal: Deal, draw: Luck) -> Outcome:
    """Follow one deal through valuation, financing, repayment and integration in every scenario."""
    item = dict(zip(ITEMS, draw.items, strict=True))
    debts = -deal.hidden * log_ndtr(item["hidden"])  # exponential, mean `hidden`
    estimates, error = _estimates(deal, draw)
    planned = deal.mean_realised * ramp(deal.delay, deal.capital) * deal.synergy
    plans = planned * np.maximum(1 + deal.own * draw.plans[: len(estimates)], 0)
    guess = np.full(estimates.shape, float(deal.hidden))
    guess[0] += deal.found * (debts - deal.hidden)
    ready = estimates * (1 + plans - deal.cost - guess)
    ready[0] *= 1 - deal.shade
    ready /= 1 + DEBT_ISSUE * deal.debt + deal.issue * (1 - deal.debt)
    if deal.premium is None:
        floor = (1 + deal.reserve) * VALUE * np.exp(0.15 * draw.target[1] - 0.15**2 / 2)
        second = np.maximum(floor, ready[1:].max(axis=0, initial=0.0))
        won = (ready[0] > second) & (draw.target[0] <= deal.walk)
        price = second + deal.rule * np.maximum(ready[0] - second, 0)
    else:
        won, price = np.ones(len(debts), bool), (1 + deal.premium) * estimates[0]
    own = deal.synergy * np.maximum(1 + deal.own * draw.plans[0], 0) if deal.premium is None else deal.synergy
    missed = np.sqrt(1 - deal.optimism**2) * item["realised"] - deal.optimism * error / np.maximum(1, np.abs(error) / 3)
    realised = np.clip(deal.mean_realised + deal.sd_realised * missed, -1, 1.5)
    late = np.exp(0.3 * (np.sqrt(0.75) * item["delay"] - 0.5 * missed) - 0.3**2 / 2)
    years = deal.delay * late + deal.slower * deal.staged
    gross = VALUE * own * realised * ramp(years, deal.capital)
    integration = VALUE * deal.cost * np.exp(0.4 * item["cost"] - 0.4**2 / 2)
    synergies = gross - integration
    if deal.staged:
        synergies = np.maximum(synergies, -integration / 2 - deal.split * VALUE)
    shield, lost, cover, broke = _repay(deal, draw, price, VALUE + synergies - VALUE * debts)
    lost = lost + VALUE * debts
    gain = VALUE + synergies + shield - lost - price
    return Outcome(won, estimates[0], price, synergies, shield, lost, gain, cover, broke)


def _repay(deal: Deal, draw: Luck, price: Array, added: Array) -> tuple[Array, Array, Array, NDArray[np.bool_]]:
    """Tax shield, costs of issue and distress, least cover, and whether the money ran out."""
    item = dict(zip(ITEMS, draw.items, strict=True))
    fire = deal.fire * deal.bad * VALUE * deal.dispose
    sold = (deal.bad * VALUE - fire) if deal.dispose else 0.0
    new = np.maximum(deal.debt * price - sold, 0)
    old = deal.old_debt * deal.size * VALUE
    costs = DEBT_ISSUE * deal.debt * price + deal.issue * np.exp(0.3 * item["issue"] - 0.045) * (1 - deal.debt) * price
    assets = np.maximum(deal.size * VALUE + added - deal.bad * VALUE, 1.0)
    rate = np.maximum(deal.rate + 0.01 * item["rate"], 0) + loan_spread(
        (new + old) / (deal.size * VALUE + price), deal.volatility, TERM
    )
    drift = np.log1p(deal.capital) - deal.yield_ - deal.volatility**2 / 2
    reserve, shield, distress = 0.03 * assets, np.zeros_like(price), np.zeros_like(price)
    cover, broke = np.full(price.shape, np.inf), np.zeros(price.shape, bool)
    for year in range(1, TERM + 1):
        left = new * (TERM + 1 - year) / TERM
        assets = assets * np.exp(drift + deal.volatility * draw.cash[year - 1])
        interest = rate * (left + old)
        service = interest + new / TERM
        cash, discount = deal.yield_ * assets, (1 + deal.capital) ** -year
        cover = np.minimum(cover, cash / np.maximum(service, 1e-9))
        reserve = np.minimum(reserve + cash - service, 0.03 * assets)
        fails = ~broke & (reserve < 0) & (left + old > deal.refinance * assets)
        reserve = np.maximum(reserve, 0)
        distress += np.where(fails, deal.distress * assets * discount, 0)
        broke |= fails
        shield += np.where(broke, 0, TAX * rate * left * discount)
    return shield, costs + fire + distress, cover, broke
