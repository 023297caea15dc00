"""Why a budget constraint is soft: rescue after the fact, solved backwards from what the rescuer will want to do.

Three small games with closed solutions. In the first, who lends decides whether a bad project is refinanced
(Dewatripont & Maskin 1995). In the second, regions borrow knowing that the centre may rescue and all regions pay
(Qian & Roland 1998; Goodspeed 2002): the opportunity-cost effect and the common-pool effect. In the third, a
government keeps its word only while the spread it would lose is worth more than what hiding debt brings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import binom

Array = NDArray[np.float64]


def _check(name: str, value: ArrayLike, *, positive: bool = False) -> Array:
    array = np.asarray(value, dtype=float)
    if not np.isfinite(array).all() or (array < 0).any() or (positive and (array == 0).any()):
        raise ValueError(f"{name}: expected finite numbers {'above zero' if positive else 'of zero or more'}")
    return array


@dataclass(frozen=True)
class Refinancing:
    """Whether a project that has gone bad gets a second loan of one unit.

    Attributes
    ----------
    one_lender, two_lenders : array of bool
        Soft constraint: the second loan is worth giving if the first lender gives it, or only a new one can.
    effort_one, effort_two : array
        Probability that monitoring makes the project pay; NaN where the loan is not given.
    """

    one_lender: NDArray[np.bool_]
    two_lenders: NDArray[np.bool_]
    effort_one: Array
    effort_two: Array


def refinancing(payoff: ArrayLike, ease: ArrayLike) -> Refinancing:
    """One lender or two, in the spirit of Dewatripont & Maskin (1995).

    A bad project pays `payoff` with probability `a` if it gets one more unit; the first lender chooses the effort `a`
    at cost ``a**2 / (2 ease)``. If she lends herself she keeps all: ``a = ease payoff``, and it is worth it when
    ``ease payoff**2 / 2 >= 1``. If she has no money left, a new lender who cannot watch asks for ``1 / a`` on success;
    effort falls to the larger root of ``a**2 - ease payoff a + ease = 0``, which exists when ``ease payoff**2 >= 4``.
    So for ``2 <= ease payoff**2 < 4`` one deep pocket is soft and several shallow ones are hard.

    Parameters
    ----------
    payoff : array_like
        What the refinanced project pays on success, in units of the second loan.
    ease : array_like
        Ease of monitoring; ``ease payoff <= 1``, so that effort is a probability.

    Raises
    ------
    ValueError
        If an argument is not positive or effort would exceed one.

    Examples
    --------
    >>> game = refinancing([6, 10, 16], 0.05)
    >>> game.one_lender.tolist(), game.two_lenders.tolist()
    ([False, True, True], [False, True, True])
    >>> refinancing(8, 0.05).one_lender.item(), refinancing(8, 0.05).two_lenders.item()
    (True, False)
    """
    x, k = _check("payoff", payoff, positive=True), _check("ease", ease, positive=True)
    if (k * x > 1).any():
        raise ValueError("ease: effort ease * payoff would exceed one")
    strength = k * x**2
    one, two = strength >= 2, strength >= 4
    root = np.sqrt(np.maximum(strength**2 - 4 * strength, 0.0)) / x
    return Refinancing(one, two, np.where(one, k * x, np.nan), np.where(two, (k * x + root) / 2, np.nan))


@dataclass(frozen=True)
class Bailout:
    """Regions choose to borrow prudently or recklessly; the centre then rescues all reckless ones or none.

    Attributes
    ----------
    regions : int
        Number of equal regions.
    gain : float
        What reckless borrowing brings a region if it is rescued.
    penalty : float
        What an unrescued default costs the region.
    cost : float
        Money one rescue takes; every region pays the same part of it in taxes.
    loss : float
        What one unrescued default costs the rest of the country (banks, contagion, votes).
    commitment : float
        What breaking the announced rule "no rescue" costs the centre, once, however many it rescues.
    """

    regions: int
    gain: float
    penalty: float
    cost: float
    loss: float
    commitment: float

    def __post_init__(self) -> None:
        if isinstance(self.regions, bool) or int(self.regions) != self.regions or self.regions < 1:
            raise ValueError(f"regions: expected an integer of one or more, got {self.regions!r}")
        for name in ("gain", "penalty", "cost"):
            _check(name, getattr(self, name), positive=True)
        for name in ("loss", "commitment"):
            _check(name, getattr(self, name))

    def rescues(self, reckless: int) -> bool:
        """Whether the centre rescues `reckless` regions: ``reckless (loss - cost) >= commitment``, and there is one."""
        return reckless > 0 and reckless * (self.loss - self.cost) >= self.commitment

    def threshold(self) -> float:
        """Smallest number of reckless regions that is rescued; infinity where none is."""
        net = self.loss - self.cost
        if net <= 0:
            return 1.0 if net == 0 == self.commitment else np.inf
        smallest = max(1, int(np.ceil(self.commitment / net)))
        smallest -= smallest > 1 and self.rescues(smallest - 1)
        smallest += not self.rescues(smallest)
        return float(smallest)

    def payoffs(self, reckless: int) -> tuple[float, float]:
        """What a prudent and a reckless region get when `reckless` regions are reckless."""
        if self.rescues(reckless):
            tax = reckless * self.cost / self.regions
            return -tax, self.gain - tax
        return 0.0, -self.penalty

    def equilibria(self) -> list[int]:
        """Numbers of reckless regions in pure-strategy equilibria, found from the conditions, not by search.

        - *None*: holds when one deviator is not rescued (``threshold > 1``), or pays too much himself
          (``gain <= cost / regions``).
        - *All*: holds when all are rescued and leaving does not pay: ``gain >= cost / regions``, or, where one
          leaver ends the rescue (``threshold == regions``), ``gain >= cost``.
        - *Exactly the threshold*, between one and all: each is pivotal and stays
          (``gain >= threshold cost / regions``), nobody joins (``gain <= cost / regions``).
          Above one this is impossible; at one it is a knife edge, ``gain == cost / regions``.
        """
        k, n, own = self.threshold(), self.regions, self.cost / self.regions
        found = [0] if k > 1 or self.gain <= own else []
        if k < n and self.gain == own:
            found += [m for m in range(int(k), n) if m > k or m == 1]
        if (k < n and self.gain >= own) or (k == n and self.gain >= self.cost):
            found.append(n)
        return found

    def mixed(self) -> float | None:
        """Probability of recklessness in the symmetric mixed equilibrium; None where there is none inside (0, 1).

        Each region is indifferent when the expected gain from rescue equals the expected penalty and extra tax.
        """
        others = np.arange(self.regions)
        prudent = np.array([self.payoffs(int(m))[0] for m in others])
        reckless = np.array([self.payoffs(int(m) + 1)[1] for m in others])

        def advantage(q: float) -> float:
            return float(binom.pmf(others, self.regions - 1, q) @ (reckless - prudent))

        if self.regions == 1 or advantage(0.0) * advantage(1.0) >= 0:
            return None
        return float(brentq(advantage, 0.0, 1.0, xtol=1e-12))


def debt_choice(
    benefit: ArrayLike, curvature: ArrayLike, repayment: ArrayLike, rescued: ArrayLike, regions: ArrayLike
) -> Array:
    """Debt a region chooses when a share of it will be paid by all (the two effects of Goodspeed 2002).

    With the value of spending ``benefit d - curvature d**2 / 2``, repayment ``repayment d``, of which the share
    ``rescued`` is taken over by the centre and taxed on all regions equally:

    .. math:: d^* = \\frac{b - R\\,[1 - \\varphi (1 - 1/N)]}{\\gamma}

    The opportunity-cost effect is :math:`-\\varphi`, the tax-cost (common-pool) effect :math:`+\\varphi / N`; a single
    region that pays for its own rescue (:math:`N = 1`) borrows as if there were none.

    Examples
    --------
    >>> debt_choice(2.0, 1.0, 1.1, [0.0, 0.5, 0.5], [30, 30, 1]).round(3).tolist()
    [0.9, 1.432, 0.9]
    """
    b, c = _check("benefit", benefit, positive=True), _check("curvature", curvature, positive=True)
    r, n = _check("repayment", repayment, positive=True), _check("regions", regions, positive=True)
    share = _check("rescued", rescued)
    if (share > 1).any():
        raise ValueError("rescued: expected shares in [0, 1]")
    if (n < 1).any():
        raise ValueError("regions: expected one or more")
    return np.maximum(b - r * (1 - share * (1 - 1 / n)), 0.0) / c


def reputation_margin(
    gain: ArrayLike, penalty: ArrayLike, discovery: ArrayLike, patience: ArrayLike
) -> Array:
    """Value of keeping one's word less the value of hiding debt; positive where reputation is enough.

    Hiding brings `gain` a year until it is found out, which happens with probability `discovery` a year; from then on
    the higher spread costs `penalty` a year for ever. With the discount factor `patience` (of money and of staying in
    office together) the value of hiding is
    ``(gain - patience discovery penalty / (1 - patience)) / (1 - patience (1 - discovery))``.

    Examples
    --------
    >>> bool(reputation_margin(1.0, 1.0, 0.2, 0.9) > 0), bool(reputation_margin(1.0, 1.0, 0.2, 0.7) > 0)
    (True, False)
    """
    g, loss = _check("gain", gain), _check("penalty", penalty)
    found, patience = _check("discovery", discovery), _check("patience", patience)
    if (found > 1).any():
        raise ValueError("discovery: expected probabilities")
    if (patience >= 1).any():
        raise ValueError("patience: expected numbers in [0, 1)")
    return (patience * found * loss / (1 - patience) - g) / (1 - patience * (1 - found))
