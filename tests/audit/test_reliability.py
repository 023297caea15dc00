"""Reliability from item statistics: against samples, pingouin, closed forms, and the printed scale of chapter 21."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import permutations

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from replica.audit.interval import DomainError, Interval, interval
from replica.audit.numbers import read
from replica.audit.reliability import (
    alpha_from_two_items,
    average_variance_extracted,
    bartlett_df,
    communality,
    communality_above,
    composite_reliability,
    cronbach_alpha,
    efficiency_range,
    explained_above,
    kmo_range,
    overall_efficiency,
    standardized_alpha,
    weights_sum,
)

MARGIN = 1e-9  # of the floats on the other side of a comparison


def boxes(text: str) -> list[Interval]:
    return [read(number).interval for number in text.split()]


def around(values, decimals: int) -> list[Interval]:
    """Boxes of values printed with so many decimals (numpy's own rounding, ties included)."""
    slack = F(1, 2 * 10**decimals) + F(1, 10**12)
    return [interval(F(f"{x:.{decimals}f}")) + Interval(-slack, slack) for x in values]


def statistics(scores: np.ndarray):
    """Item sds, corrected item-total correlations, and alpha, straight from the definition."""
    k, total = scores.shape[1], scores.sum(axis=1)
    rest = [np.corrcoef(scores[:, i], total - scores[:, i])[0, 1] for i in range(k)]
    alpha = k / (k - 1) * (1 - scores.var(axis=0, ddof=1).sum() / total.var(ddof=1))
    return scores.std(axis=0, ddof=1), np.array(rest), alpha


def likert(seed: int, n: int, k: int, noise: float, reverse: bool = False) -> np.ndarray:
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=(n, 1)) * rng.uniform(0.3, 1.5, size=(1, k))
    scores = np.clip(np.rint(4 + trait + noise * rng.normal(size=(n, k))), 1, 7)
    if reverse:
        scores[:, 0] = 8 - scores[:, 0]
    return scores


def holds(found: Interval, value: float) -> bool:
    return float(found.lo) - MARGIN <= value <= float(found.hi) + MARGIN


# --- alpha -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("k", [2, 3, 5, 10, 31])
def test_alpha_agrees_with_pingouin(k):
    scores = likert(7, 200, k, 1.2)
    sds, rest, _ = statistics(scores)
    rest = rest if k > 2 else [rest[0], rest[0]]
    found = cronbach_alpha([interval(F(x)) for x in sds], [interval(F(x)) for x in rest])
    assert float(found.width) < 1e-9
    assert holds(found, pingouin.cronbach_alpha(pd.DataFrame(scores))[0])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 200), st.integers(2, 8), st.floats(0.3, 4), st.booleans())
def test_alpha_of_a_sample_is_never_refuted(seed, n, k, noise, reverse):
    scores = likert(seed, n, k, noise, reverse)
    assume((scores.std(axis=0) > 0).all() and scores.sum(axis=1).std() > 0)
    sds, rest, alpha = statistics(scores)
    assume(np.isfinite(rest).all())
    for decimals in (2, 3):
        assert holds(cronbach_alpha(around(sds, decimals), around(rest, decimals)), alpha)


def test_the_enclosure_is_tight():
    """Corners and random points of the box reach more than 95 % of the enclosure's width."""
    s, r = boxes("1.806 1.364 1.066 2.065"), boxes("0.678 0.817 0.613 0.519")
    whole = cronbach_alpha(s, r)
    rng, seen = np.random.default_rng(3), []
    for _ in range(300):
        point = [[x.lo + x.width * F(int(rng.integers(0, 2))) for x in part] for part in (s, r)]
        seen.append(cronbach_alpha(*point).middle)
    lows = cronbach_alpha([x.middle for x in s], [x.lo for x in r])
    assert all(whole.lo <= a <= whole.hi for a in seen) and lows.within(whole)
    assert max(seen) - min(seen) > whole.width * F(95, 100)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.3, 3), min_size=3, max_size=5), st.integers(0, 1000))
def test_alpha_is_isotonic(sds, seed):
    rng = np.random.default_rng(seed)
    rest = rng.uniform(0.3, 0.7, len(sds))
    wide, narrow = ([around(sds, d), around(rest, d)] for d in (2, 4))
    narrow = [[n.intersection(w) or w for n, w in zip(a, b, strict=True)] for a, b in zip(narrow, wide, strict=True)]
    try:
        found = cronbach_alpha(*narrow)
    except DomainError:
        assume(False)
    outer = cronbach_alpha(*wide)
    assert outer.lo - F(1, 10**8) <= found.lo <= found.hi <= outer.hi + F(1, 10**8)


def test_two_items():
    scores = likert(5, 80, 2, 1.0)
    sds, rest, alpha = statistics(scores)
    assert holds(alpha_from_two_items(around(rest, 3)[0], *around(sds, 3)), alpha)
    assert cronbach_alpha(boxes("1.331 1.575"), boxes("0.738 0.738")).meets(read("0.842").interval)
    with pytest.raises(DomainError, match="two items have one"):
        cronbach_alpha(boxes("1.331 1.575"), boxes("0.738 0.748"))
    assert cronbach_alpha(boxes("1.331 1.575"), boxes("0.738 0.739")).width > 0  # 0.7385 is behind both


def test_standardized_alpha_is_alpha_of_standardized_items():
    scores = likert(11, 150, 4, 1.0)
    correlations = np.corrcoef(scores.T)
    mean = correlations[np.triu_indices(4, 1)].mean()
    _, _, alpha = statistics(scores / scores.std(axis=0, ddof=1))
    assert holds(standardized_alpha(F(mean), 4), alpha)
    with pytest.raises(DomainError, match="mean_correlation"):
        standardized_alpha(F(-1, 2), 4)


# --- impossible sets -------------------------------------------------------------------------------------------------
def test_impossible_sets_are_refuted():
    """Two items that nearly determine the total, and a third that hardly belongs to it."""
    with pytest.raises(DomainError, match="stands out"):
        cronbach_alpha(boxes("1.00 1.00 1.00"), boxes("0.95 0.95 0.10"))
    with pytest.raises(DomainError, match="exceeds 1"):
        cronbach_alpha(boxes("1.0 1.0 1.0"), boxes("1.20 0.50 0.50"))
    with pytest.raises(DomainError, match="no set of items"):
        cronbach_alpha(boxes("1.00 0.10 0.10"), boxes("0.90 -0.90 -0.90"))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0.3, 3), min_size=3, max_size=3), st.lists(st.floats(0.02, 0.99), min_size=3, max_size=3))
def test_the_polygon_condition_decides_possibility(sds, rest):
    """For three items the statistics determine the covariances: possible exactly where their matrix is semidefinite."""
    s, r = [F(x) for x in sds], [F(x) for x in rest]
    v = _root(np.array(sds), np.array(rest))
    w = -np.array(rest) * sds + np.sqrt(v - np.array(sds) ** 2 * (1 - np.array(rest) ** 2))
    c = np.array(rest) * sds * w
    matrix = np.diag(np.array(sds) ** 2)
    for i, j, k in ((0, 1, 2), (0, 2, 1), (1, 2, 0)):
        matrix[i, j] = matrix[j, i] = (c[i] + c[j] - c[k]) / 2
    lowest = np.linalg.eigvalsh(matrix)[0]
    assume(abs(lowest) > 1e-6)
    try:
        found = cronbach_alpha(s, r)
        assert lowest > 0
        assert holds(found, 1.5 * (1 - np.trace(matrix) / v))
    except DomainError:
        assert lowest < 0


def _root(s, r) -> float:
    """Independent bisection of equation (2)."""
    def surplus(v):
        return (r * s * (-r * s + np.sqrt(v - s**2 * (1 - r**2)))).sum() - v + (s**2).sum()

    low, high = (s**2).max(), s.sum() ** 2 + 1
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if surplus(middle) > 0 else (low, middle)
    return low


# --- the printed scale of chapter 21 ---------------------------------------------------------------------------------
SCALES = {  # sds of Table 4, corrected item-total correlations and alpha of Table 3
    "FP": ("1.806 1.364 1.066", "0.678 0.817 0.613", "0.816"),
    "SP": ("1.032 0.887 1.179", "0.866 0.848 0.822", "0.917"),
    "URC": ("1.607 1.623 0.933", "0.657 0.716 0.515", "0.764"),
    "NTC": ("1.331 1.575", "0.738 0.738", "0.843"),
    "PSP": ("1.804 1.756", "0.672 0.672", "0.804"),
    "DSP": ("1.462 1.207 1.283", "0.658 0.833 0.737", "0.860"),
}


@pytest.mark.parametrize("scale", SCALES)
def test_printed_alphas_that_follow(scale):
    sds, rest, alpha = SCALES[scale]
    assert cronbach_alpha(boxes(sds), boxes(rest)).meets(read(alpha).interval)


def test_printed_alpha_that_does_not_follow():
    """Location privacy prints 0.678; its items give 0.672 to 0.673."""
    found = cronbach_alpha(boxes("2.065 1.309 1.560"), boxes("0.519 0.480 0.516"))
    assert not found.meets(read("0.678").interval) and found.within(Interval(F("0.672"), F("0.674")))


def test_which_sds_belong_to_the_shifted_rows():
    """Rows printed as DSP .745, IMP3 .788, IMP2 .526 carry the items of IMP: only IMP3 fits the row labelled IMP2."""
    sds = {"IMP1": "1.844", "IMP2": "1.735", "IMP3": "1.228"}
    printed, rest = read("0.813").interval, boxes("0.745 0.788 0.526")
    alphas = {order: cronbach_alpha(boxes(" ".join(sds[i] for i in order)), rest) for order in permutations(sds)}
    fitting = {order for order, alpha in alphas.items() if alpha.meets(printed)}
    assert fitting == {("IMP1", "IMP2", "IMP3"), ("IMP2", "IMP1", "IMP3")}


# --- factors, weights, efficiency ------------------------------------------------------------------------------------
def test_factor_identities():
    loadings = boxes("0.728 0.749 0.742")
    ave, cr = average_variance_extracted(loadings), composite_reliability(loadings)
    values = np.array([0.728, 0.749, 0.742])
    assert holds(ave, (values**2).mean())
    assert holds(cr, values.sum() ** 2 / (values.sum() ** 2 + (1 - values**2).sum()))
    assert float(cr.width) < 0.002
    mixed = composite_reliability(boxes("0.80 -0.20"))
    assert holds(mixed, 0.36 / (0.36 + 0.36 + 0.96))
    assert communality(boxes("0.600 0.500")).meets(read("0.610").interval)
    with pytest.raises(DomainError, match="exceeds 1"):
        communality(boxes("1.200"))


def test_communality_cannot_fall_below_the_squared_loading():
    """A loading of .728 needs .5293 or more; the edge prints as .529, and .528 fails."""
    bound = communality_above(read(".728"))
    assert read(".529").interval.meets(bound) and read(".587").interval.meets(bound)
    assert not read(".527").interval.meets(bound)


def test_explained_variance_has_a_floor():
    bound = explained_above([read("0.80"), read("0.60")], 5)
    assert not read("19.0").interval.meets(bound) and read("19.8").interval.meets(bound)


def test_degrees_of_freedom_and_ranges():
    assert bartlett_df(31) == interval(465)
    assert F("0.946") in kmo_range() and F("1.2") not in kmo_range()
    assert 1 in efficiency_range() and 0 not in efficiency_range()
    assert 1 in weights_sum(boxes("0.33 0.33 0.33")) and 1 not in weights_sum(boxes("0.33 0.33 0.30"))
    assert overall_efficiency(*boxes("0.912 0.950")).meets(read("0.866").interval)


@pytest.mark.parametrize("call, name", [
    (lambda: cronbach_alpha([1, 1], [F(1, 2)]), "item_rest"), (lambda: cronbach_alpha([1], [F(1, 2)]), "sds"),
    (lambda: bartlett_df(1), "p"), (lambda: standardized_alpha(F(1, 2), 1), "k"), (lambda: weights_sum([]), "weights"),
    (lambda: cronbach_alpha(1, 1), "sds"), (lambda: explained_above([F(1, 2)], 0), "items"),
])  # fmt: skip
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=name):
        call()
