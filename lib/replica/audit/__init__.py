"""Executable checks of printed numbers; Python and mpmath only.

>>> from replica.audit import audit
>>> report = audit("data/21-privacy-tolerance")                              # doctest: +SKIP
>>> report.counts()["checked"], report["t4-fp"].arithmetic                   # doctest: +SKIP
"""

from . import arithmetic, granularity, inference, matrices, reliability, tables  # noqa: F401  (they register their checks)
from .formula import FormulaError, Table
from .interval import DomainError, Interval
from .ledger import Report, Row, audit
from .numbers import Printed, read
from .registry import CHECKS, Derived, check
from .transcription import FaultyInput, Transcription, load

__all__ = [
    "CHECKS", "Derived", "DomainError", "FaultyInput", "FormulaError", "Interval", "Printed", "Report", "Row", "Table",
    "Transcription", "audit", "check", "load", "read",
]  # fmt: skip
