"""World of chapter 02: emissions with and without AI, and every assumption of the chapter in one box.

The case figures that the article prints stand in ``CASES``; ``ASSUMPTIONS`` holds the ranges of the scenario, and
`emissions_change` is the scenario itself. `lmdi` splits a change of emissions (Ang 2004), `capital_path` is Solow's.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replica import check
from replica.methods.region import Parameter, Region

CASES = pd.DataFrame(
    [
        (
            "world product by 2030",
            "$13 trillion",
            "projected",
            "McKinsey Global Institute 2020",
            "a text of 2018 has it",
            "15 % of world product",
        ),
        (
            "generative AI in the Chinese AI market",
            "33 %",
            "projected",
            "none (IDC named)",
            "no work",
            "nothing without the market's size",
        ),
        (
            "energy of Google's data centres",
            "40 %",
            "measured",
            "Davenport & Ronanki 2018",
            "by its year",
            "at most 0.4 % of electricity",
        ),
        (
            "congestion in cities like Singapore",
            "up to 20 %",
            "not said",
            "World Economic Forum 2023",
            "by its year",
            "nothing: no traffic is printed",
        ),
        ("logistics costs, Amazon", "20 %", "not said", "none", "no work", "a price cut; sign open"),
        ("risk of delay, Toyota", "30 %", "not said", "none", "no work", "nothing: no base is printed"),
        ("emissions per vessel, Maersk", "12 %", "not said", "none", "no work", "sign open without the amount carried"),
        ("exports of eBay sellers", "17.5 %", "estimated", "none", "no work", "trade costs 2 to 6 % lower"),
        ("legal documents, Infosys", "40 %", "not said", "none", "no work", "29 % fewer hours for this task"),
        ("international users, Coursera", "over 60 %", "count", "none", "no work", "no effect is stated"),
        ("delivery cycles, GitHub Copilot", "25 %", "not said", "none", "no work", "nothing: hours are not printed"),
        (
            "customs clearance, TradeTrust",
            "3 days to 4 hours",
            "not said",
            "none",
            "no work",
            "94 % less time at this step",
        ),
        ("fraud detection, customs", "90 %", "not said", "none", "no work", "nothing without the rate of fraud"),
        ("landfill, BASF", "150,000 t a year", "not said", "none", "no work", "0.04 % of plastic waste"),
        ("sorting of e-waste, BlueOak", "3x", "not said", "none", "no work", "nothing: no amount is printed"),
        ("sustainable goods, H&M", "35 %", "not said", "none", "no work", "a rise, unless they replace others"),
        ("small firms with AI capabilities", "15 %", "not said", "none", "no work", "a count of firms, not of output"),
    ],
    columns=["case", "printed", "kind of number", "cited work", "could hold it", "in the aggregate"],
).set_index("case")

ASSUMPTIONS = Region(
    [
        Parameter("ceiling", "adoption in the long run", "share of emissions", 0.2, 0.9),
        Parameter("speed", "speed of the S-curve", "a year", 0.2, 0.6),
        Parameter("middle", "year of half the ceiling", "year", 2026, 2036),
        Parameter("energy", "cut of emissions per service", "share", 0.02, 0.4, "assumed; printed: 12 and 40 %"),
        Parameter("cost", "cut of the cost of a service", "share", 0.0, 0.3, "assumed; printed: 20 %"),
        Parameter("elasticity", "answer of demand to cost", "elasticity", 0.1, 1.5),
        Parameter("gain", "gain of income at full adoption", "share", 0.0, 0.15, "assumed; printed: 13 trillion"),
        Parameter("answer", "answer of emissions to income", "elasticity", 0.3, 1.0),
        Parameter("own", "emissions of AI at full adoption", "share of emissions", 0.0, 0.03),
    ]
)


def adoption(year: ArrayLike, ceiling: ArrayLike, speed: ArrayLike, middle: ArrayLike) -> NDArray[np.float64]:
    """S-curve of adoption: ``ceiling / (1 + exp(-speed (year - middle)))``, a share.

    Examples
    --------
    >>> float(adoption(2030, 0.6, 0.4, 2030))
    0.3
    """
    years, top, rate, half = (
        check.array(name, value)
        for name, value in (("year", year), ("ceiling", ceiling), ("speed", speed), ("middle", middle))
    )
    check.array("ceiling", top, 0.0, 1.0)
    check.array("speed", rate, 0.0)
    return top / (1 + np.exp(-rate * (years - half)))


def emissions_change(sample: pd.DataFrame, year: float) -> NDArray[np.float64]:
    """Change of emissions in a world with AI against one without, as a logarithm.

    With A the adoption, e and c the cuts of emissions and of cost per service, and epsilon the elasticity,
    ``ln[(1 - A + A (1 - e)(1 - c)^(-epsilon)) (1 + gain A)^answer + own A]``.

    Parameters
    ----------
    sample : DataFrame, shape (size, parameters of ASSUMPTIONS)
    year : float

    Returns
    -------
    ndarray, shape (size,)

    Raises
    ------
    ValueError
        If a parameter is missing.

    Examples
    --------
    >>> emissions_change(ASSUMPTIONS.sample(2, seed=1), 1900.0).round(3).tolist()
    [0.0, 0.0]
    """
    missing = [p.symbol for p in ASSUMPTIONS.parameters if p.symbol not in sample]
    if missing:
        raise ValueError(f"sample: no column {missing[0]!r}")
    x = {p.symbol: check.array(p.symbol, sample[p.symbol].to_numpy()) for p in ASSUMPTIONS.parameters}
    share = adoption(check.number("year", year), x["ceiling"], x["speed"], x["middle"])
    service = (1 - x["energy"]) * (1 - x["cost"]) ** -x["elasticity"]
    scale = (1 + x["gain"] * share) ** x["answer"]
    return np.log((1 - share + share * service) * scale + x["own"] * share)


def lmdi(before: ArrayLike, after: ArrayLike) -> NDArray[np.float64]:
    """Additive LMDI-I: what each factor contributes to the change of a sum of products (Ang 2004).

    ``effect_k = sum_i L(E_i1, E_i0) ln(x_ik1 / x_ik0)`` with ``L(a, b) = (a - b) / ln(a / b)`` and ``L(a, a) = a``.

    Parameters
    ----------
    before, after : array_like, shape (sectors, factors)
        Positive factors; the emissions of a sector are their product.

    Returns
    -------
    ndarray, shape (factors,)
        Effects in units of emissions; they sum to the change exactly.

    Raises
    ------
    ValueError
        If the shapes differ or a factor is not positive.

    Examples
    --------
    >>> lmdi([[2.0, 3.0]], [[4.0, 3.0]]).round(6).tolist()
    [6.0, 0.0]
    """
    old = check.array("before", before, 0.0, open_low=True, shape=(None, None))
    new = check.array("after", after, 0.0, open_low=True, shape=old.shape)
    change = np.log(new / old)
    total = change.sum(axis=1)
    ratio = np.where(np.abs(total) < 1e-8, 1 + total / 2, np.expm1(total) / np.where(total == 0, 1, total))
    return (old.prod(axis=1) * ratio) @ change


def capital_path(saving: float, alpha: float, decay: float, start: float, years: int) -> NDArray[np.float64]:
    """Capital per effective worker in Solow's model: ``k' = k + s k^alpha - decay k``, from `start`.

    Parameters
    ----------
    saving, alpha : float
        Shares in (0, 1).
    decay : float
        Growth of workers and of efficiency, and depreciation, a year.
    start : float
    years : int

    Returns
    -------
    ndarray, shape (years + 1,)

    Examples
    --------
    >>> capital_path(0.2, 0.5, 0.1, 4.0, 1).tolist()
    [4.0, 4.0]
    """
    for name, value in (("saving", saving), ("alpha", alpha), ("decay", decay)):
        check.number(name, value, 0.0, 1.0, open_low=True, open_high=True)
    path = [check.positive("start", start)]
    for _ in range(check.whole("years", years)):
        path.append(path[-1] + saving * path[-1] ** alpha - decay * path[-1])
    return np.array(path)
