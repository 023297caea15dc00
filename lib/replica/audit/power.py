"""Detection power: which share of one-digit errors in the printed numbers would the checks of an article catch?

Every digit of every printed number is replaced by every other digit, one at a time, and the rows that read the number
are judged again. The share of these planted errors that turn a row inconsistent says what "consistent" is worth.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from .formula import Key
from .ledger import Numbers, Report
from .slips import one_digit_errors

MOST_PLANTED = 3000  # planted errors evaluated in a chapter; beyond it, a sample with a fixed seed


@dataclass
class Power:
    """Planted one-digit errors and how many of them the checks catch.

    Attributes
    ----------
    numbers : int
        Printed numbers; `checked` of them are read by at least one check.
    checked : int
    errors : int
        Possible one-digit errors in all of them; `checked_errors` of them in the checked numbers.
    checked_errors : int
    planted : int
        Errors planted in checked numbers: all, or a sample.
    caught : int
        Planted errors that turned a row inconsistent.
    """

    numbers: int = 0
    checked: int = 0
    errors: int = 0
    checked_errors: int = 0
    planted: int = 0
    caught: int = 0

    @property
    def share_checked(self) -> float:
        """Share of the errors in numbers under check that the checks catch; 0 where nothing is checked."""
        return self.caught / self.planted if self.planted else 0.0

    @property
    def share_printed(self) -> float:
        """Share of the errors in all printed numbers that the checks catch."""
        return self.share_checked * self.checked_errors / self.errors if self.errors else 0.0

    @property
    def sampled(self) -> bool:
        """Whether `planted` is a sample."""
        return self.planted < self.checked_errors


@dataclass
class DetectionPower(Power):
    """Detection power of a chapter, and of each of its tables ("text" for numbers outside tables).

    Attributes
    ----------
    chapter : str
    parts : dict of str to Power
    """

    chapter: str = ""
    parts: dict[str, Power] = field(default_factory=dict)

    def __str__(self) -> str:
        how = f"a sample of {self.planted} of the " if self.sampled else ""
        return (
            f"The checks catch {self.share_checked:.0%} of {how}{self.checked_errors} one-digit errors in the "
            f"{self.checked} numbers under check, {self.share_printed:.0%} of those in all {self.numbers} printed ones."
        )


def detection_power(
    report: Report, chapter: str | None = None, most: int = MOST_PLANTED, seed: int = 1
) -> DetectionPower:
    """Share of the one-digit errors planted in the printed numbers that the checks catch.

    An error counts as caught if a row that was not inconsistent becomes so. Every digit is replaced by every other;
    where the checked numbers allow more than `most` such errors, a sample of that size is drawn with a fixed seed.

    Parameters
    ----------
    report : Report
    chapter : str, optional
        Needed if the report holds several.
    most : int
    seed : int

    Returns
    -------
    DetectionPower

    Raises
    ------
    ValueError
        If the chapter is not in the report, or `most` is not positive.
    """
    if most < 1:
        raise ValueError(f"most: a positive number is needed, not {most}")
    here = report.numbers(chapter)
    total = DetectionPower(chapter=here.chapter)
    errors = []
    for key, text in sorted(here.texts.items()):
        texts, checked = one_digit_errors(text), key in here.readers
        part = total.parts.setdefault(key[0] if re.fullmatch(r"T\d+", key[0]) else "text", Power())
        for power in (total, part):
            power.numbers += 1
            power.checked += checked
            power.errors += len(texts)
            power.checked_errors += len(texts) if checked else 0
        errors += [(part, key, new) for new in texts if checked]
    if len(errors) > most:
        errors = random.Random(seed).sample(errors, most)
    for part, key, new in errors:
        caught = _caught(here, key, new)
        for power in (total, part):
            power.planted += 1
            power.caught += caught
    return total


def _caught(here: Numbers, key: Key, new: str) -> bool:
    rows = (r for r in here.readers[key] if r.verdict != "inconsistent")
    return any(row.recheck({key: new}) == "inconsistent" for row in sorted(rows, key=lambda r: len(r.keys)))
