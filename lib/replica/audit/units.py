"""Units: which powers of ten make a group of printed statements agree, and is the answer unique?

Quantities are printed numbers whose power of ten is in doubt (million or billion, 万 = 10⁴, 亿 = 10⁸, a moved decimal
point). Relations are statements that tie them together: growth, share, multiple, sum, or a bound. An *assignment* gives
each quantity a power from a stated set; it is a solution if no relation is refuted, by the exact intervals of the
audit. All solutions are listed, so that *unique* is a proof within the stated set of powers.

Growth rates, shares and multiples see ratios only. They fix the powers of linked quantities relative to each other and
leave one power common to all of them free, unless an anchor (a quantity with the power 0 only) or a bound takes it.

>>> wrong = solve({"2020": "321,557 billion", "2019": "31,562.8 billion"}, [("growth({2020}, {2019})", "1.9 %")])
>>> print(wrong)
unique up to a common power; fewest corrections: 1 (2 ways)
>>> wrong.fewest
[{'2019': 1}, {'2020': -1}]
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, islice, product

from .decide import judge
from .formula import compile_formula
from .numbers import read

POWERS = (-3, -2, -1, 0, 1, 2, 3)
LIMIT = 200_000  # solutions of one group of linked quantities
Assignment = dict[str, int]
_NAME = re.compile(r"\{([^{}]+)\}")
_DIGITS = re.compile(r"(?P<digits>\d[\d,]*(?:\.\d+)?|\.\d+)(?:e(?P<e>[-+]?\d+))?")


@dataclass(frozen=True)
class Component:
    """Quantities that relations link, directly or through others, and all their solutions.

    Attributes
    ----------
    names : tuple of str
    solutions : tuple of dict
        Quantity to power of ten.
    """

    names: tuple[str, ...]
    solutions: tuple[Assignment, ...]

    @property
    def verdict(self) -> str:
        """One of "none", "unique", "unique up to a common power" and "several".

        Up to a common power: two or more quantities move together by any power, and the others stay (a rate does).
        """
        if len(self.solutions) < 2:
            return ("none", "unique")[len(self.solutions)]
        first = self.solutions[0]
        free = [name for name in self.names if any(s[name] != first[name] for s in self.solutions)]
        together = all(len({s[name] - first[name] for name in free}) == 1 for s in self.solutions)
        return "unique up to a common power" if together and len(free) > 1 else "several"

    @property
    def fewest(self) -> list[Assignment]:
        """The solutions that move the fewest quantities, without the quantities that stay."""
        moved = [{name: power for name, power in s.items() if power} for s in self.solutions]
        least = min(map(len, moved), default=0)
        return sorted((m for m in moved if len(m) == least), key=lambda m: (sum(map(abs, m.values())), list(m)))


@dataclass(frozen=True)
class Units:
    """All assignments of powers that satisfy all relations, as a product of independent components.

    Attributes
    ----------
    components : tuple of Component
        A quantity in no relation is a component of its own.
    """

    components: tuple[Component, ...]

    @property
    def verdict(self) -> str:
        """The least certain verdict of a component: none, several, unique up to a common power, or unique."""
        found = {c.verdict for c in self.components}
        return next(v for v in ("none", "several", "unique up to a common power", "unique") if v in found)

    @property
    def unique(self) -> bool:
        """Whether exactly one assignment satisfies every relation."""
        return self.verdict == "unique"

    @cached_property
    def fewest(self) -> list[Assignment]:
        """Every solution that moves the fewest quantities: ``[{}]`` where all agree as printed, ``[]`` for none."""
        choices = product(*(c.fewest for c in self.components))
        return [{name: power for part in parts for name, power in part.items()} for parts in choices]

    @property
    def corrections(self) -> int | None:
        """Smallest number of quantities that have to be moved; None where no assignment satisfies all relations."""
        return len(self.fewest[0]) if self.fewest else None

    def assignments(self) -> Iterator[Assignment]:
        """Every solution, one after the other."""
        for parts in product(*(c.solutions for c in self.components)):
            yield {name: power for part in parts for name, power in part.items()}

    def __str__(self) -> str:
        if not self.fewest:
            return "none"
        ways = f" ({len(self.fewest)} ways)" if len(self.fewest) > 1 else ""
        return f"{self.verdict}; fewest corrections: {self.corrections}{ways}"


def moved(printed: str, power: int) -> str:
    """A printed number moved by a power of ten, its digits and its words kept.

    Raises
    ------
    ValueError
        If `printed` holds no digits, or more than one number.

    Examples
    --------
    >>> moved("1,384.9 billion", 1), moved("1.5e3", -2)
    ('1,384.9e1 billion', '1.5e1')
    """
    found = list(_DIGITS.finditer(printed))
    if len(found) != 1:
        raise ValueError(f"printed: one number in digits is needed, not {printed!r}")
    number, power = found[0], power + int(found[0]["e"] or 0)
    return f"{printed[: number.end('digits')]}{f'e{power}' if power else ''}{printed[number.end() :]}"


def solve(
    quantities: Mapping[str, str],
    relations: Sequence[tuple[str, str]],
    powers: Iterable[int] | Mapping[str, Iterable[int]] = POWERS,
) -> Units:
    """All assignments of powers of ten under which every relation can hold.

    Parameters
    ----------
    quantities : mapping of str to str
        Name to the number as printed, such as ``{"exports 2020": "179,326.6 billion"}``.
    relations : sequence of (formula, printed)
        A formula of the audit with names in braces, and what it must give: ``("share({us}, {exports 2020})",
        "17.4 %")``, ``("share({part}, {whole})", "at most 100 %")``. Several readings are separated by ``|``. A rate
        whose own decimal point is in doubt is a quantity too: ``("growth({b}, {a}) - {rate}", "exactly 0")``.
    powers : iterable of int, or mapping of str to iterable of int
        Powers to try for every quantity, or for the quantities named (others keep `POWERS`). ``(0,)`` is an anchor.

    Returns
    -------
    Units

    Raises
    ------
    ValueError
        If there is no quantity or no power, a number or formula cannot be read, a name is unknown, a relation names no
        quantity, or a group of linked quantities has more than `LIMIT` solutions.
    """
    if not quantities:
        raise ValueError("quantities: at least one is needed")
    tried = _powers(quantities, powers)
    for text in quantities.values():
        read(moved(text, 0), share=False)
    tables = [
        _table(number, formula, printed, quantities, tried) for number, (formula, printed) in enumerate(relations)
    ]
    components = []
    for names in _linked(list(quantities), [names for names, _ in tables]):
        own = [table for table in tables if table[0][0] in names]
        found = tuple(islice(_search(names, own, tried), LIMIT + 1))
        if len(found) > LIMIT:
            raise ValueError(f"relations: {', '.join(names)} have more than {LIMIT} solutions")
        components.append(Component(tuple(names), found))
    return Units(tuple(components))


def set_aside(
    quantities: Mapping[str, str],
    relations: Sequence[tuple[str, str]],
    powers: Iterable[int] | Mapping[str, Iterable[int]] = POWERS,
    most: int = 2,
) -> list[tuple[tuple[int, ...], Units]]:
    """The smallest sets of relations without which the others have a solution.

    Parameters
    ----------
    quantities, relations, powers : see `solve`
    most : int
        Largest number of relations set aside.

    Returns
    -------
    list of (positions of the relations set aside, Units of the others)
        ``[((), units)]`` where all can hold; empty where more than `most` would have to go.
    """
    for size in range(min(most, len(relations)) + 1):
        found = []
        for gone in combinations(range(len(relations)), size):
            units = solve(quantities, [r for i, r in enumerate(relations) if i not in gone], powers)
            if units.verdict != "none":
                found.append((gone, units))
        if found:
            return found
    return []


def _powers(quantities, powers) -> dict[str, tuple[int, ...]]:
    named = isinstance(powers, Mapping)
    if named and (unknown := sorted(powers.keys() - quantities.keys())):
        raise ValueError(f"powers: {unknown[0]!r} is no quantity")
    given = powers if named else dict.fromkeys(quantities, tuple(powers))
    tried = {name: tuple(dict.fromkeys(given.get(name, POWERS))) for name in quantities}
    for name, some in tried.items():
        if not some or not all(isinstance(p, int) and abs(p) <= 40 for p in some):
            raise ValueError(f"powers: whole numbers from -40 to 40 are needed for {name!r}, not {some!r}")
    return tried


def _table(number: int, formula: str, printed: str, quantities, tried) -> tuple[tuple[str, ...], set[tuple[int, ...]]]:
    """The names in a relation and the tuples of their powers under which it is not refuted."""
    names = tuple(dict.fromkeys(_NAME.findall(formula)))
    if not names:
        raise ValueError(f"relations: {formula!r} names no quantity in braces")
    if unknown := [name for name in names if name not in quantities]:
        raise ValueError(f"relations: {unknown[0]!r} in {formula!r} is no quantity")
    target, place = read(printed, share=False), {name: i for i, name in enumerate(quantities)}
    agreeing = set()
    for shifts in product(*(tried[name] for name in names)):
        # blanks after the number keep apart two quantities that are printed alike
        texts = {n: f'"{moved(quantities[n], p)}{" " * place[n]}"' for n, p in zip(names, shifts, strict=True)}
        compiled = compile_formula(_NAME.sub(lambda m, texts=texts: texts[m[1]], formula), {}, f"relation {number}")
        if judge(compiled.readings, target).verdict in ("consistent", "open"):
            agreeing.add(shifts)
    return names, agreeing


def _linked(names: list[str], groups: list[tuple[str, ...]]) -> list[list[str]]:
    """The connected components of the quantities, each in the order given."""
    part = {name: {name} for name in names}
    for group in groups:
        union = set().union(*(part[name] for name in group))
        for name in union:
            part[name] = union
    seen: dict[int, list[str]] = {}
    for name in names:
        seen.setdefault(id(part[name]), []).append(name)
    return list(seen.values())


def _search(names, tables, tried) -> Iterator[Assignment]:
    """Backtracking: the quantity that most relations share comes first, a relation is asked once all are assigned."""
    weight = Counter(name for group, _ in tables for name in group)
    order = sorted(names, key=lambda name: -weight[name])
    due = [[t for t in tables if name in t[0] and set(t[0]) <= set(order[: i + 1])] for i, name in enumerate(order)]
    chosen: Assignment = {}

    def extend(i: int) -> Iterator[Assignment]:
        if i == len(order):
            yield {name: chosen[name] for name in names}
            return
        for power in tried[order[i]]:
            chosen[order[i]] = power
            if all(tuple(chosen[name] for name in group) in agreeing for group, agreeing in due[i]):
                yield from extend(i + 1)

    return extend(0)
