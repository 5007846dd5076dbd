"""Every stage can be an object of the caller's; what it answers is looked at before it is believed."""

import json
from typing import Any

import numpy as np
import pytest

from unified_profile import Hub, MemoryStore
from unified_profile.errors import InvalidInputError, InvalidRulesError, UnknownNameError
from unified_profile.identity.records import RecordModel, RecordResolver, resolve
from unified_profile.identity.records.blocking import Blocks, ByRules, Rule
from unified_profile.identity.records.cleaning import Cleaning, Exact
from unified_profile.identity.records.clusters import Connected
from unified_profile.identity.records.comparing import COMPARATORS
from unified_profile.identity.records.scoring import ByClasses, ByLevels

from .test_resolve import people
from .test_resolver import NOON, groups, record

ROWS, TRUTH = people(120, seed=7)
FOUND = resolve(ROWS)


class Short(Cleaning):
    """A normalizer that keeps the first letters of given names."""

    def normalize(self, role, values, /):
        """Return the first three letters."""
        clean = super().normalize(role, values)
        return [value and value[:3] for value in clean] if role == "given_name" else clean


class Everybody:
    """A blocking rule by which everybody meets everybody."""

    def blocks(self, fields, records, /):
        """Return all pairs."""
        left, right = np.triu_indices(records, 1)
        return Blocks((Rule((("dob", "whole"),)),), left, right)


class Longer:
    """A comparator that looks at lengths."""

    names = ("of another length", "of one length", "the same")

    def levels(self, field, left, right, /):
        """Return 1 where two values are as long."""
        sizes = np.array([len(value) for value in field.values])
        return (sizes[left] == sizes[right]).astype(np.int8)


class Counting:
    """A scorer that counts fields that agree."""

    def weights(self, model, fields, rarity, levels, left, right, /):
        """Return two bits for each field that agrees, and three less for each other."""
        found = np.full(len(left), -6.0)
        for field, level in zip(model.fields, levels, strict=True):
            found += np.where(level < 0, 0.0, np.where(level == len(field.random) - 1, 4.0, -3.0))
        return found


class Pairs:
    """A clusterer that makes no cluster of more than two."""

    def clusters(self, records, left, right, weights, weigh, /):
        """Join the heaviest pairs of records that are still alone."""
        labels = np.arange(records)
        taken: set[int] = set()
        for place in np.argsort(-weights, kind="stable").tolist():
            one, two = int(left[place]), int(right[place])
            if not {one, two} & taken:
                taken |= {one, two}
                labels[max(one, two)] = min(one, two)
        return labels


@pytest.mark.parametrize(
    "stage",
    [
        {"normalizer": Short()}, {"normalizer": Exact()}, {"blocking": Everybody()},
        {"blocking": ByRules((Rule((("dob", "whole"),)), Rule((("phone", "whole"),))))},
        {"comparators": {"city": Longer()}}, {"comparators": {"family_name": COMPARATORS["state"]}},
        {"scorer": Counting()}, {"scorer": ByLevels()}, {"clusterer": Pairs()}, {"clusterer": Connected()},
    ],
    ids=lambda stage: "-".join(f"{name}-{type(one).__name__}" for name, one in stage.items()) + str(len(str(stage))),
)  # fmt: skip
def test_another_object_for_a_stage_is_used_and_finds_the_same_people(stage):
    found = resolve(ROWS, **stage)
    assert found.evaluate(TRUTH).pairwise.f1 > 0.9
    said = found.explain(0, 1)
    assert said.prior + sum(one.weight for one in said.contributions) == pytest.approx(said.weight)


def test_it_is_that_object_which_decides():
    assert resolve(ROWS, normalizer=Short()).explain(0, 1, values=True).contributions[0].left == str(
        ROWS[0]["first_name"])[:3]  # fmt: skip
    assert len(resolve(ROWS, blocking=Everybody()).match_weights) == len(ROWS) * (len(ROWS) - 1) // 2
    city = resolve(ROWS, comparators={"city": Longer()}).explain(0, 1).contributions[3]
    assert city.level in Longer.names
    assert set(np.unique(resolve(ROWS, scorer=Counting()).match_weights) % 1.0) == {0.0}
    thrice = [{**row, "record_id": f"{row['record_id']}-{copy}"} for row in ROWS[:60] for copy in range(3)]
    joined = resolve(thrice, clusterer=Connected())
    pairs = resolve(thrice, clusterer=Pairs(), model=joined.model)
    assert max(map(len, groups(joined.assignments.items()))) > 2 == max(map(len, groups(pairs.assignments.items())))


class Says:
    """An object for any stage that answers the same whatever it is asked."""

    names = ("no", "yes")

    def __init__(self, answer):
        self.answer = answer

    def normalize(self, *_asked):
        """Answer."""
        return self.answer

    blocks = levels = weights = clusters = normalize


@pytest.mark.parametrize(
    ("stage", "answers"),
    [
        ("normalizer", [None, "x", ["x"], [7] * len(ROWS), iter(())]),
        (
            "blocking",
            [
                None,
                "x",
                ([0], [1]),
                Blocks((), np.array([0]), np.array([2 * len(ROWS)])),
                Blocks((), np.array([1]), np.array([0])),
                Blocks((), np.array([-1]), np.array([0])),
                Blocks((), np.array([0.0]), np.array([1.0])),
                Blocks((), np.array([0, 1]), np.array([2])),
            ],
        ),
        ("comparators", [None, [0], np.array([0]), "x"]),
        ("scorer", [None, [1.0], np.array([1.0]), "x"]),
        ("clusterer", [None, [0], np.zeros(1, dtype=np.int64), np.full(len(ROWS), -1), np.full(len(ROWS), 1)]),
    ],
)
def test_an_answer_that_is_none_is_refused_with_the_name_of_the_stage(stage, answers):
    for answer in answers:
        one: Any = {"city": Says(answer)} if stage == "comparators" else Says(answer)
        for rows in (ROWS, [*ROWS, *({**row, "record_id": f"b{row['record_id']}"} for row in ROWS)]):
            with pytest.raises(InvalidInputError, match=f"^{stage}") as caught:
                resolve(rows, **{stage: one})
            assert "see " in caught.value.hint


def test_weights_that_are_no_numbers_and_levels_that_have_no_name_are_refused():
    class Nan(ByClasses):
        def weights(self, *known):
            return super().weights(*known) * np.nan

    class Third(Longer):
        def levels(self, field, left, right, /):
            return super().levels(field, left, right) + 2

    with pytest.raises(InvalidInputError, match="scorer"):
        resolve(ROWS, scorer=Nan())
    with pytest.raises(InvalidInputError, match="comparators, city"):
        resolve(ROWS, comparators={"city": Third()})
    with pytest.raises(InvalidInputError, match="comparators, city"):
        resolve(ROWS, comparators={"city": "alike"})  # type: ignore[dict-item]  # that is what is tried
    with pytest.raises(UnknownNameError, match="town"):
        resolve(ROWS, comparators={"town": Longer()})
    with pytest.raises(UnknownNameError, match="birthday"):
        resolve(ROWS, blocking=ByRules((Rule((("birthday", "whole"),)),)))


def test_a_model_has_its_rules_and_comparators_and_takes_no_others():
    for stage in ({"blocking": Everybody()}, {"comparators": {"city": Longer()}}):
        with pytest.raises(InvalidInputError, match="beside a model"):
            resolve(ROWS, model=FOUND.model, **stage)


def test_a_model_that_was_learned_with_a_comparator_is_read_with_it_only():
    own = resolve(ROWS, comparators={"city": Longer()}).model
    data = json.loads(json.dumps(own.to_json()))
    assert RecordModel.from_json(data, comparators={"city": Longer()}).fingerprint == own.fingerprint
    for others in (None, {"city": COMPARATORS["state"]}):
        with pytest.raises(InvalidRulesError, match="learned with another comparator"):
            RecordModel.from_json(data, comparators=others)
    with pytest.raises(InvalidRulesError, match="leave out that of 'city'"):
        RecordModel.from_json(FOUND.model.to_json(), comparators={"city": Longer()})
    assert own.fingerprint != FOUND.model.fingerprint


@pytest.mark.parametrize("stage", [{"normalizer": Short()}, {"scorer": ByLevels()}, {"scorer": Counting()},
                                   {"clusterer": Connected()}, {"clusterer": Pairs()}],
                         ids=["normalizer", "plain", "scorer", "connected", "clusterer"])  # fmt: skip
def test_in_the_hub_the_same_stages_find_the_same_people(stage):
    model = resolve(ROWS, **stage).model
    resolver = RecordResolver(model, threshold=-4.0, **stage)
    assert resolver.fingerprint != RecordResolver(model, threshold=-4.0).fingerprint
    assert resolver.fingerprint == RecordResolver(model, threshold=-4.0, **stage).fingerprint
    hub = Hub(MemoryStore(), resolver=resolver, clock=lambda: NOON)
    hub.ingest([resolver.adoption(id="m", source="x", occurred_at=NOON), *map(record, ROWS)], batch_size=50)
    alike = groups((row["record_id"], hub.resolve(record(row).node)) for row in ROWS)
    assert alike == groups(resolve(ROWS, model=model, threshold=-4.0, **stage).assignments.items())


def test_stages_with_other_settings_are_other_resolvers():
    class Tuned(Counting):
        def __init__(self, bits):
            self.fingerprint = f"{bits} bits"

    one, same, other = (RecordResolver(FOUND.model, scorer=Tuned(bits)).fingerprint for bits in (1, 1, 2))
    assert one == same != other
    with pytest.raises(InvalidInputError, match="scorer"):
        RecordResolver(FOUND.model, scorer=ByLevels)  # type: ignore[arg-type]  # that is what is tried


def test_a_model_shows_its_levels_and_neither_values_nor_hashes():
    shown = FOUND.model._repr_html_()
    assert shown.count("<tr>") == 1 + sum(len(field.random) for field in FOUND.model.fields)
    assert "much alike, short or an initial" in shown
    assert not any(hashed in repr(FOUND.model) for field in FOUND.model.fields for hashed in field.common)
    assert len(repr(FOUND.model)) < 5_000


@pytest.mark.parametrize("junk", ["x", None, [1], {}, -1, True, 2.5])
def test_what_a_result_cannot_be_asked_is_refused(junk):
    with pytest.raises(UnknownNameError):
        FOUND.explain(0, "nobody" if junk in (-1, True, 2.5) else junk)
    with pytest.raises(InvalidInputError):
        FOUND.review(junk)
    with pytest.raises(InvalidInputError):
        FOUND.evaluate({0: [1]} if junk == {} else junk)


def test_the_threshold_is_in_the_result():
    assert resolve(ROWS, threshold=3).threshold == 3.0
