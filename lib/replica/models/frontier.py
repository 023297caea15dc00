"""Stochastic production frontier with half-normal inefficiency (Aigner, Lovell & Schmidt 1977).

    ln y = x' beta + v - u,    v ~ N(0, sigma_v^2) noise,    u ~ |N(0, sigma_u^2)| inefficiency, independent.

With eps = v - u, sigma^2 = sigma_v^2 + sigma_u^2 and lambda = sigma_u / sigma_v, the density of eps is
``2 / sigma * phi(eps / sigma) * Phi(-eps * lambda / sigma)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import log_ndtr
from scipy.stats import norm


@dataclass(frozen=True)
class Frontier:
    """Maximum-likelihood estimates of a half-normal production frontier.

    Attributes
    ----------
    beta, se : ndarray, shape (k,)
        Coefficients and standard errors (observed information); NaN standard errors where `sigma_u` is zero.
    sigma_v, sigma_u : float
        Standard deviation of the noise, and scale of the inefficiency before truncation.
    loglik, loglik_ols : float
    names : tuple of str
    residual : ndarray, shape (n,)
        ln y - x' beta.
    wrong_skew : bool
        Least-squares residuals are skewed to the right: the likelihood is then highest without inefficiency
        (Waldman 1982).
    """

    beta: np.ndarray
    se: np.ndarray
    sigma_v: float
    sigma_u: float
    loglik: float
    loglik_ols: float
    names: tuple[str, ...]
    residual: np.ndarray = field(repr=False)
    wrong_skew: bool

    @property
    def gamma(self) -> float:
        """Share of sigma_u^2 in sigma_u^2 + sigma_v^2."""
        return self.sigma_u**2 / (self.sigma_u**2 + self.sigma_v**2)

    @property
    def lr(self) -> float:
        """Likelihood-ratio statistic of no inefficiency."""
        return max(0.0, 2 * (self.loglik - self.loglik_ols))

    @property
    def p_value(self) -> float:
        """P value of `lr` under an equal mixture of a point mass at zero and chi-square(1) (Coelli 1995)."""
        return 1.0 if self.lr == 0 else float(norm.sf(np.sqrt(self.lr)))

    def efficiency(self) -> np.ndarray:
        """``E[exp(-u) | eps]`` of every observation (Battese & Coelli 1988), between 0 and 1."""
        if self.sigma_u == 0:
            return np.ones(self.residual.size)
        total = self.sigma_u**2 + self.sigma_v**2
        mean, sd = -self.residual * self.sigma_u**2 / total, self.sigma_u * self.sigma_v / np.sqrt(total)
        return np.exp(-mean + sd**2 / 2 + log_ndtr(mean / sd - sd) - log_ndtr(mean / sd))

    def frame(self) -> pd.DataFrame:
        """Coefficients with standard errors, then the two scales."""
        estimate = [*self.beta, self.sigma_v, self.sigma_u]
        error = [*self.se, np.nan, np.nan]
        return pd.DataFrame({"estimate": estimate, "standard error": error}, [*self.names, "sigma_v", "sigma_u"])

    def __str__(self) -> str:
        return (
            f"half-normal frontier, {self.residual.size} observations, log likelihood {self.loglik:.4f}\n"
            f"sigma_v {self.sigma_v:.4f}, sigma_u {self.sigma_u:.4f}, LR of no inefficiency {self.lr:.2f} "
            f"(p {self.p_value:.3g}), mean efficiency {self.efficiency().mean():.3f}"
        )


def _mills(z: np.ndarray) -> np.ndarray:
    """phi(z) / Phi(z); far to the left by its expansion ``-z - 1 / z``, where both are too small to divide."""
    near = np.maximum(z, -30.0)
    ratio = np.exp(-0.5 * near * near - 0.5 * np.log(2 * np.pi) - log_ndtr(near))
    return np.where(z < -30.0, -z - 1 / np.minimum(z, -30.0), ratio)


def _negative(parameters: np.ndarray, y: np.ndarray, X: np.ndarray) -> tuple[float, np.ndarray]:
    """Minus the log likelihood and its gradient, in beta, ln sigma_v and ln sigma_u."""
    k = X.shape[1]
    sv, su = np.exp(parameters[k:])
    total = sv * sv + su * su
    sigma, lam = np.sqrt(total), su / sv
    eps = y - X @ parameters[:k]
    z = -eps * lam / sigma
    value = np.log(2) - np.log(sigma) - 0.5 * np.log(2 * np.pi) - eps**2 / (2 * total) + log_ndtr(z)
    mills = _mills(z)
    d_beta = X.T @ (eps / total + mills * lam / sigma)
    d_sigma = -1 / sigma + eps**2 / sigma**3 + mills * eps * lam / total
    d_lambda = -mills * eps / sigma
    d_v = (d_sigma * sv / sigma).sum() * sv - d_lambda.sum() * lam
    d_u = (d_sigma * su / sigma).sum() * su + d_lambda.sum() * lam
    return -value.sum(), -np.concatenate([d_beta, [d_v, d_u]])


def _information(parameters: np.ndarray, y: np.ndarray, X: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """Second derivatives of minus the log likelihood by central differences of the gradient."""
    size = parameters.size
    steps = step * np.eye(size)
    columns = [
        (_negative(parameters + d, y, X)[1] - _negative(parameters - d, y, X)[1]) / (2 * step) for d in steps
    ]
    matrix = np.column_stack(columns)
    return (matrix + matrix.T) / 2


def production_frontier(log_output: ArrayLike, log_inputs: ArrayLike, names: Sequence[str] | None = None) -> Frontier:
    """Fit the frontier by maximum likelihood.

    Parameters
    ----------
    log_output : array_like, shape (n,)
        Logarithm of the output.
    log_inputs : array_like, shape (n, k)
        Logarithms of the inputs and any other regressors; a constant is added.
    names : sequence of str, optional
        Of the k regressors.

    Returns
    -------
    Frontier

    Raises
    ------
    ValueError
        If shapes do not match, values are not finite, regressors are collinear, or n <= k + 3.

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> x = generator.normal(size=2000)
    >>> noise, waste = 0.2 * generator.normal(size=2000), np.abs(0.4 * generator.normal(size=2000))
    >>> fit = production_frontier(1 + 0.5 * x + noise - waste, x)
    >>> print(fit.beta.round(2), round(fit.sigma_v, 2), round(fit.sigma_u, 2))
    [1.02 0.49] 0.19 0.43
    """
    y = np.asarray(log_output, dtype=float)
    Z = np.asarray(log_inputs, dtype=float)
    Z = Z[:, None] if Z.ndim == 1 else Z
    if y.ndim != 1 or Z.ndim != 2 or len(y) != len(Z):
        raise ValueError(f"log_inputs: shape {Z.shape} does not match log_output with shape {y.shape}")
    if not (np.isfinite(y).all() and np.isfinite(Z).all()):
        raise ValueError("log_output, log_inputs: every value must be finite (is an output or input zero?)")
    X = np.column_stack([np.ones(len(y)), Z])
    n, k = X.shape
    if n <= k + 2:
        raise ValueError(f"log_output: {n} observations are too few for {k + 2} parameters")
    if np.linalg.matrix_rank(X) < k:
        raise ValueError("log_inputs: collinear columns")
    labels = tuple(names) if names is not None else tuple(f"x{i + 1}" for i in range(k - 1))
    if len(labels) != k - 1:
        raise ValueError(f"names: {len(labels)} names for {k - 1} regressors")
    ols = np.linalg.lstsq(X, y, rcond=None)[0]
    e = y - X @ ols
    variance = e @ e / n
    loglik_ols = -n / 2 * (np.log(2 * np.pi * variance) + 1)
    third = (e**3).mean()
    if third >= 0:
        sv, none = np.sqrt(variance), np.full(k, np.nan)
        return Frontier(ols, none, sv, 0.0, loglik_ols, loglik_ols, ("constant", *labels), e, True)
    climbs = [_climb(ols, variance, third, y, X, share) for share in (None, 0.2, 0.5, 0.8)]
    best = min(climbs, key=lambda found: found.fun)
    parameters = best.x
    sv, su = np.exp(parameters[k:])
    variances = np.diag(np.linalg.pinv(_information(parameters, y, X)))[:k]
    se = np.sqrt(np.where(variances > 0, variances, np.nan))
    residual = y - X @ parameters[:k]
    return Frontier(parameters[:k], se, sv, su, -best.fun, loglik_ols, ("constant", *labels), residual, False)


def _climb(ols, variance, third, y, X, share):
    """Maximise from the moment estimate of sigma_u (Olson, Schmidt & Waldman 1980), or from a given share of u."""
    moment = np.cbrt(third / (np.sqrt(2 / np.pi) * (1 - 4 / np.pi)))
    su = moment if share is None else np.sqrt(share * variance / (1 - 2 / np.pi))
    sv = np.sqrt(max(variance - (1 - 2 / np.pi) * su * su, 0.05 * variance))
    start = np.concatenate([ols, np.log([sv, su])])
    start[0] += su * np.sqrt(2 / np.pi)
    return minimize(_negative, start, args=(y, X), jac=True, method="BFGS", options={"gtol": 1e-7, "maxiter": 1000})
