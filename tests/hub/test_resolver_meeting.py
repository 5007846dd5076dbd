"""Who meets whom under the keys of a resolver, counted the quick way and as it is meant."""

from itertools import combinations

from hypothesis import given, strategies as st

from unified_profile.hub.records_met import Keeping
from unified_profile.model.rows import RecordKeyRow

ROWS = st.builds(RecordKeyRow, st.sampled_from("kmn"), st.sampled_from("abcdef"))


def as_meant(met, rows, most):
    """Return who is kept under each key, who visits it, what is new, and which pairs meet."""
    kept: dict[str, set[str]] = {}
    for row in met:
        kept.setdefault(row.key, set()).add(row.fact)
    visiting: dict[str, set[str]] = {}
    new = []
    for row in rows:
        own = kept.setdefault(row.key, set())
        if row.fact not in own and len(own) < most:
            own.add(row.fact)
            new.append(row)
        elif row.fact not in own:
            visiting.setdefault(row.key, set()).add(row.fact)
    told = {(row.key, row.fact) for row in rows}
    pairs = {
        frozenset(pair)
        for key, own in kept.items()
        for pair in combinations(sorted(own | visiting.get(key, set())), 2)
        if not visiting.get(key, set()).issuperset(pair) and any((key, one) in told for one in pair)
    }
    return kept, visiting, new, pairs


@given(st.lists(ROWS, max_size=9, unique=True), st.lists(ROWS, max_size=9), st.integers(1, 4))
def test_whoever_has_a_key_in_common_with_one_that_is_kept_meets_it(met, rows, most):
    keeping = Keeping(met, rows, most=most)
    kept, visiting, new, pairs = as_meant(met, rows, most)
    assert keeping.new == new
    assert keeping.visitors == visiting
    assert keeping.holders == {key: own for key, own in kept.items() if len(own | visiting.get(key, set())) > 1}
    assert keeping.meeting() == set().union(*keeping.holders.values(), *visiting.values())
    places = {fact: place for place, fact in enumerate("fbdeac")}
    left, right = keeping.pairs(places)
    facts = "fbdeac"
    assert [frozenset((facts[one], facts[two])) for one, two in zip(left, right, strict=True)] == sorted(
        pairs, key=lambda pair: sorted(places[fact] for fact in pair)
    )
    assert all(one < two for one, two in zip(left, right, strict=True))


@given(st.lists(ROWS, max_size=9))
def test_a_fact_that_an_erasure_took_meets_nobody(rows):
    places = {"a": 0, "b": 1}
    left, right = Keeping([], rows, most=9).pairs(places)
    keys = {key: {row.fact for row in rows if row.key == key} for key in "kmn"}
    assert list(zip(left, right, strict=True)) == ([(0, 1)] if any({"a", "b"} <= own for own in keys.values()) else [])
