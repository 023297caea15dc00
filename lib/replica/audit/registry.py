"""The register of checks: every function that a formula may call, with its reference and its assumptions.

A *value* check takes Intervals (or lists of Intervals, where the formula gives a column) and returns the Interval of
all values that the derived quantity can take; the audit compares it with what is printed. It must be inclusion
isotonic: a smaller box of arguments gives a result inside the result of the larger box, because the audit calls the
same function on ever smaller boxes and, to find a witness, on single points.

A *printed* check takes `Printed` numbers (or lists of them) as they stand, with their decimals and stars, where the
texts themselves are the evidence (a repeated column, a mean that no n integers can have). It is called once, on the
whole printed numbers, and need not be isotonic. Whole numbers and ``exact(…)`` reach it as Fractions.

A *table* check takes tables and column names and returns the claims that follow from a whole printed table; each
becomes one row of the ledger.

Every parameter has a *role*, which decides how a whole number printed there is read:

- ``count`` (sizes, degrees of freedom, numbers of items): exact; a number with decimals is rounded as printed;
- ``measure`` (means, deviations, statistics, percentages): rounded to the unit, 3 being anything from 2.5 to 3.5;
- ``constant`` (ends of a scale, levels, switches): exact as written, decimals included;
- ``number`` (everyday quantities that may be either): a count, unless the column or ``rounded(…)`` says otherwise;
- ``name`` (tables, rows, columns, lists of options).

A check raises `DomainError` where no value exists (the box is then refuted), and a plain `ValueError` where it was
called wrongly (the row is then refused as faulty input).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from .interval import Interval, interval


@dataclass(frozen=True)
class Check:
    """A registered check.

    Attributes
    ----------
    name : str
        The name that formulas use.
    function : callable
    kind : {"value", "printed", "table"}
    reference : str
        Who proposed or derived it; "definition" for an identity that needs no source.
    assumptions : str
        What must hold for a failed check to be a proof.
    words : str or None
        Template of the arithmetic in words, with the parameter names in braces, e.g. "{b} / {se}".
    attained : bool
        Whether, for finite results, every value of the returned interval belongs to some arguments in the box (exact
        arithmetic in which no argument occurs twice). A result that meets the printed one is then a proof of agreement.
    roles : dict of str to str
        Role of each parameter: one of `ROLES`.
    topic : str
        What a reader has in hand when the check is of use: one of `TOPICS`.
    example : str
        A formula to copy.
    span : Interval or None
        Every value that the quantity can have at all: a result as wide as that says nothing.
    """

    name: str
    function: Callable
    kind: str
    reference: str
    assumptions: str
    words: str | None
    attained: bool
    roles: dict[str, str] = field(default_factory=dict)
    topic: str = "other"
    example: str = ""
    span: Interval | None = None

    @property
    def signature(self) -> str:
        """Name and parameters as a formula writes them."""
        parameters = inspect.signature(self.function).parameters.values()
        return f"{self.name}({', '.join(str(p.replace(annotation=p.empty)) for p in parameters)})"

    @property
    def summary(self) -> str:
        """First line of the docstring."""
        return (inspect.getdoc(self.function) or "").split("\n")[0]


@dataclass(frozen=True)
class Derived:
    """One claim that a table check derives from a whole table; it becomes one row of the ledger.

    Attributes
    ----------
    suffix : str
        Short and unique within the call; the row's id is ``<claim id>.<suffix>``.
    statement : str
        What is claimed, in words.
    printed : tuple of str, or str
        The cell (table, row, column) that prints the result; or a text such as "at least 0" that the check itself asks.
    formula : str
        Derives the result from other cells, in the formula language; build cells with `Table.ref`.
    reader : callable, optional
        Turns the printed text into a `Printed`, where it is not read as a plain number (stars, for example).
    """

    suffix: str
    statement: str
    printed: tuple[str, str, str] | str
    formula: str
    reader: Callable | None = None


CHECKS: dict[str, Check] = {}
ROLES = ("count", "measure", "constant", "number", "name")
TOPICS = (
    "a test result", "a confidence interval", "a regression table", "correlations", "a table of means", "a scale",
    "a table of counts", "percentages", "growth and amounts", "efficiency and weights",
)  # fmt: skip


def check(
    name: str | None = None,
    *,
    kind: str = "value",
    reference: str,
    assumptions: str,
    roles: str,
    topic: str,
    example: str,
    words: str | None = None,
    attained: bool = False,
    span: Interval | None = None,
) -> Callable:
    """Register a function as a check that formulas may call.

    Parameters
    ----------
    name : str, optional
        Name in formulas; the function's own name if omitted.
    kind : {"value", "printed", "table"}
        Whether the function takes Intervals, takes Printed numbers, or returns the claims of a whole table.
    reference, assumptions : str
        Printed by ``replica audit --list-checks``.
    roles : str
        Role of every parameter, e.g. ``"measure: b se; count: n"``.
    topic, example, span : see `Check`
    words : str, optional
        Template of the arithmetic in words, e.g. "{part} / {whole} × 100"; a reader's sentence is built from it. A part
        in square brackets is left out where one of its parameters is not given.
    attained : bool
        See `Check`.

    Raises
    ------
    ValueError
        If the name is taken, the kind or topic unknown, a text empty, or a parameter without a role.

    Examples
    --------
    >>> @check(reference="definition", assumptions="none", words="2 × {x}", roles="measure: x",
    ...        topic="growth and amounts", example="doubled(1.4)")
    ... def doubled(x):
    ...     "Twice a value."
    ...     return 2 * x
    >>> print(CHECKS["doubled"].signature, "·", CHECKS["doubled"].summary)
    doubled(x) · Twice a value.
    >>> del CHECKS["doubled"]
    """
    if kind not in ("value", "printed", "table"):
        raise ValueError(f"kind: 'value', 'printed' or 'table', not {kind!r}")
    if not reference.strip() or not assumptions.strip():
        raise ValueError("reference, assumptions: a check states both")
    if topic not in TOPICS:
        raise ValueError(f"topic: one of {', '.join(TOPICS)}, not {topic!r}")
    role_of = _roles(roles)

    def register(function: Callable) -> Callable:
        title = name or function.__name__
        if title in CHECKS and CHECKS[title].function.__qualname__ != function.__qualname__:
            raise ValueError(f"name: a check called {title!r} is registered already")
        if not inspect.getdoc(function):
            raise ValueError(f"{title}: a check needs a docstring")
        named = set(inspect.signature(function).parameters)
        if named != role_of.keys():
            raise ValueError(
                f"roles: {', '.join(sorted(named ^ role_of.keys()))} of {title} lack a role or do not exist"
            )
        CHECKS[title] = Check(
            title, function, kind, reference, assumptions, words, attained, role_of, topic, example, span
        )
        return function

    return register


def _roles(text: str) -> dict[str, str]:
    """Parameter to role, from a text such as "measure: b se; count: n"."""
    found = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        role, _, names = part.partition(":")
        if role not in ROLES:
            raise ValueError(f"roles: {role!r} is none of {', '.join(ROLES)}")
        found |= dict.fromkeys(names.split(), role)
    return found


# --- arguments -------------------------------------------------------------------------------------------------------
def count(value, name: str, at_least: int = 1, at_most: int | None = None) -> int:
    """An argument that must be one exact whole number (a sample size, a number of items).

    Raises
    ------
    ValueError
        If it is a rounded number, a fraction, smaller than `at_least` or larger than `at_most`.

    Examples
    --------
    >>> count(interval(180), "n")
    180
    """
    x = interval(value)
    if not x.is_point or x.lo.denominator != 1 or x.lo < at_least:
        raise ValueError(f"{name}: a whole number of at least {at_least} is needed, not {x}")
    if at_most is not None and x.lo > at_most:
        raise ValueError(f"{name}: a whole number of at most {at_most} is needed, not {x}")
    return int(x.lo)


def constant(value, name: str) -> Fraction:
    """An argument that must be one exact number (an end of a rating scale, a confidence level)."""
    x = interval(value)
    if not x.is_point:
        raise ValueError(f"{name}: an exact number is needed, not {x}; write exact(…) if it is one")
    return x.lo


def flag(value, name: str) -> bool:
    """An argument that is 0 or 1, such as ``one_sided=1``."""
    x = constant(value, name)
    if x not in (0, 1):
        raise ValueError(f"{name}: 0 or 1, not {x}")
    return x == 1


def column(values, name: str, at_least: int = 1) -> list[Interval]:
    """An argument that must be a list of numbers (a column or a slice of cells)."""
    if not isinstance(values, (list, tuple)):
        raise ValueError(f'{name}: a list of cells is needed, such as T1[:, "mean"]')
    if len(values) < at_least:
        raise ValueError(f"{name}: at least {at_least} values are needed, not {len(values)}")
    return [interval(v) for v in values]
