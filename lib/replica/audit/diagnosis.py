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
from itertools import chain, combinations, islice

from .formula import Key
from .interval import interval
from .ledger import Report, Row
from .numbers import read, stars

MOST_PLANTED = 3000  # planted errors evaluated in a chapter; beyond it, a sample with a fixed seed
MOST_MISPRINTS = 3  # largest set of numbers changed together
MOST_RECHECKS = 30_000  # enclosures in the search for one group of failed checks (a verdict counts as three)
MOST_NODES, MOST_SOLUTIONS = 3000, 24  # steps of the search for covers of one size, solutions returned
MOST_EXCHANGED = 12  # cells of one row that are exchanged in pairs
_TOKEN = re.compile(r"\d[\d,]*\.?\d*|\.\d+")
_KINDS = ("stars", "digit", "sign", "transposition", "exchange", "decimal point", "other value", "statement")
_PROPOSALS = {"digit": 3} | dict.fromkeys(("stars", "sign", "transposition", "decimal point", "statement"), 1)
WITHDRAWN = "does not hold"
_RANK = {"consistent": 0, "not checkable": 0, "open": 1, "last digit": 2, "inconsistent": 3}


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


def _star_errors(text: str) -> list[str]:
    """Other numbers of significance stars, the nearest first."""
    body, printed = text.rstrip("*∗⁎＊ "), stars(text)
    return [body + "*" * n for n in sorted(range(4), key=lambda n: abs(n - printed))]


def slips(text: str) -> list[tuple[str, str]]:
    """(kind, text) of every simple slip of a number, in the order in which they are tried.

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
    cut: bool = False  # whether a search ended at a limit

    def __post_init__(self):
        for row in self.rows:
            for key in _printed_keys(row):
                self.readers.setdefault(key, []).append(row)

    def text(self, key: Key) -> str:
        """What is printed there."""
        if key in self.texts:
            return self.texts[key]
        return key[2] or next(r.printed for r in self.readers[key] if r.target_key == key)

    def is_statement(self, key: Key) -> bool:
        """Whether the key stands for a claim in words, not for a printed number."""
        return key[1] == "printed" and any(r.kind == "text" and r.target_key == key for r in self.readers[key])

    def edits(self, key: Key) -> list[tuple[str, str]]:
        """(kind, text) of the simple edits to try."""
        if self.is_statement(key):
            return [("statement", WITHDRAWN)]
        text = self.text(key)
        starred = any(r.target_key == key and r.target.kind == "stars" for r in self.readers[key])
        changed = [("stars", new) for new in _star_errors(text) if new != text] if starred else []
        return changed + slips(text)

    def verdict(self, row: Row, replaced: dict[Key, str]) -> str:
        """The verdict on a row with some numbers replaced."""
        if replaced.get(row.target_key) == WITHDRAWN:
            return "consistent"
        self.budget -= 3
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

    def repairs(self, row: Row, replaced: dict[Key, str]) -> bool:
        """Whether a failed row becomes consistent; one enclosure rules most trials out."""
        withdrawn = replaced.get(row.target_key) == WITHDRAWN
        return (withdrawn or self.reaches(row, replaced)) and self.verdict(row, replaced) == "consistent"

    def spares(self, rows: Iterable[Row], replaced: dict[Key, str], repair: bool = False) -> bool:
        """Whether no row gets worse; with `repair`, whether rows that failed become consistent."""
        rows = sorted((r for r in rows if repair or r.verdict != "inconsistent"), key=lambda r: len(r.keys))
        if not all(replaced.get(r.target_key) == WITHDRAWN or self.reaches(r, replaced) for r in rows):
            return False
        return not any(self.worsens(r, replaced) for r in rows)

    def worsens(self, row: Row, replaced: dict[Key, str]) -> bool:
        """Whether a failed row does not become consistent, or another falls from consistent or open, or lower still."""
        allowed = 0 if row.verdict == "inconsistent" else max(1, _RANK[row.verdict])
        return _RANK[self.verdict(row, replaced)] > allowed


def _printed_keys(row: Row) -> tuple[Key, ...]:
    """The printed numbers of a row; constants of a table check are arguments of its call, not numbers of their own."""
    return tuple(k for k in row.keys if not (row.kind == "table" and k[1] == "constant"))


def _chapter(report: Report, chapter: str | None) -> _Chapter:
    if chapter is not None and chapter not in report.chapters:
        raise ValueError(f"chapter: {chapter!r} is not in the report (known: {', '.join(report.chapters)})")
    if chapter is None and len(report.chapters) != 1:
        raise ValueError("chapter: the report holds several, name one")
    name = chapter or report.chapters[0]
    rows = [r for r in report.rows if r.chapter == name and r.formula is not None]
    texts = report.printed_numbers(name)
    arguments = {k for r in rows if r.kind == "table" for k in r.keys if k[1] == "constant"}
    texts = {k: text for k, text in texts.items() if k not in arguments}
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
    kind : {"stars", "digit", "sign", "transposition", "exchange", "decimal point", "other value", "statement"}
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
        Whether the search ended before its limit; if not, a smaller explanation may exist.
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
        Failed checks that share no printed number are explained apart, and so are those (`size` None) that no change
        of single numbers repairs, such as a column that repeats another.
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
        slips = sum(g.size or 0 for g in self.groups)
        beyond = sum(len(g.rows) for g in self.groups if g.size is None)
        parts = []
        if slips:
            some = "it" if self.failed == 1 else f"{self.failed - beyond} of them" if beyond else "them all"
            parts.append(f"{slips} misprint{'s' if slips > 1 else ''} would explain {some}")
        if beyond:
            parts.append(f"for {'one' if beyond == 1 else beyond} no change of single numbers was found")
        if not all(g.complete for g in self.groups):
            parts.append("the search for fewer ended at its limit")
        return f"{checks}: {'; '.join(parts)}."


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
        With the smallest solutions found within the limits of the search.

    Raises
    ------
    ValueError
        If the chapter is not in the report, or `most` is not positive.
    """
    if most < 1:
        raise ValueError(f"most: a positive number is needed, not {most}")
    here = _chapter(report, chapter)
    failed = [r for r in here.rows if r.verdict == "inconsistent" and _printed_keys(r)]
    groups = tuple(chain.from_iterable(_explain(here, rows, most) for rows in _components(failed)))
    return Misprints(chapter or report.chapters[0], len(failed), groups)


def _components(rows: list[Row]) -> list[list[Row]]:
    """Rows joined by shared numbers."""
    groups: list[tuple[set[Key], list[Row]]] = []
    for row in rows:
        keys, members = set(_printed_keys(row)), [row]
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


def _explain(here: _Chapter, failed: list[Row], most: int) -> Iterator[Group]:
    """Single slips joined to smallest covers, smaller sets that act jointly; rows beyond both form a group apart."""
    here.budget, here.cut = MOST_RECHECKS, False
    repairs = _single_repairs(here, failed)
    covered = frozenset().union(*(done for _, done in repairs))
    size, solutions = _covers(here, repairs, covered)
    sets = [_printed_keys(row) for row in failed]
    least = _least(sets, most)
    beyond = [row for i, row in enumerate(failed) if i not in covered or not solutions]
    for smaller in range(least, min(most, most if beyond else size - 1) + 1):
        joint = []
        for chosen in hitting_sets(sets, smaller):
            joint += islice(_joint_repairs(here, failed, chosen), 1)
            if here.budget <= 0:
                break
        if joint:
            size, solutions, beyond = smaller, joint, []
        if joint or here.budget <= 0:
            break
    complete = here.budget > 0 and not here.cut
    solutions.sort(key=lambda edits: sum(_KINDS.index(e.kind) for e in edits))
    explained = [row for row in failed if not any(row is b for b in beyond)]
    if explained:
        least = _least([_printed_keys(row) for row in explained], most)
        yield Group(tuple(r.id for r in explained), least, size, tuple(solutions[:MOST_SOLUTIONS]), complete)
    if beyond:
        least = _least([_printed_keys(row) for row in beyond], most)
        yield Group(tuple(r.id for r in beyond), least, None, (), complete)


_Repairs = dict[tuple[frozenset[Key], frozenset[int]], list[tuple[Edit, ...]]]


def _single_repairs(here: _Chapter, failed: list[Row]) -> _Repairs:
    """Single slips that repair failed rows and make no other row worse, by numbers touched and rows repaired."""
    found: _Repairs = {}
    for key in dict.fromkeys(k for row in failed for k in _printed_keys(row)):
        mine = [i for i, row in enumerate(failed) if key in row.keys]
        others = [r for r in here.readers[key] if not any(r is failed[i] for i in mine)]
        numbers = frozenset([key])
        for kind, text in here.edits(key):
            if here.budget <= 0:
                return found
            done = frozenset(i for i in mine if here.repairs(failed[i], {key: text}))
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
            if any(row is r for r in readers) and here.repairs(row, replaced)
        )  # fmt: skip
        if done and here.spares((r for r in readers if r.verdict != "inconsistent"), replaced):
            edits = tuple(Edit(k, here.text(k), replaced[k], "exchange") for k in (a, b))
            found[frozenset((a, b)), done] = [edits]
    return found


def _covers(
    here: _Chapter, repairs: _Repairs, everything: frozenset[int]
) -> tuple[int | None, list[tuple[Edit, ...]]]:
    """(slips, solutions): smallest sets of single repairs of different numbers that repair all these rows together."""
    of_row = {i: [way for way in repairs if i in way[1]] for i in everything}
    compatible: dict[tuple, bool] = {}
    nodes = 0

    def go_together(first: tuple[Edit, ...], second: tuple[Edit, ...]) -> bool:
        if (first, second) not in compatible:
            compatible[first, second] = _together(here, first + second)
        return compatible[first, second]

    def grow(chosen: tuple, used: frozenset, covered: frozenset[int], left: int) -> Iterator[tuple]:
        nonlocal nodes
        nodes += 1
        open_rows = sorted(everything - covered, key=lambda i: (len(of_row[i]), i))
        if not open_rows:
            yield chosen
        elif _apart([tuple(of_row[i]) for i in open_rows]) <= left and nodes < MOST_NODES and here.budget > 0:
            for numbers, done in of_row[open_rows[0]]:
                for edits in repairs[numbers, done] if not numbers & used else ():
                    if all(go_together(edits, other) for other in chosen):
                        yield from grow((*chosen, edits), used | numbers, covered | done, left - 1)
                        break

    for size in range(_apart([tuple(of_row[i]) for i in sorted(everything)]), len(everything) + 1):
        solutions: dict[frozenset[Key], tuple[Edit, ...]] = {}
        nodes = 0
        for chosen in islice(grow((), frozenset(), frozenset(), size), MOST_SOLUTIONS):
            edits = tuple(chain(*chosen))
            numbers = frozenset(edit.key for edit in edits)
            if numbers not in solutions and _together(here, edits):
                solutions[numbers] = _with_alternatives(here, edits, repairs)
        if solutions:
            return size, list(solutions.values())
        here.cut |= nodes >= MOST_NODES
    return None, []


def _with_alternatives(here: _Chapter, edits: tuple[Edit, ...], repairs: _Repairs) -> tuple[Edit, ...]:
    """The edits, each with the other proposals that go together with the rest, in the order of their keys."""
    result = []
    for i, edit in enumerate(edits):
        ways = [options for options in repairs.values() if (edit,) in options]
        proposals = [other for options in ways for (other,) in options if other != edit]
        fitting = [p for p in proposals if _together(here, (*edits[:i], p, *edits[i + 1 :]))]
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


def _caught(here: _Chapter, key: Key, new: str) -> bool:
    rows = (r for r in here.readers[key] if r.verdict != "inconsistent")
    return any(row.recheck({key: new}) == "inconsistent" for row in sorted(rows, key=lambda r: len(r.keys)))
