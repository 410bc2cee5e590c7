"""Perplexity, bits, and entropy of known distributions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore.kinds import NonFiniteError
from rnncore.metrics import bits_per_character, perplexity, unigram_entropy
from tests.rejection import rejects

MEASURES = [perplexity, bits_per_character]


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=20))
@settings(deadline=None)
def test_perplexity_is_one_over_the_geometric_mean(probabilities):
    nll = -np.log(probabilities).sum()
    n = len(probabilities)
    expected = 1 / np.prod(probabilities) ** (1 / n)
    assert perplexity(max(nll, 0.0), n) == pytest.approx(expected, rel=1e-9)


def test_perplexity_of_a_uniform_guess_and_of_certainty():
    assert perplexity(7 * np.log(65), 7) == pytest.approx(65)
    assert perplexity(0.0, 7) == 1


def test_a_hopeless_model_has_infinite_perplexity():
    assert perplexity(1e6, 1) == np.inf


@given(st.floats(0, 600), st.integers(1, 1000))
@settings(deadline=None)
def test_bits_and_perplexity_agree(total_nll, n):
    bits = bits_per_character(total_nll, n)
    assert 2**bits == pytest.approx(perplexity(total_nll, n))


def test_unequal_batches_are_weighted_by_their_tokens():
    # One batch of 9 sure tokens and one of a single hard one.
    assert perplexity(0.0 + np.log(1024), 10) == pytest.approx(2)


def test_entropy_of_known_texts():
    assert unigram_entropy(np.array([0, 0, 0]), 5) == 0
    assert unigram_entropy(np.arange(8), 8) == pytest.approx(np.log(8))
    tokens = np.array([0, 0, 2, 1])
    assert unigram_entropy(tokens, 3) == pytest.approx(1.5 * np.log(2))


@given(st.lists(st.integers(0, 9), min_size=1, max_size=50))
@settings(deadline=None)
def test_no_distribution_codes_the_text_better_than_its_own(tokens):
    tokens = np.array(tokens)
    entropy = unigram_entropy(tokens, 10)
    guess = np.random.default_rng(len(tokens)).dirichlet(np.ones(10))
    assert 0 <= entropy <= np.log(10) + 1e-12
    assert entropy <= -np.log(guess[tokens]).mean() + 1e-12


@pytest.mark.parametrize("measure", MEASURES)
def test_bad_likelihoods(measure):
    name = measure.__name__
    with rejects(ValueError, f"{name}: total_nll is -1.0", "at least 0", "sign"):
        measure(-1.0, 3)
    with rejects(
        NonFiniteError, f"{name}: total_nll is inf", "finite", "probability 0"
    ):
        measure(np.inf, 3)
    with rejects(TypeError, f"{name}: total_nll is [1.0] (list)", "Pass a float"):
        measure([1.0], 3)
    with rejects(ValueError, f"{name}: n_", "is 0", "at least 1"):
        measure(1.0, 0)


def test_bad_texts():
    with rejects(ValueError, "unigram_entropy: tokens is empty"):
        unigram_entropy(np.zeros(0, int), 3)
    with rejects(ValueError, "unigram_entropy: tokens holds 3", "0 to 2"):
        unigram_entropy(np.array([3]), 3)
