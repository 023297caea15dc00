"""Ordinal answers: moments met, copula against scipy, targets against large samples."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from replica.simulate import ordinal


@pytest.mark.parametrize(("mean", "sd"), [(2.36, 1.806), (1.29, 0.887), (3.61, 2.155), (4.0, 0.4), (6.5, 1.2)])
def test_maximum_entropy_meets_its_moments(mean, sd):
    p, k = ordinal.maximum_entropy(mean, sd, 1, 7), np.arange(1, 8)
    assert p @ k == pytest.approx(mean, abs=1e-7)
    assert np.sqrt(p @ k**2 - (p @ k) ** 2) == pytest.approx(sd, abs=1e-7)
    assert p.min() > 0


def test_no_other_distribution_with_these_moments_has_more_entropy():
    p = ordinal.maximum_entropy(2.5, 1.5, 1, 7)
    k = np.arange(7)
    rng = np.random.default_rng(1)
    constraints = np.vstack([np.ones(7), k, k**2])
    free = np.linalg.svd(constraints)[2][3:]
    for direction in rng.standard_normal((50, 4)) @ free:
        q = p + 0.2 * p.min() * direction / np.abs(direction).max()
        assert -(q @ np.log(q)) < -(p @ np.log(p))


@pytest.mark.parametrize(("mean", "sd", "argument"), [(4.0, 3.1, "sd"), (1.5, 2.5, "sd"), (7.5, 1.0, "mean")])
def test_impossible_moments_are_refused(mean, sd, argument):
    with pytest.raises(ValueError, match=argument):
        ordinal.maximum_entropy(mean, sd, 1, 7)


@pytest.mark.parametrize("rho", [-0.6, 0.0, 0.3, 0.8, 0.97])
def test_joint_probabilities_against_scipy(rho):
    p, q = ordinal.maximum_entropy(2.4, 1.8, 1, 7), ordinal.maximum_entropy(3.0, 2.0, 1, 5 + 2)
    joint = ordinal.joint_probabilities(p, q, rho)
    cut_p, cut_q = ordinal.thresholds(p), ordinal.thresholds(q)
    other = [[multivariate_normal.cdf([a, b], cov=[[1, rho], [rho, 1]]) for b in cut_q] for a in cut_p]
    np.testing.assert_allclose(joint.cumsum(axis=0).cumsum(axis=1)[:-1, :-1], other, atol=1e-5)
    np.testing.assert_allclose(joint.sum(axis=1), p, atol=1e-9)
    np.testing.assert_allclose(joint.sum(axis=0), q, atol=1e-9)


def test_latent_correlation_inverts_the_answers_correlation():
    p, q = ordinal.maximum_entropy(1.45, 1.032, 1, 7), ordinal.maximum_entropy(3.04, 2.065, 1, 7)
    rho = ordinal.latent_correlation(p, q, 0.35)
    joint, k = ordinal.joint_probabilities(p, q, rho), np.arange(7)
    spread = [np.sqrt(d @ k**2 - (d @ k) ** 2) for d in (p, q)]
    assert (k @ joint @ k - (k @ p) * (k @ q)) / spread[0] / spread[1] == pytest.approx(0.35, abs=1e-6)


def test_no_correlation_needs_none_and_margins_set_a_ceiling():
    skewed, opposite = ordinal.maximum_entropy(1.3, 0.7, 1, 7), ordinal.maximum_entropy(6.7, 0.7, 1, 7)
    assert ordinal.latent_correlation(skewed, opposite, 0.0) == pytest.approx(0, abs=1e-9)
    with pytest.raises(ValueError, match="correlation"):
        ordinal.latent_correlation(skewed, opposite, 0.8)


def test_a_large_sample_meets_its_targets():
    margins = [ordinal.maximum_entropy(m, s, 1, 7) for m, s in [(2.36, 1.806), (1.87, 1.364), (1.41, 1.066)]]
    target = np.array([[1, 0.73, 0.486], [0.73, 1, 0.683], [0.486, 0.683, 1]])
    latent = ordinal.latent_matrix(margins, target)
    x = ordinal.ordinal_sample(margins, latent, 200_000, np.random.default_rng(2))
    np.testing.assert_allclose(x.mean(axis=0), [2.36, 1.87, 1.41], atol=0.015)
    np.testing.assert_allclose(x.std(axis=0), [1.806, 1.364, 1.066], atol=0.015)
    np.testing.assert_allclose(np.corrcoef(x, rowvar=False), target, atol=0.01)


def test_targets_that_do_not_fit_together_become_a_correlation_matrix():
    half = [np.array([0.5, 0.5])] * 3
    latent = ordinal.latent_matrix(half, np.array([[1, 0.8, 0.8], [0.8, 1, -0.5], [0.8, -0.5, 1]]))
    assert np.linalg.eigvalsh(latent)[0] > 0
    np.testing.assert_allclose(np.diag(latent), 1)


def test_parts_are_joined_on_their_hub():
    parts = [np.array([[1, 0.6, 0.5], [0.6, 1, 0.4], [0.5, 0.4, 1]]), np.array([[1, 0.7], [0.7, 1]])]
    joined = ordinal.join_on_hub(parts)
    np.testing.assert_allclose(joined[np.ix_([0, 1, 3], [0, 1, 3])], parts[0])
    np.testing.assert_allclose(joined[np.ix_([2, 3], [2, 3])], parts[1])
    partial = np.linalg.inv(joined)
    assert partial[0, 2] == pytest.approx(0) and partial[1, 2] == pytest.approx(0)  # independent given the hub
    assert ordinal.join_on_hub(parts, 1.3)[0, 2] == pytest.approx(1.3 * 0.5 * 0.7)
    with pytest.raises(ValueError, match="share"):
        ordinal.join_on_hub(parts, 2.9)


def test_bad_arguments_are_refused():
    half = np.array([0.5, 0.5])
    with pytest.raises(ValueError, match="rho"):
        ordinal.joint_probabilities(half, half, 1.0)
    with pytest.raises(ValueError, match="probabilities"):
        ordinal.thresholds(np.array([0.5, 0.6]))
    with pytest.raises(ValueError, match="latent"):
        ordinal.ordinal_sample([half, half], np.array([[1.0, 2.0], [2.0, 1.0]]), 5, np.random.default_rng(0))
    with pytest.raises(ValueError, match="n:"):
        ordinal.ordinal_sample([half], np.eye(1), 0, np.random.default_rng(0))
