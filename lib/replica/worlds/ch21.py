"""World of chapter 21: respondents who do not read the questions, and the rule that is to find them.

The article drops people whose answers to two like questions, nine questions apart, differ by more than two points. The
kinds of carelessness are assumed, after Meade and Craig (2012, doi:10.1037/a0028085).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replica import check

CARELESS = ("uniform", "margin", "straight", "middle", "cycle")


def _middle(options: int) -> tuple[int, int]:
    """The middle answers, first and last but one: 3 to 5 of seven."""
    return (options + 1) // 2 - 1, options // 2 + 3


def careless_answers(kind: str, n: int, margins: Sequence[ArrayLike], rng: np.random.Generator) -> NDArray[np.int64]:
    """Answers of people who do not read the questions.

    Parameters
    ----------
    kind : {"uniform", "margin", "straight", "middle", "cycle"}
        Every answer at random; at random, but as often as attentive people give it; one answer throughout; at random
        among the middle answers (3 to 5 of seven); counting up and starting again at the top.
    n : int
        Respondents.
    margins : sequence of array_like
        Attentive people's probabilities of the answers, one vector an item, all of one length.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (n, items)
        Answers from 1.

    Raises
    ------
    ValueError
        If the kind is unknown or the margins differ in length.

    Examples
    --------
    >>> answers = careless_answers("straight", 2, [[0.5, 0.3, 0.2]] * 4, np.random.default_rng(0))
    >>> answers.shape, bool((answers == answers[:, :1]).all())
    ((2, 4), True)
    """
    check.one_of("kind", kind, CARELESS)
    margins, n = [check.probabilities("margins", p) for p in margins], check.whole("n", n, 1)
    if len({len(p) for p in margins}) != 1:
        raise ValueError("margins: expected the same number of answers for every item")
    options, items, rng = len(margins[0]), len(margins), check.generator("rng", rng)
    if kind == "uniform":
        return rng.integers(1, options + 1, size=(n, items))
    if kind == "margin":
        return np.column_stack([rng.choice(options, size=n, p=p) + 1 for p in margins])
    start = rng.integers(1, options + 1, size=(n, 1))
    if kind == "straight":
        return np.repeat(start, items, axis=1)
    if kind == "middle":
        return rng.integers(*_middle(options), size=(n, items))
    return (start - 1 + np.arange(items)) % options + 1


def careless_joint(kind: str, p: ArrayLike, distance: int) -> NDArray[np.float64]:
    """Joint distribution of two answers, `distance` questions apart, of a careless respondent.

    Parameters
    ----------
    kind : str
        As in `careless_answers`.
    p : array_like, shape (options,)
        Attentive people's probabilities of the answers to both questions.
    distance : int
        Questions between the two, counted from one to the other.

    Returns
    -------
    ndarray, shape (options, options)

    Examples
    --------
    >>> careless_joint("cycle", [0.5, 0.25, 0.25], 4).round(2).tolist()  # four on is one on, of three
    [[0.0, 0.33, 0.0], [0.0, 0.0, 0.33], [0.33, 0.0, 0.0]]
    """
    check.one_of("kind", kind, CARELESS)
    p, distance = check.probabilities("p", p), check.whole("distance", distance, 1)
    options = len(p)
    if kind == "uniform":
        return np.full((options, options), options**-2.0)
    if kind == "margin":
        return np.outer(p, p)
    if kind == "straight":
        return np.eye(options) / options
    if kind == "middle":
        low, high = _middle(options)
        inside = np.zeros(options)
        inside[low - 1 : high - 1] = 1 / (high - low)
        return np.outer(inside, inside)
    return np.roll(np.eye(options), distance % options, axis=1) / options


def gap_rates(joint: ArrayLike) -> NDArray[np.float64]:
    """Share of respondents whose two answers differ by more than t points, for t = 0, 1, ..., options - 1.

    Parameters
    ----------
    joint : array_like, shape (options, options)
        Joint distribution of the two answers.

    Returns
    -------
    ndarray, shape (options,)

    Raises
    ------
    ValueError
        If `joint` is not square, or no distribution: entries of at least 0 that sum to 1.

    Examples
    --------
    >>> round(float(gap_rates(np.full((7, 7), 1 / 49))[2]), 3)  # two random answers: 20 of 49 pairs
    0.408
    """
    joint = check.matrix("joint", joint, 0)
    if joint.shape[0] != joint.shape[1] or abs(joint.sum() - 1) > 1e-6:
        raise ValueError(f"joint: expected a square matrix with sum 1, got shape {joint.shape}, sum {joint.sum():g}")
    answer = np.arange(len(joint))
    gap = np.abs(answer[:, None] - answer[None, :])
    return np.array([joint[gap > threshold].sum() for threshold in answer])
