"""The world of article 15: bilateral trade panels of its exact size, errors that depend, its instrument and its tables.

Everything is simulated. Country-level series (output, income, freedom scores) are drawn first and turned into
differences of pairs; agreements are blocs of pairs with years of entry and of upgrade; log trade is the sum of effects,
planted coefficients and errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import beta, rankdata

from replica import check
from replica.methods import panels

Array = NDArray[np.float64]

N, YEARS, FIRST = 62, 15, 2007
BLOC = 28  # countries 0 to 27: one deep bloc
CLAUSES = ("e-commerce", "data flow", "new data", "cross-cutting", "intellectual property")
# Assumed share of the full depth that a clause reaches, smallest for "new data": its scale, not its importance.
SCALES = dict(zip(CLAUSES, (0.9, 0.5, 0.15, 0.6, 0.8), strict=True))
# Countries without output data: 3, 2 and 1 in three odd years, 2, 2, 1 and 1 in four even ones.
MISSING = {2007: 3, 2019: 2, 2021: 1, 2008: 2, 2020: 2, 2010: 1, 2018: 1}
PLANTED = {"Index_total": 0.1454, "Lngdp": -0.2602, "Ec_fr": 0.0001, "Dist_w": 0.0013, "Pgdp": -0.0018, "Free": 0.0,
           "Gdpsim": -2.6360}  # fmt: skip
NOISE = 0.41  # residual standard deviation behind an adjusted R² of 0.979


@dataclass(frozen=True)
class Agreements:
    """Depth of agreements, shape (n, n, T): ``depth`` in [0, 1], symmetric; ``covered`` the pairs that ever have one.

    ``entry`` is the first year index with depth (T where there is none), ``multilateral`` the depth from blocs alone.
    """

    depth: Array
    multilateral: Array
    covered: NDArray[np.bool_]
    entry: NDArray[np.int64]


def _powered(values: Array, mean: float) -> Array:
    """Values in [0, 1] raised to the power that gives them a mean."""
    positive = values[values > 0]
    share = positive.size / values.size
    power = brentq(lambda c: share * (positive**c).mean() - mean, 0.01, 50)
    return np.where(values > 0, values**power, 0.0)


def agreements(rng: np.random.Generator, mean: float = 0.1306, pairs: int = 723) -> Agreements:
    """Depth of agreements on the full panel: one deep bloc, agreements of the bloc with partners, and others in groups.

    Parameters
    ----------
    rng : numpy.random.Generator
    mean : float
        Mean depth over all pairs and years.
    pairs : int
        Unordered pairs that are ever covered by an agreement of several countries.

    Returns
    -------
    Agreements

    Raises
    ------
    ValueError
        If `pairs` is below the 378 of the bloc or leaves no pair uncovered, or `mean` is not between 0 and 0.3.
    """
    if not 378 < pairs < N * (N - 1) // 2 - 40:
        raise ValueError(f"pairs: expected 379 to 1850, got {pairs}")
    if not 0 < mean < 0.3:
        raise ValueError(f"mean: expected a number between 0 and 0.3, got {mean}")
    depth = np.zeros((N, N, YEARS))
    years = np.arange(YEARS)
    upper = np.triu(np.ones((N, N), dtype=bool), 1)
    block = np.zeros((N, N), dtype=bool)
    block[:BLOC, :BLOC] = True

    def deepen(members: NDArray[np.bool_], entry: int, start: float, upgrades: Mapping[int, float]) -> None:
        path = start * (years >= entry) + sum(gain * (years >= max(year, entry)) for year, gain in upgrades.items())
        depth[members] = np.maximum(depth[members], path)

    deepen(block & upper, 0, 0.38, {3: 0.06, 6: 0.08, 9: 0.07, 12: 0.06})
    partners = rng.permutation(np.arange(BLOC, N))
    for partner in partners[:7]:
        link = np.zeros((N, N), dtype=bool)
        link[:BLOC, partner] = True
        deepen(
            link, int(rng.integers(0, 13)), rng.uniform(0.1, 0.4), {int(rng.integers(3, 15)): rng.uniform(0.05, 0.15)}
        )
    outer = [(i, j) for i in range(BLOC, N) for j in range(i + 1, N)]
    rest = pairs - int((depth.max(axis=-1) > 0).sum())
    order = rng.permutation(len(outer))
    for group, place in enumerate(np.array_split(order[:rest], 24)):
        chosen = np.zeros((N, N), dtype=bool)
        for k in place:
            chosen[outer[k]] = True
        deepen(
            chosen,
            int(rng.integers(0, 14)),
            rng.uniform(0.1, 0.4) + 0.45 * (group == 0),
            {int(rng.integers(2, 15)): rng.uniform(0, 0.15)},
        )
    multilateral = depth.copy()
    for k in order[rest : rest + 40]:
        depth[outer[k]] = 0.25 * (years >= rng.integers(0, 14))
    jitter = np.triu(rng.uniform(0.9, 1.1, (N, N)), 1)[..., None]
    depth, multilateral = depth * jitter, multilateral * jitter
    top = depth.max()
    depth, multilateral = depth / top, multilateral / top
    depth, multilateral = depth + depth.swapaxes(0, 1), multilateral + multilateral.swapaxes(0, 1)
    off = ~np.eye(N, dtype=bool)
    scaled = np.zeros_like(depth)
    scaled[off] = _powered(depth[off], mean)
    covered = multilateral.max(axis=-1) > 0
    entry = np.where(depth.max(axis=-1) > 0, (depth > 0).argmax(axis=-1), YEARS)
    return Agreements(scaled, np.where(multilateral > 0, scaled, 0.0), covered, entry)


def _walk(rng: np.random.Generator, shape: tuple[int, ...], rho: float) -> Array:
    """Stationary first-order autoregression over the last axis, unit variance."""
    shocks = rng.standard_normal(shape)
    path = np.empty(shape)
    path[..., 0] = shocks[..., 0]
    for year in range(1, shape[-1]):
        path[..., year] = rho * path[..., year - 1] + np.sqrt(1 - rho**2) * shocks[..., year]
    return path


def _check_shares(rho: float, shared: float, mirror: float) -> None:
    check.number("rho", rho, 0.0, 0.999)
    check.share("shared", shared)
    check.share("mirror", mirror)


def regions(alignment: float = 1.0, *, seed: int = 0, n: int = N, count: int = 5) -> NDArray[np.int64]:
    """Region of each country, as equal as possible in size.

    Parameters
    ----------
    alignment : float
        Share of the countries that stay where their number puts them, in [0, 1]. At 1 regions are blocks of numbers, so
        that the deep bloc (countries 0 to 27) fills two of five regions and part of a third, as the EU is a region and
        a bloc; the rest trade places at random, and at 0 region and bloc are unrelated.
    seed : int
    n, count : int
        Countries and regions.

    Returns
    -------
    array of int, shape (n,)

    Examples
    --------
    >>> regions(n=10).tolist()
    [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    """
    check.share("alignment", alignment)
    check.whole("count", count, 1, check.whole("n", n, 4))
    rng = np.random.default_rng(seed)
    place = np.arange(n)
    moved = rng.permutation(n)[: round((1 - alignment) * n)]
    place[moved] = rng.permutation(moved)
    return place * count // n


def _region(given: ArrayLike | None, n: int) -> NDArray[np.int64]:
    if given is None:
        return regions(n=n)
    found = np.asarray(given)
    if found.shape != (n,) or found.dtype.kind not in "iu" or found.min() < 0:
        raise ValueError(f"region: expected {n} whole numbers of at least 0, one a country")
    return found


def dependent_errors(
    rng: np.random.Generator,
    rho: float,
    shared: float = 0.0,
    mirror: float = 0.0,
    n: int = N,
    years: int = YEARS,
    region: ArrayLike | None = None,
) -> Array:
    """Errors of one panel, unit variance, that depend as trade does.

    ``e_ijt = √(1 - s) u_ijt + √(s/2) (v_i,r(j),t + w_j,r(i),t)``: u belongs to the pair, v is a shock of exporter i
    with all partners of region r, w one of importer j. All three follow first-order autoregressions.

    Parameters
    ----------
    rho : float
        Autocorrelation from one year to the next, in [0, 1).
    shared : float
        Share s of the variance that is shared by a country's trade with one region, in [0, 1].
    mirror : float
        Correlation of u between both directions of a pair, in [0, 1].
    n, years : int
    region : array of int, shape (n,), optional
        Region of each country, see `regions`; blocks of numbers if omitted.

    Returns
    -------
    array, shape (n, n, years)

    Raises
    ------
    ValueError
        If a share or correlation is out of range.
    """
    _check_shares(rho, shared, mirror)
    own = _walk(rng, (n, n, years), rho)
    if mirror:
        common = _walk(rng, (n, n, years), rho)
        upper = np.triu(np.ones((n, n)), 1)[..., None]
        common = common * upper + (common * upper).swapaxes(0, 1)
        own = np.sqrt(mirror) * common + np.sqrt(1 - mirror) * own
    if not shared:
        return own
    where = _region(region, n)
    shape = (n, int(where.max()) + 1, years)
    by_exporter, by_importer = _walk(rng, shape, rho), _walk(rng, shape, rho)
    together = by_exporter[:, where] + by_importer[:, where].swapaxes(0, 1)
    return np.sqrt(1 - shared) * own + np.sqrt(shared / 2) * together


def noise(
    rng: np.random.Generator,
    rho: float,
    shared: float = 0.0,
    mirror: float = 0.3,
    region: ArrayLike | None = None,
    n: int = N,
    years: int = YEARS,
) -> Array:
    """`dependent_errors` at the scale of the article: a residual standard deviation of `NOISE` after all effects."""
    errors = dependent_errors(rng, rho, shared, mirror, n, years, region)
    return errors * (NOISE / np.sqrt((panels.absorb(errors) ** 2).sum() / panels.freedom(n, years)))


def true_error(
    x: Array, rho: float, shared: float = 0.0, mirror: float = 0.0, region: ArrayLike | None = None
) -> float:
    """Exact standard error of the slope on x, with all effects, under `dependent_errors` of unit variance.

    ``Σ Σ x̃ Ω x̃ / (Σ x̃²)²`` with the covariance Ω of the errors, which is known: powers of rho over years, between both
    directions of a pair, and within the cells of an exporter (importer) and a region of partners.

    Parameters
    ----------
    x : array, shape (n, n, T)
    rho, shared, mirror, region
        As in `dependent_errors`.

    Raises
    ------
    ValueError
        If a share or correlation is out of range, or the effects absorb all of x.
    """
    _check_shares(rho, shared, mirror)
    xt = panels.absorb(x)
    square = (xt**2).sum()
    if square <= 1e-18 * max(float((np.asarray(x) ** 2).sum()), 1e-300):
        raise ValueError("x: the effects absorb all of it")
    n, _, years = xt.shape
    power = rho ** np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
    form = lambda left, right: np.einsum("...t,ts,...s->", left, power, right, optimize=True)  # noqa: E731
    own = form(xt, xt) + mirror * (form(xt, xt.swapaxes(0, 1)))
    where = _region(region, n)
    member = np.eye(where.max() + 1)[where]
    by_exporter, by_importer = np.einsum("ijt,jr->irt", xt, member), np.einsum("ijt,ir->jrt", xt, member)
    together = form(by_exporter, by_exporter) + form(by_importer, by_importer)
    return float(np.sqrt((1 - shared) * own + shared / 2 * together) / square)


def _moved(values: Array, mean: float, sd: float, low: float, high: float) -> Array:
    """Values moved, rank for rank, to a beta distribution on [low, high] with a mean and sd."""
    m, v = (mean - low) / (high - low), (sd / (high - low)) ** 2
    size = m * (1 - m) / v - 1
    ranks = (rankdata(values.ravel()) - 0.5) / values.size
    return (low + (high - low) * beta.ppf(ranks, m * size, (1 - m) * size)).reshape(values.shape)


def _countries(rng: np.random.Generator) -> dict[str, Array]:
    """Differences of pairs, shape (n, n, T), from country series."""
    years = np.arange(YEARS)
    size = _moved(rng.standard_normal(N), 0, 2.02, -5.2, 5.2)
    output = size[:, None] + rng.normal(0.03, 0.02, (N, 1)) * (years - 7) + 0.06 * _walk(rng, (N, YEARS), 0.8)
    income = np.exp(rng.normal(2.45, 1.15, N))[:, None] * np.exp(rng.normal(0.02, 0.02, (N, 1)) * (years - 7))
    income = np.minimum(1.45 * income * np.exp(0.04 * _walk(rng, (N, YEARS), 0.8)), 194)
    openness = np.exp(rng.normal(1.1, 1.0, N))[:, None] * np.exp(0.08 * _walk(rng, (N, YEARS), 0.8))
    openness[int(openness[:, 0].argmax())] = np.minimum(215 * np.exp(0.45 * _walk(rng, (YEARS,), 0.5)), 525)
    score = np.clip(rng.normal(66, 9.5, N), 45, 90)[:, None] + 1.5 * _walk(rng, (N, YEARS), 0.9)
    score = np.minimum(score * 90.2 / score.max(), 90.2)
    for country in rng.choice(np.flatnonzero(score.max(axis=1) < 80), 6, replace=False):
        score[country, : int(rng.integers(4, 11))] = 0.0  # a missing score that was counted as 0
    distance = np.abs(output[:, None] - output[None])
    gap = lambda v: np.abs(v[:, None] - v[None])  # noqa: E731
    return {"Lngdp": distance, "Gdpsim": 0.25 / np.cosh(distance / 2) ** 2, "Pgdp": gap(income), "Free": gap(openness),
            "Ec_fr": gap(score)}  # fmt: skip


def _distances(rng: np.random.Generator) -> Array:
    """Distances in km between points on a sphere, in clusters, with a drift of a few km over the years."""
    centres = np.array([[50, 10], [25, 105], [0, 115], [40, -90], [-25, 140]])
    member = np.r_[np.zeros(32, int), np.ones(14, int), np.full(9, 2), np.full(4, 3), np.full(3, 4)]
    place = np.radians(centres[member] + rng.normal(0, [7, 10], (N, 2)))
    lat, lon = place.T
    cosine = np.sin(lat)[:, None] * np.sin(lat) + np.cos(lat)[:, None] * np.cos(lat) * np.cos(lon[:, None] - lon)
    upper = np.triu_indices(N, 1)
    km = np.zeros((N, N))
    km[upper] = _moved(6371 * np.arccos(np.clip(cosine, -1, 1))[upper], 6110, 4294, 55, 18312)
    drift = np.triu(rng.normal(0, 0.95, (N, N)), 1)[..., None] * (np.arange(YEARS) - 7)
    half = np.clip(np.triu(km)[..., None] + drift, 55, 18312) * (np.triu(np.ones((N, N)), 1)[..., None])
    return half + half.swapaxes(0, 1)


def _long(n: int = N, years: int = YEARS) -> tuple[NDArray[np.bool_], pd.DataFrame]:
    i, j, t = np.meshgrid(np.arange(n), np.arange(n), np.arange(years), indexing="ij")
    off = i != j
    frame = pd.DataFrame({"exporter": i[off], "importer": j[off], "year": t[off] + FIRST})
    frame["ij"] = frame["exporter"] * n + frame["importer"]
    frame["it"] = frame["exporter"] * years + frame["year"] - FIRST
    frame["jt"] = frame["importer"] * years + frame["year"] - FIRST
    return off, frame


def trade_panel(
    rng: np.random.Generator,
    planted: Mapping[str, float] = PLANTED,
    *,
    rho: float = 0.6,
    shared: float = 0.2,
    mirror: float = 0.3,
    growth: float = 0.03,
    region: ArrayLike | None = None,
    scales: Mapping[str, float] = SCALES,
) -> pd.DataFrame:
    """A panel of 62 × 61 × 15 rows calibrated to the article's Table 1, with planted coefficients.

    Parameters
    ----------
    rng : numpy.random.Generator
    planted : mapping of str to float
        Coefficients of Index_total, the controls and the clauses.
    rho, shared, mirror, region
        Dependence of the errors, see `dependent_errors`.
    growth : float
        Yearly growth of all trade, log points; importer-year effects absorb it. 0.03 is assumed.
    scales : mapping of str to float
        Share of the full depth that each of `CLAUSES` reaches; assumed.

    Returns
    -------
    DataFrame
        exporter, importer, year; ij, it, jt (codes of the effects); Lngvc (``ln(1 + value)``), Index_total, Di_total,
        five clauses, the controls, covered (by an agreement of several countries), entry (first year with depth, 0 for
        none), developed (number of developed countries in the pair), observed (all controls are there).

    Raises
    ------
    ValueError
        If a planted name is unknown, a clause has no scale, or a number is out of its range.
    """
    if unknown := set(planted) - set(PLANTED) - set(CLAUSES):
        raise ValueError(f"planted: unknown {sorted(unknown)[0]!r}")
    if set(scales) != set(CLAUSES):
        raise ValueError(f"scales: expected one for each of {', '.join(CLAUSES)}")
    check.vector("scales", list(scales.values()), np.finfo(float).tiny)
    check.vector("planted", list(planted.values())) if planted else None
    check.number("growth", growth)
    _check_shares(rho, shared, mirror)
    deep, controls = agreements(rng), _countries(rng) | {"Dist_w": _distances(rng)}
    off, frame = _long()
    symmetric = lambda draw: np.triu(draw, 1) + np.triu(draw, 1).T  # noqa: E731
    ratio = symmetric(rng.uniform(0.7, 0.92, (N, N)))[..., None]
    values = {"Index_total": deep.depth, "Di_total": deep.depth * ratio, **controls}
    for name, scale in ((name, scales[name]) for name in CLAUSES):
        values[name] = scale * deep.depth * np.exp(symmetric(rng.normal(0, 0.25, (N, N))))[..., None]
    for name, value in values.items():
        frame[name] = value[off]
    frame["covered"] = np.repeat(deep.covered[off[..., 0]], YEARS)
    first = np.repeat(deep.entry[off[..., 0]], YEARS)
    frame["entry"] = np.where(first < YEARS, first + FIRST, 0)
    rich = np.r_[rng.random(BLOC) < 0.85, rng.random(N - BLOC) < 0.35].astype(int)
    frame["developed"] = rich[frame["exporter"]] + rich[frame["importer"]]
    draw = (
        rng.normal(0, 1.4, N)[:, None]
        + rng.normal(0, 1.4, N)
        - 0.9 * np.log(np.maximum(controls["Dist_w"][..., 7], 50))
    )
    level = _moved((draw + rng.normal(0, 1.2, (N, N)))[off[..., 0]], 4.55, 2.76, -1.4, 11.6)
    country = [
        rng.normal(0, 0.05, (N, 1)) * (np.arange(YEARS) - 7) + 0.1 * _walk(rng, (N, YEARS), 0.7) for _ in range(2)
    ]
    year = frame["year"].to_numpy() - FIRST
    effect = np.repeat(level, YEARS) + growth * (year - 7)
    effect += country[0][frame["exporter"], year] + country[1][frame["importer"], year]
    for name, b in planted.items():
        effect += b * (frame[name] - frame.groupby("ij")[name].transform("mean")).to_numpy()
    errors = noise(rng, rho, shared, mirror, region)
    frame["Lngvc"] = np.maximum(effect + errors[off], 0.0)
    gone = {y: rng.choice(np.arange(BLOC, N), k, replace=False) for y, k in MISSING.items()}
    frame["observed"] = True
    for y, who in gone.items():
        at = (frame["year"] == y) & (frame["exporter"].isin(who) | frame["importer"].isin(who))
        frame.loc[at, "observed"] = False
    return frame


def grid(values: pd.Series | Array) -> Array:
    """One column of a panel, in the order of `trade_panel`, as an array of shape (n, n, T) with zeros on the diagonal.

    Raises
    ------
    ValueError
        If there are not exactly 62 × 61 × 15 values.
    """
    flat = np.asarray(values, dtype=float)
    if flat.shape != (N * (N - 1) * YEARS,):
        raise ValueError(f"values: expected {N * (N - 1) * YEARS} in one column, got shape {flat.shape}")
    out = np.zeros((N, N, YEARS))
    out[~np.eye(N, dtype=bool)] = flat.reshape(-1, YEARS)
    return out


def null_slopes(
    x: Array,
    rho: float,
    shared: float,
    draws: int,
    rng: np.random.Generator,
    mirror: float = 0.3,
    region: ArrayLike | None = None,
) -> pd.DataFrame:
    """Slopes of pure noise on the index, with all effects, and their errors by every method.

    Each draw of `dependent_errors` is scaled to a residual standard deviation of `NOISE`, that of the article.

    Returns
    -------
    DataFrame
        Columns b, robust, pair, two-way, dyadic, and true, the exact error at the scale of the draw; one row a draw.

    Raises
    ------
    ValueError
        If `draws` is below 1.
    """
    check.whole("draws", draws, 1)
    n, _, years = x.shape
    exact = true_error(x, rho, shared, mirror, region)
    rows = []
    for _ in range(draws):
        e = panels.absorb(dependent_errors(rng, rho, shared, mirror, n, years, region))
        scale = NOISE / np.sqrt((e * e).sum() / panels.freedom(n, years))
        b, se = panels.slope(x, scale * e)
        rows.append({"b": float(b)} | {kind: float(value) for kind, value in se.items()} | {"true": scale * exact})
    return pd.DataFrame(rows)


# --- the instrument ----------------------------------------------------------------------------------------------
# --- what printed tables say about their samples -----------------------------------------------------------------
def rows_lost(missing: int, n: int) -> int:
    """Ordered pairs lost in a year in which `missing` of n countries have no data: 2(n - 1)k - k(k - 1).

    Examples
    --------
    >>> [rows_lost(k, 62) for k in (1, 2, 3)]
    [122, 242, 360]
    """
    if not 0 <= missing <= n:
        raise ValueError(f"missing: expected 0 to {n}, got {missing}")
    return 2 * (n - 1) * missing - missing * (missing - 1)


def missing_patterns(lost: int, n: int, years: int) -> list[tuple[int, ...]]:
    """All ways, largest first, in which whole missing country-years lose `lost` ordered pairs over some years.

    Returns
    -------
    list of tuple of int
        Numbers of missing countries in the years that miss any; at most `years` entries.

    Raises
    ------
    ValueError
        If an argument is negative or n < 2.

    Examples
    --------
    >>> missing_patterns(724, 62, 8)
    [(3, 2, 1)]
    """
    if lost < 0 or years < 0 or n < 2:
        raise ValueError("lost, n, years: not negative, and n of at least 2")

    def search(left: int, largest: int, places: int) -> list[tuple[int, ...]]:
        if left == 0:
            return [()]
        if places == 0 or places * rows_lost(largest, n) < left:
            return []
        return [
            (k, *rest)
            for k in range(largest, 0, -1)
            if (cost := rows_lost(k, n)) <= left
            for rest in search(left - cost, k, places - 1)
        ]

    return search(lost, n - 1, years)


def mean_behind_constant(constant_se: float, slope_se: float, noise: float, n: int) -> float:
    """Mean of the only regressor, from the standard error of the constant printed beside fixed effects.

    The constant is ``ȳ - b x̄``, so with independent errors of variance σ², ``se² = σ²/n + x̄² se_b²``.

    Parameters
    ----------
    constant_se, slope_se : float
    noise : float
        Residual standard deviation σ.
    n : int

    Raises
    ------
    ValueError
        If a value is not positive or the constant's error is below σ/√n.

    Examples
    --------
    >>> round(mean_behind_constant(0.0040, 0.0280, 0.407, 55278), 3)
    0.129
    """
    if min(constant_se, slope_se, n) <= 0 or noise < 0:
        raise ValueError("constant_se, slope_se, noise, n: positive numbers are needed")
    square = constant_se**2 - noise**2 / n
    if square < 0:
        raise ValueError("constant_se: smaller than the error of the mean of the dependent variable")
    return float(np.sqrt(square) / slope_se)
