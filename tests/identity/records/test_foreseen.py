"""What `simulate` shows of a model is what comes when it is adopted, with what clerks said."""

import pytest

from unified_profile import Hub, Judgement, Verdict
from unified_profile.identity.records import RecordResolver, resolve

from .test_quality import made_up
from .test_resolver import MIXED, NOON, all_at_once, crowd_record, fed, told_of, who_is_who


@pytest.mark.parametrize("verdict", [Verdict.SAME, Verdict.DIFFERENT])
def test_what_a_clerk_said_holds_in_what_is_foreseen_and_in_what_comes(verdict):
    refitted = RecordResolver(
        resolve(made_up(1_200, 9)[0]).model, threshold=-20.0 if verdict is Verdict.DIFFERENT else 12.0
    )
    before = sorted(all_at_once(MIXED), key=sorted)
    joined = next(sorted(group)[:2] for group in before if len(group) > 1)
    pair = joined if verdict is Verdict.DIFFERENT else [min(before[0]), min(before[-1])]
    left, right = (crowd_record(next(row for row in MIXED if row["record_id"] == one)).node for one in pair)
    made = fed(MIXED, 48)
    said = Judgement(id="j", source="desk", occurred_at=NOON, verdict=verdict, left=left, right=right)
    made.ingest([said])
    before_model = who_is_who(made, MIXED)
    foreseen = made.simulate(refitted)
    opened = Hub(made.store, resolver=refitted, clock=lambda: NOON)
    opened.rebuild()
    opened.ingest([refitted.adoption(id="m2", source="data team", occurred_at=NOON)])
    after = who_is_who(opened, MIXED)
    assert (opened.resolve(left) == opened.resolve(right)) is (verdict is Verdict.SAME)
    merged = [group for group in after if sum(not group.isdisjoint(one) for one in before_model) > 1]
    split = sorted(n for one in before_model if (n := sum(not one.isdisjoint(group) for group in after)) > 1)
    assert told_of(foreseen) == (len(merged), split)
    assert merged or split
