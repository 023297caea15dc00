"""Integer samples: the exact count against brute force, the sampler and SPRITE against the exact set."""

import csv
import itertools

import numpy as np
import pytest
from scipy.stats import chisquare

from replica.simulate import calibrate


def brute_force(mean, sd, n, low, high, ddof=1):
    """Every frequency table whose mean and sd print as given."""
    digits = [len(text.split(".")[1]) for text in (mean, sd)]
    found = []
    for sample in itertools.combinations_with_replacement(range(low, high + 1), n):
        m, s = np.mean(sample), np.std(sample, ddof=ddof)
        if (
            abs(m - float(mean)) <= 0.5 * 10 ** -digits[0] + 1e-12
            and abs(s - float(sd)) <= 0.5 * 10 ** -digits[1] + 1e-12
        ):
            found.append(tuple(np.bincount(np.array(sample) - low, minlength=high - low + 1)))
    return set(found)


CASES = [
    ("2.5", "1.3", 8, 1, 5, 1), ("3.1", "1.9", 9, 1, 7, 1), ("1.4", "0.8", 10, 1, 4, 1),
    ("2.57", "1.76", 7, 1, 6, 0), ("4.0", "2.0", 8, 1, 7, 0), ("1.5", "1.4", 8, 0, 6, 1),
    ("2.13", "1.25", 8, 1, 7, 1), ("1.00", "0.00", 6, 1, 7, 1),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_count_is_that_of_brute_force(case):
    mean, sd, n, low, high, ddof = case
    expected = brute_force(mean, sd, n, low, high, ddof)
    tables = calibrate.integer_tables(mean, sd, n, low, high, ddof=ddof)
    assert tables.count == len(expected) > 0
    floors = np.bincount([t[0] for t in expected], minlength=n + 1)
    assert tables.floor_counts().tolist() == floors.tolist()
    for answer in range(low + 4, high + 1):
        upper = np.bincount([sum(t[answer - low :]) for t in expected], minlength=n + 1)
        assert tables.upper_counts(answer).tolist() == upper.tolist()
    drawn = {tuple(t) for t in tables.sample(400, np.random.default_rng(1))}
    assert drawn <= expected


def test_the_summary_is_that_of_the_listed_tables():
    tables = np.array(sorted(brute_force("3.1", "1.9", 9, 1, 7)))
    found = calibrate.integer_tables("3.1", "1.9", 9, 1, 7).summary(5)
    floor, upper = tables[:, 0] / 9, tables[:, 4:].sum(axis=1) / 9
    expected = [len(tables), floor.min(), floor.mean(), floor.max(), upper.min(), upper.max()]
    assert list(found.values()) == pytest.approx(expected)
    nothing = calibrate.integer_tables("2.25", "1.31", 8, 1, 5).summary(5)
    assert nothing["tables"] == 0 and np.isnan(nothing["floor_low"])


def test_an_impossible_pair_has_no_table():
    assert brute_force("2.25", "1.31", 8, 1, 5) == set()
    assert calibrate.integer_tables("2.25", "1.31", 8, 1, 5).count == 0
    with pytest.raises(ValueError, match="no frequency table"):
        calibrate.integer_tables("2.25", "1.31", 8, 1, 5).sample(1, np.random.default_rng(0))


def test_rounding_edges_are_inside():
    # the answers 1 and 2 have mean 1.5, which some programs print as 1 and some as 2
    assert (3, 5) in calibrate.moment_pairs("2", "0.7", 2)
    assert (3, 5) in calibrate.moment_pairs("1", "0.7", 2)
    assert (3, 5) not in calibrate.moment_pairs("1.4", "0.7", 2)


def test_a_mean_above_the_scale_has_no_table():
    assert calibrate.integer_tables("7.5", "0.5", 10, 1, 7).count == 0


def test_every_large_table_has_the_printed_moments():
    tables = calibrate.integer_tables("2.36", "1.806", 180)
    drawn = tables.sample(500, np.random.default_rng(2))
    answer = np.arange(1, 8)
    assert (drawn.sum(axis=1) == 180).all() and drawn.min() >= 0
    mean = drawn @ answer / 180
    sd = np.sqrt((drawn @ answer**2 - 180 * mean**2) / 179)
    assert (np.abs(mean - 2.36) <= 0.005).all() and (np.abs(sd - 1.806) <= 0.0005).all()


def test_draws_are_uniform():
    tables = calibrate.integer_tables("2.5", "1.3", 8, 1, 5)
    drawn = tables.sample(200 * tables.count, np.random.default_rng(3))
    counts = np.unique(drawn, axis=0, return_counts=True)[1]
    assert len(counts) == tables.count
    assert chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("case", CASES)
def test_sprite_finds_tables_of_the_exact_set_only(case):
    mean, sd, n, low, high, ddof = case
    expected = brute_force(mean, sd, n, low, high, ddof)
    rng = np.random.default_rng(4)
    found = [calibrate.sprite(mean, sd, n, low, high, rng, ddof=ddof) for _ in range(25)]
    hits = {tuple(t) for t in found if t is not None}
    assert hits and hits <= expected


def test_sprite_finds_nothing_where_nothing_is():
    rng = np.random.default_rng(5)
    assert calibrate.sprite("2.25", "1.31", 8, 1, 5, rng) is None
    assert calibrate.sprite("7.9", "0.50", 10, 1, 7, rng) is None


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        (("2.x", "1.0", 10), "mean"), (("2.0", "nan", 10), "sd"), (("2.0", "-1.0", 10), "sd"), (("2.0", "1.0", 1), "n"),
    ],
)  # fmt: skip
def test_bad_figures_are_refused(arguments, argument):
    with pytest.raises(ValueError, match=f"^{argument}"):
        calibrate.moment_pairs(*arguments)


def test_scales_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match="high"):
        calibrate.integer_tables("2.0", "1.0", 10, 1, 3)
    with pytest.raises(ValueError, match="answer"):
        calibrate.integer_tables("2.0", "1.0", 10, 1, 5).upper_counts(4)


def test_what_chapter_21_says_of_its_printed_moments(root):
    with open(root / "data/21-privacy-tolerance/table-4.csv", newline="", encoding="utf-8") as file:
        printed = {row["row"]: (row["mean"], row["sd"]) for row in csv.DictReader(file) if row["sd"]}
    sizes = range(150, 231)
    possible = {n: [i for i, figures in printed.items() if calibrate.moment_pairs(*figures, n)] for n in sizes}
    assert set(printed) - set(possible.pop(180)) == {"MSC2"} and len(printed) == 25
    assert max(map(len, possible.values())) == 17
    leaked = calibrate.integer_tables(*printed["SP2"], 180).summary(5)
    assert leaked["tables"] == 194
    assert [round(100 * leaked[end]) for end in ("floor_low", "floor_high")] == [82, 90]
    assert all(calibrate.moment_pairs("2.25", changed, 180) for changed in ("1.888", "1.980"))
