"""Whole tables checked by one call: each call returns one derived claim for every cell that something determines.

The calls stand alone in the formula of a claim of kind ``table``. They name columns of the transcribed table; rows in
which a needed cell is empty are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from fractions import Fraction
from itertools import combinations

from .formula import Table
from .interval import Interval, hull, interval
from .numbers import Printed, read, read_measured, stars
from .registry import Derived, check

SCALES = (("0.10", "0.05", "0.01"), ("0.05", "0.01", "0.001"))  # the usual levels of one, two and three stars
_NOTED = re.compile(
    r"([*∗⁎＊]+)\s*:?\s*(?:indicates?|denotes?|means?|for)?\s*p?\s*[<≤=]?\s*(0?\.\d+|\d+(?:\.\d+)?\s*%)"
)


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
        near = get_close_matches(str(value), table.rows, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f" (known: {', '.join(table.rows[:12])})"
        raise ValueError(f"{name}: {value!r} is no row of {table.name}{hint}")
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


def _text(value, name: str = "n") -> str:
    """A number given to a call, as a formula writes it exactly."""
    try:
        value = Fraction(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: a number is needed, not {value!r}") from None
    return str(value.numerator) if value.denominator == 1 else f"exact({value.numerator}/{value.denominator})"


def note_levels(note: str) -> list[Fraction] | None:
    """Significance levels of one, two, … stars that a table's note states; None where it states none.

    >>> note_levels("* p < 0.1, ** p < 0.05, *** p < 0.01") == note_levels("***, **, * denote 1%, 5% and 10%")
    True
    """
    found = {len(m[1]): m[2] for m in _NOTED.finditer(note)}
    stars_listed = [len(run) for run in re.findall(r"[*∗⁎＊]+", note)]
    numbers = re.findall(r"0?\.\d+|\d+(?:\.\d+)?\s*%", note)
    if sorted(found) != list(range(1, len(found) + 1)) or len(found) != len(stars_listed):
        found = dict(zip(stars_listed, numbers, strict=False)) if len(stars_listed) == len(numbers) else {}
    if not found or sorted(found) != list(range(1, len(found) + 1)):
        return None
    values = [Fraction(v.rstrip("% ")) / (100 if "%" in v else 1) for _, v in sorted(found.items())]
    return values if sorted(set(values), reverse=True) == values and values[-1] > 0 and values[0] < 1 else None


def _stars_read(table: Table, columns: list[str], levels):
    """(reader of the stars in these columns, words for the statement); None where no star is printed there.

    Without levels in the call or in the table's note, a number of stars claims what it can under one of the usual
    scales.
    """
    if not any(stars(table.cells[row, column]) for row in table.rows for column in columns):
        return None, ""
    known = _levels(levels) if levels else note_levels(table.note)
    if known:
        return star_reader(known), ""
    readers = [star_reader(_levels(scale)) for scale in SCALES]

    def reader(text: str) -> Printed:
        found = [r(text) for r in readers]
        return replace(found[0], interval=hull(f.interval for f in found), decimals=3)

    return reader, " (no note with the levels: 10, 5, 1 % or 5, 1, 0.1 %)"


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
    levels = [read(v).value if isinstance(v, str) else Fraction(v) for v in values]
    if any(not 0 < v < 1 for v in levels) or sorted(levels, reverse=True) != levels:
        raise ValueError("levels: falling numbers between 0 and 1, for one star, two stars, …")
    return levels


# --- regression tables -----------------------------------------------------------------------------------------------
@check(
    kind="table",
    roles="name: table coefficient se t p stars df sided levels",
    topic="a regression table",
    example='regression(T3, coefficient="b", se="se", t="t", df=116)',
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
        Lists run in parallel, one entry a printed regression. `se` and `t` as printed, with or without brackets. The
        coefficient's own column, where they stand in the row below it (a row without a name).
    stars : 0 or 1
        Whether stars are checked, where the table prints any.
    df : int or list of int, optional
        Residual degrees of freedom of each regression.
    sided : {2, 1, 0}
        Two-sided, one-sided, or either.
    levels : list, optional
        Significance levels of one, two, … stars, if the table's own note does not state them.
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
    reader, scale = _stars_read(table, bs, levels) if stars else (None, "")
    derived = []
    for k, b in enumerate(bs):
        columns = {name: values[k] if values else None for name, values in others.items()}
        for row in table.rows:
            if _has(table, row, b) and row not in table.below.values():
                derived += _coefficient(table, row, b, columns, dfs[k], sided, reader, scale)
    if not derived:
        raise ValueError(f"{table.name}: no row holds a coefficient with its standard error, t or p")
    return derived


def _coefficient(table: Table, row: str, b: str, columns: dict, df, sided, reader, scale) -> Iterator[Derived]:
    places = {name: (table.below.get(row) if column == b else row, column) for name, column in columns.items()}
    se, t, p = (
        place if place[0] and place[1] and _has(table, *place) else None
        for place in (places[name] for name in ("se", "t", "p"))
    )
    cell, about = table.ref(row, b), f"{row}, {b}"
    if se and t:
        formula = f"t_ratio({cell}, {table.ref(*se)})"
        yield Derived(_id(row, t[1]), f"t statistic of {about}", (table.name, *t), formula)
    elif t:
        formula = f"measured({cell}) / measured({table.ref(*t)})"
        yield Derived(_id(row, b, "sign"), f"coefficient and t have the same sign: {about}", "at least 0", formula)
    statistic = table.ref(*t) if t else f"t_ratio({cell}, {table.ref(*se)})" if se else None
    formulas = [f"p_from_t({statistic}{option})" for option in _tests(df, sided)] if statistic else []
    if p and formulas:
        yield Derived(_id(row, p[1]), f"p value of {about}", (table.name, *p), " | ".join(formulas))
    if reader and (formulas or p):
        formulas = formulas or [f"repeats({table.ref(*p)})"]
        statement = f"stars of {about}{scale}"
        yield Derived(_id(row, b, "stars"), statement, (table.name, row, b), " | ".join(formulas), reader)


def _tests(df, sided: int) -> list[str]:
    """Options of `p_from_t` or `p_from_r` for each test that the table may report; a one-sided one either way."""
    degrees = "" if df is None else f", {_text(df)}"
    options = [""] if sided == 2 else [", one_sided=1", ", one_sided=-1"]
    return [degrees + option for option in ([""] + options if sided == 0 else options)]


@check(
    kind="table",
    roles="name: table r n sided levels",
    topic="correlations",
    example='correlations(T5, r="r", n=180)',
    reference="definition; Nuijten et al. 2016, Behavior Research Methods 48",
    assumptions="Pearson correlations of n pairs, tested against zero",
)
def correlations(table, r, n, sided=2, levels=None) -> list[Derived]:
    """A table of correlations: none beyond 1, and the stars that n implies, where the table prints stars.

    Parameters
    ----------
    table : Table
    r : column name or list of column names
    n : int
    sided, levels : see `regression`
    """
    table, columns = _table(table), _columns(_table(table), r, "r")
    reader, scale = _stars_read(table, columns, levels)
    derived = []
    for column in columns:
        for row in table.rows:
            if _has(table, row, column):
                cell, about = table.ref(row, column), f"{row}, {column}"
                if abs(read(table.cells[row, column]).value) == 1:
                    continue
                formula = f"abs(measured({cell}))"
                derived.append(
                    Derived(_id(row, column, "size"), f"size of the correlation {about}", "at most 1", formula)
                )
                if reader:
                    formula = " | ".join(f"p_from_r({cell}, {_text(n)}{o})" for o in _tests(None, sided))
                    place, statement = (table.name, row, column), f"stars of {about}{scale}"
                    derived.append(Derived(_id(row, column, "stars"), statement, place, formula, reader))
    if not derived:
        raise ValueError(f"r: no correlation below 1 is printed in {', '.join(columns) or 'no column'}")
    return derived


@check(
    kind="table",
    roles="name: table row columns",
    topic="a regression table",
    example='nested_r2(T3, row="R2", columns=["(1)", "(2)"])',
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
    roles="measure: first second",
    topic="a regression table",
    example='common_factor_share(T2[:, "b1"], T2[:, "b2"])',
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
    ratios = [_closed(b.interval / a.interval) for a, b in pairs]
    most = max(same, max(sum(other.meets(interval(r.lo)) for other in ratios) for r in ratios))
    return interval(Fraction(100 * most, len(pairs)))


def _closed(x: Interval) -> Interval:
    """With its ends: one of the lower ends is then common to as many ratios as any other factor."""
    return Interval(x.lo, x.hi)


def _telling(number: Printed) -> bool:
    """Whether a number is no count and has two significant digits or more: two of them hardly agree by chance."""
    if not isinstance(number, Printed) or number.kind != "rounded":
        return False
    return len(re.sub(r"\D", "", number.text.split("e")[0]).lstrip("0")) >= 2


@check(
    kind="table",
    roles="name: table columns limit",
    topic="a regression table",
    example='different_columns(T3, columns=["t1", "t2"])',
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


@check(
    "error_factor_share",
    kind="printed",
    roles="measure: b1 t1 b2 t2",
    topic="a regression table",
    example='error_factor_share(T2[:, "b"], T2[:, "t"], T3[:, "b"], T3[:, "t"])',
    reference="own",
    assumptions="two different estimations; t tests coefficients of zero",
    words="share of rows in which the standard errors {b2} / {t2} are one multiple of {b1} / {t1}",
)
def error_factor_share(b1, t1, b2, t2) -> Interval:
    """Largest share of rows, in percent, in which the implied standard errors of two columns have one common factor.

    Raises
    ------
    ValueError
        If the columns differ in length, or fewer than three rows can be compared.
    """
    columns = [b1, t1, b2, t2]
    if not all(isinstance(c, list) and len(c) == len(b1) for c in columns):
        raise ValueError("b1, t1, b2, t2: columns with the same printed cells are needed")
    ratios = []
    for x1, y1, x2, y2 in zip(*columns, strict=True):
        if all(map(_telling, (x1, y1, x2, y2))):
            ratios.append(_closed(abs((x2.interval / y2.interval) / (x1.interval / y1.interval))))
    if len(ratios) < 3:
        raise ValueError(f"b1, t1, b2, t2: {len(ratios)} comparable rows, at least three are needed")
    most = max(sum(other.meets(interval(r.lo)) for other in ratios) for r in ratios)
    return interval(Fraction(100 * most, len(ratios)))


@check(
    kind="table",
    roles="name: table other b t se other_b other_t other_se limit",
    topic="a regression table",
    example='shared_errors(T2, T3, b="b1", t="t1", other_b="b3", other_t="t3")',
    reference="definition of t; own use across tables",
    assumptions="the columns are said to differ in regressors or sample; rows of the same name hold the same regressor",
)
def shared_errors(table, other, b=None, t=None, se=None, other_b=None, other_t=None, other_se=None, limit=60):
    """Standard errors of one regression are no common multiple of those of another, in the same or another table.

    With the same regressors and sample they are one, √(residual variances); with others they are not.

    Parameters
    ----------
    table, other : Table
    b, t, se, other_b, other_t, other_se : column names
        Coefficients with t statistics, or standard errors.
    limit : number
        Percent of rows that may share one factor by chance.
    """
    table, other = _table(table), _table(other, "other")
    first = [_column(table, v, k) for k, v in (("b", b), ("t", t), ("se", se))]
    second = [_column(other, v, k) for k, v in (("other_b", other_b), ("other_t", other_t), ("other_se", other_se))]
    used = [2] if first[2] and second[2] else [0, 1]
    if not all(names[k] for names in (first, second) for k in used):
        raise ValueError("b, t, se: name b and t, or se, of both regressions")
    both = ((table, first), (other, second))
    shared = [row for row in table.rows if row in other.rows]
    rows = [row for row in shared if all(_has(tb, row, names[k]) for tb, names in both for k in used)]
    lists = [_refs(tb, rows, names[k]) for tb, names in both for k in used]
    if len(rows) < 3:
        raise ValueError(f"table, other: {len(rows)} rows of the same name hold numbers in both, at least 3 are needed")
    name = "common_factor_share" if used == [2] else "error_factor_share"
    here, there = f"{first[used[0]]} in {table.name}", f"{second[used[0]]} in {other.name}"
    statement = f"standard errors of {there} are no multiple of those of {here}"
    suffix = _id(first[used[0]], other.name, second[used[0]])
    return [Derived(suffix, statement, f"at most {float(limit):g}", f"{name}({', '.join(lists)})")]


@check(
    kind="table",
    roles="name: table p b se t df level sided",
    topic="a test result",
    example='decisions(T3, p="p", t="t", df=116, level="0.05")',
    reference="Nuijten et al. 2016, Behavior Research Methods 48 (gross inconsistencies)",
    assumptions="t tests a coefficient of zero; the text decides at `level`",
)
def decisions(table, p, b=None, se=None, t=None, df=None, level="0.05", sided=2) -> list[Derived]:
    """Decision errors: each printed p stands on the same side of the level as the p of its statistic.

    Parameters
    ----------
    table : Table
    p, b, se, t : column names
        The printed p, and t or b with se.
    df : int or column name, optional
    level : number
        The level that the text uses.
    sided : see `regression`
    """
    table = _table(table)
    p, b, se, t = (_column(table, v, k) for k, v in (("p", p), ("b", b), ("se", se), ("t", t)))
    limit = _levels([level])[0]
    if not p or not (t or (b and se)):
        raise ValueError("p, t, b, se: name the column of p, and that of t or those of b and se")
    derived = []
    for row in table.rows:
        if not _has(table, row, p, *([t] if t else [b, se])):
            continue
        printed = read(table.cells[row, p]).interval
        side = "at most" if printed.hi <= limit else "above" if printed.lo > limit else None
        if side:
            statistic = table.ref(row, t) if t else f"t_ratio({table.ref(row, b)}, {table.ref(row, se)})"
            freedom = _size(table, row, df, "df")
            options = [(f", {freedom}" if freedom else "") + o for o in _tests(None, sided)]
            formula = " | ".join(f"p_from_t({statistic}{o})" for o in options)
            statement = f"{row} is {'' if side == 'at most' else 'not '}significant at {float(100 * limit):g} %"
            derived.append(Derived(_id(row, "decision"), statement, f"{side} {float(limit):g}", formula))
    if not derived:
        raise ValueError(f"p: no row of {table.name} prints a p value on one side of the level, and its statistic")
    return derived


@check(
    kind="table",
    roles="name: table rows columns",
    topic="correlations",
    example="correlation_matrix(T4)",
    reference="definition: a correlation matrix is positive semidefinite",
    assumptions="Pearson correlations on the same observations (no pairwise deletion)",
)
def correlation_matrix(table, rows=None, columns=None) -> list[Derived]:
    """A printed matrix of correlations: some variables have all of them at once, within rounding.

    Parameters
    ----------
    table : Table
        One triangle, or both; empty cells may be anything.
    rows, columns : lists of names, optional
        The variables in the same order, where rows and columns are not called alike (rows "1. Age", columns "1").
    """
    table = _table(table)
    across = _columns(table, columns, "columns") or [c for c in table.columns if c in table.rows]
    down = [_row(table, r, "rows") for r in rows] if isinstance(rows, list) else [r for r in table.rows if r in across]
    if rows is None and columns is not None:
        down = list(table.rows)[: len(across)]
    across = across if columns else down
    if len(down) < 3 or len(down) != len(across):
        raise ValueError(
            "rows, columns: three variables or more, in the same order; name rows and columns if they differ"
        )
    cells = []
    for j in range(len(down)):
        for i in range(j):
            places = [p for p in ((down[j], across[i]), (down[i], across[j])) if _has(table, *p)]
            cells.append(table.ref(*places[0]) if places else '"between -1 and 1"')
    formula = f"feasible_correlations([{', '.join(cells)}], {len(down)})"
    return [Derived("matrix", f"{len(down)} variables have all these correlations", "exactly 1", formula)]


@check(
    kind="table",
    roles="name: table columns rows chi2 p",
    topic="a table of counts",
    example='cross_table(T1, columns=["men", "women"], p="0.87")',
    reference="Pearson 1900; Yates 1934 for the correction",
    assumptions="independent observations, each in one cell; the table holds all of them and no totals",
)
def cross_table(table, columns, rows=None, chi2=None, p=None) -> list[Derived]:
    """χ² and p of a printed table of counts, for two rows and columns with and without the continuity correction.

    Parameters
    ----------
    table : Table
    columns, rows : lists of names
        Without totals; all rows if omitted.
    chi2, p : text
        As printed, in quotes.
    """
    table, across = _table(table), _columns(_table(table), columns, "columns")
    down = [_row(table, r, "rows") for r in rows] if isinstance(rows, list) else list(table.rows)
    if len(across) < 2 or len(down) < 2:
        raise ValueError("columns, rows: two columns and two rows of counts are needed at least")
    cells = ", ".join(table.ref(r, c) for r in down for c in across)
    call, df = f"chi2_of_counts([{cells}], {len(across)}", (len(across) - 1) * (len(down) - 1)
    ways = [call + ")"] + [call + ", yates=1)"] * (len(across) == len(down) == 2)
    derived = []
    if chi2 is not None:
        derived.append(Derived("chi2", f"χ²({df}) of {table.name}", str(chi2), " | ".join(ways)))
    if p is not None:
        formula = " | ".join(f"p_from_chi2({way}, {df})" for way in ways)
        derived.append(Derived("p", f"p of χ²({df}) of {table.name}", str(p), formula))
    if not derived:
        raise ValueError("chi2, p: give at least one, as printed and in quotes")
    return derived


# --- frequency tables ------------------------------------------------------------------------------------------------
@check(
    kind="table",
    roles="name: table count percent n group",
    topic="percentages",
    example='frequency(T1, count="n", percent="%", n=120)',
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
            formula = f"sum(measured({_refs(table, here, percents)}))"
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
    roles="name: table column total group",
    topic="efficiency and weights",
    example='parts_sum(T4, column="weight")',
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
    if isinstance(total, str):
        _row(table, total, "total")
    for name in _columns(table, column, "column"):
        for label, rows in _groups(table, _column(table, group, "group")).items():
            here = [r for r in rows if _has(table, r, name) and r != total]
            if len(here) > 1:
                printed = (table.name, total, name) if isinstance(total, str) else f"exactly {float(total):g}"
                statement = f"{name} of {label} sums to {total}"
                if isinstance(total, str) and not _has(table, total, name):
                    raise ValueError(f"total: no number is printed in {table.ref(total, name)}")
                parts = _refs(table, here, name)
                derived.append(Derived(_id(name, label), statement, printed, f"sum({parts}) | sum(measured({parts}))"))
    if not derived:
        raise ValueError(f"column: no group of {table.name} holds two numbers")
    return derived


# --- descriptive tables ----------------------------------------------------------------------------------------------
@check(
    kind="table",
    roles="name: table mean sd low high n items integers group",
    topic="a table of means",
    example='item_statistics(T2, mean="mean", sd="sd", low=1, high=5, n=120)',
    reference="definition; Bhatia & Davis 2000 for the sd; Brown & Heathers 2017 (GRIM), Allard 2018 (GRIMMER)",
    assumptions="answers on one scale from low to high; with integers=1 whole numbers, n of them an item, none missing",
)
def item_statistics(table, mean, sd=None, low=None, high=None, n=None, integers=1, group=None, items=None):
    """A table of item means and standard deviations on a rating scale, with the means of the scales they form.

    Parameters
    ----------
    table : Table
    mean, sd : column names
    low, high : numbers
        Ends of the rating scale.
    n : int or column name, optional
        Number of respondents, of all rows or row by row; needed for the bound on the sd, GRIM and GRIMMER.
    items : int or column name, optional
        Number of whole-number answers that each respondent's value is the mean of; the column "items" if there is one,
        else 1.
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
    items = ("items" if "items" in table.columns else 1) if items is None else items
    derived = []
    for row in table.rows:
        if not _has(table, row, means):
            continue
        size, answers = _size(table, row, n, "n"), _size(table, row, items, "items")
        if low is not None and high is not None:
            bounds = f"between {float(low):g} and {float(high):g}"
            statement = f"mean of {row} lies on the scale"
            derived.append(Derived(_id(row, "range"), statement, bounds, f"measured({table.ref(row, means)})"))
        if row not in scales and size is not None:
            derived += _item(table, row, means, sds, low, high, size, integers, answers, n)
    exact = integers and n is not None and not isinstance(n, str) and items == 1
    for level, column in enumerate(groups):
        derived += _scale_means(table, means, column, groups[:level], scales, sds, n if exact else None)
    if not derived:
        if n is not None:
            raise ValueError("n: the means alone have too few decimals for so many people; name sd, or low and high")
        raise ValueError("low, high, n, group: nothing to check; give the ends of the scale, n, or the groups")
    return derived


def _size(table: Table, row: str, value, name: str) -> str | None:
    """A number of respondents or items as a formula writes it: the same for all rows, or the row's own cell."""
    if not isinstance(value, str):
        return None if value is None else _text(value, name)
    column = _column(table, value, name)
    if not _has(table, row, column):
        return None
    found = read(table.cells[row, column])
    if found.kind != "count" or found.value < 1:
        raise ValueError(f"{name}: {table.ref(row, column)} prints {found.text!r}, not a whole number of at least 1")
    return table.ref(row, column)


def _item(
    table: Table, row: str, mean: str, sd: str | None, low, high, size: str, integers, answers, n
) -> Iterator[Derived]:
    m, many = table.ref(row, mean), "" if answers in (None, "1") else f", items={answers}"
    spread = _has(table, row, sd)
    if spread and low is not None and high is not None:
        formula = f"measured({table.ref(row, sd)}) - sd_bound({m}, {_text(low)}, {_text(high)}, {size})"
        yield Derived(_id(row, "sd"), f"sd of {row} is possible on the scale", "at most 0", formula)
    whole = int(size) if size.isdecimal() else read(table.cells[row, n]).value
    if integers and read_measured(table.cells[row, mean]).interval.width * whole < 1:  # else GRIM has no power
        yield Derived(_id(row, "grim"), f"mean of {row} is possible for n whole numbers", (table.name, row, mean),
                      f"grim({m}, {size}{many})")  # fmt: skip
    if integers and spread:
        yield Derived(_id(row, "grimmer"), f"sd of {row} is possible for n whole numbers", (table.name, row, sd),
                      f"grimmer({m}, {table.ref(row, sd)}, {size}{many})")  # fmt: skip


def _scale_means(table: Table, mean, column, below: list[str], scales: set[str], sd, n) -> Iterator[Derived]:
    for scale, members in _groups(table, column).items():
        if scale not in table.rows or not _has(table, scale, mean):
            continue
        members = [r for r in members if r != scale and _has(table, r, mean)]
        items = [r for r in members if r not in scales]
        named = {table.cells[r, c] for c in below[-1:] for r in members}
        subscales = [r for r in members if r in named]
        ways = [f"mean(measured({_refs(table, rows, mean)}))" for rows in (subscales, items) if len(rows) > 1]
        if ways and n is not None and len(items) > 1 and not subscales:
            parts = (_attained(table, r, mean, sd, _text(n)) for r in items)
            ways = [f"mean({', '.join(parts)})"]
        if ways:
            yield Derived(_id(scale, "mean"), f"mean of the scale {scale}", (table.name, scale, mean), " | ".join(ways))


def _attained(table: Table, row: str, mean: str, sd: str | None, n: str) -> str:
    """What n whole numbers can have as their mean, and with the printed sd, within what is printed."""
    spread = f", sd={table.ref(row, sd)}" if _has(table, row, sd) else ""
    return f"attained_mean({table.ref(row, mean)}, {n}{spread})"


@check(
    kind="table",
    roles="name: table mean low high sd n",
    topic="a table of means",
    example='descriptives(T1, mean="mean", low="min", high="max", sd="sd", n="n")',
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
        m, lo, hi = (f"measured({table.ref(row, c)})" for c in names[:3])
        derived += [
            Derived(_id(row, "order"), f"maximum of {row} is not below its minimum", "at least 0", f"{hi} - {lo}"),
            Derived(_id(row, "above"), f"mean of {row} is not below its minimum", "at least 0", f"{m} - {lo}"),
            Derived(_id(row, "below"), f"mean of {row} is not above its maximum", "at least 0", f"{hi} - {m}"),
        ]
        if _has(table, row, names[3]):
            derived.append(_sd_allowed(table, row, names, n))
    return derived


def _sd_allowed(table: Table, row: str, names: list[str], n) -> Derived:
    m, lo, hi, s = (f"measured({table.ref(row, c)})" for c in names)
    size = table.ref(row, n) if isinstance(n, str) else _text(n) if n is not None else "2"
    formula = f"({m} - {lo}) * ({hi} - {m}) * {size} / ({size} - 1) - {s} ** 2"
    return Derived(_id(row, "sd"), f"sd of {row} is possible between its minimum and maximum", "at least 0", formula)
