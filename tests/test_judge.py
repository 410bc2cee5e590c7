"""How an answer is judged: points, partial credit, mistakes, patterns, bad values."""

from dataclasses import replace

import numpy as np
import pytest

from rnngrade.exercise import Case, Exercise, Mistake, Output
from rnngrade.judge import evaluate
from rnngrade.sandbox.observation import observe
from rnngrade.trial import CallFailed


def reference(xs, w):
    """Return the running sums of xs, and w times the total."""
    return np.cumsum(xs, axis=0), w * xs.sum()


def draw(T):
    def cases(rng):
        yield Case(f"T = {T}", (rng.normal(size=(T, 3)), rng.normal(size=2)))

    return cases


def no_sum(xs, w):
    return xs + 0, reference(xs, w)[1]


def mean_for_sum(xs, w):
    return reference(xs, w)[0], w * xs.mean()


def in_place(xs, w):
    xs *= 2
    return reference(xs / 2, w)


EXERCISE = Exercise(
    id="sums",
    function="sums",
    arguments=("xs", "w"),
    outputs=(Output("sums", points=2, over_time=True), Output("scaled", points=3)),
    reference=reference,
    cases=draw(T=5),
    edges=draw(T=1),
    mistakes=(
        Mistake("NO_SUM", "Does a step know what came before it?", no_sum),
        Mistake("MEAN_FOR_SUM", "How many terms are there?", mean_for_sum),
        Mistake("IN_PLACE", "Whose array is changed?", in_place),
    ),
)

COPY = Exercise(
    id="copy",
    function="copy",
    arguments=("x",),
    outputs=(Output("y", 1),),
    reference=lambda x: x.copy(),
    cases=lambda rng: [Case("N = 3", (rng.normal(size=3),))],
    edges=lambda rng: [],
)
NO_OUTPUT = "An output counts if it is right in every case; in this one there is none."


def judge(function, hidden=True, exercise=EXERCISE):
    return evaluate(
        exercise,
        lambda args: observe(function, args),
        np.random.default_rng(3),
        hidden=hidden,
    )


def test_a_right_answer():
    verdict = judge(reference)
    assert (verdict.points, verdict.max_points) == (6, 6)
    assert verdict.mistakes == ()
    assert "✗" not in verdict.text
    assert verdict.text.splitlines()[0] == "sums: 6 of 6 points"


def test_each_output_counts_for_itself():
    verdict = judge(no_sum)
    assert verdict.points == 3
    assert verdict.mistakes == ("NO_SUM",)
    assert "Does a step know" in verdict.text
    assert "✓ scaled right" in verdict.text


def test_two_mistakes_in_two_outputs_are_both_named():
    verdict = judge(lambda xs, w: (no_sum(xs, w)[0], mean_for_sum(xs, w)[1]))
    assert verdict.points == 0
    assert verdict.mistakes == ("NO_SUM", "MEAN_FOR_SUM")


def test_changed_arguments_cost_their_point_and_are_named():
    verdict = judge(in_place)
    assert verdict.points == 5
    assert verdict.mistakes == ("IN_PLACE",)
    assert "changed in place: xs" in verdict.text


def test_unchanged_arguments_alone_are_worth_nothing():
    verdict = judge(lambda xs, w: (0 * xs, 0 * w))
    assert verdict.points == 0
    assert "counts once every output is right" in verdict.text


def test_each_call_gets_its_own_copies():
    seen = []

    def greedy(xs, w):
        answer = reference(xs, w)
        seen.append(xs)
        xs[...] = 0
        return answer

    verdict = judge(greedy)
    assert verdict.points == 5  # the values are right
    assert not seen[0].any()


def test_an_unknown_mistake_is_described_by_its_pattern():
    def wrong_late(xs, w):
        sums, scaled = reference(xs, w)
        sums[3:] += 1
        return sums, -scaled

    text = judge(wrong_late, hidden=False).text
    assert "only [3, 4] are wrong" in text
    assert "its sign is flipped" in text


def test_right_only_where_the_student_can_see():
    def visible_only(xs, w):
        return reference(xs, w) if len(xs) > 1 else (xs * 0, w * 0)

    assert judge(visible_only, hidden=False).points == 6
    verdict = judge(visible_only)
    assert verdict.points == 0
    assert "not in general" in verdict.text
    assert "T = 1" not in verdict.text, "a hidden case shows nothing of itself"


def numbered(rng, start, count):
    return [Case(f"case {i}", (float(i),)) for i in range(start, start + count)]


NUMBERS = Exercise(
    id="numbers",
    function="twice",
    arguments=("x",),
    outputs=(Output("y", 1),),
    reference=lambda x: 2 * x,
    cases=lambda rng: numbered(rng, 0, 6),
    edges=lambda rng: numbered(rng, 6, 6),
    inputs_points=0,
)


def asked(seed, hidden, wrong=()):
    order = []

    def call(args):
        order.append(int(args[0]))
        value = -1.0 if args[0] in wrong else 2 * args[0]
        return observe(lambda x: value, args)

    verdict = evaluate(NUMBERS, call, np.random.default_rng(seed), hidden)
    return order, verdict


def test_the_number_of_a_call_does_not_tell_the_case():
    orders = {tuple(asked(seed, hidden=True)[0]) for seed in range(20)}
    assert len(orders) == 20
    for order in orders:
        assert sorted(order) == sorted([*range(12), 0])
        # What a student's own check shows comes first, and its first case at first.
        assert order[0] == 0
        assert set(order[:6]) == set(range(6))
    assert asked(1, hidden=False)[0] == [0, 1, 2, 3, 4, 5, 0]


def test_the_first_wrong_case_is_told_in_whatever_order_they_came():
    texts = {asked(seed, True, wrong=(3, 5, 8))[1].text for seed in range(10)}
    assert len(texts) == 1
    assert "case 3" in texts.pop()
    hidden = {asked(seed, True, wrong=(7, 9))[1].text for seed in range(10)}
    assert len(hidden) == 1
    assert "right for the cases of your own check" in hidden.pop()


@pytest.mark.parametrize("hidden", [False, True])
def test_what_is_kept_from_call_to_call_is_noticed(hidden):
    kept = {}

    def remembers(xs, w):
        kept.setdefault(xs.shape, reference(xs, w))
        return kept[xs.shape]

    verdict = judge(remembers, hidden)
    assert verdict.points == 0
    assert verdict.mistakes == ()
    assert "from one call to the next" in verdict.text


def test_a_second_call_that_fails_is_noticed_as_well():
    sums = []

    def appends(xs, w):
        sums.extend(np.cumsum(xs, axis=0))
        if len(sums) > 5:
            raise ValueError("too many")
        return np.array(sums), w * xs.sum()

    assert "from one call to the next" in judge(appends, hidden=False).failure


def test_a_mistake_explains_only_what_it_gets_wrong():
    """Nearly right outputs are as close to a mistake's right ones."""

    def imprecise(xs, w):
        return tuple(part * (1 + 3e-10) for part in reference(xs, w))

    verdict = judge(imprecise)
    assert verdict.points == 0
    assert verdict.mistakes == ()
    assert "nearly right" in verdict.text


def test_outputs_in_another_order_are_told():
    text = judge(lambda xs, w: reference(xs, w)[::-1]).text
    assert "But it is the right scaled: return sums, scaled, in this order." in text
    assert "But it is the right sums" in text


def test_no_relative_error_stands_beside_a_shape():
    def squeezes(xs, w):
        sums, scaled = reference(xs, w)
        return (sums if len(xs) == 1 else sums.T) + 1, scaled

    assert "relative error" not in judge(squeezes).text.splitlines()[1]


def test_a_value_that_is_too_large_is_not_said_to_be_raised():
    huge = np.broadcast_to(1.0, (10**9,))
    assert judge(lambda xs, w: huge).failure.startswith("sums: The returned value")


@pytest.mark.parametrize(
    ("returned", "parts"),
    [
        (None, ("returned None", "expected sums, scaled", "forget")),
        ([1, 2], ("a list of 2", "`return sums, scaled`")),
        ((1,), ("1 value;", "expected 2")),
        ((1, 2, 3), ("3 values", "expected 2")),
        (np.ones(2), ("an array of shape (2,)", "2 values")),
        ("text", ("'text' (str)", "2 values")),
    ],
)
def test_a_wrong_kind_of_return_value(returned, parts):
    verdict = judge(lambda xs, w: returned)
    assert verdict.points == 0
    for part in parts:
        assert part in verdict.failure


def test_an_exception_is_shown_with_its_case_unless_that_is_hidden():
    def fails(xs, w):
        raise ValueError("no")

    assert judge(fails).failure == "sums raised ValueError: no for T = 5."

    def fails_hidden(xs, w):
        return reference(xs, w) if len(xs) > 1 else fails(xs, w)

    assert judge(fails_hidden).failure == (
        "sums raised ValueError: no. "
        f"It is right for the cases of your own check, but not in general. {NO_OUTPUT}"
    )


def test_a_mistake_that_raises_is_recognized_by_its_message():
    def wrong(xs, w):
        return xs @ w, w

    product = Mistake("PRODUCT", "Which shapes meet here?", wrong)
    exercise = replace(EXERCISE, mistakes=(product,))
    assert judge(wrong, exercise=exercise).mistakes == ("PRODUCT",)


def test_no_observation_is_a_failure_that_says_why():
    def call(args):
        raise CallFailed("it took longer than 10 s")

    verdict = evaluate(EXERCISE, call, np.random.default_rng(0))
    assert verdict.points == 0
    assert verdict.failure == "it took longer than 10 s"


def test_an_exception_after_wrong_numbers_does_not_call_them_right():
    verdict = judge(lambda xs, w: (xs + xs[1], w))
    assert "It is right for the cases of your own check" not in verdict.failure
    assert verdict.failure.endswith(NO_OUTPUT)


def test_an_exception_in_the_first_case_speaks_for_itself():
    assert NO_OUTPUT not in judge(lambda xs, w: xs[9]).failure


def test_a_call_that_hangs_in_a_later_case_leaves_no_output_and_says_so():
    calls = []

    def call(args):
        calls.append(args)
        if len(calls) > 1:
            raise CallFailed("it took longer than 10 s.")
        return observe(reference, args)

    verdict = evaluate(EXERCISE, call, np.random.default_rng(0))
    assert verdict.failure == f"it took longer than 10 s. {NO_OUTPUT}"


def test_a_view_of_an_argument_is_noted():
    verdict = judge(lambda x: x[:], exercise=COPY)
    assert verdict.points == 2
    assert "y is a view of the argument x" in verdict.text
    assert ".copy()" in verdict.text
    assert not judge(lambda x: x.copy(), exercise=COPY).notes


def test_views_beyond_the_outputs_are_no_trouble():
    verdict = judge(lambda xs, w: (xs, w, xs, w))
    assert verdict.points == 0
    assert "returned 4 values; expected 2" in verdict.failure


def test_a_recognizer_sees_the_arguments_and_the_observation():
    def recognize(args, seen):
        return seen.value is not None and args[0].shape == (3,)

    noisy = Mistake("NOISY", "Again?", lambda x: x, recognize)
    exercise = replace(COPY, mistakes=(noisy,))
    noise = np.random.default_rng()
    assert judge(lambda x: noise.normal(size=3), exercise=exercise).mistakes == (
        "NOISY",
    )
    assert judge(lambda x: x.copy(), exercise=exercise).mistakes == ()
