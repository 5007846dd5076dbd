"""Clusters that hang together by a thread are named."""

import numpy as np
import pytest

from unified_profile import resolve
from unified_profile.identity.records.threads import thin_clusters

from .test_resolve import people


def clique(numbers):
    """Return all pairs of *numbers*."""
    return [(one, two) for one in numbers for two in numbers if one < two]


def told(pairs, records):
    """Return what is told of one cluster with these links."""
    left, right = np.array(pairs).T
    ids = [f"r{number}" for number in range(records)]
    return thin_clusters(ids, np.zeros(records, dtype=np.int64), left, right, np.full(len(pairs), 8.0))


def test_a_bridge_between_two_groups_is_named_with_both_groups():
    (found,) = told([*clique(range(4)), *clique(range(4, 8)), (3, 4)], 8)
    assert found.links_across == 1
    assert {frozenset(found.left), frozenset(found.right)} == {
        frozenset({"r0", "r1", "r2", "r3"}), frozenset({"r4", "r5", "r6", "r7"}),
    }  # fmt: skip
    assert found.conductance == pytest.approx(1 / 13)
    assert "r0" not in repr(found)


@pytest.mark.parametrize("missing", [[], [(0, 5)], [(0, 5), (1, 4)]])
def test_a_group_of_close_records_is_not(missing):
    assert told([pair for pair in clique(range(6)) if pair not in missing], 6) == []


def test_two_groups_without_any_link_are_cut_there():
    (found,) = told([*clique(range(3)), *clique(range(3, 6))], 6)
    assert (found.links_across, found.conductance) == (0, 0.0)


def test_of_people_who_agree_there_is_nothing_to_tell():
    assert resolve(people(100)[0]).warnings == ()
