"""Can some unrounded values behind the printed inputs give the printed result?

Three answers: *refuted* (no box of inputs reaches the result, after cutting the boxes where a number occurs twice),
*witnessed* (a point does), *open* (neither within the limit of boxes). Branch and bound on interval enclosures:
Moore, Kearfott & Cloud (2009), chapters 5 and 10. All of it is exact rational arithmetic.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from .formula import Reading
from .interval import INFINITY, REALS, DomainError, Interval, Undecided, hull, interval
from .numbers import Printed

BOXES = 200  # limit of boxes in one search
CUTS = 16  # cuts that tighten a reported range
POINTS = 120  # tried where the search ended without an answer
PAIRED = 3  # of them, on either side of the target, joined by lines
STEPS = 40  # steps of the search along a line
PROBES = 20  # limit of boxes where it is asked whether a result says anything
MOVED = 40  # inputs moved one by one to see whether a bound is close

Box = list[Interval]
Function = Callable[[list], Fraction | Interval]


@dataclass(slots=True)
class Decision:
    """How a printed result and one reading of its formula go together.

    Attributes
    ----------
    state : {"refuted", "witnessed", "open"}
    reach : Interval or None
        Encloses every value the formula can take; None where it has no value.
    """

    state: str
    reach: Interval | None


def decide(reading: Reading, numbers: list[Printed], target: Interval, boxes: int = BOXES) -> Decision:
    """Decide whether `reading` can reach `target` from the printed `numbers`.

    Parameters
    ----------
    reading : Reading
    numbers : list of Printed
        What `reading.bind()` returned.
    target : Interval
        The values that the printed result may stand for.
    boxes : int
        Limit of the search.
    """
    box = [p.interval for p in numbers]
    f = reading.function
    try:
        reach = interval(f(box))
    except DomainError:
        return Decision("refuted", None)
    repeated = [i for i in reading.repeated if not box[i].is_point]
    if repeated:
        reach = tightened(f, box, repeated, reach)
    if not reach.meets(target):
        return Decision("refuted", reach)
    if reading.attained and not repeated and reach.is_finite:
        return Decision("witnessed", reach)  # no number occurs twice: the range is exact (Moore et al., theorem 5.1)
    wide = [i for i, x in enumerate(box) if not x.is_point]
    middle = [x.middle for x in box]
    centre = _at(f, middle)
    if (centre is not None and centre.within(target)) or (centre is None and reach.within(target)):
        return Decision("witnessed", reach)
    if not wide:
        return Decision("open", reach)
    if centre is not None and _on_the_way(reading, box, middle, centre, target, wide, reach):
        return Decision("witnessed", reach)
    state = _search(f, box, target, repeated or wide, boxes)
    if state == "open" and _between_points(f, box, wide, target):
        state = "witnessed"
    return Decision(state, reach)


def centre(reading: Reading, numbers: list[Printed]) -> Interval | None:
    """The value of the formula at the printed numbers, a range where they fix no value; None where it has none."""
    return _at(reading.function, [p.interval if p.value is None else p.value for p in numbers])


def _at(f: Function, point: list[Fraction]) -> Interval | None:
    try:
        return interval(f(point))
    except DomainError:
        return None


def _ends(x: Interval) -> tuple[Fraction, Fraction]:
    """Two points of the set, close to its ends; far out where an end is infinite."""
    span = x.hi - x.lo if x.is_finite else 10**6 * (1 + abs(x.middle))
    lo = (x.hi if x.hi != INFINITY else x.middle) - span if x.lo == -INFINITY else x.lo + x.lo_open * span / 2**20
    hi = (x.lo if x.lo != -INFINITY else x.middle) + span if x.hi == INFINITY else x.hi - x.hi_open * span / 2**20
    return Fraction(lo), Fraction(hi)


def _on_the_way(reading, box, middle, centre, target, wide, reach) -> bool:
    """Walk from the middle to the corner that lies towards the target; whether a point on the way hits it."""
    f = reading.function
    up = centre.hi < target.hi and not centre.lo > target.lo
    corner = list(middle)
    for i in wide:
        lo, hi = _ends(box[i])
        moved = _at(f, [*middle[:i], hi, *middle[i + 1 :]])
        rises = moved is None or moved.lo + moved.hi >= centre.lo + centre.hi
        corner[i] = hi if rises == up else lo
    found = _at(f, corner)
    if found is None:
        return False
    if found.within(target):
        return True
    beyond = found.lo >= target.hi if up else found.hi <= target.lo
    if not beyond:
        return False
    if reading.continuous and reach.is_finite and target.is_point:
        return True  # intermediate value theorem: the value is below the target at one point, above it at the other
    return _bisect(f, middle, corner, centre, found, target)


def _between_points(f: Function, box: Box, wide: list[int], target: Interval) -> bool:
    """Whether a witness lies on a line between two of some points, one below the target and one above it.

    Finds it where corners of the box lie outside the domain of the function. The points are the same in every run.
    """
    draw, below, above = random.Random(1), [], []
    for _ in range(POINTS):
        point = [x.middle for x in box]
        for i in wide:
            lo, hi = _ends(box[i])
            point[i] = lo + (hi - lo) * Fraction(draw.randint(0, 64), 64)
        found = _at(f, point)
        if found is None:
            continue
        if found.within(target):
            return True
        if not (found.hi <= target.lo or found.lo >= target.hi):
            continue
        own, others = (below, above) if found.hi <= target.lo else (above, below)
        if len(own) < PAIRED:
            own.append((point, found))
            if any(_bisect(f, point, other, found, at, target) for other, at in others):
                return True
    return False


def _bisect(f, start, end, at_start: Interval, at_end: Interval, target: Interval) -> bool:
    """Secant steps, every third one a bisection, on the line between two points on either side of the target."""
    goal = target.middle if target.is_finite else (target.lo if target.lo != -INFINITY else target.hi)
    a, b, ya, yb = Fraction(0), Fraction(1), at_start.middle, at_end.middle
    for step in range(STEPS):
        t = a + (goal - ya) / (yb - ya) * (b - a) if step % 3 < 2 and ya != yb else (a + b) / 2
        t = Fraction(t).limit_denominator(1 << 40) if step else t
        here = _at(f, [s + t * (e - s) for s, e in zip(start, end, strict=True)])
        if here is None:
            return False
        if here.within(target):
            return True
        y = here.middle
        if (y < goal) == (ya < goal):
            a, ya = t, y
        else:
            b, yb = t, y
    return False


def tightened(f: Function, box: Box, repeated: list[int], first: Interval, cuts: int = CUTS) -> Interval:
    """A tighter enclosure of the range: the parts that make its ends are cut along the repeated numbers."""
    parts = [(first, box)]
    for step in range(cuts):
        low = step % 2 == 0
        worst = min(range(len(parts)), key=lambda k: parts[k][0].lo if low else -parts[k][0].hi)
        _, chosen = parts.pop(worst)
        i = max(repeated, key=lambda k: _size(chosen[k]))
        for half in chosen[i].halves():
            piece = [*chosen[:i], half, *chosen[i + 1 :]]
            try:
                parts.append((interval(f(piece)), piece))
            except DomainError:
                continue
        if not parts:
            return first
    return hull(reach for reach, _ in parts)


def _size(x: Interval) -> Fraction | float:
    """Width relative to the size of the number."""
    if not x.is_finite:
        return INFINITY
    return (x.hi - x.lo) / (abs(x.lo) + abs(x.hi) + Fraction(1, 10**12))


def _search(f: Function, box: Box, target: Interval, along: list[int], limit: int) -> str:
    """Branch and bound: the box whose middle comes closest to the target is cut first."""
    heap = [(0, 0, box)]
    count = 1
    while heap:
        if count > limit:
            return "open"
        _, _, box = heapq.heappop(heap)
        i = max(along, key=lambda k: _size(box[k]))
        for half in box[i].halves():
            piece = [*box[:i], half, *box[i + 1 :]]
            count += 1
            try:
                if not interval(f(piece)).meets(target):
                    continue
            except DomainError:
                continue
            at = _at(f, [x.middle for x in piece])
            if at is not None and at.within(target):
                return "witnessed"
            heapq.heappush(heap, (_gap(at, target), count, piece))
    return "refuted"


def _gap(at: Interval | None, target: Interval) -> Fraction | float:
    if at is None:
        return INFINITY
    return max(at.lo - target.hi, target.lo - at.hi, Fraction(0))


# --- verdicts --------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class Outcome:
    """The verdict on one claim and what it rests on.

    Attributes
    ----------
    verdict : {"consistent", "last digit", "inconsistent", "open", "not checkable"}
    discriminates : bool
        Whether the check could have failed: a change of a last printed digit by one unit would not pass.
    reading : int
        Index of the reading that the verdict is shown with.
    decision : Decision
    target : Interval
        How the printed result was read.
    numbers : list of Printed
        The printed inputs of that reading.
    """

    verdict: str
    discriminates: bool
    reading: int
    decision: Decision
    target: Interval
    numbers: list[Printed]


def judge(readings: list[Reading], target: Printed, replaced: dict | None = None) -> Outcome:
    """The verdict on a claim under all its readings.

    *not checkable* where a reading allows every value that there is; *consistent* where one has a witness; else *open*
    where one is undecided; else *last digit* where a result less than one unit of the last place away from the printed
    number is not refuted (a chain of roundings), or the printed numbers agree if their further digits were cut off;
    else *inconsistent*: neither rounding nor cutting off explains it.

    Parameters
    ----------
    readings : list of Reading
    target : Printed
        The printed result. A whole number is exact where the formula can give whole numbers only, else rounded.
    replaced : dict, optional
        Other texts for some printed numbers (see `Reading.bind`).
    """
    tried = []
    for k, reading in enumerate(readings):
        numbers, goal, decision = _tried(reading, target, replaced)
        tried.append((k, reading, numbers, goal, decision))
        if decision.state == "witnessed":
            break
    for state, verdict in (("witnessed", "consistent"), ("open", "open")):
        for k, reading, numbers, goal, decision in tried:
            if decision.state == state:
                if _says_nothing(reading, numbers, decision):
                    return Outcome("not checkable", False, k, decision, goal.interval, numbers)
                sharp = _discriminates(reading, numbers, goal, decision)
                return Outcome(verdict, sharp, k, decision, goal.interval, numbers)
    for k, reading, numbers, goal, decision in tried:
        if _last_digit(reading, numbers, goal, decision) or _cut_off(reading, target, replaced):
            return Outcome("last digit", True, k, decision, goal.interval, numbers)
    k, _, numbers, goal, decision = min(tried, key=lambda t: _gap(t[4].reach, t[3].interval))
    return Outcome("inconsistent", True, k, decision, goal.interval, numbers)


def _tried(reading, target: Printed, replaced, cut: bool = False) -> tuple[list[Printed], Printed, Decision]:
    """(printed inputs, the printed result as it is read, decision) of one reading."""
    try:
        numbers = reading.bind(replaced, cut)
    except DomainError:  # a check on printed texts found that no value exists
        return [], target.as_rounded(), Decision("refuted", None)
    except Undecided:
        return [], target.as_rounded(), Decision("open", None)
    exact = reading.whole and all(p.kind in ("count", "exact") for p in numbers)
    goal = target if exact else target.as_rounded()
    if cut:
        goal = goal.as_cut()
    return numbers, goal, decide(reading, numbers, goal.interval)


def _says_nothing(reading, numbers: list[Printed], decision: Decision) -> bool:
    """Whether the printed inputs allow every value that the result can have at all.

    An enclosure as wide as that is not enough, since 1/x around zero has it too: values inside must not be refutable.
    """
    reach, span = decision.reach, reading.span
    if reach is None or not (REALS.within(reach) or (span is not None and span.within(reach))):
        return False
    box = [p.interval for p in numbers]
    along = [i for i, x in enumerate(box) if not x.is_point]
    quarters = [Interval(k, k + 1) * Fraction(1, 4) for k in range(4)]
    probes = [interval(x) for x in (0, 1, -1)] if span is None else quarters
    return all(not along or _search(reading.function, box, probe, along, PROBES) != "refuted" for probe in probes)


def _cut_off(reading, target: Printed, replaced) -> bool:
    """Whether the printed numbers agree if their further digits were cut off instead of rounded."""
    return _tried(reading, target, replaced, cut=True)[2].state != "refuted"


def _passes(reading, numbers, decision: Decision, target: Interval) -> bool:
    """Whether another target would not be refuted either."""
    if decision.reach is None or not decision.reach.meets(target):
        return False
    box = [p.interval for p in numbers]
    along = [i for i in reading.repeated if not box[i].is_point]
    if not along and not decision.reach.is_finite:
        along = [i for i, x in enumerate(box) if not x.is_point]
    return not along or _search(reading.function, box, target, along, 40) != "refuted"


def _last_digit(reading, numbers, goal: Printed, decision: Decision) -> bool:
    """Whether a result less than one unit of the last place away from the printed number stands."""
    if goal.kind != "rounded":
        return False
    near = Interval(goal.value - goal.unit, goal.value + goal.unit, lo_open=True, hi_open=True)
    return _passes(reading, numbers, decision, near)


def _discriminates(reading, numbers, goal: Printed, decision: Decision) -> bool:
    """Whether the check could have failed.

    For a rounded result or a count: both neighbours in the last place would be refuted. For a bound or a range: some
    input with its last digit one higher or lower would be refuted, so a bound that lies further away is weak.
    """
    if goal.kind not in ("rounded", "count"):
        return _near_the_bound(reading, numbers, goal.interval, decision)
    reach, unit = decision.reach, goal.unit or Fraction(1)
    if reach is not None and reach.lo > goal.interval.lo and reach.hi < goal.interval.hi:
        return True  # the neighbours touch the goal at its ends
    return not any(_passes(reading, numbers, decision, goal.interval + step * unit) for step in (1, -1))


def _near_the_bound(reading, numbers: list[Printed], target: Interval, decision: Decision) -> bool:
    """Whether a change of one last digit among the inputs would break the bound."""
    if decision.reach is None:
        return False
    f, box = reading.function, [p.interval for p in numbers]
    steps = [p.unit or (Fraction(1) if p.kind == "count" else Fraction(0)) for p in numbers]
    try:
        wider = [Interval(x.lo - u, x.hi + u) if u else x for x, u in zip(box, steps, strict=True)]
        if interval(f(wider)).within(target):
            return False
    except ValueError:
        pass  # a size that becomes zero, for example: ask one by one
    for i in sorted(range(len(box)), key=lambda i: -steps[i])[:MOVED]:
        for step in (steps[i], -steps[i]) if steps[i] else ():
            try:
                if not interval(f([*box[:i], box[i] + step, *box[i + 1 :]])).meets(target):
                    return True
            except ValueError:
                continue
    return False
