"""Whole tables checked by one call: each call returns one derived claim for every cell that something determines.

The calls stand alone in the formula of a claim of kind ``table``. They name columns of the transcribed table; rows in
which a needed cell is empty are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

from .formula import Table
from .interval import Interval, interval
from .numbers import Printed, read, stars
from .registry import CHECKS, Derived, check

LEVELS = ("0.10", "0.05", "0.01")  # of one, two and three stars, unless the table's note says otherwise


# --- helpers ---------------------------------------------------------------------------------------------------------
def _table(value, name: str = "table") -> Table:
    if not isinstance(value, Table):
        raise ValueError(f"{name}: a table such as T2 is needed, not {value!r}")
    return value


def _columns(table: Table, value, name: str) -> list[str]:
    names = value if isinstance(value, list) else [] if value is None else [value]
    for column in names:
        if column not in table.columns:
            known = ", ".join(table.columns)
            raise ValueError(f"{name}: {column!r} is no column of {table.name} (known: {known})")
    return names


def _column(table: Table, value, name: str) -> str | None:
    names = _columns(table, value, name)
    if len(names) > 1:
        raise ValueError(f"{name}: one column is needed, not {len(names)}")
    return names[0] if names else None


def _row(table: Table, value, name: str) -> str:
    if value not in table.rows:
        raise ValueError(f"{name}: {value!r} is no row of {table.name}")
    return value


def _has(table: Table, row: str, *columns: str | None) -> bool:
    """Whether numbers are printed in all the named cells of a row."""
    return all(column and re.search(r"\d", table.cells[row, column]) for column in columns)


def _refs(table: Table, rows: list[str], column: str) -> str:
    quoted = ", ".join('"' + r.replace("\\", "\\\\").replace('"', '\\"') + '"' for r in rows)
    column = column.replace("\\", "\\\\").replace('"', '\\"')
    return f'{table.name}[[{quoted}], "{column}"]'


def _id(*parts: str) -> str:
    return ".".join(re.sub(r"[^\w+-]+", "-", p).strip("-") or "x" for p in parts)


def _text(value) -> str:
    """A number given to a call, as a formula writes it exactly."""
    value = Fraction(value)
    return str(value.numerator) if value.denominator == 1 else f"exact({value.numerator}/{value.denominator})"


def star_reader(levels: list[Fraction], least: int = 0):
    """A reader that turns the stars of a cell into the interval of p values they claim.

    Parameters
    ----------
    levels : list of Fraction
        Significance levels of one, two, … stars, falling. Ends count as included: journals differ in < and ≤.
    least : int
        Fewest stars that claim anything; with 1, a cell without stars claims no lack of significance.

    Examples
    --------
    >>> reader = star_reader([Fraction(1, 10), Fraction(1, 20), Fraction(1, 100)])
    >>> print(reader("0.496**").interval, reader("0.12").interval)
    [0.01, 0.05] [0.1, 1]
    """
    ends = [Fraction(1), *levels, Fraction(0)]
    places = 3 if levels and min(levels) < Fraction(1, 100) else 2

    def reader(text: str) -> Printed:
        n = stars(text)
        if n > len(levels):
            raise ValueError(f"{text!r}: {n} stars, but only {len(levels)} levels are given")
        low, high = (ends[n + 1], ends[n]) if n >= least else (Fraction(0), Fraction(1))
        return Printed(text, Interval(low, high), None, Fraction(0), places, False, n, "stars")

    return reader


def _levels(values) -> list[Fraction]:
    levels = [read(v).value if isinstance(v, str) else Fraction(v) for v in (values or LEVELS)]
    if any(not 0 < v < 1 for v in levels) or sorted(levels, reverse=True) != levels:
        raise ValueError("levels: falling numbers between 0 and 1, for one star, two stars, …")
    return levels


# --- regression tables -----------------------------------------------------------------------------------------------
@check(
    kind="table",
    reference="Nuijten et al. 2016, Behavior Research Methods 48 (statcheck), for t, p and decision errors",
    assumptions="t tests a coefficient of zero; stars follow the table's note; df omitted means the normal "
    "distribution; sided=0 accepts one- and two-sided tests",
)
def regression(table, coefficient, se=None, t=None, p=None, stars=1, df=None, sided=2, levels=None) -> list[Derived]:
    """A regression table: t = b / se, the sign of t, p and stars, for every coefficient.

    Parameters
    ----------
    table : Table
    coefficient, se, t, p : column name or list of column names
        Lists run in parallel, one entry a printed regression. `se` and `t` as printed, with or without brackets.
    stars : 0 or 1
        Whether the coefficients carry stars.
    df : int or list of int, optional
        Residual degrees of freedom of each regression.
    sided : {2, 1, 0}
        Two-sided, one-sided, or either.
    levels : list, optional
        Significance levels of one, two, … stars; 0.10, 0.05, 0.01 by default.
    """
    table = _table(table)
    bs = _columns(table, coefficient, "coefficient")
    others = {name: _columns(table, value, name) for name, value in (("se", se), ("t", t), ("p", p))}
    for name, columns in others.items():
        if columns and len(columns) != len(bs):
            raise ValueError(f"{name}: {len(columns)} columns for {len(bs)} regressions")
    dfs = df if isinstance(df, list) else [df] * len(bs)
    if len(dfs) != len(bs):
        raise ValueError(f"df: {len(dfs)} values for {len(bs)} regressions")
    if sided not in (0, 1, 2) or not (others["se"] or others["t"] or others["p"]):
        raise ValueError("sided: 2, 1 or 0; and one of se, t, p names columns")
    reader = star_reader(_levels(levels)) if stars else None
    derived = []
    for k, b in enumerate(bs):
        columns = {name: values[k] if values else None for name, values in others.items()}
        for row in table.rows:
            if _has(table, row, b):
                derived += _coefficient(table, row, b, columns, dfs[k], sided, reader)
    if not derived:
        raise ValueError(f"{table.name}: no row holds a coefficient with its standard error, t or p")
    return derived


def _coefficient(table: Table, row: str, b: str, columns: dict, df, sided, reader) -> Iterator[Derived]:
    se, t, p = (columns[name] if _has(table, row, columns[name]) else None for name in ("se", "t", "p"))
    cell, about = table.ref(row, b), f"{row}, {b}"
    if se and t:
        formula = f"t_ratio({cell}, {table.ref(row, se)})"
        yield Derived(_id(row, t), f"t statistic of {about}", (table.name, row, t), formula)
    elif t:
        formula = f"{cell} / {table.ref(row, t)}"
        yield Derived(_id(row, b, "sign"), f"coefficient and t have the same sign: {about}", "at least 0", formula)
    statistic = table.ref(row, t) if t else f"t_ratio({cell}, {table.ref(row, se)})" if se else None
    formulas = [f"p_from_t({statistic}{option})" for option in _tests(df, sided)] if statistic else []
    if p and formulas:
        yield Derived(_id(row, p), f"p value of {about}", (table.name, row, p), " | ".join(formulas))
    if reader and (formulas or p):
        formulas = formulas or [f"repeats({table.ref(row, p)})"]
        yield Derived(_id(row, b, "stars"), f"stars of {about}", (table.name, row, b), " | ".join(formulas), reader)


def _tests(df, sided: int) -> list[str]:
    degrees = "" if df is None else f", {_text(df)}"
    both = ["", ", one_sided=1"]
    return [degrees + option for option in ([both[0]] if sided == 2 else [both[1]] if sided == 1 else both)]


@check(
    kind="table",
    reference="definition; Nuijten et al. 2016, Behavior Research Methods 48",
    assumptions="Pearson correlations of n pairs, tested against zero",
)
def correlations(table, r, n, sided=2, levels=None) -> list[Derived]:
    """A table of correlations: |r| at most 1, and the stars that n implies.

    Parameters
    ----------
    table : Table
    r : column name or list of column names
    n : int
    sided, levels : see `regression`
    """
    table, reader = _table(table), star_reader(_levels(levels))
    derived = []
    for column in _columns(table, r, "r"):
        for row in table.rows:
            if _has(table, row, column):
                cell, about = table.ref(row, column), f"{row}, {column}"
                if abs(read(table.cells[row, column]).value) == 1:
                    continue
                formula = " | ".join(f"p_from_r({cell}, {_text(n)}{o})" for o in _tests(None, sided))
                derived += [
                    Derived(_id(row, column, "size"), f"size of the correlation {about}", "at most 1", f"abs({cell})"),
                    Derived(_id(row, column, "stars"), f"stars of {about}", (table.name, row, column), formula, reader),
                ]
    return derived


@check(
    kind="table",
    reference="definition (least squares cannot fit worse with more regressors)",
    assumptions="the same sample and outcome; each column adds regressors to the one before; plain R², not adjusted",
)
def nested_r2(table, row, columns) -> list[Derived]:
    """R² of nested regressions, smallest first: it cannot fall.

    Parameters
    ----------
    table : Table
    row : row name
        The row that prints R².
    columns : list of column names
    """
    table = _table(table)
    row, names = _row(table, row, "row"), _columns(table, columns, "columns")
    if len(names) < 2:
        raise ValueError("columns: at least two regressions are needed")
    return [
        Derived(_id(row, a, b), f"R² rises from {a} to {b}", "at least 0", f"{table.ref(row, b)} - {table.ref(row, a)}")
        for a, b in zip(names, names[1:], strict=False)
    ]


@check(
    "common_factor_share",
    kind="printed",
    reference="own",
    assumptions="two different estimations; counts and numbers of fewer than two significant digits are left out",
    words="share of rows in which {second} is {first} times one common factor",
)
def common_factor_share(first, second) -> Interval:
    """Largest share of rows, in percent, in which the second column is the first times one common factor.

    100 for a column that was copied or rescaled. Rows take part where both numbers have two significant digits or more
    and are no counts.

    Raises
    ------
    ValueError
        If the columns differ in length, or fewer than three rows can be compared.
    """
    if not isinstance(first, list) or not isinstance(second, list) or len(first) != len(second):
        raise ValueError("first, second: two columns with the same printed cells are needed")
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if _telling(a) and _telling(b)]
    if len(pairs) < 3:
        raise ValueError(f"first, second: {len(pairs)} comparable rows, at least three are needed")
    same = sum(a.interval == b.interval for a, b in pairs)
    ratios = [b.interval / a.interval for a, b in pairs]
    most = max(same, max(sum(other.meets(interval(r.lo)) for other in ratios) for r in ratios))
    return interval(Fraction(100 * most, len(pairs)))


def _telling(number: Printed) -> bool:
    """Whether a number is no count and has two significant digits or more: two of them hardly agree by chance."""
    return number.kind == "rounded" and len(re.sub(r"\D", "", number.text.split("e")[0]).lstrip("0")) >= 2


@check(
    kind="table",
    reference="own",
    assumptions="each column reports an estimation of its own; columns that differ in standard errors only share b",
)
def different_columns(table, columns, limit=60) -> list[Derived]:
    """No two columns of a table repeat or rescale each other in more than `limit` percent of their rows.

    Parameters
    ----------
    table : Table
    columns : list of column names
        Coefficients of several regressions, or their t statistics.
    limit : number
        Percent; by chance, one common factor explains hardly more than two rows.
    """
    table, names = _table(table), _columns(table, columns, "columns")
    derived = []
    for a, b in combinations(names, 2):
        rows = [r for r in table.rows if _has(table, r, a, b)]
        if sum(_telling(read(table.cells[r, a])) and _telling(read(table.cells[r, b])) for r in rows) < 4:
            continue
        formula = f"common_factor_share({_refs(table, rows, a)}, {_refs(table, rows, b)})"
        statement = f"columns {a} and {b} report different results: share of rows with one common factor"
        derived.append(Derived(_id(a, b), statement, f"at most {float(limit):g}", formula))
    if not derived:
        raise ValueError("columns: no two columns share four rows with numbers of two digits or more")
    return derived


# --- frequency tables ------------------------------------------------------------------------------------------------
@check(
    kind="table",
    reference="definition",
    assumptions="one answer a respondent, none missing",
)
def frequency(table, count=None, percent=None, n=None, group=None) -> list[Derived]:
    """A frequency table: counts sum to n, each percentage is count / n, percentages sum to 100.

    Parameters
    ----------
    table : Table
    count, percent : column names
        At least one of them.
    n : int, optional
        Number of respondents; without it, the sum of the group's counts.
    group : column name, optional
        Rows with the same text there belong together; without it, the whole table is one group.
    """
    table = _table(table)
    counts, percents = _column(table, count, "count"), _column(table, percent, "percent")
    if not counts and not percents:
        raise ValueError("count, percent: name at least one column")
    derived = []
    for name, rows in _groups(table, _column(table, group, "group")).items():
        here = [r for r in rows if _has(table, r, counts or percents)]
        if counts:
            derived += _counted(table, name, here, counts, percents, n)
        elif len(here) > 1:
            formula = f"sum({_refs(table, here, percents)})"
            derived.append(Derived(_id(name, "total"), f"percentages of {name} sum to 100", "exactly 100", formula))
    return derived


def _groups(table: Table, column: str | None) -> dict[str, list[str]]:
    if column is None:
        return {table.name: list(table.rows)}
    groups: dict[str, list[str]] = {}
    for row in table.rows:
        if table.cells[row, column]:
            groups.setdefault(table.cells[row, column], []).append(row)
    return groups


def _counted(table: Table, name: str, rows: list[str], counts: str, percents: str | None, n) -> Iterator[Derived]:
    total = f"sum({_refs(table, rows, counts)})"
    if n is not None and len(rows) > 1:
        yield Derived(_id(name, "total"), f"counts of {name} sum to n", f"exactly {n}", total)
    for row in rows:
        if percents and _has(table, row, percents):
            formula = f"share({table.ref(row, counts)}, {total if n is None else _text(n)})"
            if n is None:
                others = [r for r in rows if r != row]
                formula = f"share_of_sum({table.ref(row, counts)}, {_refs(table, others, counts)})"
            yield Derived(_id(row), f"percentage of {row} ({name})", (table.name, row, percents), formula)


@check(
    kind="table",
    reference="definition",
    assumptions="the parts are all there; weights of one level sum to one",
)
def parts_sum(table, column, total=1, group=None) -> list[Derived]:
    """Weights or shares sum to one (or another total) in every group.

    Parameters
    ----------
    table : Table
    column : column name or list of column names
    total : number or row name
        1 for weights, 100 for percentages; or the row that prints the total.
    group : column name, optional
    """
    table, derived = _table(table), []
    for name in _columns(table, column, "column"):
        for label, rows in _groups(table, _column(table, group, "group")).items():
            here = [r for r in rows if _has(table, r, name) and r != total]
            if len(here) > 1:
                printed = (table.name, total, name) if isinstance(total, str) else f"exactly {float(total):g}"
                statement = f"{name} of {label} sums to {total}"
                derived.append(Derived(_id(name, label), statement, printed, f"sum({_refs(table, here, name)})"))
    if not derived:
        raise ValueError(f"column: no group of {table.name} holds two numbers")
    return derived


# --- descriptive tables ----------------------------------------------------------------------------------------------
@check(
    kind="table",
    reference="definition; Bhatia & Davis 2000 for the sd; Brown & Heathers 2017 (GRIM), Allard 2018 (GRIMMER)",
    assumptions="answers on one scale from low to high; with integers=1 whole numbers, n of them an item, none missing",
)
def item_statistics(table, mean, sd=None, low=None, high=None, n=None, integers=1, group=None) -> list[Derived]:
    """A table of item means and standard deviations on a rating scale, with the means of the scales they form.

    Parameters
    ----------
    table : Table
    mean, sd : column names
    low, high : numbers
        Ends of the rating scale.
    n : int, optional
        Number of respondents; needed for the bound on the sd, GRIM and GRIMMER.
    integers : 0 or 1
        Whether answers are whole numbers.
    group : column name or list of column names, optional
        Columns that name the scale an item belongs to, lowest level first. A scale's own mean stands in the row of
        that name; it is compared with the mean of its items or of its subscales.
    """
    table = _table(table)
    means, sds = _column(table, mean, "mean"), _column(table, sd, "sd")
    groups = _columns(table, group, "group")
    scales = {table.cells[r, g] for g in groups for r in table.rows} - {""}
    derived = []
    for row in table.rows:
        if not _has(table, row, means):
            continue
        if low is not None and high is not None:
            bounds = f"between {float(low):g} and {float(high):g}"
            statement = f"mean of {row} lies on the scale"
            derived.append(Derived(_id(row, "range"), statement, bounds, table.ref(row, means)))
        if row not in scales and n is not None:
            derived += _item(table, row, means, sds, low, high, n, integers)
    for level, column in enumerate(groups):
        derived += _scale_means(table, means, column, groups[:level], scales)
    if not derived:
        raise ValueError("low, high, n, group: nothing to check; give the ends of the scale, n, or the groups")
    return derived


def _item(table: Table, row: str, mean: str, sd: str | None, low, high, n, integers) -> Iterator[Derived]:
    m, size = table.ref(row, mean), _text(n)
    spread = _has(table, row, sd)
    if spread and low is not None and high is not None:
        formula = f"{table.ref(row, sd)} - sd_bound({m}, {_text(low)}, {_text(high)}, {size})"
        yield Derived(_id(row, "sd"), f"sd of {row} is possible on the scale", "at most 0", formula)
    if integers and "grim" in CHECKS and read(table.cells[row, mean]).interval.width * Fraction(n) < 1:
        yield Derived(_id(row, "grim"), f"mean of {row} is possible for n whole numbers", (table.name, row, mean),
                      f"grim({m}, {size})")  # fmt: skip
    if integers and spread and "grimmer" in CHECKS:
        yield Derived(_id(row, "grimmer"), f"sd of {row} is possible for n whole numbers", (table.name, row, sd),
                      f"grimmer({m}, {table.ref(row, sd)}, {size})")  # fmt: skip


def _scale_means(table: Table, mean: str, column: str, below: list[str], scales: set[str]) -> Iterator[Derived]:
    for scale, members in _groups(table, column).items():
        if scale not in table.rows or not _has(table, scale, mean):
            continue
        members = [r for r in members if r != scale and _has(table, r, mean)]
        items = [r for r in members if r not in scales]
        named = {table.cells[r, c] for c in below[-1:] for r in members}
        subscales = [r for r in members if r in named]
        ways = [rows for rows in (subscales, items) if len(rows) > 1]
        if ways:
            formula = " | ".join(f"mean({_refs(table, rows, mean)})" for rows in ways)
            yield Derived(_id(scale, "mean"), f"mean of the scale {scale}", (table.name, scale, mean), formula)


@check(
    kind="table",
    reference="definition; Bhatia & Davis 2000, American Mathematical Monthly 107(4), for the sd",
    assumptions="mean, sd, minimum and maximum of the same observations",
)
def descriptives(table, mean, low, high, sd=None, n=None) -> list[Derived]:
    """A table of descriptive statistics: minimum ≤ mean ≤ maximum, and an sd that the range allows.

    Parameters
    ----------
    table : Table
    mean, low, high, sd : column names
        `low` and `high` hold minimum and maximum.
    n : column name or int, optional
        Number of observations.
    """
    table = _table(table)
    names = [_column(table, v, k) for k, v in (("mean", mean), ("low", low), ("high", high), ("sd", sd))]
    derived = []
    for row in table.rows:
        if not _has(table, row, *names[:3]):
            continue
        m, lo, hi = (table.ref(row, c) for c in names[:3])
        derived += [
            Derived(_id(row, "order"), f"maximum of {row} is not below its minimum", "at least 0", f"{hi} - {lo}"),
            Derived(_id(row, "above"), f"mean of {row} is not below its minimum", "at least 0", f"{m} - {lo}"),
            Derived(_id(row, "below"), f"mean of {row} is not above its maximum", "at least 0", f"{hi} - {m}"),
        ]
        if _has(table, row, names[3]):
            derived.append(_sd_allowed(table, row, names, n))
    return derived


def _sd_allowed(table: Table, row: str, names: list[str], n) -> Derived:
    m, lo, hi, s = (table.ref(row, c) for c in names)
    size = table.ref(row, n) if isinstance(n, str) else _text(n) if n is not None else "2"
    formula = f"({m} - {lo}) * ({hi} - {m}) * {size} / ({size} - 1) - {s} ** 2"
    return Derived(_id(row, "sd"), f"sd of {row} is possible between its minimum and maximum", "at least 0", formula)
