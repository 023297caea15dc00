"""Jobs, the unemployed, and a platform for flexible work: the matching model with one more option.

>>> from replica.models.matching import Labour, steady_state
>>> print(steady_state(Labour()))
unemployed 6.9 % (of these on the platform 0.0 %), tightness 0.98

**Regular jobs** (Pissarides 2000, chapter 1). Matches are ``efficiency u**curve v**(1-curve)``; with tightness
:math:`\\theta = v/u` workers find jobs at the rate :math:`f = A\\theta^{1-\\eta}`. Free entry and Nash bargaining give

.. math:: (1-\\beta)(y - z) = \\frac{(r+s)\\,c}{q(\\theta)} + \\beta c\\,\\theta, \\qquad u = \\frac{s}{s+f(\\theta)} .

**Flexible work.** The platform reaches a share `coverage` of the unemployed. Such a worker has an effort cost, uniform
up to `effort`, and works if the pay `g` exceeds it, so that being unemployed is worth
:math:`z = b + coverage\\,E(g-x)^+`. Firms want :math:`D\\,y^{\\chi} g^{-\\epsilon}` flexible workers: `cycle` is how
demand answers the state of the economy, `elasticity` how it answers pay. The pay clears that market.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

_RANGES = {
    "productivity": (0.0, math.inf),
    "benefit": (0.0, math.inf),
    "separation": (0.0, math.inf),
    "interest": (0.0, math.inf),
    "bargaining": (0.0, 1.0),
    "curve": (0.0, 1.0),
    "efficiency": (0.0, math.inf),
    "vacancy_cost": (0.0, math.inf),
    "effort": (0.0, math.inf),
    "elasticity": (0.0, math.inf),
    "demand": (0.0, math.inf),
}


@dataclass(frozen=True)
class Labour:
    """A labour market; rates are a quarter. Defaults are those of Shimer (2005), without a platform.

    Attributes
    ----------
    productivity, benefit : float
        Output of a job, and the value of leisure and benefits.
    separation, interest : float
        A quarter.
    bargaining, curve : float
        Workers' share of the surplus; elasticity of matches to unemployment.
    efficiency, vacancy_cost : float
        Scale of matching; cost of an open vacancy.
    coverage : float
        Share of the unemployed whom the platform reaches.
    effort, demand, elasticity, cycle : float
        Of flexible work, as in the module.
    """

    productivity: float = 1.0
    benefit: float = 0.4
    separation: float = 0.1
    interest: float = 0.012
    bargaining: float = 0.72
    curve: float = 0.72
    efficiency: float = 1.355
    vacancy_cost: float = 0.213
    coverage: float = 0.0
    effort: float = 0.6
    demand: float = 0.01
    elasticity: float = 1.0
    cycle: float = 1.0

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and low < value < high):
                raise ValueError(f"{name}: expected a number in ({low:g}, {high:g}), got {value!r}")
        if not 0 <= self.coverage <= 1:
            raise ValueError(f"coverage: expected a share, got {self.coverage!r}")
        if not math.isfinite(self.cycle):
            raise ValueError(f"cycle: expected a finite number, got {self.cycle!r}")
        if self.benefit >= self.productivity:
            raise ValueError("benefit: expected less than productivity, else nobody opens a job")


@dataclass(frozen=True)
class State:
    """A steady state.

    Attributes
    ----------
    tightness, unemployment : float
        Vacancies for each person without a regular job; share of the labour force without one.
    flexible : float
        Share of the labour force in flexible work, a part of the unemployed.
    idle : float
        Unemployment less flexible work.
    pay : float
        Of flexible work; zero where there is no platform.
    """

    tightness: float
    unemployment: float
    flexible: float
    idle: float
    pay: float

    def __str__(self) -> str:
        share = 100 * self.flexible / self.unemployment
        return (
            f"unemployed {100 * self.unemployment:.1f} % (of these on the platform {share:.1f} %), "
            f"tightness {self.tightness:.2f}"
        )


def _tightness(market: Labour, outside: float) -> float:
    """Root of free entry in logarithms of tightness; the right side rises, so bisection."""
    gain = (1 - market.bargaining) * (market.productivity - outside)
    if gain <= 0:
        return 0.0
    low, high = -40.0, 20.0
    for _ in range(50):
        middle = (low + high) / 2
        theta = math.exp(middle)
        filling = market.efficiency * theta**-market.curve
        cost = (market.interest + market.separation) * market.vacancy_cost / filling
        cost += market.bargaining * market.vacancy_cost * theta
        low, high = (middle, high) if cost < gain else (low, middle)
    return math.exp((low + high) / 2)


def steady_state(market: Labour) -> State:
    """Tightness, unemployment and flexible work.

    Supply of flexible work rises with its pay (more of the unemployed accept, and more are unemployed because jobs
    are worth less), demand falls: one pay clears the market.

    Raises
    ------
    ValueError
        From :class:`Labour`, if a parameter is out of its range.
    """

    def at(pay: float) -> State:
        worth = pay**2 / (2 * market.effort) if pay <= market.effort else pay - market.effort / 2
        theta = _tightness(market, market.benefit + market.coverage * worth)
        finding = market.efficiency * theta ** (1 - market.curve)
        unemployed = market.separation / (market.separation + finding)
        flexible = unemployed * market.coverage * min(pay / market.effort, 1.0)
        return State(theta, unemployed, flexible, unemployed - flexible, pay)

    if market.coverage == 0:
        return at(0.0)
    low, high = 1e-9, 50.0 * market.productivity
    for _ in range(44):
        pay = (low * high) ** 0.5
        wanted = market.demand * market.productivity**market.cycle * pay**-market.elasticity
        low, high = (pay, high) if at(pay).flexible < wanted else (low, pay)
    return at((low * high) ** 0.5)


def elasticities(market: Labour, step: float = 0.01) -> dict[str, float]:
    """How tightness, unemployment, flexible work and idleness answer a percent of productivity.

    Central differences of logarithms between steady states, with productivity lower and higher by `step`. Flexible
    work is counter-cyclical where its elasticity is negative.

    Examples
    --------
    >>> print(f"{0.6 * elasticities(Labour())['tightness']:.2f}")
    1.03
    """
    if not 0 < step < 0.2:
        raise ValueError(f"step: expected a number in (0, 0.2), got {step!r}")
    down, up = (steady_state(replace(market, productivity=market.productivity * (1 + k))) for k in (-step, step))
    span = math.log((1 + step) / (1 - step))
    names = ("tightness", "unemployment", "flexible", "idle")
    return {
        name: math.log(getattr(up, name) / getattr(down, name)) / span if getattr(up, name) > 0 else 0.0
        for name in names
    }
