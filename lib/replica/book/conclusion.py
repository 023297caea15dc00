"""How one conclusion of an article is judged: six kinds, of which only the first two carry a percentage.

A *region* gives the shares of draws in which the stated effect is up, absent and down over a box of parameters, with
an interval that covers all randomness. A *test* says how often the article's own test would report the effect where
it is false, and where it is true by as much as printed. *Follows* is a line of algebra, *print* counts printed
comparisons, *data* is an estimate on open data, and *untested* gives the reason. No two kinds are averaged.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from replica import check
from replica.book.markup import escape
from replica.book.style import check_text

KINDS = {
    "region": "Region",
    "test": "Test",
    "follows": "Follows",
    "print": "Print",
    "data": "Data",
    "untested": "Untested",
}
RUN = ("region", "test", "print", "data")


def percent(share: float) -> str:
    """A share as a percentage that shows 0 and 100 only where nothing or everything is meant.

    Examples
    --------
    >>> percent(0.004), percent(0.0), percent(0.996), percent(0.42)
    ('1 %', '0 %', '99 %', '42 %')
    """
    hundredfold = 100 * check.share("share", share)
    shown = hundredfold if hundredfold in (0.0, 100.0) else min(max(hundredfold, 1.0), 99.0)
    return f"{shown:.0f} %"


def _between(low: float, high: float) -> str:
    return f"({percent(low)[:-2]} to {percent(high)})"


def _interval(low: float, estimate: float, high: float) -> None:
    if not check.number("low", low) <= check.number("estimate", estimate) <= check.number("high", high):
        raise ValueError(f"low: expected low <= estimate <= high, got {low!r}, {estimate!r}, {high!r}")


@dataclass(frozen=True)
class Region:
    """Shares of a box of parameters in which the stated effect is up, absent, down.

    Parameters
    ----------
    stated : {"up", "absent", "down"}
        The direction that the article states.
    up, absent, down : float
        Shares of the draws; they sum to 1. A tie is a tie.
    low, high : float
        Interval of the share of the stated direction, over independent repetitions of the whole experiment.
    n : int
        Number of independent repetitions, or of independent draws where one draw is one repetition.
    box : str
        What was varied, each range with its source or the word *assumed*.
    decides : str
        The parameter that decides, as a sentence with its name and unit, and the share when its range is halved.

    Raises
    ------
    ValueError
        If shares do not sum to 1, the interval does not hold the estimate, or a text is empty.
    """

    stated: str
    up: float
    absent: float
    down: float
    low: float
    high: float
    n: int
    box: str
    decides: str
    kind: ClassVar[str] = "region"

    def __post_init__(self) -> None:
        check.one_of("stated", self.stated, ("up", "absent", "down"))
        shares = [check.share(name, getattr(self, name)) for name in ("up", "absent", "down")]
        if abs(sum(shares) - 1) > 1e-9:
            raise ValueError(f"up: the three shares sum to {sum(shares):g}, not to 1")
        check.share("low", self.low), check.share("high", self.high), check.whole("n", self.n, 2)
        _interval(self.low, getattr(self, self.stated), self.high)
        check_text("box", self.box), check_text("decides", self.decides)

    def words(self) -> str:
        """What came out, in one sentence and the three shares."""
        three = ", ".join(
            f"{name} in {percent(getattr(self, name))}"
            + (f" {_between(self.low, self.high)}" if name == self.stated else "")
            for name in ("up", "absent", "down")
        )
        return f"{three[0].upper()}{three[1:]} of the region, n = {self.n:,}. {self.box} {self.decides}"

    def record(self) -> dict[str, Any]:
        """Machine-readable row."""
        return {"estimate": getattr(self, self.stated), "low": self.low, "high": self.high, "n": self.n} | {
            name: getattr(self, name) for name in ("up", "absent", "down")
        }


@dataclass(frozen=True)
class Test:
    """How often the article's own test reports the effect where it is false, and where it is as large as printed.

    Parameters
    ----------
    size, power : (float, float, float)
        Share of samples with a report, and its Monte Carlo interval: (estimate, low, high).
    n : int
        Samples behind each of the two.
    worth : str
        What the report is worth, in a sentence; it never says that the conclusion holds.
    """

    size: tuple[float, float, float]
    power: tuple[float, float, float]
    n: int
    worth: str
    kind: ClassVar[str] = "test"

    def __post_init__(self) -> None:
        for name in ("size", "power"):
            check.array(name, getattr(self, name), 0.0, 1.0, shape=(3,))
            estimate, low, high = getattr(self, name)
            _interval(low, estimate, high)
        check.whole("n", self.n, 2)
        check_text("worth", self.worth)

    def words(self) -> str:
        """What came out, in words."""
        false, true = ((percent(e), _between(low, high)) for e, low, high in (self.size, self.power))
        return (
            f"The test reports it in {false[0]} {false[1]} of samples where it is false, and in {true[0]} {true[1]} "
            f"where it is true by as much as printed; n = {self.n:,} each. {self.worth}"
        )

    def record(self) -> dict[str, Any]:
        """Machine-readable row; the estimate is the size of the test."""
        estimate, low, high = self.size
        return {"estimate": estimate, "low": low, "high": high, "n": self.n, "power": list(self.power)}


@dataclass(frozen=True)
class Print:
    """k of n printed comparisons, with both numbers of each in `numbers`."""

    k: int
    n: int
    numbers: str
    kind: ClassVar[str] = "print"

    def __post_init__(self) -> None:
        check.whole("n", self.n, 1)
        check.whole("k", self.k, 0, self.n)
        check_text("numbers", self.numbers)

    def words(self) -> str:
        """What is printed, in words."""
        return f"{self.k} of {self.n} printed {'comparison' if self.n == 1 else 'comparisons'}. {self.numbers}"

    def record(self) -> dict[str, Any]:
        """Machine-readable row."""
        return {"estimate": self.k, "low": None, "high": None, "n": self.n}


@dataclass(frozen=True)
class Data:
    """An estimate with its interval on open data.

    Parameters
    ----------
    estimate, low, high : float
        In the unit that `what` names.
    n : int
        Observations.
    what : str
        What is estimated, on which data, in which unit.
    distance : str
        How far those data are from the article's.
    digits : int
        Decimals shown.
    """

    estimate: float
    low: float
    high: float
    n: int
    what: str
    distance: str
    digits: int = 2
    kind: ClassVar[str] = "data"

    def __post_init__(self) -> None:
        _interval(self.low, self.estimate, self.high)
        check.whole("n", self.n, 1)
        check.whole("digits", self.digits, 0, 6)
        check_text("what", self.what), check_text("distance", self.distance)

    def words(self) -> str:
        """The estimate in words."""
        shown = [f"{value:.{self.digits}f}" for value in (self.estimate, self.low, self.high)]
        return f"{self.what}: {shown[0]} ({shown[1]} to {shown[2]}), n = {self.n:,}. {self.distance}"

    def record(self) -> dict[str, Any]:
        """Machine-readable row."""
        return {name: asdict(self)[name] for name in ("estimate", "low", "high", "n")}


Conclusion = Region | Test | Print | Data


def bar(found: Region) -> str:
    """The three shares of a region as a bar; the stated one is filled."""
    parts = "".join(
        f'<span class="{name}{" stated" if name == found.stated else ""}" '
        f'style="width: {100 * getattr(found, name):.0f}%"></span>'
        for name in ("up", "absent", "down")
    )
    return f'<span class="shares" aria-hidden="true">{parts}</span>'


def row(entry: dict[str, str], found: Conclusion | None) -> str:
    """One row of the table of all conclusions."""
    kind = entry["basis"]
    result = escape(found.words() if found else entry["reason"])
    if isinstance(found, Region):
        result = bar(found) + result
    return (
        f'<tr id="conclusion-{escape(entry["id"])}"><th scope="row">{escape(entry["conclusion"])} '
        f'<span class="where">{escape(entry["where"])} · {escape(entry["id"])}</span></th>'
        f'<td><span class="kind-of-conclusion">{KINDS[kind]}</span></td>'
        f'<td class="prose">{result}</td><td class="prose">{escape(entry["would_change"])}</td></tr>'
    )
