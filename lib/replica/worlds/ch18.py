"""The world of article 18: technical rules on one price, a fund that its clients leave, and returns with a known edge.

The article prints no rule, no data and no model. All numbers below are assumed, but for those of its two tables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replica import check
from replica.check import Array

SHORT = (1, 2, 5, 10, 20)  # days of the short moving average
LONG = (25, 50, 75, 100, 125, 150, 175, 200, 225, 250)  # days of the long one
BANDS = (0.0, 0.001, 0.0025, 0.005, 0.01)
RSI_DAYS = (2, 3, 5, 7, 9, 14, 21, 28)
RSI_BOUNDS = (10, 15, 20, 25, 30, 35, 40, 45)  # those below 30 for at most 7 days: longer ones never get there
PAST = (1, 2, 3, 5, 10, 15, 20, 30, 40, 60, 80, 100, 120, 150, 180, 200, 220, 250)
WARM_UP = 250  # days before every rule has a position


def rules(prices: ArrayLike) -> tuple[Array, pd.DataFrame]:
    """Positions of all technical rules on one price, long (1), out (0) or short (-1), and their names.

    Moving averages (Brock, Lakonishok & LeBaron 1992): long where the short average exceeds the long one by more than
    the band, short where it falls below by more. Relative strength, 100 times the mean gain over mean gain plus mean
    loss of n days: short above 100 - b, long below b, and the reverse. Momentum: the sign of the past return where
    it exceeds the band, and the reverse. Each rule uses prices up to the day of its position.

    Parameters
    ----------
    prices : array_like, shape (T,)
        Positive, at least 300.

    Returns
    -------
    positions : ndarray, shape (T, rules)
    names : DataFrame, shape (rules, 2)
        `family` and `rule`.

    Examples
    --------
    >>> positions, names = rules(np.exp(np.random.default_rng(1).normal(0, 0.01, 400).cumsum()))
    >>> positions.shape, names.family.value_counts().to_dict()
    ((400, 526), {'moving average': 250, 'momentum': 180, 'relative strength': 96})
    """
    p = check.vector("prices", prices, least=300)
    if p.min() <= 0:
        raise ValueError("prices: expected numbers above 0")
    change = np.diff(p, prepend=p[:1])
    sums = {name: np.cumsum(x) for name, x in (("p", p), ("up", np.maximum(change, 0)), ("size", np.abs(change)))}

    def mean(name: str, n: int) -> Array:
        total = sums[name].copy()
        total[n:] -= sums[name][:-n]
        return total / np.minimum(np.arange(1, len(p) + 1), n)

    columns, names = [], []
    for short in SHORT:
        for long in LONG:
            gap = mean("p", short) / mean("p", long) - 1
            columns += [np.sign(gap) * (np.abs(gap) > band) for band in BANDS]
            names += [("moving average", f"{short}/{long} days, band {band:.2%}") for band in BANDS]
    for n in RSI_DAYS:
        size = mean("size", n)
        strength = 100 * np.divide(mean("up", n), size, out=np.full(len(p), 0.5), where=size > 1e-12 * p)
        for bound in RSI_BOUNDS if n <= 7 else RSI_BOUNDS[4:]:
            calm = (strength < bound) * 1.0 - (strength > 100 - bound)
            columns += [calm, -calm]
            names += [("relative strength", f"{n} days, {way} {bound}/{100 - bound}") for way in ("against", "with")]
    for n in PAST:
        past = p / np.r_[np.full(n, np.nan), p[:-n]] - 1
        past[:n] = 0.0
        for band in BANDS:
            trend = np.sign(past) * (np.abs(past) > band)
            columns += [trend, -trend]
            names += [
                ("momentum", f"{n} {'day' if n == 1 else 'days'}, {way}, band {band:.2%}")
                for way in ("with", "against")
            ]
    positions = np.array(columns).T
    positions[: WARM_UP - 1] = 0.0
    return positions, pd.DataFrame(names, columns=["family", "rule"])


def noise(days: int, rng: np.random.Generator, sd: float = 0.01, momentum: float = 0.0) -> tuple[Array, Array]:
    """Prices and returns without drift, with volatility that comes in clusters, and with planted momentum.

    ``r[t] = m r[t-1] + h[t] e[t]``, log h an AR(1) of coefficient 0.97 and sd 0.5, e standard normal: with m = 0 the
    returns are a martingale difference, so that no rule can have an expected gain.

    Parameters
    ----------
    days : int
    sd : float
        Of a day, as a fraction.
    momentum : float
        m, in (-1, 1).

    Examples
    --------
    >>> prices, returns = noise(1000, np.random.default_rng(1))
    >>> prices.shape, bool(0.005 < returns.std() < 0.02)
    ((1000,), True)
    """
    days, sd = check.whole("days", days, 10), check.positive("sd", sd)
    momentum = check.number("momentum", momentum, -1, 1, open_low=True, open_high=True)
    rng = check.generator("rng", rng)
    shocks = rng.normal(0, 0.5 * np.sqrt(1 - 0.97**2), days)
    log_h = np.empty(days)
    log_h[0] = rng.normal(0, 0.5)
    for t in range(1, days):
        log_h[t] = 0.97 * log_h[t - 1] + shocks[t]
    returns = sd * np.exp(log_h - 0.25) * rng.normal(size=days)
    for t in range(1, days if momentum else 0):
        returns[t] += momentum * returns[t - 1]
    returns = np.clip(returns, -0.5, 0.5)
    return 100 * np.cumprod(1 + returns), returns


@dataclass(frozen=True)
class Run:
    """A fund that its clients leave: what is left at the end, and how it went.

    Attributes
    ----------
    units : float
        Share of the clients' units that were paid out.
    loss : float
        Fall of the value of a unit that stayed, as a fraction: the market's fall is not in it.
    path : DataFrame
        By day: `requested`, `paid`, `liquid`, `value` (of a unit).
    """

    units: float
    loss: float
    path: pd.DataFrame


def redemption_run(
    liquid: float, *, shock: float = 0.1, alarm: float = 3.0, impact: float = 0.5, gate: float = 1.0,
    fear: float = 0.0, days: int = 60,
) -> Run:  # fmt: skip
    """A fund with liquid assets pays units out at the value before sale, and sells what it needs at a discount.

    On each day clients ask for ``q`` of the units that are left; on the first day q is the shock, then alarm times the
    last fall of the value of a unit, plus what the gate left unpaid, times 1 + fear if it left anything. At most `gate`
    is paid. Liquid assets pay first. Of the rest a share s is sold, for ``1 - impact s`` of its value; who stays bears
    that loss. While the buffer lasts nobody loses, and the run ends. Without one, requests q force a sale s with
    ``s (1 - impact s) = q`` and bring about ``alarm impact s^2 / (1 - q)`` on the next day: small ones die out, larger
    ones grow. If all sales do not raise what is asked for, nothing is left for who stays.

    Parameters
    ----------
    liquid : float
        Share of assets that can be sold without a discount, in [0, 1].
    shock, gate : float
        Shares of the units, in (0, 1].
    alarm : float
        Units that leave for each unit of fall, of at least 0.
    impact : float
        Discount if all illiquid assets were sold in one day, in [0, 0.5]: above, to sell more would raise less.
    fear : float
        How much a closed gate adds to what is asked for again, of at least 0.

    Examples
    --------
    >>> calm, run = redemption_run(0.2), redemption_run(0.0, shock=0.3, alarm=8.0)
    >>> calm.loss, calm.units < 0.5 < run.units
    (0.0, True)
    """
    cash, shock = check.share("liquid", liquid), check.number("shock", shock, 0, 1, open_low=True)
    alarm, impact = check.number("alarm", alarm, 0), check.number("impact", impact, 0, 0.5)
    gate, fear = check.number("gate", gate, 0, 1, open_low=True), check.number("fear", fear, 0)
    stock, units, value, asked, rows = 1.0 - cash, 1.0, 1.0, shock, []
    for _ in range(check.whole("days", days, 1)):
        asked = min(asked, 1.0)
        paid = min(asked, gate)
        need = paid * units * value
        from_cash = min(cash, need)
        need -= from_cash
        raised = min(need, (1 - impact) * stock)  # by selling the share s: s (1 - impact s) stock
        root = np.sqrt(max(1 - 4 * impact * raised / stock, 0.0)) if stock > 1e-12 else 1.0
        sold = 0.0 if stock <= 1e-12 else (raised / stock if impact == 0 else min((1 - root) / (2 * impact), 1.0))
        cash, stock, units = cash - from_cash, stock * (1 - sold), units * (1 - paid)
        after = (cash + stock) / units if units > 1e-9 else value * (raised >= need - 1e-9)  # nobody stays
        fall, value = (value - after) / value, after
        rows.append((asked, paid, cash, value))
        if min(units, value) <= 1e-9:
            break
        unpaid = (asked - paid) / (1 - paid) if paid < 1 else 0.0
        asked = alarm * fall + unpaid * (1 + fear)
        if asked < 1e-9:
            break
    path = pd.DataFrame(rows, columns=["requested", "paid", "liquid", "value"])
    path.index = pd.RangeIndex(1, len(path) + 1, name="day")
    return Run(float(1 - units), float(1 - value), path)
