"""Whole correlation matrices: can any variables have all the printed correlations at once?

The printed numbers are boxes, the candidates the positive semidefinite matrices with ones on their diagonal. Both sets
are convex, so one of two certificates exists, and both are checked in exact arithmetic:

- *feasible*: a matrix inside the boxes whose exact LDLᵀ decomposition has no negative pivot;
- *infeasible*: Z = Σ w v vᵀ with w > 0, positive semidefinite by construction, for which Σ_ij Z_ij R_ij < 0 for every
  R in the boxes, whereas the trace of the product of two positive semidefinite matrices is never negative.

They are found by alternating projections in floats (Higham 2002, IMA Journal of Numerical Analysis 22, for the nearest
correlation matrix; Bauschke & Borwein 1996, SIAM Review 38): B in the boxes, P its projection on the semidefinite cone,
Z = P - B, the part of B with negative eigenvalues, turned round. Where neither appears the check is *open*.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from .granularity import values
from .interval import DomainError, Interval, Undecided, interval
from .registry import check, count

ROUNDS = 300  # alternating projections
LARGEST = 40  # variables
_INSET, _MIXED = Fraction(1, 1000), Fraction(1, 10_000)  # of the width of the narrowest box
Matrix = list[list[float]]


def _eigen(a: Matrix) -> tuple[list[float], Matrix]:
    """Eigenvalues and eigenvectors (in rows) of a symmetric matrix: Jacobi's rotations."""
    n = len(a)
    a, vectors = [row[:] for row in a], [[float(i == j) for j in range(n)] for i in range(n)]
    for _ in range(30):
        if sum(a[i][j] ** 2 for i in range(n) for j in range(i)) < 1e-26:
            break
        for i in range(n):
            for j in range(i + 1, n):
                if abs(a[i][j]) > 1e-300:
                    _rotate(a, vectors, i, j)
    return [a[i][i] for i in range(n)], vectors


def _rotate(a: Matrix, vectors: Matrix, i: int, j: int) -> None:
    slope = (a[j][j] - a[i][i]) / (2 * a[i][j])
    t = math.copysign(1.0, slope) / (abs(slope) + math.hypot(1.0, slope))
    c = 1 / math.hypot(1.0, t)
    s = t * c
    for row in a:
        row[i], row[j] = c * row[i] - s * row[j], s * row[i] + c * row[j]
    for m in (a, vectors):
        m[i], m[j] = (
            [c * x - s * y for x, y in zip(m[i], m[j], strict=True)],
            [s * x + c * y for x, y in zip(m[i], m[j], strict=True)],
        )


def is_semidefinite(matrix: Sequence[Sequence[Fraction]]) -> bool:
    """Whether a symmetric rational matrix is positive semidefinite, by exact elimination.

    >>> is_semidefinite([[1, Fraction(1, 2)], [Fraction(1, 2), 1]]), is_semidefinite([[1, 2], [2, 1]])
    (True, False)
    """
    rest = [[Fraction(x) for x in row] for row in matrix]
    while rest:
        pivot, first = rest[0][0], rest[0][1:]
        if pivot < 0 or (pivot == 0 and any(first)):
            return False
        factors = [x / pivot if pivot else Fraction(0) for x in first]
        rest = [
            [x - f * y for x, y in zip(row[1:], first, strict=True)] for row, f in zip(rest[1:], factors, strict=True)
        ]
    return True


def separates(vectors: Sequence[Sequence[Fraction]], boxes: dict[tuple[int, int], Interval]) -> bool:
    """Whether Σ vᵀ R v < 0 for every matrix R with ones on its diagonal and its other entries in the boxes.

    >>> third = {(0, 1): interval(Fraction(9, 10)), (0, 2): interval(Fraction(9, 10)), (1, 2): interval(0)}
    >>> separates([[Fraction(-7, 5), 1, 1]], third)
    True
    """
    most = sum(x * x for v in vectors for x in v)
    for (i, j), box in boxes.items():
        z = sum(Fraction(v[i]) * v[j] for v in vectors)
        most += 2 * z * (box.hi if z > 0 else box.lo)
    return most < 0


def feasible_matrix(boxes: dict[tuple[int, int], Interval], size: int) -> list[list[Fraction]] | None:
    """A correlation matrix inside the boxes, proved to be one; None where it is proved that there is none.

    Parameters
    ----------
    boxes : dict of (i, j) with i < j to Interval
        Closed, inside [-1, 1].
    size : int
        Number of variables.

    Raises
    ------
    Undecided
        If neither proof is found in `ROUNDS` rounds.
    """
    narrow = min((x.width for x in boxes.values()), default=Fraction(0))
    inner = {ij: (float(x.lo + _INSET * x.width), float(x.hi - _INSET * x.width)) for ij, x in boxes.items()}
    b = [[1.0] * size for _ in range(size)]
    for (i, j), (low, high) in inner.items():
        b[i][j] = b[j][i] = (low + high) / 2
    for _ in range(ROUNDS):
        eigenvalues, vectors = _eigen(b)
        if min(eigenvalues) > -float(_MIXED * narrow) / 2:
            found = _mixed(b, boxes, _MIXED * narrow)
            if found is not None:
                return found
        negative = [(w, v) for w, v in zip(eigenvalues, vectors, strict=True) if w < 0]
        proof = [[Fraction(round(x * math.sqrt(-w) * 2**60), 2**60) for x in v] for w, v in negative]
        if proof and separates(proof, boxes):
            return None
        for (i, j), (low, high) in inner.items():
            nearest = b[i][j] - 1.5 * sum(w * v[i] * v[j] for w, v in negative)
            b[i][j] = b[j][i] = min(max(nearest, low), high)
    raise Undecided("neither a matrix with these correlations nor a proof that there is none was found")


def _mixed(b: Matrix, boxes: dict[tuple[int, int], Interval], share: Fraction) -> list[list[Fraction]] | None:
    """(B + share · I) / (1 + share) with rational entries, if it lies in the boxes and is semidefinite."""
    size = len(b)
    exact = [[Fraction(1)] * size for _ in range(size)]
    for i, j in boxes:
        exact[i][j] = exact[j][i] = Fraction(round(b[i][j] / float(1 + share) * 2**40), 2**40)
        if exact[i][j] not in boxes[i, j]:
            exact[i][j] = exact[j][i] = boxes[i, j].lo if exact[i][j] < boxes[i, j].lo else boxes[i, j].hi
    return exact if is_semidefinite(exact) else None


@check(
    kind="printed",
    roles="measure: correlations; count: variables",
    topic="correlations",
    example="feasible_correlations([.62, .58, .31], 3)",
    reference="definition: a correlation matrix is positive semidefinite; projections of Higham 2002",
    assumptions="Pearson correlations on the same observations (no pairwise deletion), or any other Gram matrix",
    words="correlation matrices of {variables} variables with the printed entries",
)
def feasible_correlations(correlations, variables) -> Interval:
    """1 if some variables have all these correlations within rounding, as a whole and not triple by triple.

    Parameters
    ----------
    correlations : list
        The k(k - 1)/2 entries below the diagonal, row by row: r21, r31, r32, r41, …
    variables : int
        k.

    Raises
    ------
    DomainError
        If it is proved that no variables have them.
    Undecided
        If neither is proved.

    Examples
    --------
    >>> print(feasible_correlations([Fraction(1, 2), Fraction(1, 2), Fraction(1, 2)], 3))
    1
    """
    k = count(values(variables), "variables", 2, LARGEST)
    if not isinstance(correlations, list) or len(correlations) != k * (k - 1) // 2:
        raise ValueError(f"correlations: {k} variables have {k * (k - 1) // 2} correlations, row by row")
    boxes, entries = {}, iter(correlations)
    for j in range(k):
        for i in range(j):
            inside = values(next(entries)).intersection(Interval(-1, 1))
            if inside is None:
                raise DomainError(f"correlations: the one of the variables {i + 1} and {j + 1} exceeds 1 in size")
            boxes[i, j] = Interval(inside.lo, inside.hi)
    if feasible_matrix(boxes, k) is None:
        raise DomainError("no variables have all these correlations at once")
    return interval(1)
