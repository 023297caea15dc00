"""The formula language: derives a printed number from other printed numbers.

A formula is parsed with `ast`, every node is checked against a short list, and the result is evaluated by functions of
this module; nothing is ever handed to `eval`. What a formula may contain:

=============================  ======================================================================================
``24.19``, ``.5``, ``1e-3``    a printed number, rounded: any value in [24.185, 24.195]
``180``                        a whole number: exact where it counts, rounded to the unit where it measures; see below
``"3.2 million"``, ``"12 %"``  a printed number in any form that `replica.audit.numbers` reads
``exact(1.8)`` ``exact(2/3)``  an exact constant, also of a cell
``rounded(180)``               a whole number that was rounded to the unit; ``rounded(180, 10)`` to the nearest ten
``measured(T1[:, "%"])``       numbers that measure: those printed without decimals are rounded to the unit
``T4["FP1", "mean"]``          the cell in row FP1, column mean, of table-4.csv
``T4["FP1":"FP3", "mean"]``    cells from the first to the last name, both included; ``T4[:, "mean"]`` a whole column;
                               ``T4[["FP1", "SP2"], "mean"]`` those named. Empty cells of a slice are left out
``+ - * / **``                 the exponent is a whole number
``sum mean product minimum``   of a list, or of several arguments; also ``maximum``, ``count``
``weighted_mean(x, w)``        lists of the same length; weights are not negative
``sqrt log exp abs``           as in mathematics
``root(x, n)``                 the real n-th root
``round_to(x, 2)``             a result that was rounded on the way
``percent(x)``                 x / 100
a check                        ``replica audit --list-checks``
``… | …``                      several readings
=============================  ======================================================================================

The same cell, however often it occurs, is one unknown.

Whether a whole number counts or measures is decided by the parameter of the check that takes it (`replica.audit.
registry`: sizes and degrees of freedom count, means, statistics and percentages measure), else by the name of its
column or row ("%", "mean", "sd" … measure), else it counts.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from . import interval as iv
from .interval import DomainError, Interval, interval
from .numbers import Printed, around, read, read_measured
from .registry import CHECKS, Check

LENGTH, DEPTH, DEGREE, CELLS = 2000, 30, 200, 5000
Key = tuple[str, str, str]  # ("T4", row, column), or (claim id, "constant", text), or (claim id, "printed", "")
Value = Fraction | Interval | list


class FormulaError(ValueError):
    """A formula that cannot be accepted; the message says which, where and why."""


class CellError(FormulaError):
    """A printed cell that cannot be read as a number.

    Attributes
    ----------
    key : tuple of str
        Table, row and column.
    """

    def __init__(self, key: tuple[str, str, str], what: str):
        self.key = key
        super().__init__(f"{key[0]}[{_quoted(key[1])}, {_quoted(key[2])}]: {what.removeprefix('text: ')}")


@dataclass(frozen=True)
class Table:
    """A printed table: strings by row and column name, both in printed order.

    Attributes
    ----------
    name : str
        "T4" for table-4.csv.
    rows, columns : tuple of str
    cells : dict
        (row, column) to the text printed there; "" where nothing is printed.
    note : str
        The note printed below the table.
    below : dict of str to str
        Row to the row printed right below it without a name of its own (standard errors under coefficients).
    """

    name: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: dict[tuple[str, str], str]
    note: str = ""
    below: dict[str, str] = field(default_factory=dict)

    @cached_property
    def row_at(self) -> dict[str, int]:
        """Position of each row."""
        return {name: k for k, name in enumerate(self.rows)}

    @cached_property
    def column_at(self) -> dict[str, int]:
        """Position of each column."""
        return {name: k for k, name in enumerate(self.columns)}

    @cached_property
    def measuring(self) -> frozenset[str]:
        """Rows and columns whose names say that their numbers measure; a row or column of counts overrules them."""
        return frozenset(name for name in (*self.rows, *self.columns) if _MEASURES.search(name))

    def measures(self, row: str, column: str) -> bool:
        """Whether a whole number printed there was rounded, by the names of its row and column."""
        named = row in self.measuring or column in self.measuring
        return named and not (_COUNTS.fullmatch(row) or _COUNTS.fullmatch(column))

    def ref(self, row: str, column: str) -> str:
        """The cell as a formula writes it."""
        return f"{self.name}[{_quoted(row)}, {_quoted(column)}]"


_MEASURES = re.compile(
    r"%|\b(?:per ?cent(?:ages?)?|pct|means?|averages?|medians?|s\.?d|s\.?e|std\.?|stdev|standard (?:deviation|error)s?|"
    r"coefficients?|betas?|[tzp][- ]?(?:values?|statistics?))\b(?!\.? of (?:items|people|cases))",
    re.IGNORECASE,
)
_COUNTS = re.compile(r"n|obs\.?|num\.? ?obs\.?|observations|counts?|df|sample size|respondents", re.IGNORECASE)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass(slots=True)
class Variable:
    """One unknown of a formula: the true value behind one printed number, or the result of a check on printed text."""

    keys: tuple[Key, ...]
    reader: Callable[..., Printed]
    label: str
    check: bool = False

    def read(self, texts: Iterable[str], cut: bool = False) -> Printed:
        """The printed numbers behind the unknown, read; with `cut`, as numbers whose further digits were cut off."""
        try:
            if self.check:
                return self.reader(*texts, cut=cut)
            return self.reader(*texts).as_cut() if cut else self.reader(*texts)
        except (DomainError, iv.Undecided):
            raise
        except ValueError as error:
            raise FormulaError(f"{self.label}: {str(error).removeprefix('text: ')}") from None


@dataclass
class Reading:
    """One way to derive the number, ready to be evaluated.

    Attributes
    ----------
    text : str
    function : callable
        Takes the values of the variables (Intervals, or Fractions at a point), returns a Fraction or an Interval.
    variables : list of Variable
    repeated : list of int
        Variables that occur more than once.
    whole : bool
        Whether whole numbers can only give a whole number.
    continuous : bool
        Whether only arithmetic, roots, logarithms and exponentials occur.
    attained : bool
        Whether only exact arithmetic occurs, so that a finite range is exact if no variable occurs twice.
    span : Interval or None
        Every value that the result can have at all, such as [0, 1] for a p value.
    """

    text: str
    node: ast.AST
    function: Callable[[list], Fraction | Interval]
    variables: list[Variable]
    texts: list[str]
    repeated: list[int]
    whole: bool
    continuous: bool
    attained: bool
    span: Interval | None = None

    def bind(self, replaced: dict[Key, str] | None = None, cut: bool = False) -> list[Printed]:
        """The printed numbers behind the variables, some replaced by other texts, or all read as cut off."""
        if not replaced:
            return [v.read(t, cut) for v, t in zip(self.variables, self.texts, strict=True)]
        return [
            v.read([replaced.get(k, t) for k, t in zip(v.keys, ts, strict=True)], cut)
            for v, ts in zip(self.variables, self.texts, strict=True)
        ]

    @property
    def keys(self) -> tuple[Key, ...]:
        """The printed numbers that the reading depends on, each once."""
        return tuple(dict.fromkeys(k for v in self.variables for k in v.keys))


@dataclass
class Formula:
    """A formula with its readings."""

    text: str
    readings: list[Reading]

    @property
    def keys(self) -> tuple[Key, ...]:
        """The printed numbers that any reading depends on."""
        return tuple(dict.fromkeys(k for r in self.readings for k in r.keys))


def compile_formula(text: str, tables: dict[str, Table], owner: str = "", restating: bool = False) -> Formula:
    """Check a formula and make it ready for evaluation.

    Parameters
    ----------
    text : str
    tables : dict of str to Table
        By name, such as "T4".
    owner : str
        Id of the claim; it names the constants' keys.
    restating : bool
        Whether a bare number or cell is allowed (a bound in words, compared with one cell).

    Raises
    ------
    FormulaError
        With the formula, the position in it, and what is wrong.

    Examples
    --------
    >>> r = compile_formula("(1.88 + 2.36) / 2", {}).readings[0]
    >>> print(r.function([p.interval for p in r.bind()]))
    [2.115, 2.125]
    """
    tree, source = parse(text)
    readings = []
    for node in _alternatives(tree):
        if not restating and _restates(node):
            raise _fault(text, node, "a bare number or cell restates what is printed; derive it from other numbers")
        readings.append(_Compiler(text, source, tables, owner).reading(node))
    return Formula(text, readings)


@dataclass
class TableCall:
    """A call of a table check, with its arguments."""

    check: Check
    positional: list
    named: dict


def compile_table_call(text: str, tables: dict[str, Table]) -> TableCall:
    """Read the formula of a claim of kind ``table``: one call of a table check.

    Raises
    ------
    FormulaError
        If it is anything else.
    """
    tree, source = parse(text)
    if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name)):
        raise _fault(text, tree, "a claim of kind 'table' is one call of a table check")
    found = CHECKS.get(tree.func.id)
    if found is None or found.kind != "table":
        raise _fault(text, tree, f"{tree.func.id!r} is no table check{_near(tree.func.id, _names('table'))}")
    compiler = _Compiler(text, source, tables, "")
    if any(k.arg is None for k in tree.keywords) or any(isinstance(a, ast.Starred) for a in tree.args):
        raise _fault(text, tree, "* and ** before an argument are not part of the formula language")
    positional = [compiler.literal(a) for a in tree.args]
    named = {k.arg: compiler.literal(k.value) for k in tree.keywords if k.arg}
    try:
        signature(found.function).bind(*positional, **named)
    except TypeError as error:
        raise _fault(text, tree, f"{found.signature}: {error}") from None
    return TableCall(found, positional, named)


# --- parsing ---------------------------------------------------------------------------------------------------------
_STRINGS = re.compile(r"(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')")
_RUNS = re.compile(r"(?:[-+~−–]\s*){9}|(?:\bnot\s+){9}|(?:\blambda\b)")
_SIGNS = str.maketrans({"−": "-", "–": "-", "×": "*", "·": "*", "÷": "/", "\u00a0": " "})
_FOREIGN = re.compile(r"\b0[xXoObB]|\d_\d|#|;|\d[jJ]\b", re.ASCII)


def parse(text: str) -> tuple[ast.AST, bytes]:
    """The syntax tree of a formula and its source, within the limits of length, depth and running signs."""
    if not isinstance(text, str) or not text.strip():
        raise FormulaError("formula: it is empty")
    if len(text) > LENGTH:
        raise FormulaError(f"formula {text[:60]!r}…: {len(text)} characters, at most {LENGTH} are allowed")
    clean, bare = _folded(text)
    if sum(map(bare.count, "([{")) > DEPTH and _depth(bare) > DEPTH or _RUNS.search(bare):
        raise FormulaError(f"formula {text[:60]!r}: nested deeper than {DEPTH}, or a long row of signs")
    clean = clean.strip()
    try:
        tree = ast.parse(clean, mode="eval").body
    except SyntaxError as error:
        hint = '; write "12 %" or percent(12)' if "%" in bare else ""
        raise FormulaError(f"formula {text!r}, character {error.offset}: {error.msg}{hint}") from None
    except (RecursionError, MemoryError, ValueError) as error:
        raise FormulaError(f"formula {text[:60]!r}: it cannot be parsed ({error})") from None
    return tree, clean.encode()


def _folded(text: str) -> tuple[str, str]:
    """The formula in one line with plain signs, and what stands outside its texts in quotes."""
    if text.isascii() and text.isprintable():
        clean, bare = text, _STRINGS.sub("", text)
    else:
        parts = _STRINGS.split(text)
        if any(c in part for part in parts[1::2] for c in "\r\n\x00"):
            raise FormulaError(f"formula {text[:60]!r}: a line break inside a text in quotes")
        parts[::2] = [re.sub(r"\s+", " ", part.translate(_SIGNS)) for part in parts[::2]]
        clean, bare = "".join(parts), "".join(parts[::2])
    foreign = _FOREIGN.search(bare)
    if foreign or not bare.isascii():
        what = foreign[0] if foreign else next(c for c in bare if not c.isascii())
        raise FormulaError(f"formula {text[:60]!r}: {what!r} is not part of the formula language")
    return clean, bare


def _depth(text: str) -> int:
    """How deep brackets are nested."""
    depth = deepest = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    return deepest


def _alternatives(tree: ast.AST) -> list[ast.AST]:
    """The readings of ``a | b | c``, from left to right."""
    found = []
    while isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.BitOr):
        found.append(tree.right)
        tree = tree.left
    return [tree, *reversed(found)]


def _restates(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return False
    while isinstance(node, ast.UnaryOp) or (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("exact", "rounded", "measured", "abs", "sum", "mean", "minimum", "maximum", "round_to")
        and len(node.args) >= 1
        and not any(isinstance(part, ast.Slice | ast.List | ast.BinOp) for part in ast.walk(node))
        and (len(node.args) == 1 or node.func.id in ("rounded", "round_to"))
    ):
        node = node.operand if isinstance(node, ast.UnaryOp) else node.args[0]
    if isinstance(node, ast.Constant):
        return True
    return isinstance(node, ast.Subscript) and not any(isinstance(p, ast.Slice | ast.List) for p in ast.walk(node))


def _fault(text: str, node: ast.AST, what: str) -> FormulaError:
    return FormulaError(f"formula {text!r}, character {getattr(node, 'col_offset', 0) + 1}: {what}")


def _names(kind: str) -> list[str]:
    return [name for name, c in CHECKS.items() if c.kind == kind]


def _near(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(close)}?" if close else ""


# --- functions of the language ---------------------------------------------------------------------------------------
def _flat(values) -> list:
    return [v for part in values for v in (part if isinstance(part, list) else [part])]


def _some(values: list, name: str) -> list:
    if not values:
        raise FormulaError(f"{name}: no printed cell to work on")
    return values


def _sum(*values):
    first, *rest = _some(_flat(values), "sum")
    return sum(rest, first)


def _mean(*values):
    flat = _some(_flat(values), "mean")
    return sum(flat[1:], flat[0]) / len(flat)


def _product(*values):
    result = Fraction(1)
    for value in _some(_flat(values), "product"):
        result = result * value
    return result


def _minimum(*values):
    return iv.minimum([interval(v) for v in _some(_flat(values), "minimum")])


def _maximum(*values):
    return iv.maximum([interval(v) for v in _some(_flat(values), "maximum")])


def weighted_mean(values: list, weights: list) -> Fraction | Interval:
    """Weighted mean, each weight one unknown although it occurs twice.

    Over a box the extremes stand where every value is at one end and the weights are at their ends, changing side once
    in the order of the values (Karnik & Mendel 2001); all such corners are tried.
    """
    if not isinstance(values, list) or not isinstance(weights, list) or len(values) != len(weights) or not values:
        raise FormulaError("weighted_mean: two lists of the same length are needed")
    if not any(isinstance(v, Interval) for v in (*values, *weights)):
        if sum(weights) == 0:
            raise DomainError("weights that sum to zero")
        return sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)
    xs, ws = [interval(v) for v in values], [interval(w) for w in weights]
    if any(w.lo < 0 for w in ws) or sum(w.lo for w in ws) <= 0 or not all(p.is_finite for p in (*xs, *ws)):
        if all(w.hi <= 0 for w in ws):
            raise DomainError("weights that sum to zero")
        return sum((x * w for x, w in zip(xs, ws, strict=True)), Fraction(0)) / sum(ws, Fraction(0))
    low = min(_switching([x.lo for x in xs], ws, heavy_first=True))
    high = max(_switching([x.hi for x in xs], ws, heavy_first=False))
    return Interval(low, high)


def _switching(points: list[Fraction], weights: list[Interval], heavy_first: bool) -> Iterable[Fraction]:
    order = sorted(range(len(points)), key=lambda i: points[i])
    first, last = [w.hi for w in weights], [w.lo for w in weights]
    if not heavy_first:
        first, last = last, first
    for k in range(len(order) + 1):
        chosen = [first[i] for i in order[:k]] + [last[i] for i in order[k:]]
        yield sum(points[i] * w for i, w in zip(order, chosen, strict=True)) / sum(chosen)


def round_to(x, decimals) -> Interval:
    """x rounded to a number of decimals on the way; a tie may go either way."""
    places, x = interval(decimals), interval(x)
    if not places.is_point or places.lo.denominator != 1 or abs(places.lo) > 30:
        raise FormulaError("round_to: the number of decimals is a whole number")
    step = Fraction(1, 10) ** int(places.lo)
    lo = x.lo if isinstance(x.lo, float) else -((Fraction(1, 2) - x.lo / step) // 1) * step
    hi = x.hi if isinstance(x.hi, float) else ((x.hi / step + Fraction(1, 2)) // 1) * step
    return Interval(lo, hi)


def _root(x, n):
    degree = interval(n)
    if not degree.is_point or degree.lo.denominator != 1 or not 1 <= degree.lo <= DEGREE:
        raise FormulaError(f"root: n is a whole number from 1 to {DEGREE}")
    return iv.root(x, int(degree.lo))


def _percent(x):
    return x / 100


FUNCTIONS: dict[str, Callable | None] = {
    "sum": _sum, "mean": _mean, "product": _product, "minimum": _minimum, "maximum": _maximum, "count": None,
    "weighted_mean": weighted_mean, "sqrt": iv.sqrt, "log": iv.log, "exp": iv.exp, "abs": abs, "root": _root,
    "round_to": round_to, "percent": _percent, "rounded": None, "measured": None,
}  # fmt: skip
LISTS = {"sum", "mean", "product", "minimum", "maximum", "count", "weighted_mean"}
OUTWARD = {"sqrt", "log", "exp", "root", "round_to"}  # their results are wider than the set of true values
WHOLE = {"sum", "product", "minimum", "maximum", "abs", "count"}
_ARITY = {name: inspect.signature(f) for name, f in FUNCTIONS.items() if f is not None and name != "abs"}
_SIGNATURES: dict[Callable, inspect.Signature] = {}


def signature(function: Callable) -> inspect.Signature:
    """Parameters of a check; looked up once."""
    if function not in _SIGNATURES:
        _SIGNATURES[function] = inspect.signature(function)
    return _SIGNATURES[function]


def _add(a, b):
    return lambda env: a(env) + b(env)


def _subtract(a, b):
    return lambda env: a(env) - b(env)


def _multiply(a, b):
    return lambda env: a(env) * b(env)


def _divide(a, b):
    def divide(env):
        try:
            return a(env) / b(env)
        except ZeroDivisionError:
            raise DomainError("division by zero") from None

    return divide


_OPERATIONS = {ast.Add: _add, ast.Sub: _subtract, ast.Mult: _multiply, ast.Div: _divide}


@dataclass
class _Compiler:
    """Turns one reading's syntax tree into nested functions, collecting the unknowns on the way."""

    text: str
    source: bytes
    tables: dict[str, Table]
    owner: str
    variables: list[Variable] = field(default_factory=list)
    texts: list[tuple[str, ...]] = field(default_factory=list)
    cells: dict[tuple[Key, Callable], int] = field(default_factory=dict)
    uses: list[int] = field(default_factory=list)
    span: Interval | None = None
    whole: bool = True
    continuous: bool = True
    attained: bool = True

    def reading(self, node: ast.AST) -> Reading:
        function = self.number(node, 1, 0)
        if isinstance(node, ast.Call) and node.func.id in CHECKS:
            self.span = CHECKS[node.func.id].span
        repeated = [i for i, n in enumerate(self.uses) if n > 1]
        text = self.segment(node)
        flags = self.whole, self.continuous, self.attained, self.span
        return Reading(text, node, function, self.variables, self.texts, repeated, *flags)

    def segment(self, node: ast.AST) -> str:
        return self.source[node.col_offset : node.end_col_offset].decode()

    def fault(self, node: ast.AST, what: str) -> FormulaError:
        return _fault(self.text, node, what)

    # --- numbers ---
    def number(self, node: ast.AST, degree: int, depth: int, role: str = "number") -> Callable:
        """A function of the environment for a node that must be a number; `role` as in `replica.audit.registry`."""
        if depth > DEPTH:
            raise self.fault(node, f"nested deeper than {DEPTH}")
        if isinstance(node, ast.Constant):
            return self.constant(node, role)
        if isinstance(node, ast.Subscript):
            found = self.subscript(node, role)
            if isinstance(found, list):
                raise self.fault(node, "a list of cells where one number is needed; use sum, mean, …")
            return lambda env: env[found]
        if isinstance(node, ast.BinOp):
            return self.operation(node, degree, depth)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            inner = self.number(node.operand, degree, depth + 1, role)
            return inner if isinstance(node.op, ast.UAdd) else lambda env: -inner(env)
        if isinstance(node, ast.Call):
            return self.call(node, degree, depth)
        if isinstance(node, ast.Name):
            known = "a table needs a row and a column" if node.id in self.tables else "names other than T1, T2, …"
            raise self.fault(node, f"{node.id!r}: {known}" + (" are not allowed" if known[0] == "n" else ""))
        raise self.fault(node, f"{type(node).__name__} is not part of the formula language")

    def operation(self, node: ast.BinOp, degree: int, depth: int) -> Callable:
        if isinstance(node.op, ast.Pow):
            return self.power(node, degree, depth)
        make = _OPERATIONS.get(type(node.op))
        if make is None:
            hints = {ast.BitXor: "; a power is written **", ast.Mod: '; write "12 %" or percent(12)'}
            hints[ast.BitOr] = "; readings are separated by | outside all brackets"
            what = f"the operator {type(node.op).__name__} is not part of the formula language"
            raise self.fault(node, what + hints.get(type(node.op), ""))
        if make is _divide:
            self.whole = False
        return make(self.number(node.left, degree, depth + 1), self.number(node.right, degree, depth + 1))

    def power(self, node: ast.BinOp, degree: int, depth: int) -> Callable:
        sign, exponent = 1, node.right
        if isinstance(exponent, ast.UnaryOp) and isinstance(exponent.op, ast.USub):
            sign, exponent = -1, exponent.operand
        if not isinstance(exponent, ast.Constant) or type(exponent.value) is not int:
            raise self.fault(node.right, "an exponent is a whole number; use sqrt, root, exp and log for others")
        if exponent.value * degree > DEGREE:
            raise self.fault(node.right, f"the powers multiply to more than {DEGREE}")
        n = sign * exponent.value
        self.whole = self.whole and n >= 0
        base = self.number(node.left, degree * max(1, exponent.value), depth + 1)

        def raised(env):
            try:
                return base(env) ** n
            except ZeroDivisionError:
                raise DomainError("division by zero") from None

        return raised

    def constant(self, node: ast.Constant, role: str = "number") -> Callable:
        if role == "constant" and type(node.value) in (int, float, str):
            exact = self.rational(node)
            return lambda env: exact
        if type(node.value) is int:
            if node.end_col_offset - node.col_offset > 30:
                raise self.fault(node, "a number of more than 30 digits")
            source = self.segment(node)
            if role == "measure":
                return self.unknown(source, node, read_measured)
            if len(source) >= 2 and source.strip("0") not in ("1", ""):
                return self.unknown(source, node)
            value = Fraction(node.value)
            return lambda env: value
        if type(node.value) is float:
            return self.unknown(self.segment(node), node)
        if type(node.value) is str:
            return self.unknown(node.value, node, read_measured if role == "measure" else read)
        raise self.fault(node, f"{node.value!r} is not a number")

    def unknown(self, source: str, node: ast.AST, reader: Callable = read) -> Callable:
        """A constant printed in the text: an unknown of its own at every place where it stands."""
        try:
            reader(source)
        except ValueError as error:
            raise self.fault(node, str(error).removeprefix("text: ")) from None
        index = self.add(Variable(((self.owner, "constant", source),), reader, source), (source,))
        return lambda env: env[index]

    def add(self, variable: Variable, texts: tuple[str, ...]) -> int:
        self.variables.append(variable)
        self.texts.append(texts)
        self.uses.append(1)
        if len(self.variables) > CELLS:
            raise FormulaError(f"formula {self.text[:60]!r}: it reads more than {CELLS} cells")
        return len(self.variables) - 1

    # --- cells ---
    def table(self, node: ast.AST) -> Table:
        if not isinstance(node, ast.Name) or node.id not in self.tables:
            known = ", ".join(self.tables) or "none"
            raise self.fault(node, f"{ast.unparse(node)}: no such table (known: {known})")
        return self.tables[node.id]

    def places(self, node: ast.Subscript) -> tuple[Table, list[tuple[str, str]], bool]:
        """(table, places, whether one single cell is meant)."""
        table = self.table(node.value)
        index = node.slice
        if not isinstance(index, ast.Tuple) or len(index.elts) != 2:
            raise self.fault(node, f'a cell is written {table.name}["row", "column"]')
        rows, one_row = self.along(index.elts[0], table.rows, table.row_at, f"row of {table.name}")
        columns, one_column = self.along(index.elts[1], table.columns, table.column_at, f"column of {table.name}")
        return table, [(r, c) for r in rows for c in columns], one_row and one_column

    def along(self, node: ast.AST, names: tuple[str, ...], at: dict[str, int], what: str) -> tuple[list[str], bool]:
        if isinstance(node, ast.Slice):
            if node.step is not None:
                raise self.fault(node, "a slice has no step")
            first = 0 if node.lower is None else self.position(node.lower, at, what)
            last = len(names) - 1 if node.upper is None else self.position(node.upper, at, what)
            if first > last:
                raise self.fault(node, f"the slice ends before it starts ({what})")
            return list(names[first : last + 1]), False
        if isinstance(node, ast.List):
            return [names[self.position(e, at, what)] for e in node.elts], False
        return [names[self.position(node, at, what)]], True

    def position(self, node: ast.AST, at: dict[str, int], what: str) -> int:
        if not isinstance(node, ast.Constant) or type(node.value) is not str:
            raise self.fault(node, f"the name of a {what} is a text in quotes")
        if node.value not in at:
            names = list(at)
            near = _near(node.value, names) or f" (known: {', '.join(names[:12])}{', …' if len(names) > 12 else ''})"
            raise self.fault(node, f"{node.value!r} is no {what}{near}")
        return at[node.value]

    def subscript(self, node: ast.Subscript, role: str = "number") -> int | list[int]:
        table, places, single = self.places(node)
        if single:
            if not table.cells[places[0]].strip():
                raise self.fault(node, f"nothing is printed in {table.ref(*places[0])}")
            return self.cell(table, places[0], node, role)
        return [self.cell(table, place, node, role) for place in places if table.cells[place].strip()]

    def cell(self, table: Table, place: tuple[str, str], node: ast.AST, role: str = "number") -> int:
        key, text, reader = (table.name, *place), table.cells[place], read
        try:
            whole = read(text).kind == "count"
            if whole and (role == "measure" or (role == "number" and table.measures(*place))):
                reader = read_measured
            elif not whole and role == "constant":
                reader = _read_exact
                reader(text)
        except ValueError as error:
            raise CellError(key, str(error)) from None
        known = self.cells.get((key, reader))
        if known is not None:
            self.uses[known] += 1
            return known
        index = self.cells[key, reader] = self.add(Variable((key,), reader, table.ref(*place)), (text,))
        return index

    # --- calls ---
    def call(self, node: ast.Call, degree: int, depth: int) -> Callable:
        if not isinstance(node.func, ast.Name):
            raise self.fault(node, "only functions of the formula language can be called")
        name = node.func.id
        if any(k.arg is None for k in node.keywords) or any(isinstance(a, ast.Starred) for a in node.args):
            raise self.fault(node, "* and ** before an argument are not part of the formula language")
        if name == "exact":
            return self.exact(node)
        if name in ("rounded", "measured"):
            return self.remeasured(node, degree, depth)
        if name in FUNCTIONS:
            return self.function(node, name, degree, depth)
        found = CHECKS.get(name)
        if found is None:
            known = [*FUNCTIONS, "exact", *_names("value"), *_names("printed")]
            raise self.fault(node, f"{name!r} is no function or check{_near(name, known)}")
        if found.kind == "table":
            raise self.fault(node, f"{name!r} checks a whole table: the claim's kind is 'table' and it stands alone")
        self.whole = self.continuous = False
        self.attained = self.attained and found.attained
        if found.kind == "printed":
            return self.on_printed(node, found)
        return self.on_values(node, found, degree, depth)

    def exact(self, node: ast.Call) -> Callable:
        if len(node.args) != 1 or node.keywords:
            raise self.fault(node, "exact takes one number")
        if isinstance(node.args[0], ast.Subscript):
            return self.number(node.args[0], 1, 0, "constant")
        value = self.rational(node.args[0])
        self.whole = self.whole and value.denominator == 1
        return lambda env: value

    def remeasured(self, node: ast.Call, degree: int, depth: int) -> Callable:
        """``rounded(x, step)``: the number before it was rounded; ``measured(x)``: a whole number that measures."""
        name = node.func.id
        if node.keywords or not 1 <= len(node.args) <= (2 if name == "rounded" else 1):
            raise self.fault(node, f"{name} takes one number" + (" and a step" if name == "rounded" else ""))
        if name == "measured":
            return self.argument(node.args[0], degree, depth, role="measure")
        step = self.rational(node.args[1]) if len(node.args) == 2 else Fraction(1)
        if step <= 0:
            raise self.fault(node, "rounded: the step is a positive number")
        self.whole = False
        before = self.number(node.args[0], degree, depth + 1)
        slack = Printed("", around(Fraction(0), step), Fraction(0), step, 0, False, 0, "rounded")
        index = self.add(Variable((), lambda: slack, f"the rounding of {self.segment(node.args[0])}"), ())
        return lambda env: before(env) + env[index]

    def rational(self, node: ast.AST) -> Fraction:
        """The exact value of literal arithmetic, such as 1.8 or 2/3."""
        if isinstance(node, ast.Constant):
            text = node.value if type(node.value) is str else self.segment(node)
            if type(node.value) in (int, float, str):
                try:
                    value = read(text).value
                except ValueError as error:
                    raise self.fault(node, str(error)) from None
                if value is not None:
                    return value
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -self.rational(node.operand)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "exact" and node.args:
            return self.rational(node.args[0])
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
            a, b = self.rational(node.left), self.rational(node.right)
            if isinstance(node.op, ast.Div) and b == 0:
                raise self.fault(node, "division by zero")
            return _OPERATIONS[type(node.op)](lambda env: a, lambda env: b)(None)
        raise self.fault(node, "exact(…) takes numbers joined by + - * /")

    def function(self, node: ast.Call, name: str, degree: int, depth: int) -> Callable:
        if node.keywords:
            raise self.fault(node, f"{name} takes no named arguments")
        if name == "count":
            number = Fraction(sum(self.size(a) for a in node.args))
            return lambda env: number
        self.whole = self.whole and name in WHOLE
        self.continuous = self.continuous and name != "round_to"
        self.attained = self.attained and name not in OUTWARD
        arguments = [self.argument(a, degree, depth, lists=name in LISTS) for a in node.args]
        try:
            if name in _ARITY:
                _ARITY[name].bind(*arguments)
            elif len(arguments) != 1:
                raise TypeError("one argument is needed")
        except TypeError as error:
            raise self.fault(node, f"{name}: {error}") from None
        return self.guarded(node, FUNCTIONS[name], arguments, {})

    def size(self, node: ast.AST) -> int:
        """How many numbers an argument of `count` holds: the printed cells of a slice, or one."""
        if isinstance(node, ast.Subscript):
            table, places, _ = self.places(node)
            return sum(1 for place in places if table.cells[place].strip())
        if isinstance(node, ast.List):
            return len(node.elts)
        raise self.fault(node, "count takes cells")

    def argument(self, node: ast.AST, degree: int, depth: int, lists: bool = True, role: str = "number") -> Callable:
        if isinstance(node, ast.Subscript):
            found = self.subscript(node, role)
            if isinstance(found, list):
                if not lists:
                    raise self.fault(node, "a list of cells where one number is needed")
                return lambda env: [env[i] for i in found]
            return lambda env: env[found]
        if isinstance(node, ast.List) and lists:
            parts = [self.number(e, degree, depth + 1, role) for e in node.elts]
            return lambda env: [part(env) for part in parts]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "measured" and lists:
            return self.call(node, degree, depth)
        return self.number(node, degree, depth + 1, role)

    def guarded(self, node: ast.Call, function: Callable, arguments: list[Callable], named: dict) -> Callable:
        def run(env):
            try:
                return function(*[a(env) for a in arguments], **{k: a(env) for k, a in named.items()})
            except (DomainError, FormulaError, iv.Undecided):
                raise
            except ZeroDivisionError:
                raise DomainError("division by zero") from None
            except OverflowError:
                raise self.fault(node, f"{node.func.id}: a number is out of range") from None
            except ValueError as error:
                raise self.fault(node, f"{node.func.id}: {error}") from None

        return run

    def on_values(self, node: ast.Call, found: Check, degree: int, depth: int) -> Callable:
        self.arity(node, found, node.args, {k.arg: k.value for k in node.keywords})
        roles = _positional_roles(found, len(node.args))
        pairs = zip(node.args, roles, strict=True)
        arguments = [self.argument(a, degree, depth, role=role) for a, role in pairs]
        named = {k.arg: self.argument(k.value, degree, depth, role=found.roles[k.arg]) for k in node.keywords}

        def run(*values, **options):
            given = [_as_intervals(v) for v in values]
            return found.function(*given, **{k: _as_intervals(v) for k, v in options.items()})

        return self.guarded(node, run, arguments, named)

    def on_printed(self, node: ast.Call, found: Check) -> Callable:
        """A check on the printed texts: its result is one unknown without width, bound to all cells it reads."""
        names = [k.arg for k in node.keywords]
        self.arity(node, found, node.args, dict.fromkeys(names))
        roles = [*_positional_roles(found, len(node.args)), *(found.roles[name] for name in names)]
        given = [*node.args, *(k.value for k in node.keywords)]
        slots = [self.printed(argument, role) for argument, role in zip(given, roles, strict=True)]
        keys = [key for slot in slots if isinstance(slot, _Slot) for key in slot.keys]
        texts = [text for slot in slots if isinstance(slot, _Slot) for text in slot.texts]

        def reader(*given: str, cut: bool = False) -> Printed:
            items = iter(given)
            values = [slot.read(items, cut) if isinstance(slot, _Slot) else slot for slot in slots]
            split = len(values) - len(names)
            try:
                result = interval(found.function(*values[:split], **dict(zip(names, values[split:], strict=True))))
            except ZeroDivisionError:
                raise DomainError("division by zero") from None
            except OverflowError:
                raise ValueError("a number is out of range") from None
            return Printed(found.name, result, None, Fraction(0), 0, False, 0, "exact")

        index = self.add(Variable(tuple(keys), reader, self.segment(node), check=True), tuple(texts))
        return lambda env: env[index]

    def printed(self, node: ast.AST, role: str) -> Fraction | _Slot:
        """The printed texts of an argument; an exact value for a whole number that counts, or exact(…)."""
        if isinstance(node, ast.Subscript):
            table, places, single = self.places(node)
            places = [p for p in places if single or table.cells[p].strip()]
            texts, keys = [table.cells[p] for p in places], [(table.name, *p) for p in places]
            if single and not texts[0].strip():
                raise self.fault(node, f"nothing is printed in {table.ref(*places[0])}")
            how = read_measured if role == "measure" else _read_exact if role == "constant" else read
            for key, text in zip(keys, texts, strict=True):
                try:
                    how(text)
                except ValueError as error:
                    raise CellError(key, str(error)) from None
            return _Slot(keys, texts, [how] * len(texts), single)
        if isinstance(node, ast.List):
            parts = [self.printed(e, role) for e in node.elts]
            parts = [_Slot([], [], [x], True) if isinstance(x, Fraction) else x for x in parts]
            return _Slot(
                [k for p in parts for k in p.keys], [t for p in parts for t in p.texts],
                [r for p in parts for r in p.readers], False,
            )  # fmt: skip
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("rounded", "measured"):
            step = self.rational(node.args[1]) if node.func.id == "rounded" and len(node.args) == 2 else Fraction(1)
            slot = self.printed(node.args[0], "measure") if node.args else None
            if not isinstance(slot, _Slot) or step <= 0:
                raise self.fault(node, f"{node.func.id} takes one printed number")
            if step != 1:
                slot.readers = [lambda text, r=r, step=step: _coarser(r(text), step) for r in slot.readers]
            return slot
        sign = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
        number = node.operand if sign else node
        decimal = isinstance(number, ast.Constant) and type(number.value) in (float, str)
        whole = isinstance(number, ast.Constant) and type(number.value) is int
        if role != "constant" and (decimal or (whole and role == "measure")):
            text = number.value if type(number.value) is str else ("-" if sign else "") + self.segment(number)
            how = read_measured if role == "measure" else read
            try:
                how(text)
            except ValueError as error:
                raise self.fault(node, str(error).removeprefix("text: ")) from None
            return _Slot([(self.owner, "constant", text)], [text], [how], True)
        return self.rational(node)

    def arity(self, node: ast.Call, found: Check, arguments: list, named: dict) -> None:
        if len(named) < len(node.keywords):
            raise self.fault(node, f"{found.signature}: a named argument is given twice")
        try:
            signature(found.function).bind(*arguments, **named)
        except TypeError as error:
            raise self.fault(node, f"{found.signature}: {error}; thousands are written without commas") from None

    # --- table checks ---
    def literal(self, node: ast.AST):
        """An argument of a table check: a table, a text, a number, or a list of those."""
        if isinstance(node, ast.Name):
            return self.table(node)
        if isinstance(node, ast.List):
            return [self.literal(e) for e in node.elts]
        if isinstance(node, ast.Constant) and type(node.value) is str:
            return node.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "exact":
            return self.rational(node.args[0])
        return self.rational(node)


@dataclass
class _Slot:
    """The printed texts of one argument of a check on printed numbers, and how each is read."""

    keys: list[Key]
    texts: list[str]
    readers: list[Callable | Fraction]  # a constant stands for itself
    single: bool

    def read(self, items: Iterable[str], cut: bool):
        """The numbers, the next texts of `items` in their turn."""
        numbers = []
        for reader in self.readers:
            number = reader if isinstance(reader, Fraction) else reader(next(items))
            numbers.append(number.as_cut() if cut and isinstance(number, Printed) else number)
        return numbers[0] if self.single else numbers


def _read_exact(text: str) -> Printed:
    """A printed number that is exact as it stands."""
    found = read(text)
    if found.value is None:
        raise ValueError(f"text: one number is needed, not {text!r}")
    return Printed(text, interval(found.value), found.value, Fraction(0), found.decimals, found.percent, 0, "exact")


def _coarser(number: Printed, step: Fraction) -> Printed:
    """A number that was rounded to a multiple of `step`."""
    return replace(number, interval=around(number.value, step), unit=step, kind="rounded")


def _positional_roles(found: Check, size: int) -> list[str]:
    """The role of each positional argument; a starred parameter takes all that are left."""
    names = [(p.name, p.kind) for p in signature(found.function).parameters.values()]
    starred = next((name for name, kind in names if kind is inspect.Parameter.VAR_POSITIONAL), None)
    return [found.roles[names[i][0] if i < len(names) else starred] for i in range(size)]


def _as_intervals(value):
    return [interval(v) for v in value] if isinstance(value, list) else interval(value)
