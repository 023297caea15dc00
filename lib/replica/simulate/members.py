"""Brands and their members with known habits: what four observed parts can tell of purchases to come.

A member of a brand buys at a steady rate, gamma distributed within the brand (the negative binomial model of purchases,
Ehrenberg 1959); brands differ in members, mean rate, spread of rates, and a trend of the rate from period to period.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from replica.models.assets import measure


@dataclass(frozen=True)
class Market:
    """What is observed of each brand, and what is true.

    Attributes
    ----------
    parts : pandas.DataFrame
        people, deepening, core, activity; one row a brand.
    truth : pandas.DataFrame
        ``rate`` (mean purchases a member and period, now), ``trend`` (factor from one period to the next), ``bought``
        (purchases of all members now), ``next`` (purchases of the same members in the coming period).
    """

    parts: pd.DataFrame
    truth: pd.DataFrame


def market(
    brands: int,
    seed: int,
    *,
    size: float = 3000,
    size_spread: float = 1.0,
    rate: float = 1.0,
    rate_spread: float = 0.4,
    trend_spread: float = 0.15,
    shape: float = 0.8,
    core_at: int = 3,
) -> Market:
    """Draw a market.

    Parameters
    ----------
    brands : int
        Three or more.
    size, size_spread : float
        Median of the members of a brand, and the standard deviation of its logarithm; 30 members at least.
    rate, rate_spread, trend_spread : float
        Median purchases a member and period, and standard deviations of the logarithms of rate and trend.
    shape : float
        Shape of the gamma distribution of rates within a brand; smaller means that fewer members buy more of it.
    core_at : int
        Purchases in a period from which a member counts as core.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    """
    if brands < 3:
        raise ValueError(f"brands: expected three or more, got {brands!r}")
    positive = {"size": size, "rate": rate, "shape": shape}
    spreads = {"size_spread": size_spread, "rate_spread": rate_spread, "trend_spread": trend_spread}
    for name, value in (positive | spreads).items():
        if not (np.isfinite(value) and (value > 0 or (value == 0 and name in spreads))):
            raise ValueError(f"{name}: expected a positive number, got {value!r}")
    rng = np.random.default_rng(seed)
    logs = rng.standard_normal((brands, 3)) * [size_spread, rate_spread, trend_spread]
    rows, truths = [], []
    for log_size, log_rate, log_trend in logs:
        members, mean, trend = max(int(size * np.exp(log_size)), 30), rate * np.exp(log_rate), np.exp(log_trend)
        habit = rng.gamma(shape, mean / shape, size=members)
        before, now, coming = (rng.poisson(habit * trend**step) for step in (-1, 0, 1))
        rows.append(measure(before, now, core_at))
        truths.append({"rate": mean, "trend": trend, "bought": int(now.sum()), "next": int(coming.sum())})
    names = pd.Index([f"brand {k}" for k in range(1, brands + 1)], name="Brand")
    return Market(pd.DataFrame(rows, names), pd.DataFrame(truths, names))
