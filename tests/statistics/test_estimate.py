"""The estimate itself: its invariant, its text forms, its dictionary, and the mapping of many."""

import copy
import json
import math
import pickle
from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InvalidInputError
from unified_profile.statistics import Estimate, GroupedEstimates


def made(**changes: Any):
    return attrs.evolve(Estimate(0.5, 0.1, 0.9, n=4, method="wilson", bounds=(0, 1)), **changes)


@pytest.mark.parametrize(
    "changes",
    (
        {"low": 0.6},
        {"high": 0.4},
        {"low": -0.1},
        {"high": 1.1},
        {"low": math.nan},
        {"n": -1},
        {"n_missing": -1},
        {"level": 0},
        {"level": 95},
    ),
)
def test_an_estimate_that_contradicts_itself_cannot_be_made(changes):
    with pytest.raises(InvalidInputError):
        made(**changes)


def test_an_estimate_is_frozen_small_and_plain():
    estimate = made()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        estimate.value = 1
    assert not hasattr(estimate, "__dict__")
    assert pickle.loads(pickle.dumps(estimate)) == copy.deepcopy(estimate) == estimate
    assert hash(estimate) == hash(made())


def test_the_dictionary_is_json_and_an_unknown_value_is_null():
    estimate = Estimate.unknown(bounds=(-math.inf, 1))
    assert json.loads(json.dumps(estimate.to_dict(), allow_nan=False)) == {
        "value": None,
        "low": None,
        "high": 1.0,
        "n": 0,
        "n_missing": 0,
        "method": "none",
        "level": 0.95,
        "warnings": ["no answers"],
    }


def test_two_unknown_estimates_are_equal():
    assert Estimate.unknown(bounds=(0, 1)) == Estimate.unknown(bounds=(0, 1))
    assert not Estimate.unknown(bounds=(0, 1)).known


def test_text_says_level_and_warnings_only_where_they_matter():
    assert repr(made()) == "Estimate(value=0.5, low=0.1, high=0.9, n=4, n_missing=0, method='wilson')"
    assert "level=0.9" in repr(made(level=0.9))
    assert "warnings=('few',)" in repr(made(warnings=["few"]))
    assert str(made(n_missing=2)) == "0.5 (95 % interval 0.1 to 0.9, n=4, 2 missing)"


def test_text_does_not_round_a_number_to_a_whole_one():
    assert "value=0.9996" in repr(made(value=0.9996, high=1.0))
    assert "value=0," in repr(made(value=-0.0, low=0))


def test_notebook_output_escapes_what_strangers_wrote():
    html = made(warnings=("<script>",))._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<script>" not in GroupedEstimates({"<script>": made()})._repr_html_()


keys = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))


@given(st.lists(keys, unique_by=lambda key: key), st.randoms())
def test_groups_stand_in_an_order_that_does_not_depend_on_the_rows(groups, random):
    shuffled = groups.copy()
    random.shuffle(shuffled)
    one = GroupedEstimates({key: made() for key in groups})
    other = GroupedEstimates({key: made() for key in shuffled})
    assert list(one) == list(other)
    assert repr(one) == repr(other)
    assert one == other


def test_grouped_estimates_are_a_mapping_with_the_missing_group_last():
    groups = GroupedEstimates({None: made(), "b": made(n=5), "a": made()})
    assert list(groups) == ["a", "b", None]
    assert groups["b"].n == 5
    assert len(groups) == 3
    assert dict(groups) == groups
    assert pickle.loads(pickle.dumps(groups)) == groups
    assert groups.rows()[1] == {"group": "b", **made(n=5).to_dict()}
