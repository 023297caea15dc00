"""Baskets of necessary and upgrade goods under a budget, when a unit also has to be reached.

A unit of good i costs p_i in the shop and a_i on the way: its acquisition cost, in money, or time valued at the wage.
Stone-Geary utility sum_i beta_i log(q_i - gamma_i) under sum_i (p_i + a_i) q_i = m gives the linear expenditure system

    (p_i + a_i) q_i = (p_i + a_i) gamma_i + beta_i (m - sum_j (p_j + a_j) gamma_j)

(Geary 1950; Stone 1954). gamma_i > 0 is a need that comes first; gamma_i < 0 makes an upgrade good that nobody buys
before income is high enough, so that corners have to be solved. An entry fee f_i, paid once if anything of good i is
bought, makes the choice of goods discrete.

Engel curves for budget shares w follow Working (1943) and Leser (1963): w = alpha + beta log x + error, with the total
elasticity 1 + beta / w.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
import statsmodels.api as sm
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Basket:
    """What is bought with an income.

    Attributes
    ----------
    quantity : ndarray, shape (n,)
        Units of each good.
    spending : ndarray, shape (n,)
        Money paid in the shop, p_i q_i.
    access : ndarray, shape (n,)
        Money (or time valued at the wage) paid on the way: a_i q_i and entry fees.
    utility : float
        sum beta_i log(q_i - gamma_i).
    """

    quantity: np.ndarray
    spending: np.ndarray
    access: np.ndarray
    utility: float

    def share(self, good: int, *, with_access: bool = False) -> float:
        """Share of one good in what is paid in the shop, or in all that is paid."""
        paid = self.spending + self.access if with_access else self.spending
        return float(paid[good] / paid.sum())


def _vector(name: str, value: ArrayLike, n: int, *, lowest: float | None, strict: bool = False) -> np.ndarray:
    value = np.broadcast_to(np.asarray(value, dtype=float), (n,)).copy()
    if not np.isfinite(value).all() or (lowest is not None and (value <= lowest if strict else value < lowest).any()):
        bound = "finite numbers" if lowest is None else f"numbers {'above' if strict else 'of at least'} {lowest:g}"
        raise ValueError(f"{name}: expected {n} {bound}, got {value.tolist()}")
    return value


def _interior(income: float, price: np.ndarray, taste: np.ndarray, need: np.ndarray) -> np.ndarray | None:
    """Quantities at the full prices `price`, goods with a negative demand left out one after the other."""
    inside = np.ones(len(price), dtype=bool)
    while inside.any():
        free = income - price[inside] @ need[inside]
        if free <= 0:
            return None
        quantity = np.zeros(len(price))
        quantity[inside] = need[inside] + taste[inside] / taste[inside].sum() * free / price[inside]
        if (quantity >= 0).all():
            return quantity
        inside[np.argmin(quantity)] = False
    return None


def basket(
    income: float,
    price: ArrayLike,
    taste: ArrayLike,
    need: ArrayLike,
    access: ArrayLike = 0.0,
    entry: ArrayLike = 0.0,
) -> Basket:
    """Best basket of n goods (the linear expenditure system with corners and entry fees).

    Parameters
    ----------
    income : float
        m, money.
    price : array_like, shape (n,)
        p_i > 0, money a unit.
    taste : array_like, shape (n,)
        beta_i > 0; scaled to add up to 1.
    need : array_like, shape (n,)
        gamma_i, units; negative for goods that can be left out. Goods with gamma_i >= 0 are always bought.
    access : array_like, optional
        a_i >= 0, money a unit.
    entry : array_like, optional
        f_i >= 0, money, paid once if good i is bought. At most 12 goods may be left out while there are fees.

    Raises
    ------
    ValueError
        If an argument is not as described, or `income` does not pay for what is needed.

    Examples
    --------
    >>> float(basket(100, [1, 1], [0.6, 0.4], [10, -20], access=[0, 1]).quantity[1])
    6.0
    """
    price = np.asarray(price, dtype=float)
    if price.ndim != 1 or len(price) == 0:
        raise ValueError("price: expected one price for each good")
    n = len(price)
    price = _vector("price", price, n, lowest=0, strict=True)
    taste = _vector("taste", taste, n, lowest=0, strict=True)
    need = _vector("need", need, n, lowest=None)
    access, entry = (_vector(k, v, n, lowest=0) for k, v in (("access", access), ("entry", entry)))
    if not np.isfinite(income) or income <= 0:
        raise ValueError(f"income: expected a positive number, got {income!r}")
    taste, full = taste / taste.sum(), price + access
    optional = np.flatnonzero((need < 0) & (entry > 0))
    if len(optional) > 12:
        raise ValueError(f"entry: {len(optional)} goods with a fee can be left out; at most 12 are tried")
    best: Basket | None = None
    for left_out in chain.from_iterable(combinations(optional, k) for k in range(len(optional) + 1)):
        bought = np.setdiff1d(np.arange(n), left_out)
        found = _interior(income - entry[bought].sum(), full[bought], taste[bought], need[bought])
        if found is None:
            continue
        quantity = np.zeros(n)
        quantity[bought] = found
        fees = np.where(quantity > 0, entry, 0.0)
        utility = float(taste @ np.log(quantity - need))
        if best is None or utility > best.utility:
            best = Basket(quantity, price * quantity, access * quantity + fees, utility)
    if best is None:
        raise ValueError(f"income: {income:g} does not pay for what is needed")
    return best


@dataclass(frozen=True)
class EngelCurve:
    """A Working-Leser curve: budget share on the logarithm of total outlay or income.

    Attributes
    ----------
    intercept, slope : float
        Share at log x = 0, and change of the share when log x grows by one.
    slope_se : float
        Standard error of the slope, robust to heteroscedasticity (HC1).
    elasticity, elasticity_se : float
        1 + slope / mean share, and its standard error with the mean share held fixed.
    r_squared : float
        Share of the variation of w that the curve (and the controls) explain.
    binned_r_squared : float
        The same for a mean in each of 20 classes of x of equal size: what any smooth curve in x could explain.
    observations : int
    """

    intercept: float
    slope: float
    slope_se: float
    elasticity: float
    elasticity_se: float
    r_squared: float
    binned_r_squared: float
    observations: int


def working_leser(share: ArrayLike, outlay: ArrayLike, controls: ArrayLike | None = None) -> EngelCurve:
    """Fit w = alpha + beta log x (+ controls) by least squares (Working 1943; Leser 1963).

    Parameters
    ----------
    share : array_like, shape (n,)
        Budget shares in [0, 1].
    outlay : array_like, shape (n,)
        Total outlay or income x > 0, in any unit of money.
    controls : array_like, shape (n, k), optional
        Further regressors.

    Raises
    ------
    ValueError
        If an argument is not as described, or there are fewer than 40 observations.
    """
    share, outlay = np.asarray(share, dtype=float), np.asarray(outlay, dtype=float)
    if share.ndim != 1 or len(share) < 40 or not ((share >= 0) & (share <= 1)).all():
        raise ValueError("share: expected at least 40 shares between 0 and 1")
    if outlay.shape != share.shape or not (np.isfinite(outlay) & (outlay > 0)).all():
        raise ValueError(f"outlay: expected {len(share)} positive numbers")
    columns = [np.ones(len(share)), np.log(outlay)]
    if controls is not None:
        controls = np.asarray(controls, dtype=float)
        if controls.ndim != 2 or len(controls) != len(share) or not np.isfinite(controls).all():
            raise ValueError(f"controls: expected a table of finite numbers with {len(share)} rows")
        columns += list(controls.T)
    fit = sm.OLS(share, np.column_stack(columns)).fit(cov_type="HC1")
    slope, se, mean = float(fit.params[1]), float(fit.bse[1]), float(share.mean())
    classes = np.searchsorted(np.quantile(outlay, np.arange(1, 20) / 20), outlay)
    size = np.bincount(classes, minlength=20)
    means = np.bincount(classes, share, minlength=20) / np.maximum(size, 1)
    binned = 1 - ((share - means[classes]) ** 2).sum() / ((share - mean) ** 2).sum()
    return EngelCurve(
        float(fit.params[0]), slope, se, 1 + slope / mean, se / mean, float(fit.rsquared), float(binned), len(share)
    )
