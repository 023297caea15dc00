"""What a whole ledger says: the smallest set of misprints that explains it, and what its checks can catch.

*Misprints.* A failed check proves that at least one of the numbers it reads, or the result it is compared with, is not
what it should be. The smallest set of numbers that meets every failed check is a minimal hitting set; whether changing
only these can satisfy all checks, those that passed included, is the feasibility question that Fellegi & Holt (1976, A
systematic approach to automatic edit and imputation, Journal of the American Statistical Association 71) ask of survey
records. Here the edits that are tried first are those of a hand or a typesetter: one digit, the sign, the decimal
point, two digits transposed; then any number with as many decimals.

*Detection power.* Every digit of every printed number is replaced by every other digit, one at a time, and the rows
that read the number are judged again. The share of these planted errors that turn a row inconsistent says what
"consistent" is worth.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import chain, combinations, islice, product

from .formula import Key
from .interval import interval
from .ledger import Report, Row
from .numbers import read

MOST_PLANTED = 4000  # planted errors evaluated in a chapter; beyond it, a sample with a fixed seed
MOST_MISPRINTS = 3  # largest set of numbers changed together
MOST_RECHECKS = 20_000  # rows judged again in the search for one group of failed checks
MOST_EDITS = 12  # combinations of proposals tried for one set of numbers
MOST_COVERS, MOST_SOLUTIONS = 400, 40  # sets of numbers looked at, and solutions returned, for one group
MOST_EXCHANGED = 12  # cells of one row that are exchanged in pairs
_TOKEN = re.compile(r"\d[\d,]*\.?\d*|\.\d+")
_KINDS = ("digit", "sign", "transposition", "exchange", "decimal point", "other value", "statement")
_PROPOSALS = {"digit": 3, "sign": 1, "transposition": 1, "decimal point": 1, "statement": 1}  # kept for one number
WITHDRAWN = "does not hold"
_RANK = {"consistent": 0, "open": 1, "last digit": 2, "inconsistent": 3}


# --- edits of a printed number ---------------------------------------------------------------------------------------
def one_digit_errors(text: str) -> list[str]:
    """Every text with one digit replaced by another; a whole number does not begin with a new zero.

    >>> one_digit_errors("1.9")[:10], len(one_digit_errors("1.9"))
    (['0.9', '2.9', '3.9', '4.9', '5.9', '6.9', '7.9', '8.9', '9.9', '1.0'], 18)
    """
    found = []
    for i, old in enumerate(text):
        if old not in "0123456789":
            continue
        leads = not re.search(r"[\d.]", text[:i]) and text[i + 1 : i + 2].isdecimal()
        found += [text[:i] + new + text[i + 1 :] for new in "0123456789" if new != old and not (leads and new == "0")]
    return found


def _sign_errors(text: str) -> list[str]:
    token = _TOKEN.search(text)
    if not token:
        return []
    before = text[: token.start()]
    if before[-1:] in "-−–" and before:
        return [before[:-1] + text[token.start() :]]
    return [before + "-" + text[token.start() :]]


def _point_errors(text: str, most: int = 4) -> list[str]:
    """The decimal point moved by up to `most` places, lost or inserted."""
    token = _TOKEN.search(text)
    if not token:
        return []
    digits = token.group().replace(",", "")
    whole, _, fraction = digits.partition(".")
    found = []
    for shift in sorted(range(-most, most + 1), key=abs):
        all_digits, place = whole + fraction, len(whole) + shift
        if place < 0:
            all_digits, place = "0" * -place + all_digits, 0
        all_digits = all_digits.ljust(place, "0")
        left, right = all_digits[:place].lstrip("0") or "0", all_digits[place:]
        moved = left + ("." + right if right else "")
        if shift and _TOKEN.fullmatch(moved):
            found.append(text[: token.start()] + moved + text[token.end() :])
    return found


def _transposed(text: str) -> list[str]:
    """Two neighbouring digits exchanged."""
    places = [i for i, c in enumerate(text) if c in "0123456789"]
    pairs = [(i, j) for i, j in zip(places, places[1:], strict=False) if text[i] != text[j] and j - i <= 2]
    swapped = [text[:i] + text[j] + text[i + 1 : j] + text[i] + text[j + 1 :] for i, j in pairs]
    return [new for new in swapped if not re.search(r"(?<![\d.])0\d", new)]


def slips(text: str) -> list[tuple[str, str]]:
    """(kind, text) of every simple slip, in the order in which they are tried.

    >>> [kind for kind, new in slips("0.45") if new in ("0.54", "-0.45", "4.5", "0.46")]
    ['digit', 'sign', 'transposition', 'decimal point']
    """
    kinds = {
        "digit": one_digit_errors(text), "sign": _sign_errors(text), "transposition": _transposed(text),
        "decimal point": _point_errors(text),
    }  # fmt: skip
    seen, found = {text}, []
    for kind, texts in kinds.items():
        for new in texts:
            if new not in seen:
                seen.add(new)
                found.append((kind, new))
    return found


# --- the rows that read a number -------------------------------------------------------------------------------------
@dataclass
class _Chapter:
    """The checked rows of one chapter, by the printed numbers they read."""

    rows: list[Row]
    texts: dict[Key, str]
    readers: dict[Key, list[Row]] = field(default_factory=dict)
    budget: int = MOST_RECHECKS

    def __post_init__(self):
        for row in self.rows:
            for key in row.keys:
                self.readers.setdefault(key, []).append(row)

    def text(self, key: Key) -> str:
        return self.texts.get(key, key[2])

    def is_statement(self, key: Key) -> bool:
        """Whether the key stands for a claim in words, not for a printed number."""
        return key[1] == "printed" and any(r.kind == "text" and r.target_key == key for r in self.readers[key])

    def edits(self, key: Key) -> list[tuple[str, str]]:
        """(kind, text) of the simple edits to try."""
        return [("statement", WITHDRAWN)] if self.is_statement(key) else slips(self.text(key))

    def verdict(self, row: Row, replaced: dict[Key, str]) -> str:
        """The verdict on a row with some numbers replaced."""
        if replaced.get(row.target_key) == WITHDRAWN:
            return "consistent"
        self.budget -= 1
        return row.recheck(replaced)

    def reaches(self, row: Row, replaced: dict[Key, str]) -> bool:
        """Whether one enclosure of the formula over all replaced values does not rule the printed result out."""
        self.budget -= 1
        try:
            text = replaced.get(row.target_key)
            target = (row.target if text is None else row.reader(text)).as_rounded().interval
        except ValueError:
            return False
        for reading in row.formula.readings:
            try:
                box = [p.interval for p in reading.bind(replaced)]
                if interval(reading.function(box)).meets(target):
                    return True
            except ValueError:
                continue
        return False

    def spares(self, rows: Iterable[Row], replaced: dict[Key, str], repair: bool = False) -> bool:
        """Whether no row gets worse; with `repair`, whether rows that failed become consistent."""
        for row in rows:
            failed = row.verdict == "inconsistent"
            allowed = (0 if repair else 3) if failed else max(1, _RANK[row.verdict])
            if _RANK[self.verdict(row, replaced)] > allowed:
                return False
        return True


def _chapter(report: Report, chapter: str | None) -> _Chapter:
    if chapter is not None and chapter not in report.chapters:
        raise ValueError(f"chapter: {chapter!r} is not in the report (known: {', '.join(report.chapters)})")
    if chapter is None and len(report.chapters) != 1:
        raise ValueError("chapter: the report holds several, name one")
    name = chapter or report.chapters[0]
    rows = [r for r in report.rows if r.chapter == name and r.formula is not None]
    texts = report.printed_numbers(name)
    for row in rows:
        if row.target_key[0]:
            texts.setdefault(row.target_key, row.printed)
    return _Chapter(rows, texts)


# --- the smallest set of misprints -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Edit:
    """A printed number and what might have been meant.

    Attributes
    ----------
    key : tuple of str
        (table, row, column), or (claim id, "printed" or "constant", text).
    printed, proposed : str
    kind : {"digit", "sign", "transposition", "exchange", "decimal point", "other value", "statement"}
        "exchange": two cells of one column change places; "statement": the claim in words does not hold.
    alternatives : tuple of str
        Other proposals for this number that would do as well.
    """

    key: Key
    printed: str
    proposed: str
    kind: str
    alternatives: tuple[str, ...] = ()

    def __str__(self) -> str:
        table = re.fullmatch(r"T\d+", self.key[0])
        place = f"{self.key[0]}[{self.key[1]}, {self.key[2]}]" if table else self.key[0]
        proposals = " or ".join((self.proposed, *self.alternatives))
        return f"{place}: {self.printed} → {proposals} ({self.kind})"


@dataclass(frozen=True)
class Group:
    """Failed checks that share printed numbers, and the smallest sets of numbers that explain them.

    Attributes
    ----------
    rows : tuple of str
        Ids of the failed rows.
    least : int
        Size of the smallest set of numbers that meets every failed row: no explanation is smaller.
    size : int or None
        Slips in the smallest explanation that satisfies every check (an exchange of two cells is one slip); None if
        none was found.
    solutions : tuple of tuple of Edit
        Explanations of that size, each of other numbers, simple slips first.
    complete : bool
        Whether the search ended before its limit.
    """

    rows: tuple[str, ...]
    least: int
    size: int | None
    solutions: tuple[tuple[Edit, ...], ...]
    complete: bool


@dataclass(frozen=True)
class Misprints:
    """The smallest set of misprints that explains all failed checks of a chapter.

    Attributes
    ----------
    chapter : str
    failed : int
        Number of failed checks.
    groups : tuple of Group
        Failed checks that share no printed number are explained apart.
    """

    chapter: str
    failed: int
    groups: tuple[Group, ...]

    @property
    def least(self) -> int:
        """No explanation changes fewer numbers."""
        return sum(g.least for g in self.groups)

    @property
    def size(self) -> int | None:
        """Slips in the smallest explanation found; None if some group has none."""
        sizes = [g.size for g in self.groups]
        return None if None in sizes else sum(sizes)

    def __str__(self) -> str:
        if not self.failed:
            return "No check failed."
        checks = f"{self.failed} failed check{'s' if self.failed > 1 else ''}"
        if self.size is None:
            return f"{checks}: at least {self.least} misprints; no set of changes was found that satisfies every check."
        return f"{checks}: {self.size} misprint{'s' if self.size > 1 else ''} would explain them all."


def misprints(report: Report, chapter: str | None = None, most: int = MOST_MISPRINTS) -> Misprints:
    """The smallest set of misprints that explains all failed checks, and the edits that would repair them.

    Parameters
    ----------
    report : Report
    chapter : str, optional
        Needed if the report holds several.
    most : int
        Largest set of numbers that are changed jointly. Numbers that repair failed checks one by one are combined
        without this limit.

    Returns
    -------
    Misprints
        With every smallest solution found within the limits `MOST_RECHECKS` and `MOST_EDITS`.

    Raises
    ------
    ValueError
        If the chapter is not in the report, or `most` is not positive.
    """
    if most < 1:
        raise ValueError(f"most: a positive number is needed, not {most}")
    here = _chapter(report, chapter)
    failed = [r for r in here.rows if r.verdict == "inconsistent" and r.keys]
    groups = tuple(_explain(here, rows, most) for rows in _components(failed))
    return Misprints(chapter or report.chapters[0], len(failed), groups)


def _components(rows: list[Row]) -> list[list[Row]]:
    """Rows joined by shared numbers."""
    groups: list[tuple[set[Key], list[Row]]] = []
    for row in rows:
        keys, members = set(row.keys), [row]
        apart = []
        for other_keys, other_rows in groups:
            if keys & other_keys:
                keys |= other_keys
                members = other_rows + members
            else:
                apart.append((other_keys, other_rows))
        groups = [*apart, (keys, members)]
    order = {id(row): i for i, row in enumerate(rows)}
    return sorted((sorted(g, key=lambda r: order[id(r)]) for _, g in groups), key=lambda g: order[id(g[0])])


def hitting_sets(sets: Sequence[tuple], size: int) -> Iterator[tuple]:
    """Every minimal set of exactly `size` elements that meets each of the sets.

    >>> list(hitting_sets([("a", "b"), ("b", "c")], 1)), list(hitting_sets([("a", "b"), ("b", "c")], 2))
    ([('b',)], [('a', 'c')])
    """
    sets = sorted(sets, key=len)
    seen = set()

    def grow(chosen: tuple) -> Iterator[tuple]:
        missed = [s for s in sets if not set(s) & set(chosen)]
        if not missed:
            if len(chosen) == size and _is_minimal(chosen, sets) and frozenset(chosen) not in seen:
                seen.add(frozenset(chosen))
                yield chosen
        elif len(chosen) + _apart(missed) <= size:
            for element in missed[0]:
                yield from grow((*chosen, element))

    yield from grow(())


def _is_minimal(chosen: tuple, sets: Sequence[tuple]) -> bool:
    return all(any(set(s) & set(chosen) == {element} for s in sets) for element in chosen)


def _apart(sets: Sequence[tuple]) -> int:
    """Number of sets, taken greedily, that share no element: each needs an element of its own."""
    used: set = set()
    found = 0
    for s in sets:
        if not used & set(s):
            used |= set(s)
            found += 1
    return found


def _least(sets: Sequence[tuple], most: int) -> int:
    """Size of the smallest hitting set; beyond `most` a lower bound."""
    for size in range(_apart(sorted(sets, key=len)), most + 1):
        if next(hitting_sets(sets, size), None) is not None:
            return size
    return max(most + 1, _apart(sorted(sets, key=len)))


def _explain(here: _Chapter, failed: list[Row], most: int) -> Group:
    """Numbers that repair failed rows on their own, joined to smallest covers; then smaller sets that act jointly."""
    here.budget = MOST_RECHECKS
    least = _least([row.keys for row in failed], most)
    size, solutions = _covers(here, failed)
    for smaller in range(least, min(most, (size or most + 1) - 1) + 1):
        joint = []
        for chosen in hitting_sets([row.keys for row in failed], smaller):
            joint += islice(_joint_repairs(here, failed, chosen), 1)
            if here.budget <= 0:
                break
        if joint:
            solutions, size = joint, smaller
        if joint or here.budget <= 0:
            break
    solutions.sort(key=lambda edits: sum(_KINDS.index(e.kind) for e in edits))
    return Group(tuple(r.id for r in failed), least, size, tuple(solutions[:MOST_SOLUTIONS]), here.budget > 0)


_Repairs = dict[tuple[frozenset[Key], frozenset[int]], list[tuple[Edit, ...]]]


def _single_repairs(here: _Chapter, failed: list[Row]) -> _Repairs:
    """Single slips that repair failed rows and make no other row worse, by numbers touched and rows repaired."""
    found: _Repairs = {}
    for key in dict.fromkeys(k for row in failed for k in row.keys):
        mine = [i for i, row in enumerate(failed) if key in row.keys]
        others = [r for r in here.readers[key] if not any(r is failed[i] for i in mine)]
        numbers = frozenset([key])
        for kind, text in here.edits(key):
            if here.budget <= 0:
                return found
            done = frozenset(i for i in mine if here.verdict(failed[i], {key: text}) == "consistent")
            known = found.get((numbers, done), [])
            enough = sum(edit.kind == kind for (edit,) in known) >= _PROPOSALS[kind]
            if done and not enough and here.spares(others, {key: text}):
                found.setdefault((numbers, done), []).append((Edit(key, here.text(key), text, kind),))
        for wanted in dict.fromkeys([tuple(mine), *((i,) for i in mine)]):
            if not any(k == numbers and set(wanted) <= done for k, done in found):
                text = _any_value(here, [failed[i] for i in wanted], others, {}, key)
                if text is not None:
                    edit = Edit(key, here.text(key), text, "other value")
                    found[numbers, frozenset(wanted)] = [(edit,)]
    return found | _exchanges(here, failed)


def _exchanges(here: _Chapter, failed: list[Row]) -> _Repairs:
    """Two cells of one column exchanged (a row label that slipped), where that repairs failed rows."""
    found: _Repairs = {}
    pairs = {}
    for row in failed:
        cells = [k for k in row.keys if re.fullmatch(r"T\d+", k[0])][:MOST_EXCHANGED]
        same_column = (p for p in combinations(cells, 2) if (p[0][0], p[0][2]) == (p[1][0], p[1][2]))
        pairs |= dict.fromkeys(p for p in same_column if here.text(p[0]) != here.text(p[1]))
    for a, b in pairs:
        replaced = {a: here.text(b), b: here.text(a)}
        readers = {id(r): r for key in (a, b) for r in here.readers[key]}.values()
        done = frozenset(
            i for i, row in enumerate(failed)
            if any(row is r for r in readers) and here.verdict(row, replaced) == "consistent"
        )  # fmt: skip
        if done and here.spares((r for r in readers if r.verdict != "inconsistent"), replaced):
            edits = tuple(Edit(k, here.text(k), replaced[k], "exchange") for k in (a, b))
            found[frozenset((a, b)), done] = [edits]
    return found


def _covers(here: _Chapter, failed: list[Row]) -> tuple[int | None, list[tuple[Edit, ...]]]:
    """(slips, solutions): smallest sets of single repairs of different numbers that repair every failed row."""
    repairs = _single_repairs(here, failed)
    everything = frozenset(range(len(failed)))

    def grow(chosen: tuple, used: frozenset, covered: frozenset[int], left: int) -> Iterator[tuple]:
        if covered == everything:
            yield chosen
        elif left:
            first = min(everything - covered)
            for (numbers, done), options in repairs.items():
                if first in done and not numbers & used:
                    yield from grow((*chosen, options), used | numbers, covered | done, left - 1)

    for size in range(1, len(failed) + 1):
        solutions: dict[frozenset[Key], tuple[Edit, ...]] = {}
        for chosen in islice(grow((), frozenset(), frozenset(), size), MOST_COVERS):
            numbers = frozenset(edit.key for options in chosen for edit in options[0])
            if numbers not in solutions and here.budget > 0:
                trials = (tuple(chain(*parts)) for parts in islice(product(*chosen), MOST_EDITS))
                found = next((edits for edits in trials if _together(here, edits)), None)
                if found:
                    solutions[numbers] = _with_alternatives(here, found, chosen)
        if solutions:
            return size, list(solutions.values())
    return None, []


def _with_alternatives(here: _Chapter, edits: tuple[Edit, ...], chosen: tuple) -> tuple[Edit, ...]:
    """The edits, each with the other proposals that go together with the rest, in the order of their keys."""
    result = []
    for i, edit in enumerate(edits):
        proposals = [o[0] for options in chosen for o in options if len(o) == 1 and o[0].key == edit.key]
        fitting = [p for p in proposals if p != edit and _together(here, (*edits[:i], p, *edits[i + 1 :]))]
        result.append(replace(edit, alternatives=tuple(p.proposed for p in fitting)))
    return tuple(sorted(result, key=lambda e: e.key))


def _together(here: _Chapter, edits: Sequence[Edit]) -> bool:
    """Whether the rows that read several of the edited numbers bear the edits together."""
    replaced = {e.key: e.proposed for e in edits}
    shared = {id(r): r for e in edits for r in here.readers[e.key] if sum(k in replaced for k in r.keys) > 1}
    return here.spares(shared.values(), replaced, repair=True)


def _joint_repairs(here: _Chapter, failed: list[Row], chosen: tuple[Key, ...]) -> Iterator[tuple[Edit, ...]]:
    """Ways to change just the chosen numbers so that every failed row passes and no other row gets worse."""
    touched = {id(r): r for key in chosen for r in here.readers[key]}
    order = sorted(chosen, key=lambda key: len(here.readers[key]))

    def settle(edits: tuple[Edit, ...]) -> Iterator[tuple[Edit, ...]]:
        if len(edits) == len(order):
            yield tuple(sorted(edits, key=lambda e: e.key))
            return
        key, done = order[len(edits)], {e.key: e.proposed for e in edits}
        settled = {*done, key}
        rows = [r for r in touched.values() if key in r.keys and set(r.keys) & set(chosen) <= settled]
        wrong = [r for r in rows if any(r is f for f in failed)]
        others = [r for r in rows if not any(r is f for f in failed)]
        found = False
        for kind, text in here.edits(key):
            if here.budget <= 0:
                return
            trial = {**done, key: text}
            if here.spares(wrong, trial, repair=True) and here.spares(others, trial):
                found = True
                yield from settle((*edits, Edit(key, here.text(key), text, kind)))
        if not found and wrong:
            text = _any_value(here, wrong, others, done, key)
            if text is not None:
                yield from settle((*edits, Edit(key, here.text(key), text, "other value")))

    yield from settle(())


def _any_value(here: _Chapter, wrong: list[Row], others: list[Row], done: dict[Key, str], key: Key) -> str | None:
    """A number with the sign and decimals of the printed one that repairs `wrong` and spares `others`.

    Ranges of values, up to 16 times the printed one, are cut in halves, those near it first, and dropped where the
    enclosure of some row misses its result.
    """
    try:
        printed = read(here.text(key))
    except ValueError:
        return None
    if printed.kind not in ("rounded", "count") or printed.stars:
        return None
    step, sign = printed.unit or Fraction(1), -1 if printed.value < 0 else 1
    target = abs(printed.value) / step
    pending = [(0, int(max(target, 1)) * 16)]

    def number(k: int) -> str:
        return _decimal(sign * k * step, printed.decimals)

    while pending and here.budget > 0:
        low, high = pending.pop()
        if low == high:
            trial = {**done, key: number(low)}
            if here.spares(wrong, trial, repair=True) and here.spares(others, trial):
                return trial[key]
            continue
        span = " to ".join(sorted((number(low), number(high)), key=lambda text: read(text).value))
        if all(here.reaches(row, {**done, key: span}) for row in (*wrong, *others)):
            middle = (low + high) // 2
            halves = [(low, middle), (middle + 1, high)]
            pending += sorted(halves, key=lambda h: -max(h[0] - target, target - h[1], 0))
    return None


def _decimal(value: Fraction, decimals: int) -> str:
    scaled = str(round(abs(value) * 10**decimals)).rjust(decimals + 1, "0")
    digits = f"{scaled[:-decimals]}.{scaled[-decimals:]}" if decimals else scaled
    return f"{'-' if value < 0 else ''}{digits}"


# --- detection power -------------------------------------------------------------------------------------------------
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
    here = _chapter(report, chapter)
    total = DetectionPower(chapter=chapter or report.chapters[0])
    errors = []
    for key, text in sorted(report.printed_numbers(total.chapter).items()):
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


def _caught(here: _Chapter, key: Key, new: str) -> bool:
    rows = (r for r in here.readers[key] if r.verdict != "inconsistent")
    return any(row.recheck({key: new}) == "inconsistent" for row in sorted(rows, key=lambda r: len(r.keys)))
