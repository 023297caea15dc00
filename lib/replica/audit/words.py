"""The arithmetic of a verdict in words: ``(1.88 + 2.36 + 1.42) / 3 ≈ 1.887, in [1.883, 1.890]``."""

from __future__ import annotations

import ast
import re
from fractions import Fraction

from .decide import Outcome, centre
from .formula import Key, Reading, Table, signature
from .interval import INFINITY, Interval, decimal_text
from .numbers import Printed
from .registry import CHECKS

LONGEST_LIST = 8  # terms shown of a long sum
TINY = Fraction(1, 10_000)  # a result below it is not spelled out beside a much larger bound
_SIGNS = {ast.Add: ("+", 1), ast.Sub: ("−", 1), ast.Mult: ("×", 2), ast.Div: ("/", 2), ast.Pow: ("^", 4)}
_ATOM = 9


def derivation(reading: Reading, tables: dict[str, Table], replaced: dict[Key, str] | None = None) -> str:
    """The reading with the printed numbers in place of the cells.

    Parameters
    ----------
    reading : Reading
    tables : dict of str to Table
    replaced : dict, optional
        Other texts for some cells.
    """
    return _Writer(tables, replaced or {}).write(reading.node)[0]


def sentence(outcome: Outcome, reading: Reading, tables: dict[str, Table], target: Printed, claim: str) -> str:
    """What was computed, what came out, what is printed and how that was read.

    Parameters
    ----------
    outcome : Outcome
    reading : Reading
        The one that the outcome is shown with.
    tables : dict of str to Table
    target : Printed
        The printed result.
    claim : str
        The word before it: "printed", "claimed", "must be".
    """
    decision = outcome.decision
    text = derivation(reading, tables)
    if decision.reach is None and decision.state == "open":
        return f"{text}: neither shown to be possible nor to be impossible; {claim} {target.text}"
    if decision.reach is None:
        return f"{text}: impossible, whatever unrounded numbers stand behind the printed ones; {claim} {target.text}"
    places = _places(outcome, target)
    at = None if decision.reach.is_point else centre(reading, outcome.numbers)
    result = _result(decision.reach, at, places, outcome.target)
    if re.fullmatch(r"−?[\d.,]+", text) and " " in result:
        text, result = text, result.partition(" ")[2].partition(", ")[2] or "as it stands"
    return f"{text} {result}; {claim} {target.text}{_read_as(outcome.target, target, places)}"


def _result(reach: Interval, at: Interval | None, places: int, target: Interval) -> str:
    if target.hi > TINY > reach.hi and reach.lo >= 0:
        return f"< {decimal_text(TINY)}"
    if reach.is_point:
        return _about(reach.lo, places)
    if at is None or at.width > Fraction(1, 10**places):  # no single value even for exact inputs: a range
        return f"in {fixed(reach, places)}"
    if reach.width < Fraction(1, 10**places) / 100:
        return _about(at.middle, places)
    return f"{_about(at.middle, places)}, in {fixed(reach, places)}"


def _read_as(goal: Interval, target: Printed, places: int) -> str:
    """How the printed result was read, where that does not go without saying."""
    if target.kind == "stars":
        stars = {0: "no star", 1: "1 star"}.get(target.stars, f"{target.stars} stars")
        return f", {stars}: p in {fixed(goal, target.decimals)}"
    if goal.is_point or target.kind in ("bound", "range"):
        return ""
    return f", read as {fixed(goal, max(places, _decimals(goal)))}"


def _decimals(x: Interval, most: int = 12) -> int:
    """Decimals that show both ends exactly, as far as `most` do."""
    ends = [e for e in (x.lo, x.hi) if not isinstance(e, float)]
    return next((k for k in range(most) if all((e * 10**k).denominator == 1 for e in ends)), most)


def _about(value: Fraction, places: int) -> str:
    shown = round(value * 10**places)
    return f"{'=' if shown == value * 10**places else '≈'} {_decimal(shown, places)}"


def fixed(x: Interval, places: int) -> str:
    """An interval with a fixed number of decimals, its ends rounded outward.

    >>> fixed(Interval(Fraction(2, 3), Fraction(4, 3)), 3)
    '[0.666, 1.334]'
    """
    scale = 10**places
    if x.is_point and x.lo.denominator != 1 and scale % x.lo.denominator:
        return decimal_text(x.lo, 12)
    lo = "−∞" if x.lo == -INFINITY else _decimal(x.lo.numerator * scale // x.lo.denominator, places)
    hi = "∞" if x.hi == INFINITY else _decimal(-(-x.hi.numerator * scale // x.hi.denominator), places)
    return lo if x.is_point else f"{'(' if x.lo_open else '['}{lo}, {hi}{')' if x.hi_open else ']'}"


def _decimal(number: int, places: int) -> str:
    """A whole number of units of the last place, with its decimal point and thousands commas."""
    digits = str(abs(number)).rjust(places + 1, "0")
    whole, rest = (digits[:-places], "." + digits[-places:]) if places else (digits, "")
    if len(whole) > 4:
        whole = f"{int(whole):,}"
    return ("−" if number < 0 else "") + whole + rest


def _places(outcome: Outcome, target: Printed) -> int:
    """Decimals that show the result one digit finer than printed, and whether the two sets meet."""
    reach, goal = outcome.decision.reach, outcome.target
    places = target.decimals + 1
    if target.kind in ("bound", "range", "stars"):
        places = max([places, *(p.decimals for p in outcome.numbers if p.decimals <= 6)])
    whole = reach.is_point and reach.lo.denominator == 1
    if whole and (goal.is_point or not target.decimals):
        return 0
    if goal.hi > TINY > reach.hi and reach.lo >= 0:
        return min(places, 4)
    size = max(abs(reach.lo), abs(reach.hi))
    while 0 < size < Fraction(10) ** (1 - places) and places < 12:
        places += 1
    apart = outcome.decision.state == "refuted"
    while apart and places < 12 and _outward(reach, places).meets(_outward(goal, places)):
        places += 1
    return places


def _outward(x: Interval, places: int) -> Interval:
    scale = 10**places
    lo = x.lo if isinstance(x.lo, float) else Fraction(x.lo * scale // 1) / scale
    hi = x.hi if isinstance(x.hi, float) else -Fraction(-x.hi * scale // 1) / scale
    return Interval(lo, hi)


class _Writer:
    """Writes a syntax tree as ordinary arithmetic; every method returns (text, how tightly it binds)."""

    def __init__(self, tables: dict[str, Table], replaced: dict[Key, str]):
        self.tables, self.replaced = tables, replaced

    def write(self, node: ast.AST) -> tuple[str, int]:
        if isinstance(node, ast.BinOp):
            return self.operation(node)
        if isinstance(node, ast.UnaryOp):
            inner, tight = self.write(node.operand)
            return ("−" if isinstance(node.op, ast.USub) else "") + (inner if tight > 2 else f"({inner})"), 3
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.Subscript | ast.List):
            return ", ".join(self.terms(node)), _ATOM if isinstance(node, ast.Subscript) else 0
        return self.atom(node), _ATOM

    def atom(self, node: ast.AST) -> str:
        text = node.value if isinstance(node, ast.Constant) and type(node.value) is str else ast.unparse(node)
        return text.replace("-", "−") if re.match(r"-[\d.]", text) else text

    def operation(self, node: ast.BinOp) -> tuple[str, int]:
        sign, level = _SIGNS[type(node.op)]
        (left, a), (right, b) = self.write(node.left), self.write(node.right)
        strict = isinstance(node.op, ast.Sub | ast.Div)
        left = left if a >= level else f"({left})"
        tied = (b > level or (b == level and not strict)) and not right.startswith("−")
        right = right if tied else f"({right})"
        return (f"{left}^{right}" if sign == "^" else f"{left} {sign} {right}"), level

    def terms(self, node: ast.AST) -> list[str]:
        """The printed numbers of a cell, a slice or a list."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "measured":
            return self.terms(node.args[0])
        if isinstance(node, ast.List):
            return [self.tied(e, 1) for e in node.elts]
        if not isinstance(node, ast.Subscript):
            return [self.tied(node, 1)]
        table = self.tables[node.value.id]
        rows = self.names(node.slice.elts[0], table.rows, table.row_at)
        columns = self.names(node.slice.elts[1], table.columns, table.column_at)
        keys = [(table.name, r, c) for r in rows for c in columns]
        texts = [self.replaced.get(k, table.cells[k[1:]]) for k in keys]
        return [re.sub(r"[*∗\s]+$", "", t).strip("()").replace("-", "−") for t in texts if t.strip()]

    def names(self, node: ast.AST, names: tuple[str, ...], at: dict[str, int]) -> list[str]:
        if isinstance(node, ast.Slice):
            first = at[node.lower.value] if node.lower else 0
            last = at[node.upper.value] if node.upper else len(names) - 1
            return list(names[first : last + 1])
        return [e.value for e in node.elts] if isinstance(node, ast.List) else [node.value]

    def tied(self, node: ast.AST, level: int) -> str:
        """A term in brackets unless it binds tighter than `level`."""
        text, tight = self.write(node)
        return text if tight > level else f"({text})"

    def call(self, node: ast.Call) -> tuple[str, int]:
        name = node.func.id
        if name in ("exact", "rounded") and isinstance(node.args[0], ast.Constant):
            return self.atom(node.args[0]), _ATOM
        if name in ("exact", "rounded", "measured"):
            return self.write(node.args[0]) if len(self.terms(node.args[0])) == 1 else (self.plain(node.args[0]), 0)
        if name in ("sum", "mean", "product"):
            return self.series(name, [t for a in node.args for t in self.terms(a)])
        if name == "weighted_mean" and len(node.args) == 2:
            pairs = [f"{w} × {x}" for x, w in zip(*(self.terms(a) for a in node.args), strict=False)]
            weights = _shortened(self.terms(node.args[1]), " + ")
            return f"({_shortened(pairs, ' + ')}) / ({weights})", 2
        if name in ("minimum", "maximum"):
            word = "smallest" if name == "minimum" else "largest"
            return f"{word} of ({_shortened([t for a in node.args for t in self.terms(a)], ', ')})", _ATOM
        if name == "count":
            return f"{sum(len(self.terms(a)) for a in node.args)} cells", _ATOM
        if name == "abs":
            return f"|{self.write(node.args[0])[0]}|", _ATOM
        if name == "sqrt":
            return f"√{self.tied(node.args[0], 8)}", 8
        if name == "percent":
            return f"{self.tied(node.args[0], 2)} %", _ATOM
        check = CHECKS.get(name)
        if check and check.words:
            filled = self.template(check, node)
            if filled:
                return filled
        return f"{name}({', '.join(self.plain(a) for a in node.args)}{self.options(node)})", _ATOM

    def plain(self, node: ast.AST) -> str:
        if isinstance(node, ast.Subscript | ast.List):
            return _shortened(self.terms(node), ", ")
        return self.write(node)[0]

    def options(self, node: ast.Call) -> str:
        return "".join(f", {k.arg} = {self.plain(k.value)}" for k in node.keywords)

    def series(self, name: str, terms: list[str]) -> tuple[str, int]:
        if len(terms) == 1:
            return terms[0], 1
        joined = _shortened(terms, " × " if name == "product" else " + ")
        if name == "mean":
            return f"({joined}) / {len(terms)}", 2
        return joined, 2 if name == "product" else 1

    def template(self, check, node: ast.Call) -> tuple[str, int] | None:
        """A check's own wording, its arguments filled in."""
        bound = signature(check.function).bind(*node.args, **{k.arg: k.value for k in node.keywords})
        bound.apply_defaults()
        values = {}
        for parameter, argument in bound.arguments.items():
            if isinstance(argument, tuple):
                values[parameter] = _shortened([self.plain(part) for part in argument], ", ")
            elif not isinstance(argument, ast.AST):
                values[parameter] = str(argument)
            elif isinstance(argument, ast.Subscript | ast.List):
                values[parameter] = self.plain(argument)
            else:
                values[parameter] = self.tied(argument, 3)
        try:
            return _OPTIONAL.sub(lambda m: "" if _missing(m[1], bound.arguments) else m[1], check.words).format(
                **values
            ), 1
        except (KeyError, IndexError):
            return None


_OPTIONAL = re.compile(r"\[([ ,][^\[\]]*)\]")  # a part of a template that begins with a blank or a comma


def _missing(part: str, given: dict) -> bool:
    return any(given.get(name) is None for name in re.findall(r"\{(\w+)\}", part))


def _shortened(terms: list[str], sign: str) -> str:
    terms = [t if k == 0 or not t.startswith("−") or sign == ", " else f"({t})" for k, t in enumerate(terms)]
    if len(terms) > LONGEST_LIST:
        return f"{sign.join(terms[:3])}{sign}…{sign}{terms[-1]} [{len(terms)} terms]"
    return sign.join(terms)
