"""Reading printed numbers: a string becomes the set of values that may stand behind it.

========================  =======================================  ==========================================
printed                   read as                                  rule
========================  =======================================  ==========================================
24.19, .728, −0.50, 12 %  [24.185, 24.195] …                       half a unit of the last printed place
180, 1,234, three         the number itself                        a count is exact
3.2 million, 20万, 1.5亿   [3.15, 3.25] × 10⁶ …                     rounded, even without a decimal point
exactly 1                 1                                        asked for
12–15 %, 12 to 15         [11.5, 15.5], [12, 15]                   from the lowest to the highest reading
more than 60, above, >    (60, ∞)                                  the named number is taken as exact
more than 60 %            (60, 100]                                a share; (60, ∞) beside "growth", "up" …
at least, at most, ≥, ≤   [60, ∞), (−∞, 60]                        closed
about, around, ~, half    ± 10 %, at least half a unit             convention of this module
nearly, almost            10 % below to the number itself          convention of this module
0.496**, (2.31)           0.496 with 2 stars; 2.31                 brackets mark a t value or standard error
0,452; 12,5; 1.234,5      0.452; 12.5; 1234.5                      a comma that can only be a decimal point
4 157, 18'850, 1,234      4157, 18850, 1234                        groups of three digits
ns, n.s. (as a result)    (0.05, 1]                                a p value above the usual level
========================  =======================================  ==========================================

A percentage keeps its scale: "12 %" is 12, not 0.12.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from .interval import INFINITY, Interval, hull, interval

TOLERANCE = Fraction(1, 10)  # of "about" and "nearly"
LONGEST = 80  # characters of a printed number

_TRANSLATION = {ord(c): "-" for c in "−–—‐‑‒﹣－"} | {ord(c): " " for c in "\u00a0\u2009\u202f\u3000"}
_TRANSLATION |= {ord(c): "'" for c in "’‘ʼ′`"}
_TRANSLATION |= {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) not in "－"}
_PLAIN = re.compile(r"-?(?:\d+\.?\d*|\.\d+)", re.ASCII)
_COMMA = r"(?:0|[1-9]\d{0,2}(?:[. ']\d{3})+|\d+),(?:\d+)"  # a decimal comma, where `_GROUPS` does not fit
_GROUPS = r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|[1-9]\d{0,2}(?:[ ']\d{3})+(?:\.\d+)?"
_NUMBER = re.compile(
    rf"(?P<sign>[-+]?)\s?(?P<digits>(?:{_GROUPS})(?![\d,'])|(?P<comma>{_COMMA})(?![\d.,'])|\d+\.?\d*|\.\d+)"
    r"(?:e(?P<e>[-+]?\d{1,3})|\s*[x×·]\s*10\s*\^?\s*(?P<ten>-?\d{1,2}))?",
    re.ASCII,
)
_NOT_SIGNIFICANT = re.compile(r"n\. ?s\.?|ns|not significant|insignificant|non-?significant", re.IGNORECASE)
_RANGE = re.compile(r"between (.+?) and (.+)|(.+?(?<!10\^)(?<![-e ])) ?(?:-|~| to |至|到) ?(-?[\d.].*|[a-z]+)")
_SCALES = {
    "hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "k": 3, "m": 6, "bn": 9,
    "百": 2, "千": 3, "万": 4, "萬": 4, "百万": 6, "千万": 7, "亿": 8, "億": 8, "万亿": 12, "ten thousand": 4,
    "hundred million": 8, "hundred thousand": 5,
}  # fmt: skip
_UNITS = re.findall(
    r"\S+",
    "yuan rmb cny usd dollars eur euros mu 亩 ha hectares hectare acres km kg tons tonnes ton people persons employees "
    "respondents items pieces parcels questionnaires firms years year months month days day hours times time fold x "
    "points percentage_points percentage_point pp 元 人 件 家 个 年 天 倍 次",
)
_PERCENT = re.compile(r"%|\bper ?cent\b|(?<=\d)per ?cent\b")
_CHANGE = r"\b(?:growth|grew|increased?|increasing|rise|rose|up(?! to)|higher|lower|faster|declined?|fell|down)\b"
_OPENING = re.compile(rf"(?:an? )?{_CHANGE}(?: rate)?(?: of| by)? (?=\S)")
_BOUNDS = {
    ">": "more than|greater than|higher than|larger than|above|over|exceeding|exceeds|exceeded|in excess of|>|超过",
    "<": "less than|fewer than|lower than|smaller than|below|under|<|不足",
    ">=": "at least|no less than|not less than|no fewer than|not below|minimum|>=|≥|不少于|至少",
    "<=": "at most|no more than|not more than|not exceeding|not above|up to|as much as|maximum|<=|≤|≦|不超过|至多",
    "~": "about|around|approximately|approx.|roughly|circa|some|~|≈|约",
    "~<": "nearly|almost|close to|just under|just below|近",
    "=": "exactly|=",
}
_LEAD = [(kind, word) for kind, words in _BOUNDS.items() for word in words.split("|")]
_LEAD.sort(key=lambda pair: -len(pair[1]))
_TRAILING = {"or more": ">=", "and above": ">=", "or above": ">=", "or less": "<=", "or below": "<=", "+": ">="}
_ONES = re.findall(
    r"\S+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SMALL = {"a": 1, "an": 1, "once": 1, "twice": 2, "double": 2, "triple": 3}
_SMALL |= {w: i for i, w in enumerate(_ONES)} | {w: 10 * (i + 2) for i, w in enumerate(_TENS)}
_PARTS = {"half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fifth": 5, "fifths": 5}


@dataclass(frozen=True, slots=True)
class Printed:
    """What a printed number says.

    Attributes
    ----------
    text : str
        As printed.
    interval : Interval
        The values that may stand behind it, on its printed scale (12 % is 12).
    value : Fraction or None
        The printed number itself; None for a range.
    unit : Fraction
        One unit in the last printed place; 0 where the number is exact or a bound.
    decimals : int
        Digits printed after the decimal point.
    percent : bool
        Whether a percent sign stands there.
    stars : int
        Number of significance stars.
    kind : {"rounded", "count", "exact", "bound", "range", "about", "stars"}
        "stars" where the stars were read, as an interval of p values (`replica.audit.tables.star_reader`).
    """

    text: str
    interval: Interval
    value: Fraction | None
    unit: Fraction
    decimals: int
    percent: bool
    stars: int
    kind: str

    def moved(self, units: int) -> Interval:
        """The interval of a number printed `units` units of the last place higher."""
        return self.interval + units * self.unit

    def as_rounded(self) -> Printed:
        """A whole number read as rounded to the unit: [179.5, 180.5] for 180. Other kinds stay."""
        if self.kind != "count":
            return self
        return replace(self, interval=around(self.value, Fraction(1)), unit=Fraction(1), kind="rounded")

    def as_cut(self) -> Printed:
        """A number whose further digits were cut off instead of rounded: [24.19, 24.20) for 24.19."""
        if self.kind != "rounded" or not self.unit or self.value is None:
            return self
        low = self.value - self.unit if self.value <= 0 else self.value
        high = self.value + self.unit if self.value >= 0 else self.value
        ends = Interval(low, high, lo_open=self.value <= 0, hi_open=self.value >= 0)
        return replace(self, interval=ends)


def around(value: Fraction, unit: Fraction) -> Interval:
    """Every number that rounds to `value` at a step of `unit`, both ends included (ties go either way).

    >>> print(around(Fraction("24.19"), Fraction("0.01")))
    [24.185, 24.195]
    """
    return Interval(value - unit / 2, value + unit / 2)


@lru_cache(maxsize=1 << 16)
def read(text: str, share: bool | None = None) -> Printed:
    """Read a printed number.

    Parameters
    ----------
    text : str
        As printed; see the table at the top of this module.
    share : bool, optional
        Whether a bound in percent is a share, and so ends at 0 or 100. Default: yes, unless the text speaks of growth.

    Returns
    -------
    Printed

    Raises
    ------
    ValueError
        If nothing, no number, or more than one number is printed.

    Examples
    --------
    >>> print(read("24.19").interval, read("180").interval, read("3.2 million").interval)
    [24.185, 24.195] 180 [3150000, 3250000]
    >>> print(read("more than 60 %").interval, read("−0.496**").stars, read("12–15 %").interval)
    (60, 100] 2 [11.5, 15.5]
    """
    if not isinstance(text, str):
        raise ValueError(f"text: a printed number is a string, not {text!r}")
    if _PLAIN.fullmatch(text) and len(text) <= 30:
        return _plain(text, text)
    if len(text) > LONGEST:
        raise ValueError(f"text: {text[:40]!r}… is longer than {LONGEST} characters")
    body = re.sub(r"\s+", " ", text.translate(_TRANSLATION)).strip().lower()
    body, stars = _stars(body)
    if not body or body in ("-", "--", "n/a", "na", "n.s.", "ns", "/", "..."):
        raise ValueError(f"text: no number is printed in {text!r}")
    try:
        share = share if share is not None else not re.search(_CHANGE, body)
        found = _read(_OPENING.sub("", body, count=1) if _OPENING.match(body) else body, share)
    except ValueError as error:
        raise ValueError(f"text: {text!r} cannot be read as a number ({error})") from None
    return replace(found, text=text, stars=stars)


def read_measured(text: str) -> Printed:
    """A printed number that measures: a whole number is rounded to the unit.

    >>> print(read_measured("3").interval, read_measured("2.4").interval)
    [2.5, 3.5] [2.35, 2.45]
    """
    return read(text).as_rounded()


def read_result(text: str) -> Printed:
    """A printed result: "ns" claims a p value above 0.05; a bound in percent is not cut at 0 and 100 (growth rates).

    >>> print(read_result("n.s.").interval)
    (0.05, 1]
    """
    if isinstance(text, str) and _NOT_SIGNIFICANT.fullmatch(text.strip()):
        limits = Interval(Fraction(1, 20), 1, lo_open=True)
        return Printed(text, limits, None, Fraction(0), 2, False, 0, "bound")
    return read(text, share=False)


def decimal_comma(text: str) -> bool | None:
    """Whether the comma of a printed number is a decimal one; None where it could be either, or none is printed.

    >>> decimal_comma("0,452"), decimal_comma("12,345,678"), decimal_comma("1,234")
    (True, False, None)
    """
    body = _stars(text.translate(_TRANSLATION).strip())[0].strip("()[] ")
    match = _NUMBER.match(body)
    if not match or "," not in match["digits"]:
        return None
    if match["comma"]:
        return True
    return False if match["digits"].count(",") > 1 or "." in match["digits"] else None


def stars(text: str) -> int:
    """Number of significance stars printed behind a number.

    >>> stars("0.496**"), stars("0.12")
    (2, 0)
    """
    return _stars(text.translate(_TRANSLATION).strip())[1]


def _stars(body: str) -> tuple[str, int]:
    match = re.search(r"\s?([*∗⁎＊]+)\s?(?=\)?$)", body)
    return (body, 0) if not match else (body[: match.start()] + body[match.end() :], len(match.group(1)))


def _plain(digits: str, text: str) -> Printed:
    """A number in digits only."""
    whole, dot, fraction = digits.partition(".")
    places = len(fraction)
    value = Fraction(int(whole + fraction), 10**places)
    if not dot:
        return Printed(text, interval(value), value, Fraction(0), 0, False, 0, "count")
    unit = Fraction(1, 10**places)
    twice, step = 2 * int(whole + fraction), 2 * 10**places
    ends = Interval(Fraction(twice - 1, step), Fraction(twice + 1, step))
    return Printed(text, ends, value, unit, places, False, 0, "rounded")


def _read(body: str, share: bool) -> Printed:
    if not body:
        raise ValueError("a word, but no number")
    for kind, lead in _LEAD:
        if body.startswith(lead) and (not lead[-1].isascii() or not lead[-1].isalpha() or body[len(lead) :][:1] == " "):
            return _bound(kind, _read(body[len(lead) :].strip(), share), share)
    for tail, kind in _TRAILING.items():
        if body.endswith(tail):
            return _bound(kind, _read(body[: -len(tail)].strip(), share), share)
    if body[0] in "([" and body[-1] in ")]":
        inner = body[1:-1].strip()
        pair = re.fullmatch(r"([^,]+), ([^,]+)|([^,]+),(-?[\d.]+)", inner) if body[0] == "[" else None
        if pair:
            return _range(*(part for part in pair.groups() if part))
        return _read(inner, share)
    pair = _RANGE.fullmatch(body)
    try:
        return _single(body)
    except ValueError:
        if not pair:
            raise
    return _range(*[part for part in pair.groups() if part])


def _range(low: str, high: str) -> Printed:
    number = _NUMBER.match(high.strip())
    tail = high.strip()[number.end() :] if number and _NUMBER.fullmatch(low.strip()) else ""
    a, b = _single(low.strip() + tail), _single(high.strip())
    if a.value > b.value:
        raise ValueError("its first end is larger than its second")
    both = hull([a.interval, b.interval])
    return replace(b, interval=both, value=None, unit=Fraction(0), kind="range")


def _bound(kind: str, found: Printed, share: bool) -> Printed:
    if found.value is None:
        raise ValueError("a bound on a range")
    value, unit = found.value, found.unit
    capped = found.percent and share and 0 <= value <= 100
    floor, ceiling = (Fraction(0), Fraction(100)) if capped else (-INFINITY, INFINITY)
    slack = max(abs(value) * TOLERANCE, unit / 2, Fraction(1, 2) if found.kind == "count" else 0)
    new = {
        ">": lambda: Interval(value, ceiling, lo_open=True),
        "<": lambda: Interval(floor, value, hi_open=True),
        ">=": lambda: Interval(value, ceiling),
        "<=": lambda: Interval(floor, value),
        "~": lambda: Interval(value - slack, value + slack),
        "~<": lambda: Interval(value - slack, value),
        "=": lambda: interval(value),
    }[kind]()
    name = {"=": "exact", "~": "about", "~<": "about"}.get(kind, "bound")
    return replace(found, interval=new, unit=Fraction(0), kind=name)


def _single(body: str) -> Printed:
    """A number with its scale word, unit and percent sign."""
    body = body.strip().strip("$¥€£").removeprefix("rmb ").removeprefix("us$").strip()
    percent = False
    sign = _PERCENT.search(body)
    if sign:
        body, percent, tail = body[: sign.start()].strip(), True, body[sign.end() :].strip()
        if tail and not re.match(rf"of\b|{_CHANGE}", tail):
            raise ValueError(f"what does {tail!r} mean?")
    match = _NUMBER.match(body)
    if not match:
        return _words(body, percent)
    scale = _scale(body[match.end() :].strip())
    digits = match["digits"]
    digits = re.sub("[. ']", "", digits).replace(",", ".") if match["comma"] else re.sub("[, ']", "", digits)
    found = _plain(("-" if match["sign"] == "-" else "") + digits, body)
    power = int(match["e"] or match["ten"] or 0) + (scale or 0)
    if abs(power) > 60:
        raise ValueError("its power of ten is out of range")
    rounded = found.kind == "rounded" or percent or scale is not None or bool(match["e"] or match["ten"])
    if not rounded:
        return found
    factor = Fraction(10) ** power
    value, unit = found.value * factor, Fraction(1, 10**found.decimals) * factor
    places = max(0, found.decimals - power)
    return Printed(body, around(value, unit), value, unit, places, percent, 0, "rounded")


def _scale(tail: str) -> int | None:
    """Power of ten of the words behind the digits, None where there is no scale word."""
    if not tail:
        return None
    for unit in sorted(_UNITS, key=len, reverse=True):
        unit = unit.replace("_", " ")
        if tail == unit or tail.endswith(unit if not unit.isascii() else " " + unit):
            tail = tail[: -len(unit)].strip()
            break
    if not tail:
        return None
    if tail in _SCALES:
        return _SCALES[tail]
    hint = "; is the comma a decimal point?" if tail.startswith(",") else ""
    raise ValueError(f"what does {tail!r} mean?{hint}")


def _words(body: str, percent: bool) -> Printed:
    """A number spelled out in English."""
    words = re.split(r"[ -]", body)
    while words and words[-1] in _UNITS:
        words.pop()
    if not words:
        raise ValueError("no digits and no number word")
    if words[-1] in _PARTS and all(w in _SMALL for w in words[:-1]) and len(words) <= 2:
        value = Fraction(_SMALL[words[0]] if len(words) == 2 else 1, _PARTS[words[-1]])
        slack = value * TOLERANCE
        return Printed(body, Interval(value - slack, value + slack), value, Fraction(0), 2, percent, 0, "about")
    total = group = 0
    for word in words:
        if word in _SMALL:
            group += _SMALL[word]
        elif word == "hundred":
            group = max(group, 1) * 100
        elif word in ("thousand", "million", "billion"):
            total, group = total + max(group, 1) * 10 ** _SCALES[word], 0
        elif word != "and":
            raise ValueError(f"what does {word!r} mean?")
    value = Fraction(total + group)
    kind = Printed(body, interval(value), value, Fraction(0), 0, percent, 0, "count")
    return replace(kind, interval=around(value, Fraction(1)), unit=Fraction(1), kind="rounded") if percent else kind
