"""Chapter 01's world: random consumers on which directional claims about consumption costs are tried, Engel curves.

Each function draws one kind of consumer from a stated region of parameters, changes one cost and reports, draw by draw,
what came of it. Utilities have no unit of their own; one unit is the width of the region of mean utilities.

Engel curves for budget shares w follow Working (1943) and Leser (1963): w = alpha + beta log x + error, with the total
elasticity 1 + beta / w.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import ArrayLike
from scipy import stats

from replica import check
from replica.methods import attention

REGION = {
    "attention": "not buying (0); three necessary goods (mean utility −1 to 0.6, sd 0.3); three upgrade goods (mean "
    "−1 to 1.2, sd 0.5 to 1.5, acquisition cost 0 to 1); 12 states, Dirichlet prior; λ 0.05 to 2, log-uniform",
    "budget": "income 40 to 200, prices 1, need 2 to 10, γ of the upgrade good −20 to 5, β 0.2 to 0.7, acquisition "
    "cost 0.1 to 1 a unit",
    "reading": "advantage of the upgrade good N(m, s²), m −1 to 1, s 0.5 to 2; noise sd of a review 1 to 4; 0.0001 to "
    "0.01 a review; up to 400 reviews, of low quality a share of 0.2 to 0.8 with 3 to 10 times the noise",
    "search": "eight boxes, mean −1 to 1, sd 0.5 to 1.5, cost 0.02 to 0.5, log-uniform",
    "scarcity": "liking N(μ, 1), μ −1 to 1; value of scarcity 0 to 2; acquisition cost 0 to 2",
    "filter": "20 products, quality and price correlated 0 to 0.9, weights 0.5 to 2, logit scale 0.05 to 2; four are "
    "shown",
}
GOODS = 7
UPGRADE = slice(4, 7)


def _check(rng: np.random.Generator, draws: int) -> tuple[np.random.Generator, int]:
    return check.generator("rng", rng), check.whole("draws", draws, 1)


def _log_uniform(rng: np.random.Generator, low: float, high: float, size: int | None = None):
    return np.exp(rng.uniform(np.log(low), np.log(high), size))


def shop(rng: np.random.Generator, states: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Payoffs, shape (states, 7), and prior of a shop: not buying, three necessary goods, three upgrade goods."""
    rng, states = _check(rng, 1)[0], check.whole("states", states, 1)
    mean = np.r_[0.0, rng.uniform(-1, 0.6, 3), rng.uniform(-1, 1.2, 3) - rng.uniform(0, 1, 3)]
    sd = np.r_[0.0, np.full(3, 0.3), rng.uniform(0.5, 1.5, 3)]
    return mean + sd * rng.normal(size=(states, GOODS)), rng.dirichlet(np.ones(states))


def _describe(name: str, found: attention.Attention) -> dict[str, float]:
    if not found.converged:
        raise RuntimeError(f"the solver stopped {found.gap:.1e} from the best choice")
    p = found.marginal
    return {
        f"size{name}": int(found.considered.sum()),
        f"information{name}": found.information,
        f"cost{name}": found.cost * found.information,
        f"net{name}": found.net,
        f"utility{name}": found.utility,
        f"upgrade{name}": float(p[UPGRADE].sum()),
        f"outside{name}": float(p[0]),
    }


def attentive(rng: np.random.Generator, draws: int) -> pd.DataFrame:
    """Shops as drawn, and with half the decision cost, lower acquisition cost, more variety, or a free signal.

    Returns
    -------
    pandas.DataFrame
        One row a draw. Columns without suffix: as drawn; ``_half``: lambda halved; ``_near``: 0.3 less to pay for every
        upgrade good; ``_varied``: deviations from the mean doubled; ``_learnt``: expected values after a free signal
        with four outcomes. `lost` counts goods that leave the consideration set when lambda is halved, `best` names
        the kind of good that is best a priori, `right_upgrade` and `right_outside` are the probabilities that an
        upgrade good, or not buying, is truly best.

    Raises
    ------
    ValueError
        If `rng` is no generator or `draws` is not positive.
    """
    rng, draws = _check(rng, draws)
    rows = []
    for _ in range(draws):
        payoff, prior = shop(rng)
        cost = float(_log_uniform(rng, 0.05, 2))
        base, half = attention.solve(payoff, cost, prior), attention.solve(payoff, cost / 2, prior)
        nearer, centre = payoff.copy(), prior @ payoff
        nearer[:, UPGRADE] += 0.3
        row = {"lambda": cost} | _describe("", base) | _describe("_half", half)
        row |= _describe("_near", attention.solve(nearer, cost, prior))
        row |= _describe("_varied", attention.solve(centre + 2 * (payoff - centre), cost, prior))
        likelihood = rng.dirichlet(np.full(4, 0.5), size=len(prior))
        for outcome in likelihood.T:
            chance = prior @ outcome
            after = _describe("_learnt", attention.solve(payoff, cost, prior * outcome / chance))
            for key, value in after.items():
                row[key] = row.get(key, 0.0) + chance * value
        first = int(np.argmax(centre))
        row["lost"] = int((base.considered & ~half.considered).sum())
        row["best"] = "not buying" if first == 0 else "necessary" if first < 4 else "upgrade"
        row["right_upgrade"] = float(prior @ (payoff.argmax(axis=1) >= 4))
        row["right_outside"] = float(prior @ (payoff.argmax(axis=1) == 0))
        rows.append(row)
    return pd.DataFrame(rows)


def _shares(m, need, gamma, beta, access):
    """Share of the upgrade good in shop spending and in all outlay (prices 1), corners included."""
    full = 1 + access
    quantity = np.maximum(gamma + beta * (m - need - full * gamma) / full, 0.0)
    outlay = full * quantity
    return quantity / (quantity + m - outlay), outlay / m, quantity


def budgets(rng: np.random.Generator, draws: int) -> pd.DataFrame:
    """A necessary and an upgrade good in the linear expenditure system, with acquisition costs in money or in time.

    Returns
    -------
    pandas.DataFrame
        One row a draw: gamma; `shop` and `outlay`, the shares of the upgrade good, and the same with half the
        acquisition cost (``_half``); `bought` whether the upgrade good is bought at the lower and at twice the income;
        `income_effect` = d outlay share / d log income at the income and at twice of it (``_rich``);
        `money_effect` and `time_effect` = −d outlay share / d log acquisition cost, for costs fixed in money and for
        costs that rise with income, and ``_shop`` the same for the share of shop spending.

    Raises
    ------
    ValueError
        As :func:`attentive`.
    """
    rng, draws = _check(rng, draws)
    m, need = rng.uniform(40, 200, draws), rng.uniform(2, 10, draws)
    gamma, beta, a = rng.uniform(-20, 5, draws), rng.uniform(0.2, 0.7, draws), rng.uniform(0.1, 1, draws)
    here = _shares(m, need, gamma, beta, a)
    half = _shares(m, need, gamma, beta, a / 2)
    shares = {"shop": here[0], "outlay": here[1], "shop_half": half[0], "outlay_half": half[1]}
    frame = pd.DataFrame({"gamma": gamma, **shares, "bought": here[2] > 0})
    step = 1e-5
    for name, income in (("", m), ("_rich", 2 * m)):
        low, high = (_shares(income * np.exp(s), need, gamma, beta, a)[1] for s in (-step, step))
        frame[f"income_effect{name}"] = (high - low) / (2 * step)
        for kind, cost in (("money", a), ("time", a * income / m)):
            low, high = (_shares(income, need, gamma, beta, cost * np.exp(s)) for s in (-step, step))
            frame[f"{kind}_effect{name}"] = -(high[1] - low[1]) / (2 * step)
            frame[f"{kind}_effect_shop{name}"] = -(high[0] - low[0]) / (2 * step)
    return frame


COUNTS = np.array([0, 1, 2, 3, 5, 8, 12, 20, 30, 40, 60, 80, 120, 200, 300, 400])


def readers(rng: np.random.Generator, draws: int) -> pd.DataFrame:
    """Buyers who read reviews before they choose between a necessary and an upgrade good.

    Returns
    -------
    pandas.DataFrame
        One row a draw: `all` net utility when all 400 reviews have to be read; `best` and `best_count` when the reader
        stops where it pays; `twenty` and `forty` when so many have to be read; `mixed_best` and `mixed_count` when a
        share of the reviews is of low quality and cannot be told apart beforehand; `labelled_best` when it can;
        `varied_count` when the standard deviation of the advantage is twice as large.

    Raises
    ------
    ValueError
        As :func:`attentive`.
    """
    rng, draws = _check(rng, draws)
    rows = []
    for _ in range(draws):
        mean, sd, noise = rng.uniform(-1, 1), rng.uniform(0.5, 2), rng.uniform(1, 4)
        cost, poor, times = _log_uniform(rng, 1e-4, 1e-2), rng.uniform(0.2, 0.8), rng.uniform(3, 10)
        good, bad = 1 / noise**2, 1 / (times * noise) ** 2
        pure = attention.value_of_reading(mean, sd, COUNTS * good) - cost * COUNTS
        mixed = np.empty(len(COUNTS))
        for place, n in enumerate(COUNTS):
            k = np.arange(n + 1)
            value = attention.value_of_reading(mean, sd, (n - k) * good + k * bad)
            mixed[place] = stats.binom.pmf(k, n, poor) @ value - cost * n
        reachable = 400 * (1 - poor) >= COUNTS
        varied = attention.value_of_reading(mean, 2 * sd, COUNTS * good) - cost * COUNTS
        rows.append({
            "all": pure[-1], "best": pure.max(), "best_count": COUNTS[pure.argmax()], "none": pure[0],
            "twenty": pure[COUNTS == 20][0], "forty": pure[COUNTS == 40][0], "mixed_best": mixed.max(),
            "mixed_count": COUNTS[mixed.argmax()], "labelled_best": pure[reachable].max(),
            "varied_count": COUNTS[varied.argmax()], "cost": cost,
        })  # fmt: skip
    return pd.DataFrame(rows)


def searchers(rng: np.random.Generator, draws: int, contents: int = 2000) -> pd.DataFrame:
    """Consumers who open boxes by Weitzman's rule, as drawn and at half the costs (the same contents).

    Returns
    -------
    pandas.DataFrame
        Mean number of boxes opened and mean pay-off: `opened`, `payoff`, and with the suffix ``_half``.

    Raises
    ------
    ValueError
        As :func:`attentive`.
    """
    (rng, draws), contents = _check(rng, draws), check.whole("contents", contents, 1)
    rows = []
    for _ in range(draws):
        mean, sd, cost = rng.uniform(-1, 1, 8), rng.uniform(0.5, 1.5, 8), _log_uniform(rng, 0.02, 0.5, 8)
        value, row = mean + sd * rng.normal(size=(contents, 8)), {}
        for name, c in (("", cost), ("_half", cost / 2)):
            payoff, opened = attention.pandora(value, attention.reservation(mean, sd, c), c)
            row |= {f"opened{name}": opened.mean(), f"payoff{name}": payoff.mean()}
        rows.append(row)
    return pd.DataFrame(rows)


def snobs(rng: np.random.Generator, draws: int) -> pd.DataFrame:
    """Consumers who like what few have (the snob effect of Leibenstein 1950), before and after a rise of 0.2 in cost.

    A consumer with liking t ~ N(mu, 1) buys if t + s (1 - Q) >= a; Q, the share that buys, is the fixed point.

    Returns
    -------
    pandas.DataFrame
        `demand`, `gross` (mean utility of buyers before the acquisition cost), `net` (after it), and ``_dear``.

    Raises
    ------
    ValueError
        As :func:`attentive`.
    """
    rng, draws = _check(rng, draws)
    mu, s, a = rng.uniform(-1, 1, draws), rng.uniform(0, 2, draws), rng.uniform(0, 2, draws)
    frame = pd.DataFrame({"scarcity": s})
    for name, cost in (("", a), ("_dear", a + 0.2)):
        low, high = np.zeros(draws), np.ones(draws)
        for _ in range(60):  # Q - share(Q) rises in Q
            Q = (low + high) / 2
            above = stats.norm.sf(cost - s * (1 - Q) - mu) < Q
            low, high = np.where(above, low, Q), np.where(above, Q, high)
        edge = cost - s * (1 - Q)
        frame[f"demand{name}"] = Q
        frame[f"gross{name}"] = mu + stats.norm.pdf(edge - mu) / stats.norm.sf(edge - mu) + s * (1 - Q)
        frame[f"net{name}"] = frame[f"gross{name}"] - cost
    return frame


def filtered(
    rng: np.random.Generator, draws: int, worlds: int = 100, products: int = 20, shown: int = 4
) -> pd.DataFrame:
    """Buyers who see a few of many products: the best by quality (a filter) or any; and buyers who know quality better.

    Returns
    -------
    pandas.DataFrame
        One row a draw of the parameters, a mean over `worlds` sets of products. Standardised price paid (price bought
        minus mean price shown, over its sd): `best` and `any` for the few products shown, `vague` and `clear` for all
        products when quality is known from a signal with reliability 0.2 or 0.9; `utility_best` and so on, the utility
        of what was bought; `correlation` of quality and price.

    Raises
    ------
    ValueError
        As :func:`attentive`.
    """
    (rng, draws), worlds = _check(rng, draws), check.whole("worlds", worlds, 1)
    products = check.whole("products", products, 2)
    shown = check.whole("shown", shown, 2, products)
    rows = []
    for _ in range(draws):
        rho, weight, scale = rng.uniform(0, 0.9), rng.uniform(0.5, 2, 2), float(_log_uniform(rng, 0.05, 2))
        quality, noise = rng.normal(size=(2, worlds, products))
        price = rho * quality + np.sqrt(1 - rho**2) * rng.normal(size=(worlds, products))
        few = np.arange(shown)[None, :].repeat(worlds, axis=0)
        every = np.arange(products)[None, :].repeat(worlds, axis=0)
        vague, clear = (r * quality + np.sqrt(r * (1 - r)) * noise for r in (0.2, 0.9))  # posterior means
        row = {"correlation": rho}
        for name, believed, which in (
            ("any", quality, few),
            ("best", quality, np.argsort(-quality, axis=1)[:, :shown]),
            ("vague", vague, every),
            ("clear", clear, every),
        ):
            q, seen, p = (np.take_along_axis(x, which, axis=1) for x in (quality, believed, price))
            chosen = attention.logit(weight[0] * seen - weight[1] * p, scale)
            spread = p - p.mean(axis=1, keepdims=True)
            row[name] = float(((chosen * spread).sum(axis=1) / p.std(axis=1)).mean())
            row[f"utility_{name}"] = float((chosen * (weight[0] * q - weight[1] * p)).sum(axis=1).mean())
        rows.append(row)
    return pd.DataFrame(rows)


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
        Share of the variation of w that the curve explains.
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


def working_leser(share: ArrayLike, outlay: ArrayLike) -> EngelCurve:
    """Fit w = alpha + beta log x by least squares (Working 1943; Leser 1963).

    Parameters
    ----------
    share : array_like, shape (n,)
        Budget shares in [0, 1].
    outlay : array_like, shape (n,)
        Total outlay or income x > 0, in any unit of money.

    Raises
    ------
    ValueError
        If an argument is not as described, all outlays are the same, or there are fewer than 40 observations.
    """
    share, outlay = check.vector("share", share, 0, 1, least=40), check.array("outlay", outlay, 0, open_low=True)
    if outlay.shape != share.shape or (outlay == outlay.flat[0]).all():
        raise ValueError(f"outlay: expected {len(share)} positive numbers that are not all the same")
    fit = sm.OLS(share, np.column_stack([np.ones(len(share)), np.log(outlay)])).fit(cov_type="HC1")
    slope, se, mean = float(fit.params[1]), float(fit.bse[1]), float(share.mean())
    total = ((share - mean) ** 2).sum()
    classes = np.searchsorted(np.quantile(outlay, np.arange(1, 20) / 20), outlay)
    size = np.bincount(classes, minlength=20)
    means = np.bincount(classes, share, minlength=20) / np.maximum(size, 1)
    binned = 1 - ((share - means[classes]) ** 2).sum() / total if total > 0 else 0.0
    return EngelCurve(
        float(fit.params[0]), slope, se, 1 + slope / mean, se / mean, float(fit.rsquared), float(binned), len(share)
    )
