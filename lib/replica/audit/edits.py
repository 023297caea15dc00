"""The smallest set of edits that explains the failed checks of an article.

A failed check proves that at least one of the printed numbers it reads, or the result it is compared with, is not what
it should be. Which numbers must change at least, and whether changing only these satisfies all checks, those that
passed included, is the question that Fellegi & Holt (1976, A systematic approach to automatic edit and imputation,
Journal of the American Statistical Association 71) ask of survey records. Here what may change are the edits that occur
in print:

=====================  ================================================================================================
digit, transposition   one digit is another; two neighbouring digits change places
sign                   a minus sign is lost or added
decimal point          one number is a power of ten off: its point, or its unit
stars                  a cell has other stars of significance
labels exchanged       two rows change their labels: all their cells change places, or those of one column
columns exchanged      two columns change places
column moved           a column, or a block of it, stands one row too high or too low
unit                   a whole column is a power of ten off
column pasted          a column repeats another of its table, cell by cell; its own numbers are not in print
table pasted           a table repeats another, cell by cell; its own numbers are not in print
=====================  ================================================================================================

Each is one edit. Numbers that the audit itself typed in a formula are never edited, a claim in words is never explained
by its own failure, and where a person's diagnosis names a slip, that one is shown and nothing else is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

from .decide import judge
from .formula import Key, Table
from .interval import interval
from .ledger import Numbers, Report, Row
from .slips import TOKEN, shifted, slips, star_errors

RECHECKS = 15_000  # enclosures in the search, for each failed check (a verdict counts as three)
MOST_NODES, MOST_SOLUTIONS = 3000, 24  # steps of the search for covers of one size, solutions kept
MOST_EXCHANGED = 40  # rows of a table whose labels are exchanged in pairs
POWERS = (-6, -4, -3, -2, -1, 1, 2, 3, 4, 6)  # of ten, between the units of a column: thousands, 万, millions
NAMED = ("slip", "extraction")  # diagnoses that name an edit
KINDS = (
    "stars", "digit", "sign", "transposition", "decimal point", "labels exchanged", "columns exchanged",
    "column moved", "unit", "column pasted", "table pasted",
)  # fmt: skip
_ANY = "-1000000000000 to 1000000000000"  # stands for a number that is not in print
_RANK = {"consistent": 0, "not checkable": 0, "open": 1, "last digit": 2, "inconsistent": 3}


@dataclass(frozen=True)
class Edit:
    """One edit of what is printed.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    where : str
        The place in words, such as "Table 3, communality".
    what : str
        What is done there, such as ".518 read as .618".
    cells : tuple of (key, text or None)
        What stands there instead; None where the true number is not in print.
    """

    kind: str
    where: str
    what: str
    cells: tuple[tuple[Key, str | None], ...]

    def __str__(self) -> str:
        return f"{self.where}: {self.what} ({self.kind})"

    @property
    def replaced(self) -> dict[Key, str]:
        """The texts that stand in the cells instead."""
        return {key: _ANY if text is None else text for key, text in self.cells}


@dataclass(frozen=True)
class Group:
    """Failed checks that are explained together.

    Attributes
    ----------
    rows : tuple of str
        Ids of the failed rows.
    named : str
        The slip that a person's diagnosis names; "" where none does.
    solutions : tuple of tuple of Edit
        The smallest sets of edits that repair all rows and make none worse, simplest kinds first; () for a named slip.
    complete : bool
        Whether the search ended before its limit; if not, other or smaller sets may exist.
    """

    rows: tuple[str, ...]
    named: str
    solutions: tuple[tuple[Edit, ...], ...]
    complete: bool

    @property
    def size(self) -> int | None:
        """Edits in the smallest explanation; None if no edit of these kinds explains the rows."""
        return 1 if self.named else len(self.solutions[0]) if self.solutions else None

    @property
    def unique(self) -> bool:
        """Whether one smallest set, and only one, was found."""
        return len(self.solutions) == 1 and self.complete


@dataclass(frozen=True)
class Edits:
    """The smallest set of edits that explains all failed checks of a chapter.

    Attributes
    ----------
    chapter : str
    failed : int
        Number of failed checks.
    groups : tuple of Group
        Checks whose slip a person names, then checks that share printed numbers, and those that no edit explains.
    """

    chapter: str
    failed: int
    groups: tuple[Group, ...]

    @property
    def size(self) -> int | None:
        """Edits in the smallest explanation found; None if some group has none."""
        sizes = [g.size for g in self.groups]
        return None if None in sizes else sum(sizes)

    def __str__(self) -> str:
        if not self.failed:
            return "No check failed."
        named = [g for g in self.groups if g.named]
        only = [g for g in self.groups if g.solutions and g.unique]
        several = [g for g in self.groups if g.solutions and not g.unique]
        beyond = [g for g in self.groups if g.size is None]
        parts = [
            f"{_plural(sum(g.size for g in found), 'edit')} {source} would explain {_rows(found)}"
            for found, source in ((named, "named in a diagnosis"), (only, "found by the search"))
            if found
        ]
        if several:
            parts.append(f"for {_rows(several)} several edits would do, and nothing printed tells which")
        if beyond:
            parts.append(f"no edit of these kinds explains {_rows(beyond)}")
        return f"{_plural(self.failed, 'failed check')}: {'; '.join(parts)}."


def _rows(groups: list[Group]) -> int:
    return sum(len(g.rows) for g in groups)


def _plural(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")


def smallest_edits(report: Report, chapter: str | None = None) -> Edits:
    """The smallest set of edits that would explain all failed checks.

    Parameters
    ----------
    report : Report
    chapter : str, optional
        Needed if the report holds several.

    Returns
    -------
    Edits
        With the smallest sets found within the limits of the search.

    Raises
    ------
    ValueError
        If the chapter is not in the report.

    Examples
    --------
    >>> from pathlib import Path
    >>> import replica.audit
    >>> print(smallest_edits(replica.audit.audit(Path(replica.audit.__file__).parent / "template")))
    1 failed check: 1 edit named in a diagnosis would explain 1.
    """
    here = _Search(report.numbers(chapter))
    failed = [r for r in here.numbers.rows if r.verdict == "inconsistent"]
    named: dict[str, list[Row]] = {}
    for row in failed:
        if row.diagnosis in NAMED and row.explanation:
            named.setdefault(row.explanation, []).append(row)
    groups = [Group(tuple(r.id for r in rows), words, (), True) for words, rows in named.items()]
    rest = [r for r in failed if not any(r is other for rows in named.values() for other in rows)]
    keys = [set(_printed(row)) for row in rest]
    for places in _components([{k[0] if _is_cell(k) else k for k in found} for found in keys]):
        groups += here.explain([rest[i] for i in places])
    return Edits(here.numbers.chapter, len(failed), tuple(groups))


def _whole_defects(ways: list[tuple[Edit, frozenset[int]]], failed: list[Row]) -> list[tuple[Edit, frozenset[int]]]:
    """The edits, each with the rows of those defects only that it repairs in all their rows."""
    members: dict[str, set[int]] = {}
    for i, row in enumerate(failed):
        members.setdefault(row.defect, set()).add(i)
    kept = [(edit, frozenset(i for i in done if members[failed[i].defect] <= done)) for edit, done in ways]
    return [(edit, done) for edit, done in kept if done]


def _components(sets: list[set]) -> list[list[int]]:
    """Positions of the sets, joined where they share an element, in order."""
    groups: list[tuple[set, list[int]]] = []
    for i, places in enumerate(sets):
        members, apart = [i], []
        for other_places, other_members in groups:
            if places & other_places:
                places = places | other_places
                members = other_members + members
            else:
                apart.append((other_places, other_members))
        groups = [*apart, (places, members)]
    return sorted(sorted(members) for _, members in groups)


def _printed(row: Row) -> tuple[Key, ...]:
    """The numbers of a row that may be edited: those that are printed, not those typed in its formula."""
    return tuple(k for k in row.keys if k[1] != "constant")


def _is_cell(key: Key) -> bool:
    return bool(re.fullmatch(r"T\d+", key[0]))


# --- covers ----------------------------------------------------------------------------------------------------------
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


# --- the search ------------------------------------------------------------------------------------------------------
@dataclass
class _Search:
    """The search for edits in one chapter, within a budget of enclosures."""

    numbers: Numbers
    budget: int = RECHECKS
    cut: bool = False  # whether a search ended at a limit

    def explain(self, failed: list[Row]) -> Iterator[Group]:
        """Smallest covers by single edits or a pair that acts jointly; rows beyond both form groups of their own."""
        self.budget, self.cut = RECHECKS * len(failed), False
        ways = _whole_defects(list(self.single(failed)), failed)
        complete = self.budget > 0
        left = set(range(len(failed)))
        linked = _components([{*_printed(row), row.defect} for row in failed])
        for places in linked:
            covered = self.covers(ways, frozenset(places))
            if len(places) > 1 and (not covered or len(covered[0]) > 2):
                yield from self.jointly([failed[i] for i in places], left, places)
        of_row = [{n for n, (_, done) in enumerate(ways) if i in done & left} for i in range(len(failed))]
        for places in _components(of_row):
            solutions = self.covers(ways, frozenset(places) & left)
            if solutions:
                left -= set(places)
                rows = tuple(failed[i].id for i in places)
                yield Group(rows, "", tuple(solutions), complete and self.budget > 0 and not self.cut)
        for defect in dict.fromkeys(failed[i].defect for i in sorted(left)):
            rows = tuple(failed[i].id for i in sorted(left) if failed[i].defect == defect)
            yield Group(rows, "", (), complete)

    def jointly(self, failed: list[Row], left: set[int], places: list[int]) -> Iterator[Group]:
        """One group of rows that slips of two numbers, and of no others, explain; its places leave those left."""
        self.budget = RECHECKS * len(failed)
        pairs = list(islice(self.joint(failed), MOST_SOLUTIONS))
        if len({tuple(edit.where for edit in pair) for pair in pairs}) == 1 and self.budget > 0:
            left -= set(places)
            yield Group(tuple(row.id for row in failed), "", tuple(pairs), True)

    def covers(self, ways: list[tuple[Edit, frozenset[int]]], everything: frozenset[int]) -> list[tuple[Edit, ...]]:
        """The smallest sets of single edits that repair all these rows together, simplest kinds first."""
        of_row = {i: [(edit, done & everything) for edit, done in ways if i in done] for i in everything}
        if not everything or not all(of_row.values()):
            return []
        nodes = 0

        def grow(chosen: tuple[Edit, ...], covered: frozenset[int], left: int) -> Iterator[tuple[Edit, ...]]:
            nonlocal nodes
            nodes += 1
            missing = sorted(everything - covered, key=lambda i: (len(of_row[i]), i))
            if not missing:
                yield chosen
            elif left and nodes < MOST_NODES and self.budget > 0:
                used = {key for edit in chosen for key, _ in edit.cells}
                for edit, done in of_row[missing[0]]:
                    if not used & edit.replaced.keys() and all(self.together((edit, other)) for other in chosen):
                        yield from grow((*chosen, edit), covered | done, left - 1)

        for size in range(1, len(everything) + 1):
            solutions: dict[frozenset[Edit], tuple[Edit, ...]] = {}
            nodes = 0
            for chosen in islice(grow((), frozenset(), size), MOST_SOLUTIONS):
                if self.together(chosen):
                    solutions.setdefault(frozenset(chosen), chosen)
            if solutions:
                self.cut |= nodes >= MOST_NODES
                return sorted(solutions.values(), key=lambda edits: sum(KINDS.index(e.kind) for e in edits))
            self.cut |= nodes >= MOST_NODES
        return []

    def single(self, failed: list[Row]) -> Iterator[tuple[Edit, frozenset[int]]]:
        """(edit, failed rows that it repairs) of every single edit that repairs some and makes no row worse."""
        seen: set[tuple] = set()
        moved: dict[tuple[str, str], list[frozenset[int]]] = {}
        for edit in self.candidates(failed):
            if self.budget <= 0:
                return
            replaced, free = edit.replaced, {key for key, text in edit.cells if text is None}
            known = (edit.kind if len(edit.cells) == 1 else "", frozenset(replaced.items()))
            if known in seen:
                continue
            seen.add(known)
            vacated = free if edit.kind == "column moved" else set()
            done = frozenset(
                i for i, row in enumerate(failed)
                if replaced.keys() & row.keys and not vacated & set(row.keys)
                and self.repairs(row, replaced, sharply=edit.kind == "unit")
            )  # fmt: skip
            wide = edit.kind in ("unit", "column pasted", "table pasted") or (edit.kind == "column moved" and not free)
            if len(done) < 1 + wide:
                continue  # what happened to a column shows in more than one row
            longer = moved.setdefault((edit.where, edit.what.split(" moved ")[-1]), [])
            if edit.kind == "column moved" and any(done <= other for other in longer):
                continue  # the longest block stands for the shorter ones within it
            touched = self.readers(replaced)
            if self.spares((r for r in touched if not any(r is failed[i] for i in done)), replaced):
                longer.append(done)
                yield edit, done

    def together(self, edits: Sequence[Edit]) -> bool:
        """Whether the rows that read cells of several of these edits bear them together."""
        replaced = {key: text for edit in edits for key, text in edit.replaced.items()}
        own = [edit.replaced.keys() for edit in edits]
        shared = [r for r in self.readers(replaced) if sum(bool(keys & r.keys) for keys in own) > 1]
        return all(self.repairs(r, replaced) for r in shared if r.verdict == "inconsistent") and self.spares(
            (r for r in shared if r.verdict != "inconsistent"), replaced
        )

    def joint(self, failed: list[Row]) -> Iterator[tuple[Edit, ...]]:
        """Pairs of simple slips that repair all these rows together, where no single edit does."""
        keys = [_printed(row) for row in failed]
        for first, second in hitting_sets(keys, 2) if all(keys) else ():
            yield from self.pairs(failed, first, second)

    def pairs(self, failed: list[Row], first: Key, second: Key) -> Iterator[tuple[Edit, ...]]:
        """Simple slips of two numbers that repair all failed rows and make no row worse."""
        rows = self.readers({first: "", second: ""})
        alone = [r for r in rows if first in r.keys and second not in r.keys]
        for one in self.slips_of(first):
            if self.budget <= 0:
                return
            if not self.bears(alone, failed, one.replaced):
                continue
            for other in self.slips_of(second):
                replaced = one.replaced | other.replaced
                if self.budget > 0 and self.bears([r for r in rows if second in r.keys], failed, replaced):
                    yield one, other

    def bears(self, rows: list[Row], failed: list[Row], replaced: dict[Key, str]) -> bool:
        """Whether these rows become consistent where they failed, and get no worse where not."""
        wrong = [r for r in rows if any(r is f for f in failed)]
        return all(self.repairs(r, replaced) for r in wrong) and self.spares(
            (r for r in rows if not any(r is f for f in failed)), replaced
        )

    # --- rows under an edit ---
    def readers(self, replaced: dict[Key, str]) -> list[Row]:
        """The rows that read any of these numbers."""
        return list({id(r): r for key in replaced for r in self.numbers.readers.get(key, ())}.values())

    def reaches(self, row: Row, replaced: dict[Key, str]) -> bool:
        """Whether one enclosure of some reading over all replaced values does not rule the printed result out."""
        self.budget -= 1
        text = replaced.get(row.target_key)
        if text == _ANY:
            return True
        try:
            target = (row.target if text is None else row.reader(text)).as_rounded().interval
        except ValueError:
            return False
        free = _ANY in replaced.values() and any(replaced.get(k) == _ANY for k in row.keys)
        for reading in row.formula.readings:
            try:
                if interval(reading.function([p.interval for p in reading.bind(replaced)])).meets(target):
                    return True
            except ValueError:
                if free:
                    return True  # a check on printed texts says nothing about a number that is not in print
        return False

    def repairs(self, row: Row, replaced: dict[Key, str], sharply: bool = False) -> bool:
        """Whether a failed row becomes consistent, under every reading that copies a number from another place.

        With `sharply`, by a check that could have failed: any unit that is small enough satisfies a bound.
        """
        if not self.reaches(row, replaced):
            return False
        if any(replaced.get(k) == _ANY for k in row.keys):
            return True
        self.budget -= 3
        exact = [r for r in row.formula.readings if re.match(r"repeats\(", r.text)]
        try:
            text = replaced.get(row.target_key)
            target = row.target if text is None else row.reader(text)
            if exact and not all(judge([r], target, replaced).verdict == "consistent" for r in exact):
                return False
            outcome = judge(row.formula.readings, target, replaced)
            return outcome.verdict == "consistent" and (outcome.discriminates or not sharply)
        except ValueError:
            return False

    def spares(self, rows: Iterable[Row], replaced: dict[Key, str]) -> bool:
        """Whether no row gets worse: none falls from consistent or open, or lower still."""
        for row in sorted(rows, key=lambda r: len(r.keys)):
            if row.verdict == "inconsistent":
                continue
            if not self.reaches(row, replaced):
                return False
            if any(replaced.get(k) == _ANY for k in row.keys):
                continue
            self.budget -= 3
            if _RANK[row.recheck(replaced)] > max(1, _RANK[row.verdict]):
                return False
        return True

    # --- candidates ---
    def candidates(self, failed: list[Row]) -> Iterator[Edit]:
        """Every edit that touches a failed row: of single numbers, then of rows and columns."""
        keys = list(dict.fromkeys(k for row in failed for k in _printed(row)))
        for key in keys:
            yield from self.slips_of(key)
        cells = [k for k in keys if _is_cell(k)]
        for name in dict.fromkeys(k[0] for k in cells):
            table = failed[0].tables[name]
            rows = list(dict.fromkeys(k[1] for k in cells if k[0] == name))[:MOST_EXCHANGED]
            columns = list(dict.fromkeys(k[2] for k in cells if k[0] == name))
            yield from _rows_exchanged(table, rows, columns)
            yield from _columns_exchanged(table, columns)
            for column in columns:
                touched = [table.row_at[k[1]] for k in cells if (k[0], k[2]) == (name, column)]
                yield from _moved(table, column, touched)
                yield from _rescaled(table, column)
            yield from _pasted(table, columns)
            for other in failed[0].tables.values():
                yield from _table_pasted(table, other)

    def slips_of(self, key: Key) -> Iterator[Edit]:
        """Simple slips of one printed number; a claim in words, or "exactly 100" in the audit's own, has none."""
        own = [r for r in self.numbers.readers.get(key, ()) if r.target_key == key]
        words = not _is_cell(key) and any(r.kind == "text" or r.target.kind == "exact" for r in own)
        if key[1] == "constant" or words:
            return
        text = self.numbers.texts.get(key) or (own[0].printed if own else "")
        changed = slips(text)
        if any(r.target.kind == "stars" for r in own):
            changed = [("stars", new) for new in star_errors(text)] + changed
        for kind, new in changed:
            yield Edit(kind, place(key), f"{text} read as {new}", ((key, new),))


def place(key: Key) -> str:
    """A printed number's place in words."""
    return f"Table {key[0][1:]}, {key[1]}, {key[2]}" if _is_cell(key) else f"claim {key[0]}"


def _exchanged(table: Table, kind: str, where: str, what: str, pairs: Iterable[tuple]) -> Iterator[Edit]:
    """The edit in which the two places of each pair change their texts, where that changes anything."""
    cells = []
    for a, b in pairs:
        if table.cells[a] != table.cells[b] and table.cells[a] and table.cells[b]:
            cells += [((table.name, *a), table.cells[b]), ((table.name, *b), table.cells[a])]
    if cells:
        yield Edit(kind, where, what, tuple(cells))


def _rows_exchanged(table: Table, rows: list[str], columns: list[str]) -> Iterator[Edit]:
    """Two rows exchanged as a whole (their labels), or in one column."""
    number = f"Table {table.name[1:]}"
    for a, b in combinations(table.rows, 2):
        if a in rows or b in rows:
            what = f"{a} and {b} exchanged"
            pairs = [((a, c), (b, c)) for c in table.columns]
            yield from _exchanged(table, "labels exchanged", number, what, pairs)
            for c in columns:
                yield from _exchanged(table, "labels exchanged", f"{number}, {c}", what, [((a, c), (b, c))])


def _columns_exchanged(table: Table, columns: list[str]) -> Iterator[Edit]:
    for a, b in combinations(table.columns, 2):
        if a in columns or b in columns:
            pairs = [((r, a), (r, b)) for r in table.rows]
            what = f"columns {a} and {b} exchanged"
            yield from _exchanged(table, "columns exchanged", f"Table {table.name[1:]}", what, pairs)


def _runs(table: Table, column: str) -> list[list[str]]:
    """Stretches of rows in which the column prints numbers without a gap."""
    runs: list[list[str]] = [[]]
    for row in table.rows:
        if TOKEN.search(table.cells[row, column]):
            runs[-1].append(row)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]


def _moved(table: Table, column: str, touched: list[int]) -> Iterator[Edit]:
    """The column moved up or down by one row: a whole stretch with one end left open, or a block turned in itself."""
    where = f"Table {table.name[1:]}, {column}"
    for run in _runs(table, column):
        texts = [table.cells[row, column] for row in run]
        if not any(table.row_at[run[0]] <= k <= table.row_at[run[-1]] for k in touched):
            continue
        for first, last in sorted(combinations(range(len(run)), 2), key=lambda ends: ends[0] - ends[1]):
            inside = sum(table.row_at[run[first]] <= k <= table.row_at[run[last]] for k in touched)
            if inside < 2 and (first, last) != (0, len(run) - 1):
                continue
            block = texts[first : last + 1]
            for step, turned in (("down", [block[-1], *block[:-1]]), ("up", [*block[1:], block[0]])):
                what = f"{run[first]} to {run[last]} moved {step} by one row"
                keys = [(table.name, row, column) for row in run[first : last + 1]]
                if last - first > 1:
                    yield Edit("column moved", where, what, tuple(zip(keys, turned, strict=True)))
                if (first, last) == (0, len(run) - 1):
                    turned = [None, *block[:-1]] if step == "down" else [*block[1:], None]
                    yield Edit("column moved", where, what, tuple(zip(keys, turned, strict=True)))


def _rescaled(table: Table, column: str) -> Iterator[Edit]:
    """Every number of the column times a power of ten."""
    rows = [r for r in table.rows if TOKEN.search(table.cells[r, column])]
    for power in POWERS if len(rows) > 1 else ():
        cells = tuple(((table.name, r, column), shifted(table.cells[r, column], power)) for r in rows)
        yield Edit("unit", f"Table {table.name[1:]}, {column}", f"every number times 10^{power}", cells)


def _pasted(table: Table, columns: list[str]) -> Iterator[Edit]:
    """A column that prints, row by row, what another one prints: its own numbers are not in print."""
    for column in columns:
        for other in table.columns:
            rows = [r for r in table.rows if TOKEN.search(table.cells[r, column])]
            same = [r for r in rows if table.cells[r, column] == table.cells[r, other]]
            if other != column and len(same) > 2 and len(same) == len(rows) and not _constant(table, same, column):
                what = f"repeats {other}, row by row; its own numbers are not in print"
                cells = tuple(((table.name, r, column), None) for r in same)
                yield Edit("column pasted", f"Table {table.name[1:]}, {column}", what, cells)


def _table_pasted(table: Table, other: Table) -> Iterator[Edit]:
    """A table that prints, in all rows and columns that it shares with another, what that one prints."""
    rows, columns = other.row_at.keys() & set(table.rows), other.column_at.keys() & set(table.columns)
    shared = [p for p, text in table.cells.items() if p[0] in rows and p[1] in columns and TOKEN.search(text)]
    if table is not other and len(shared) > 5 and all(table.cells[p] == other.cells[p] for p in shared):
        what = f"repeats Table {other.name[1:]}, cell by cell; its own numbers are not in print"
        yield Edit("table pasted", f"Table {table.name[1:]}", what, tuple(((table.name, *p), None) for p in shared))


def _constant(table: Table, rows: list[str], column: str) -> bool:
    return len({table.cells[r, column] for r in rows}) == 1
