"""An explanation says what decided, where it was not the weight as well."""

import numpy as np
import pytest

from unified_profile import resolve
from unified_profile.identity.records.blocking import ByRules, Rule
from unified_profile.identity.records.clusters import Connected

from .test_resolve import people
from .test_resolver import CROWD, CROWDED, LENIENT

ROWS, _ = people(120, seed=7)
FOUND = resolve(ROWS)


def said(found, one, two):
    """Return what is said of a pair, after a look at what is shown of it."""
    explained = found.explain(one, two)
    assert found.explain(two, one).because == explained.because
    verdict = f"put together: {'one person' if explained.together else 'two people'}, {explained.because}"
    assert str(explained).endswith(verdict)
    assert explained._repr_html_().endswith(f"<p>{verdict}</p>")
    return explained


def test_most_pairs_are_decided_by_their_weight():
    one, two = (FOUND.links[name][0] for name in ("record_id_l", "record_id_r"))
    assert said(FOUND, one, two).because == "because 0 bits are enough"
    assert said(FOUND, 0, 1).because == "because 0 bits are enough, and these are fewer"


def test_two_who_never_met_are_told_so():
    by_phone = ByRules((Rule((("phone", "whole"),)),))
    found = resolve([*ROWS, ROWS[0] | {"record_id": "again", "phone": None}, ROWS[1] | {"record_id": "too"}],
                    blocking=by_phone)  # fmt: skip
    explained = said(found, 0, "again")
    assert explained.weight > 0.0
    assert not explained.together
    assert "never compared" in explained.because


def test_of_one_source_nobody_is_linked():
    rows = [row | {"list": "a" if row["record_id"] % 2 else "b"} for row in ROWS]
    rows.append(rows[0] | {"record_id": "again"})
    explained = said(resolve(rows, link_only="list", model=FOUND.model), 0, "again")
    assert explained.weight > 0.0
    assert explained.because == "because only records of different sources are linked"


@pytest.mark.parametrize(
    ("clusterer", "together", "because"),
    [(Connected(), True, "others of their cluster agree with both"), (None, False, "speak against it")],
)
def test_what_others_say_of_a_pair_may_decide(clusterer, together, because):
    found = resolve(CROWD, model=CROWDED, threshold=LENIENT, clusterer=clusterer)
    ids = np.array(found._table.ids)
    same = found._labels[found._left] == found._labels[found._right]
    wanted = (found.match_weights < LENIENT) & same if together else (found.match_weights >= LENIENT) & ~same
    pairs = np.flatnonzero(wanted)
    assert len(pairs) > 0
    for place in pairs[:5].tolist():
        explained = said(found, *(ids[side[place]] for side in (found._left, found._right)))
        assert explained.together is together
        assert because in explained.because
