"""What is asked of few records is asked once, and the answer is that of each question by itself."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, strategies as st

from unified_profile import SourceRecord
from unified_profile.errors import InvalidInputError
from unified_profile.identity.records import RecordResolver, resolve
from unified_profile.identity.records.cleaning import Cleaning
from unified_profile.identity.records.pairs import tabled

from .test_resolve import people

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ROWS = people(60, seed=7)[0]
MODEL = resolve(people(300, seed=7)[0]).model


class Asked:
    """Weighs pairs, the order of the two included, and remembers how often it was asked."""

    def __init__(self):
        self.times = 0

    def __call__(self, left, right):
        """Return a number of each pair."""
        self.times += 1
        return left * 100.0 + right


@given(st.integers(2, 9), st.data())
def test_a_table_says_of_any_pairs_what_would_be_said_of_each(records, data):
    ends = st.integers(0, records - 1)
    pairs = data.draw(st.lists(st.tuples(ends, ends).filter(lambda pair: pair[0] != pair[1]), max_size=20))
    left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    weigh = tabled(Asked(), records)
    assert weigh(left, right).tolist() == Asked()(left, right).tolist()


def test_pairs_are_weighed_once_however_often_they_are_asked_for():
    asked = Asked()
    weigh = tabled(asked, 5)
    assert asked.times == 0
    for place in range(4):
        weigh(np.array([place]), np.array([4]))
    assert asked.times == 1


class Once:
    """Cleans values, and remembers which of them it was shown."""

    def __init__(self):
        self.shown = []

    def normalize(self, role, values, /):
        """Return the normal form of each of *values*."""
        self.shown.append(list(values))
        return Cleaning().normalize(role, values)


class TooFew:
    """Forgets all values but one."""

    def normalize(self, role, values, /):
        """Return the normal form of the first of *values*."""
        return Cleaning().normalize(role, values[:1])


def told(rows):
    """Return rows as source records."""
    said = [{name: value for name, value in row.items() if name != "record_id" and value} for row in rows]
    return [
        SourceRecord(id=f"r{number}", source="crm", key=str(number), occurred_at=NOON, attributes=one)
        for number, one in enumerate(said)
    ]


def test_a_value_that_many_records_have_is_cleaned_once():
    records = told(ROWS)
    once = Once()
    found = RecordResolver(MODEL, normalizer=once).links(records)
    plain = RecordResolver(MODEL).links(records)
    assert [(link.left, link.right, link.weight) for link in found] == [
        (link.left, link.right, link.weight) for link in plain
    ]
    assert found
    assert all(len(values) == len(set(values)) for values in once.shown)
    assert max(map(len, once.shown)) < len(records), "some of them say the same"


def test_a_normalizer_that_forgets_values_is_told_so_whether_they_are_many_or_one():
    for records in (told(ROWS), told([ROWS[0]] * 3)):
        with pytest.raises(InvalidInputError, match="normalizer"):
            RecordResolver(MODEL, normalizer=TooFew()).keys([*records, *told(ROWS[1:4])])
