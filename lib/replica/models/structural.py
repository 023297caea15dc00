"""Structural equation models, fitted by semopy, with the indices that articles report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import semopy


@dataclass(frozen=True)
class Structural:
    """A fitted structural equation model.

    Attributes
    ----------
    estimates : DataFrame
        `left`, `op`, `right`, `b`, `std` (standardised), `se`, `z`, `p`; one row a parameter, sorted.
    fit : Series
        `chi2`, `df`, `p`, `cfi`, `tli`, `rmsea`, `srmr`.
    """

    estimates: pd.DataFrame
    fit: pd.Series

    def path(self, left: str, right: str) -> pd.Series:
        """The regression of `left` on `right`, or the loading of the item `left` on the factor `right`."""
        rows = self.estimates.query("op == '~' and left == @left and right == @right")
        if len(rows) != 1:
            raise ValueError(f"left, right: the model has no path from {right!r} to {left!r}")
        return rows.iloc[0]

    def loadings(self, factor: str) -> pd.Series:
        """Standardised loadings of the items of a factor."""
        rows = self.estimates.query("op == '=~' and right == @factor")
        if rows.empty:
            raise ValueError(f"factor: no items load on {factor!r}")
        return rows.set_index("left")["std"]


def fit(description: str, data: pd.DataFrame) -> Structural:
    """Fit a model by maximum likelihood (Wishart), on covariances.

    Parameters
    ----------
    description : str
        In the syntax of lavaan and semopy: ``=~`` measures, ``~`` regresses, ``~~`` covaries.
    data : DataFrame
        One column an item, no missing values.

    Returns
    -------
    Structural

    Raises
    ------
    ValueError
        If values are missing or the optimiser does not converge.
    """
    if data.isna().to_numpy().any():
        raise ValueError("data: missing values; drop them first")
    model = semopy.Model(description)
    result = model.fit(data, options={"ftol": 1e-13})  # the default stops where the third digit still moves
    if not result.success:
        raise ValueError("description: the optimiser did not converge")
    table = model.inspect(std_est=True).rename(
        columns={
            "lval": "left", "rval": "right", "Estimate": "b", "Est. Std": "std", "Std. Err": "se", "z-value": "z",
            "p-value": "p",
        }
    )  # fmt: skip
    numbers = ["b", "std", "se", "z", "p"]
    table[numbers] = table[numbers].apply(pd.to_numeric, errors="coerce")
    factors = set(model.vars["latent"])
    measured = (table["op"] == "~") & table["right"].isin(factors) & ~table["left"].isin(factors)
    table.loc[measured, "op"] = "=~"
    table = table.sort_values(["op", "left", "right"], kind="stable").reset_index(drop=True)
    stats = semopy.calc_stats(model).T["Value"]
    observed = model.vars["observed"]
    sigma = model.calc_sigma()[0]
    return Structural(
        table,
        pd.Series(
            {
                "chi2": float(stats["chi2"]), "df": int(stats["DoF"]), "p": float(stats["chi2 p-value"]),
                "cfi": float(stats["CFI"]), "tli": float(stats["TLI"]), "rmsea": float(stats["RMSEA"]),
                "srmr": srmr(data[observed].cov(ddof=0).to_numpy(), sigma),
            },
            dtype=object,
        ),
    )  # fmt: skip


def srmr(sample: np.ndarray, implied: np.ndarray) -> float:
    """Standardised root mean square residual of a covariance matrix, the diagonal included.

    Residuals are ``s_ij / sqrt(s_ii s_jj) - sigma_ij / sqrt(s_ii s_jj)``, over the ``p (p + 1) / 2`` entries.

    Parameters
    ----------
    sample, implied : ndarray, shape (p, p)

    Examples
    --------
    >>> srmr([[1, 0.5], [0.5, 1]], [[1, 0.2], [0.2, 1]]).__round__(4)
    0.1732
    """
    s, sigma = np.asarray(sample, dtype=float), np.asarray(implied, dtype=float)
    if s.shape != sigma.shape or s.ndim != 2:
        raise ValueError("implied: a matrix of the shape of the sample's is needed")
    scale = np.sqrt(np.outer(np.diag(s), np.diag(s)))
    residual = ((s - sigma) / scale)[np.tril_indices(len(s))]
    return float(np.sqrt((residual**2).mean()))
