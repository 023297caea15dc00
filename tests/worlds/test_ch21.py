"""Careless respondents: answers against their joint distributions, rates counted by hand, indices against patterns."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from replica.methods import samples, scales
from replica.worlds import ch21


def test_rates_of_a_small_joint_distribution_by_hand():
    joint = np.array([[0.2, 0.1, 0.05], [0.1, 0.2, 0.1], [0.05, 0.1, 0.1]])
    assert ch21.gap_rates(joint) == pytest.approx([0.5, 0.1, 0.0])


def test_joint_distributions_of_three_answers_by_hand():
    p = np.array([0.5, 0.3, 0.2])
    assert ch21.careless_joint("margin", p, 1)[0, 2] == pytest.approx(0.1)
    assert ch21.careless_joint("straight", p, 5) == pytest.approx(np.eye(3) / 3)
    assert ch21.careless_joint("cycle", p, 4)[2, 0] == pytest.approx(1 / 3)  # four steps up from the top: the lowest
    assert ch21.careless_joint("uniform", p, 1) == pytest.approx(np.full((3, 3), 1 / 9))
    middle = ch21.careless_joint("middle", np.full(7, 1 / 7), 1)
    assert middle[2:5, 2:5] == pytest.approx(np.full((3, 3), 1 / 9)) and middle.sum() == pytest.approx(1)


def test_random_answers_fail_the_probe_in_twenty_of_forty_nine_cases():
    joint = ch21.careless_joint("uniform", np.full(7, 1 / 7), 9)
    assert ch21.gap_rates(joint)[2] == pytest.approx(20 / 49)
    assert ch21.gap_rates(np.eye(7) / 7).tolist() == [0] * 7


@pytest.mark.parametrize("kind", ch21.CARELESS)
def test_careless_answers_follow_their_joint_distribution(kind):
    p = samples.maximum_entropy(2.53, 1.804, 1, 7)
    answers = ch21.careless_answers(kind, 40_000, [p] * 12, np.random.default_rng(9))
    assert answers.min() >= 1 and answers.max() <= 7
    simulated = (np.abs(answers[:, 11] - answers[:, 2])[:, None] > np.arange(7)).mean(axis=0)
    np.testing.assert_allclose(simulated, ch21.gap_rates(ch21.careless_joint(kind, p, 9)), atol=0.01)


def test_each_index_finds_the_pattern_it_is_made_for():
    rng = np.random.default_rng(10)
    margins = [samples.maximum_entropy(m, 1.3, 1, 7) for m in np.linspace(2, 6, 20)]
    latent = 0.3 + 0.7 * np.eye(20)
    honest = samples.ordinal_sample(margins, latent, 400, rng)
    label = np.repeat([False, True], [400, 60])

    def area(kind, index):
        sample = np.vstack([honest, ch21.careless_answers(kind, 60, margins, rng)])
        return roc_auc_score(label, scales.screening_indices(sample)[index])

    assert area("straight", "longstring") > 0.99
    assert area("straight", "sameness") > 0.99
    assert area("uniform", "misfit") > 0.95
    assert area("uniform", "distance") > 0.95
    assert area("uniform", "longstring") < 0.7
    # nothing to find: "careless" people who answer like everyone else
    twins = np.vstack([honest, samples.ordinal_sample(margins, latent, 60, rng)])
    assert roc_auc_score(label, scales.screening_indices(twins)["distance"]) == pytest.approx(0.5, abs=0.12)


FAIR = [0.5, 0.5]


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: ch21.careless_answers("sleepy", 3, [FAIR], np.random.default_rng(0)), "kind"),
        (lambda: ch21.careless_answers("cycle", 0, [FAIR], np.random.default_rng(0)), "n"),
        (lambda: ch21.careless_answers("cycle", 3, [FAIR, [1.0]], np.random.default_rng(0)), "margins"),
        (lambda: ch21.careless_answers("cycle", 3, [FAIR], 0), "rng"),
        (lambda: ch21.careless_joint("sleepy", FAIR, 1), "kind"),
        (lambda: ch21.careless_joint("margin", (2, 3), 1), "p"),
        (lambda: ch21.careless_joint("cycle", FAIR, 0), "distance"),
        (lambda: ch21.gap_rates(np.ones((3, 3))), "joint"),
        (lambda: ch21.gap_rates([[0.5, 0.5]]), "joint"),
        (lambda: ch21.gap_rates([[1.5, -0.5], [0, 0]]), "joint"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}: "):
        call()
