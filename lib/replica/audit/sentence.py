"""One sentence with test results in the form of the APA manual: does each p value follow from its statistic?

>>> for found in results("t(28) = 2.20, p = .036; F(1, 138) < 1, p = .812"):
...     print(found.text, "·", found.formula, "·", found.printed)
t(28) = 2.20, p = .036 · p_from_t("2.20", 28) · .036
F(1, 138) < 1, p = .812 · p_from_f("< 1", 1, 138) · .812
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from . import words
from .decide import Outcome, judge
from .formula import compile_formula
from .numbers import Printed, read_result

_NUMBER = r"[-−–]?\s?(?:\d+(?:\.\d+)?|\.\d+)(?:e-?\d+)?"
_RELATION = r"[=<>≤≥]|<=|>="
_P = rf"(?:(?<![a-z])p\s*(?P<how>{_RELATION})\s*(?P<p>{_NUMBER})|(?P<ns>\bn\.?\s?s\.?(?![a-z])|not significant))"
_RESULT = re.compile(
    rf"(?P<name>t|f|r|q[a-z]*|z|χ\s?[²2]|[χx]\s?\^?[²2]|chi[- ]?(?:squared?|\^?[²2]))\s*"
    rf"(?:[(\[]\s*(?P<df>[^()\[\]]*)[)\]])?\s*(?P<relation>{_RELATION})\s*(?P<value>{_NUMBER})"
    rf"(?P<between>[^;]*?){_P}",
    re.IGNORECASE,
)
_ONE_SIDED = re.compile(r"one[- ](?:tailed|sided)|1[- ](?:tailed|sided)|single[- ]tailed", re.IGNORECASE)
FORMS = (
    "t(28) = 2.20, p = .036 · F(2, 57) = 4.12, p < .05 · r(178) = .31, p < .001 · χ²(2) = 6.03, p = .049 · "
    "z = 1.97, p = .049 · t(309) = 0.67, ns"
)


@dataclass(frozen=True)
class Result:
    """A test result found in a text.

    Attributes
    ----------
    text : str
        As it stands there.
    formula : str
        Derives the p value, in the language of the audit.
    printed : str
        The p value as printed.
    one_sided : bool
        Whether the text says that the test was one-sided.
    """

    text: str
    formula: str
    printed: str
    one_sided: bool

    def judged(self) -> tuple[Outcome, Printed, str]:
        """(outcome, the printed p value, the arithmetic in words)."""
        readings, target = compile_formula(self.formula, {}, "result").readings, read_result(self.printed)
        outcome = judge(readings, target)
        return outcome, target, words.sentence(outcome, readings[outcome.reading], {}, target, "printed")

    def remarks(self, level: Fraction = Fraction(1, 20)) -> list[str]:
        """What else there is to say: a decision error, or another test under which the numbers agree."""
        outcome, target, _ = self.judged()
        found = []
        if outcome.verdict != "inconsistent" or outcome.decision.reach is None:
            return found
        reach, goal = outcome.decision.reach, target.interval
        if (goal.hi <= level < reach.lo) or (reach.hi <= level <= goal.lo):
            found.append(f"the decision at {float(level):g} changes")
        if not self.one_sided and target.value is not None and self.formula.startswith(("p_from_t", "p_from_r")):
            other = Result(self.text, _one_sided(self.formula), self.printed, True)
            if other.judged()[0].verdict == "consistent":
                found.append("it would agree as a one-sided test")
        return found


def _one_sided(formula: str) -> str:
    return f"{formula[:-1]}, one_sided=1) | {formula[:-1]}, one_sided=-1)"


def results(text: str) -> list[Result]:
    """The test results of a text, in order.

    Parameters
    ----------
    text : str
        t, F, r, χ², z and Q with their degrees of freedom (fractional ones too), and p with =, <, > or "ns".
        "One-tailed" anywhere in the text makes t, r and z one-sided, in either direction.

    Raises
    ------
    ValueError
        If degrees of freedom are missing, or not the number of them that the test has.
    """
    one_sided = bool(_ONE_SIDED.search(text))
    return [_result(match, one_sided) for match in _RESULT.finditer(text)]


def _result(match: re.Match, one_sided: bool) -> Result:
    name, shown = match["name"].lower()[0], " ".join(match[0].split())
    df = _degrees(match["df"] or "", shown)
    statistic = match["value"].replace(" ", "").replace("−", "-").replace("–", "-")
    if match["relation"] != "=":
        statistic = f"{match['relation']} {statistic}"
    wanted = {"t": 1, "f": 2, "r": 1, "z": 0}.get(name, 1)
    if len(df) != wanted:
        raise ValueError(
            f"text: {shown!r} needs {('no', 'one number of', 'two numbers of')[wanted]} degrees of freedom in brackets"
        )
    call = {"t": "p_from_t", "z": "p_from_t", "f": "p_from_f", "r": "p_from_r"}.get(name, "p_from_chi2")
    named = [f"df={df[0]}"] if name == "r" else df
    formula = f"{call}({', '.join([chr(34) + statistic + chr(34), *named])})"
    sided = one_sided and name in "trz"
    p = "ns" if match["ns"] else match["p"].replace(" ", "")
    printed = p if match["ns"] or match["how"] == "=" else f"{match['how']} {p}"
    return Result(shown, _one_sided(formula) if sided else formula, printed, sided)


def _degrees(text: str, shown: str) -> list[str]:
    """Degrees of freedom; a sample size that stands beside them (N = 80) is left out."""
    parts = [part.strip() for part in re.split(r"[,;]", text) if part.strip()]
    parts = [re.sub(r"^df\s*=\s*", "", part) for part in parts if not re.match(r"[nN]\s*=", part)]
    if not all(re.fullmatch(r"\d+(?:\.\d+)?|\.\d+", part) for part in parts):
        raise ValueError(f"text: degrees of freedom {text!r} in {shown!r} cannot be read; write them as (2, 57)")
    return parts
