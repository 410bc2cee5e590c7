"""Parts of parameters: joined, and taken apart again."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rnncore.parameters import joined, part

names = st.text("abW_xh0123", min_size=1, max_size=4)
params = st.dictionaries(names, st.integers().map(np.array), min_size=1, max_size=3)


@given(st.dictionaries(names, params, max_size=4))
def test_there_and_back(parts):
    whole = joined(**parts)
    assert len(whole) == sum(map(len, parts.values()))
    for name, own in parts.items():
        taken = part(whole, name)
        assert list(taken) == list(own)  # in this order
        assert all(taken[key] is own[key] for key in own)  # nothing is copied


def test_parts_of_parts():
    inner = joined(forward={"b_h": np.zeros(1)}, backward={"b_h": np.ones(1)})
    whole = joined(layer1=inner, layer10={"b_h": np.full(1, 2.0)})
    expected = ["layer1.forward.b_h", "layer1.backward.b_h", "layer10.b_h"]
    assert list(whole) == expected
    assert part(part(whole, "layer1"), "backward")["b_h"] == 1
    assert list(part(whole, "layer1")) == ["forward.b_h", "backward.b_h"]


def test_what_is_not_there_is_empty():
    assert part({"layer0.b_h": np.zeros(1), "b_y": np.zeros(1)}, "layer") == {}
    assert part({"b_y": np.zeros(1)}, "b_y") == {}
    assert joined() == {}
