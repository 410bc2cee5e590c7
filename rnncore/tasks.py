"""Generated tasks whose best possible result is known.

A task needs no file, can be as long or as hard as one likes, and tells whether a
network learned it: there is a loss that a network reaches without using what lies far
back (the baseline), and one that none can beat (the optimum). Where no optimum is
named it is 0, since the target follows from the inputs.

==============================  ==========================================  ========
task                            a network must                              baseline
==============================  ==========================================  ========
`adding_problem`                add two marked numbers                      1/6
`adding_problem_hs97`           the same, as first published                1/24
`copy_memory`                   repeat 10 symbols after T steps             function
`delayed_echo`                  repeat each symbol after a delay            ln V
`parity`                        count modulo 2                              ln 2
`matched_counts`                count a's, then as many b's                 function
`reversal`                      write a sequence backward                   ln V
`addition`                      add two numbers written in digits           function
`hello`                         tell the first l from the second            (ln 2)/2
`noisy_sine`                    forecast a wave                             1/2
`disturbed_oscillation`         forecast an oscillation driven by noise     function
`narma10`                       follow a nonlinear system of order 10       0.01187
==============================  ==========================================  ========

Losses are mean squared errors for numbers, nats per token for tokens, where a mask
counts only the steps in question. Arrays are time-major: tokens (T, N), numbers
(T, N, D); a single answer for each sequence is (N, D). Each call draws new examples, so
there is no training set to learn by heart.

There is nothing here to train or to measure a network with, and no real data.
"""

import math

import numpy as np

from rnncore.data import Batch
from rnncore.kinds import check_counts, check_numbers, check_positive, check_rng

ADDING_BASELINE = 1 / 6  # the variance of the sum of two numbers from U[0, 1]
HS97_BASELINE = 1 / 24  # that of (X1 + X2) / 4, both from U[-1, 1]
HS97_TOLERANCE = 0.04  # a sequence counts as solved if the error is below it
HS97_LUCK = 1 - 0.92**2  # share of sequences that the answer 1/2 solves
COPY_SYMBOLS, COPY_LENGTH = 8, 10
COPY_BLANK, COPY_START = 8, 9
COPY_VOCABULARY = 10
COUNTS_CHARACTERS = "#ab"
ADDITION_CHARACTERS = " +0123456789"
HELLO_CHARACTERS = "helo"
HELLO_BASELINE = math.log(2) / 2  # after each of two l's, l and o are equally likely
SINE_BASELINE = 1 / 2  # the mean of sin squared; the noise comes on top
NARMA10_BASELINE = 0.01187  # variance, from 4e7 steps; standard error 1e-5
NARMA10_WARM_UP = 100  # steps left out, after which the start is forgotten


def guessing_baseline(vocab_size: int) -> float:
    """
    Compute the loss of a uniform guess.

    Parameters
    ----------
    vocab_size : int
        V, the number of equally likely tokens.

    Returns
    -------
    float
        The logarithm of V, in nats per token: the baseline of `delayed_echo`, of
        `reversal`, and, for two tokens, of `parity`.

    Raises
    ------
    TypeError
        If `vocab_size` is not an integer.
    ValueError
        If `vocab_size` is less than 1.

    Examples
    --------
    >>> round(guessing_baseline(2), 4)
    0.6931
    """
    check_counts("guessing_baseline", vocab_size=vocab_size)
    return math.log(vocab_size)


def adding_problem(rng: np.random.Generator, N: int, T: int) -> Batch:
    """
    Ask for the sum of two marked numbers.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws numbers from U[0, 1], and which are marked: one in each half.
    N : int
        Number of sequences.
    T : int
        Number of steps, at least 2.

    Returns
    -------
    Batch
        Inputs (T, N, 2), the number and 1 where it is marked, 0 elsewhere; targets
        (N, 1), the sum, due after the last step. The constant answer 1 has a mean
        squared error of ``ADDING_BASELINE``, 1/6.

    Raises
    ------
    TypeError
        If `rng` is not a generator, or a number not an integer.
    ValueError
        If a number is too small.

    References
    ----------
    Q. V. Le, N. Jaitly and G. E. Hinton, "A simple way to initialize recurrent networks
    of rectified linear units", arXiv:1504.00941 (2015); one mark in each half as in
    M. Arjovsky, A. Shah and Y. Bengio, "Unitary evolution recurrent neural networks",
    ICML (2016).

    Examples
    --------
    >>> batch = adding_problem(np.random.default_rng(0), N=3, T=20)
    >>> batch.inputs.shape, batch.targets.shape
    ((20, 3, 2), (3, 1))
    """
    _check_task("adding_problem", rng, N, T, least=2)
    xs = np.zeros((T, N, 2))
    xs[..., 0] = rng.random((T, N))
    for start, end in ((0, T // 2), (T // 2, T)):
        xs[rng.integers(start, end, size=N), np.arange(N), 1] = 1
    return Batch(xs, _marked_sum(xs))


def adding_problem_hs97(rng: np.random.Generator, N: int, T: int) -> Batch:
    """
    Ask for the sum of two marked numbers, as in the paper that introduced the LSTM.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws numbers from U[-1, 1], and which are marked: one of the first ten, another
        one in the first half.
    N : int
        Number of sequences.
    T : int
        Number of steps, at least 6.

    Returns
    -------
    Batch
        Inputs (T, N, 2), the number and its marker: 1 for the two that count, -1 for
        the first and the last, 0 elsewhere; targets (N, 1), one half plus a quarter of
        the sum, due after the last step. The constant answer 1/2 has a mean squared
        error of ``HS97_BASELINE``, 1/24, and by luck is closer than ``HS97_TOLERANCE``
        for a share ``HS97_LUCK`` of the sequences, 15.4 %.

    Raises
    ------
    TypeError
        If `rng` is not a generator, or a number not an integer.
    ValueError
        If a number is too small.

    Notes
    -----
    In the paper lengths vary between T and 1.1 T, and the first number can be marked,
    in which case it counts as 0. Here all lengths are T, and it is never marked.

    References
    ----------
    S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation 9
    (1997), 1735-1780, experiment 4.

    Examples
    --------
    >>> batch = adding_problem_hs97(np.random.default_rng(0), N=3, T=20)
    >>> np.unique(batch.inputs[..., 1], return_counts=True)[1].tolist()
    [6, 48, 6]
    """
    _check_task("adding_problem_hs97", rng, N, T, least=6)
    half, columns = T // 2, np.arange(N)
    xs = np.zeros((T, N, 2))
    xs[..., 0] = rng.uniform(-1, 1, (T, N))
    xs[[0, -1], :, 1] = -1
    first = rng.integers(1, min(10, half), size=N)  # (N,)
    second = rng.integers(1, half - 1, size=N)  # (N,)
    second += second >= first  # one of those that are not marked yet
    xs[first, columns, 1] = xs[second, columns, 1] = 1
    return Batch(xs, 0.5 + _marked_sum(xs) / 4)


def copy_memory(rng: np.random.Generator, N: int, T: int) -> Batch:
    """
    Ask for ten symbols to be repeated after T steps.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the ten symbols, each from 0 to 7.
    N : int
        Number of sequences.
    T : int
        Number of steps between the last symbol and the first to be repeated.

    Returns
    -------
    Batch
        Tokens of shape (T + 20, N), from 0 to ``COPY_VOCABULARY`` - 1. Inputs: the
        symbols, T - 1 times ``COPY_BLANK``, once ``COPY_START``, blanks. Targets: T +
        10 blanks, the symbols.

    Raises
    ------
    TypeError
        If `rng` is not a generator, or a number not an integer.
    ValueError
        If a number is less than 1.

    References
    ----------
    M. Arjovsky, A. Shah and Y. Bengio, "Unitary evolution recurrent neural networks",
    ICML (2016); after Hochreiter and Schmidhuber (1997).

    Examples
    --------
    >>> inputs, targets, _ = copy_memory(np.random.default_rng(0), N=1, T=3)
    >>> print(*inputs[:, 0])
    6 5 4 2 2 0 0 0 1 6 8 8 9 8 8 8 8 8 8 8 8 8 8
    >>> print(*targets[:, 0])
    8 8 8 8 8 8 8 8 8 8 8 8 8 6 5 4 2 2 0 0 0 1 6
    """
    _check_task("copy_memory", rng, N, T)
    symbols = rng.integers(COPY_SYMBOLS, size=(COPY_LENGTH, N))
    inputs = np.full((T + 2 * COPY_LENGTH, N), COPY_BLANK)
    targets = inputs.copy()
    inputs[:COPY_LENGTH] = targets[-COPY_LENGTH:] = symbols
    inputs[COPY_LENGTH + T - 1] = COPY_START
    return Batch(inputs, targets)


def copy_memory_baseline(T: int) -> float:
    """
    Compute the loss of a network that knows when to repeat symbols, but not which.

    Parameters
    ----------
    T : int
        Number of steps between the last symbol and the first to be repeated.

    Returns
    -------
    float
        10 ln 8 / (T + 20), in nats per token: blanks are certain, symbols guessed.

    Raises
    ------
    TypeError
        If `T` is not an integer.
    ValueError
        If `T` is less than 1.

    Examples
    --------
    >>> [round(copy_memory_baseline(T), 4) for T in (100, 200, 500, 1000)]
    [0.1733, 0.0945, 0.04, 0.0204]
    """
    check_counts("copy_memory_baseline", T=T)
    return COPY_LENGTH * math.log(COPY_SYMBOLS) / (T + 2 * COPY_LENGTH)


def delayed_echo(
    rng: np.random.Generator, N: int, T: int, delay: int, vocab_size: int = 2
) -> Batch:
    """
    Ask for each token to be repeated after a delay.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the tokens, all equally likely.
    N : int
        Number of sequences.
    T : int
        Number of steps, more than `delay`.
    delay : int
        Number of steps to remember a token for.
    vocab_size : int, optional
        V, the number of different tokens.

    Returns
    -------
    Batch
        Tokens (T, N), and a mask that is False for the first `delay` steps. A network
        that reaches back less far than `delay` steps cannot do better than ln V.

    Raises
    ------
    TypeError
        If `rng` is not a generator, or a number not an integer.
    ValueError
        If a number is too small.

    Examples
    --------
    >>> batch = delayed_echo(np.random.default_rng(0), N=1, T=8, delay=3)
    >>> batch.inputs[:5, 0], batch.targets[3:, 0]
    (array([1, 1, 1, 0, 0]), array([1, 1, 1, 0, 0]))
    """
    check_counts("delayed_echo", delay=delay, vocab_size=vocab_size)
    _check_task("delayed_echo", rng, N, T, least=delay + 1)
    inputs = rng.integers(vocab_size, size=(T, N))
    targets, mask = np.zeros_like(inputs), np.zeros((T, N), dtype=bool)
    targets[delay:], mask[delay:] = inputs[:-delay], True
    return Batch(inputs, targets, mask)


def parity(rng: np.random.Generator, N: int, T: int) -> Batch:
    """
    Ask after each bit whether the number of ones so far is odd.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the bits.
    N : int
        Number of sequences.
    T : int
        Number of steps.

    Returns
    -------
    Batch
        Tokens (T, N), 0 or 1: the bits, and their exclusive or up to and including each
        step. A network that overlooks one bit cannot do better than ln 2 from there on.

    Raises
    ------
    TypeError
        If `rng` is not a generator, or a number not an integer.
    ValueError
        If a number is less than 1.

    Examples
    --------
    >>> batch = parity(np.random.default_rng(0), N=1, T=6)
    >>> batch.inputs[:, 0], batch.targets[:, 0]
    (array([1, 1, 1, 0, 0, 0]), array([1, 0, 1, 1, 1, 1]))
    """
    _check_task("parity", rng, N, T)
    bits = rng.integers(2, size=(T, N))
    return Batch(bits, bits.cumsum(axis=0) % 2)


def matched_counts(rng: np.random.Generator, N: int, n_max: int) -> Batch:
    """
    Ask for the next symbol in strings of n times a, then n times b.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws n for each string, from 1 to `n_max`.
    N : int
        Number of strings.
    n_max : int
        The greatest n.

    Returns
    -------
    Batch
        Tokens (2 n_max + 1, N), numbered as in ``COUNTS_CHARACTERS``, and the mask of
        their real steps. Inputs begin with the mark ``#``, targets end with it. From
        the first b on, a network that has counted knows what comes next.

    Raises
    ------
    TypeError
        If `rng` is not a generator, or a number not an integer.
    ValueError
        If a number is less than 1.

    References
    ----------
    F. A. Gers and J. Schmidhuber, "LSTM recurrent networks learn simple context-free
    and context-sensitive languages", IEEE Transactions on Neural Networks 12 (2001),
    1333-1340.

    Examples
    --------
    >>> batch = matched_counts(np.random.default_rng(0), N=1, n_max=3)
    >>> "".join(COUNTS_CHARACTERS[i] for i in batch.targets[batch.mask])
    'aaabbb#'
    """
    check_counts("matched_counts", n_max=n_max)
    _check_task("matched_counts", rng, N, n_max)
    places = np.arange(2 * n_max + 2)[:, None]
    counts = rng.integers(1, n_max + 1, size=N)
    inside = (places >= 1) & (places <= 2 * counts)
    strings = inside * (1 + (places > counts))  # (2 n_max + 2, N): 0 is the mark
    return Batch(strings[:-1], strings[1:], places[:-1] <= 2 * counts)


def matched_counts_optimum(n_max: int) -> float:
    """
    Compute the least loss that the strings of `matched_counts` allow.

    Parameters
    ----------
    n_max : int
        The greatest n.

    Returns
    -------
    float
        The logarithm of n_max, divided by n_max + 2, in nats per token: all that cannot
        be known is n, and a string has 2 n + 1 tokens to predict, n_max + 2 on average.

    Raises
    ------
    TypeError
        If `n_max` is not an integer.
    ValueError
        If `n_max` is less than 1.

    Examples
    --------
    >>> round(matched_counts_optimum(10), 4)
    0.1919
    """
    check_counts("matched_counts_optimum", n_max=n_max)
    return math.log(n_max) / (n_max + 2)


def reversal(rng: np.random.Generator, N: int, T: int, vocab_size: int = 10) -> Batch:
    """
    Ask for a sequence to be written backward, once it has been read.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the tokens, all equally likely.
    N : int
        Number of sequences.
    T : int
        Number of steps to read, and as many to write.
    vocab_size : int, optional
        V, the number of different tokens.

    Returns
    -------
    Batch
        Tokens (T, N), for an encoder to read and a decoder to write. A decoder that is
        told nothing by the encoder cannot do better than ln V.

    Raises
    ------
    TypeError
        If `rng` is not a generator, or a number not an integer.
    ValueError
        If a number is less than 1.

    Examples
    --------
    >>> batch = reversal(np.random.default_rng(0), N=1, T=5)
    >>> batch.inputs[:, 0], batch.targets[:, 0]
    (array([8, 6, 5, 2, 3]), array([3, 2, 5, 6, 8]))
    """
    check_counts("reversal", vocab_size=vocab_size)
    _check_task("reversal", rng, N, T)
    inputs = rng.integers(vocab_size, size=(T, N))
    return Batch(inputs, inputs[::-1].copy())


def addition(rng: np.random.Generator, N: int, n_digits: int) -> Batch:
    """
    Ask for the sum of two whole numbers, character by character.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the two numbers, each from 0 to 10^n_digits - 1.
    N : int
        Number of questions.
    n_digits : int
        The greatest number of digits of a summand, at most 6.

    Returns
    -------
    Batch
        Tokens numbered as in ``ADDITION_CHARACTERS``, filled up with spaces at the end:
        questions such as "57+5 " of shape (2 n_digits + 1, N), answers such as "62 " of
        shape (n_digits + 1, N). The spaces count: they say where the answer ends.

    Raises
    ------
    TypeError
        If `rng` is not a generator, or a number not an integer.
    ValueError
        If a number is out of range.

    References
    ----------
    W. Zaremba and I. Sutskever, "Learning to execute", arXiv:1410.4615 (2014).

    Examples
    --------
    >>> batch = addition(np.random.default_rng(0), N=1, n_digits=2)
    >>> "".join(ADDITION_CHARACTERS[i] for i in batch.inputs[:, 0])
    '85+63'
    >>> "".join(ADDITION_CHARACTERS[i] for i in batch.targets[:, 0])
    '148'
    """
    _check_digits("addition", n_digits)
    _check_task("addition", rng, N, n_digits)
    pairs = rng.integers(10**n_digits, size=(N, 2)).tolist()
    questions = [f"{a}+{b}".ljust(2 * n_digits + 1) for a, b in pairs]
    answers = [f"{a + b}".ljust(n_digits + 1) for a, b in pairs]
    return Batch(_spelled(questions), _spelled(answers))


def addition_baseline(n_digits: int) -> float:
    """
    Compute the loss of a decoder that knows how sums are distributed, not the question.

    Parameters
    ----------
    n_digits : int
        The greatest number of digits of a summand, at most 6.

    Returns
    -------
    float
        Entropy of the sum, divided by the n_digits + 1 characters of an answer, in nats
        per token.

    Raises
    ------
    TypeError
        If `n_digits` is not an integer.
    ValueError
        If `n_digits` is out of range.

    Notes
    -----
    An answer and a sum say the same, and a decoder sees the characters before the one
    that it predicts, so the entropies of its characters add up to that of the sum. Of M
    numbers, the sum s is that of min(s + 1, 2 M - 1 - s) pairs.

    Examples
    --------
    >>> round(addition_baseline(2), 4)
    1.7017
    """
    _check_digits("addition_baseline", n_digits)
    M = 10**n_digits
    rising = np.arange(1, M + 1) / M**2  # (M,)
    p = np.concatenate([rising, rising[-2::-1]])  # (2 M - 1,)
    return float(-(p * np.log(p)).sum() / (n_digits + 1))


def hello() -> Batch:
    """
    Ask for the next letter in "hello".

    Returns
    -------
    Batch
        Tokens (4, 1), numbered as in ``HELLO_CHARACTERS``: "hell" and "ello". Of the
        two l's one is followed by l, one by o, so a network without memory cannot do
        better than ``HELLO_BASELINE``, half of ln 2 nats per token.

    Examples
    --------
    >>> batch = hello()
    >>> batch.inputs[:, 0], batch.targets[:, 0]
    (array([0, 1, 2, 2]), array([1, 2, 2, 3]))
    """
    tokens = np.array([[HELLO_CHARACTERS.index(letter)] for letter in "hello"])
    return Batch(tokens[:-1], tokens[1:])


def noisy_sine(
    rng: np.random.Generator, N: int, T: int, period: float = 20.0, noise: float = 0.1
) -> Batch:
    """
    Ask for the next value of a sine wave that is observed with noise.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws where in its period each wave starts, and the noise.
    N : int
        Number of waves.
    T : int
        Number of steps.
    period : float, optional
        Length of a period, in steps.
    noise : float, optional
        Standard deviation of the normal noise on every value.

    Returns
    -------
    Batch
        Numbers (T, N, 1), and for each the one that follows. No forecast has a mean
        squared error below noise^2, and one comes close to it only where it has seen
        enough to average the noise out. The constant answer 0 has ``SINE_BASELINE`` +
        noise^2.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed.
    ValueError
        If a number is too small.

    Examples
    --------
    >>> batch = noisy_sine(np.random.default_rng(0), N=3, T=50)
    >>> batch.inputs.shape, batch.targets.shape
    ((50, 3, 1), (50, 3, 1))
    """
    _check_task("noisy_sine", rng, N, T)
    check_positive("noisy_sine", period=period, noise=noise)
    turns = np.arange(T + 1)[:, None] / period + rng.random(N)
    values = np.sin(2 * np.pi * turns) + noise * rng.normal(size=(T + 1, N))
    return Batch(values[:-1, :, None], values[1:, :, None])


def disturbed_oscillation(
    rng: np.random.Generator,
    N: int,
    T: int,
    period: float = 20.0,
    decay: float = 0.95,
    noise: float = 0.1,
) -> Batch:
    """
    Ask for the next value of a damped oscillation that noise keeps going.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the noise.
    N : int
        Number of series.
    T : int
        Number of steps.
    period : float, optional
        Length of a period without noise, in steps.
    decay : float, optional
        Factor by which the oscillation shrinks in a step, between 0 and 1.
    noise : float, optional
        Standard deviation of the normal disturbance of every step.

    Returns
    -------
    Batch
        Numbers (T, N, 1), and for each the one that follows. The least mean squared
        error of a forecast is noise^2, from the second step on; that of the constant
        answer 0 is `disturbed_oscillation_baseline`.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed.
    ValueError
        If a number is out of range.

    Notes
    -----
    The series is y_t = 2 r cos(2 pi / period) y_{t-1} - r^2 y_{t-2} + noise e_t, with r
    for the decay. The first two values are drawn from the distribution that the series
    has in the long run, so that no step differs from the others.

    References
    ----------
    G. U. Yule, "On a method of investigating periodicities in disturbed series, with
    special reference to Wolfer's sunspot numbers", Philosophical Transactions of the
    Royal Society A 226 (1927), 267-298.

    Examples
    --------
    >>> batch = disturbed_oscillation(np.random.default_rng(0), N=3, T=50)
    >>> np.array_equal(batch.inputs[1:], batch.targets[:-1])
    True
    """
    _check_task("disturbed_oscillation", rng, N, T)
    a, b = _yule_weights("disturbed_oscillation", period, decay, noise)
    deviation = math.sqrt(disturbed_oscillation_baseline(period, decay, noise))
    correlation = a / (1 - b)  # of neighbors
    values = noise * rng.normal(size=(T + 1, N, 1))
    values[:2] *= deviation / noise
    values[1] *= math.sqrt(1 - correlation**2)
    values[1] += correlation * values[0]
    for t in range(2, T + 1):
        values[t] += a * values[t - 1] + b * values[t - 2]
    return Batch(values[:-1], values[1:])


def disturbed_oscillation_baseline(
    period: float = 20.0, decay: float = 0.95, noise: float = 0.1
) -> float:
    """
    Compute the mean squared error of the answer 0 to `disturbed_oscillation`.

    Parameters
    ----------
    period : float, optional
        Length of a period without noise, in steps.
    decay : float, optional
        Factor by which the oscillation shrinks in a step, between 0 and 1.
    noise : float, optional
        Standard deviation of the disturbance of every step.

    Returns
    -------
    float
        The variance of the series.

    Raises
    ------
    TypeError
        If an argument is not a real number.
    ValueError
        If a number is out of range.

    Notes
    -----
    With y_t = a y_{t-1} + b y_{t-2} + noise e_t, the variance is
    noise^2 (1 - b) / ((1 + b) ((1 - b)^2 - a^2)).

    Examples
    --------
    >>> round(disturbed_oscillation_baseline(), 4)
    0.5509
    """
    a, b = _yule_weights("disturbed_oscillation_baseline", period, decay, noise)
    return noise**2 * (1 - b) / ((1 + b) * ((1 - b) ** 2 - a**2))


def narma10(rng: np.random.Generator, N: int, T: int) -> Batch:
    """
    Ask for the response of a nonlinear system that remembers ten steps.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws what drives the system, from U[0, 0.5].
    N : int
        Number of series.
    T : int
        Number of steps.

    Returns
    -------
    Batch
        Inputs (T, N, 1), what drives the system, and targets (T, N, 1), its value one
        step later. The constant answer of its mean has a mean squared error of
        ``NARMA10_BASELINE``.

    Raises
    ------
    TypeError
        If `rng` is not a generator, or a number not an integer.
    ValueError
        If a number is less than 1.

    Notes
    -----
    With u_t for the inputs, the system is y_{t+1} = 0.3 y_t + 0.05 y_t (y_t + ... +
    y_{t-9}) + 1.5 u_{t-9} u_t + 0.1. About once in 200,000 steps it runs away to
    infinity; a series that goes above 2 is drawn anew. The first steps of a series
    depend on inputs from before it begins.

    References
    ----------
    A. F. Atiya and A. G. Parlos, "New results on recurrent network training: unifying
    the algorithms and accelerating convergence", IEEE Transactions on Neural
    Networks 11 (2000), 697-709.

    Examples
    --------
    >>> batch = narma10(np.random.default_rng(0), N=3, T=50)
    >>> batch.inputs.shape, batch.targets.shape
    ((50, 3, 1), (50, 3, 1))
    """
    _check_task("narma10", rng, N, T)
    n_steps = NARMA10_WARM_UP + T
    us, ys = np.empty((n_steps, N)), np.full((n_steps + 1, N), np.inf)
    while (wild := ys.max(axis=0) > 2).any():  # at first, all
        us[:, wild] = rng.uniform(0, 0.5, (n_steps, np.count_nonzero(wild)))
        ys[:, wild] = _narma10_response(us[:, wild])
    us, ys = us[NARMA10_WARM_UP:], ys[NARMA10_WARM_UP + 1 :]
    return Batch(us[:, :, None], ys[:, :, None])


def _narma10_response(us: np.ndarray) -> np.ndarray:
    ys = np.zeros((len(us) + 1, us.shape[1]))
    with np.errstate(over="ignore"):  # what runs away is drawn anew
        for t in range(9, len(us)):
            memory = ys[t - 9 : t + 1].sum(axis=0)
            ys[t + 1] = 0.3 * ys[t] + 0.05 * ys[t] * memory
            ys[t + 1] += 1.5 * us[t - 9] * us[t] + 0.1
    return ys


def _marked_sum(xs: np.ndarray) -> np.ndarray:
    return (xs[..., 0] * (xs[..., 1] == 1)).sum(axis=0)[:, None]  # (N, 1)


def _spelled(texts: list[str]) -> np.ndarray:
    rows = [[ADDITION_CHARACTERS.index(c) for c in text] for text in texts]
    return np.array(rows).T  # (T, N)


def _yule_weights(
    where: str, period: float, decay: float, noise: float
) -> tuple[float, float]:
    check_positive(where, period=period, noise=noise)
    check_numbers(where, decay=decay)
    if not 0 < decay < 1:
        raise ValueError(
            f"{where}: decay is {decay}, but a number between 0 and 1, both excluded, "
            f"is needed. Pass one near 1 for a long memory, such as decay=0.95."
        )
    return 2 * decay * math.cos(2 * math.pi / period), -(decay**2)


def _check_digits(where: str, n_digits: int) -> None:
    check_counts(where, n_digits=n_digits)
    if n_digits > 6:
        raise ValueError(
            f"{where}: n_digits is {n_digits}, but at most 6 digits are possible: the "
            f"baseline goes through all sums. Pass n_digits=6 or less."
        )


def _check_task(
    where: str, rng: np.random.Generator, N: int, T: int, least: int = 1
) -> None:
    check_rng(where, rng)
    check_counts(where, N=N)
    check_counts(where, least=least, T=T)
