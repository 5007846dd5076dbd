"""The slow reference decides every case of the design page the way the page says, worked out by hand here."""

from datetime import timedelta

import attrs
from hypothesis import given, strategies as st

from unified_profile.identity.namespaces import IdentityRules, Namespace
from unified_profile.model import (
    ConsentRecord,
    ConsentState,
    ErasureOrder,
    Event,
    EventType,
    Fact,
    Identifier,
    Judgement,
    Link,
    Retraction,
    Severance,
    SourceRecord,
    Verdict,
)
from unified_profile.testing.identity_reference import reference
from unified_profile.testing.strategies import histories, moment, programs, shuffled

MEMBER = Namespace(name="member", priority=0, limit=1, normalizer="exact")
MAIL = Namespace(name="mail", priority=1, limit=3, normalizer="exact", blocked={"shop"})
KIOSK = Namespace(name="kiosk", priority=2, keep="latest", normalizer="exact")
TABLET = Namespace(name="tablet", priority=3, mode="attribute", normalizer="exact")
NOTE = Namespace(name="note", priority=4, mode="off", normalizer="exact")
RULES = IdentityRules((MEMBER, MAIL, KIOSK, TABLET, NOTE))


def with_(*changed):
    """Return the rules with some namespaces replaced or added."""
    return IdentityRules(tuple({space.name: space for space in (*RULES.namespaces, *changed)}.values()))


def node(text):
    """Read ``member:1`` or ``record:crm/1``."""
    return Identifier.of(text)


def nodes(text):
    return tuple(node(word) for word in text.split())


def seen(id, minute, said, **more):
    return Event(id=id, source="web", occurred_at=moment(minute), identifiers=nodes(said), **more)


def row(id, minute, said, key="1", source="crm"):
    return SourceRecord(id=id, source=source, key=key, occurred_at=moment(minute), identifiers=nodes(said))


def judged(id, minute, left, verdict, right):
    return Judgement(
        id=id,
        source="desk",
        occurred_at=moment(minute),
        left=node(left),
        right=node(right),
        verdict=verdict,
    )


def severed(id, fact_id, said):
    return Severance(id=id, source="desk", occurred_at=moment(99), fact_id=fact_id, identifier=node(said))


def retracted(id, fact_id):
    return Retraction(id=id, source="desk", occurred_at=moment(99), fact_id=fact_id)


def link(left, right, weight, model="m1"):
    return Link(node(left), node(right), weight, model)


def people(*profiles):
    """Read profiles written as ``"fact ids | nodes"``."""
    split = (profile.partition("|") for profile in profiles)
    return {(frozenset(ids.split()), frozenset(who.split())) for ids, _, who in split}


SAME, DIFFERENT, UNSURE = Verdict.SAME, Verdict.DIFFERENT, Verdict.UNSURE


# --- the example -----------------------------------------------------------------------------------------------------

KIOSK_FACTS = [
    seen("t1", 1, "member:1 kiosk:k"),
    seen("t2", 2, "mail:a kiosk:k"),
    seen("t3", 3, "member:2 kiosk:k"),
    seen("t4", 4, "kiosk:k"),
]


@given(shuffled(KIOSK_FACTS))
def test_the_kiosk_goes_to_whoever_signed_in_last_and_facts_stay_with_their_center(facts):
    found = reference(facts, RULES)
    assert found.profiles == people("t2 t3 t4 | member:2 mail:a kiosk:k", "t1 | member:1")
    assert found.conflicts == {("kiosk:k", "member:1")}
    assert not found.nobody
    assert not found.floating


def test_with_keep_first_the_kiosk_stays_with_whoever_had_it_first():
    found = reference(KIOSK_FACTS, with_(attrs.evolve(KIOSK, keep="first")))
    assert found.profiles == people("t1 t2 t4 | member:1 mail:a kiosk:k", "t3 | member:2")


# --- losing a conflict -----------------------------------------------------------------------------------------------


def test_an_identifier_without_a_winner_floats_until_a_fact_with_it_alone_founds_a_profile():
    facts = [seen(f"t{i}", i, f"member:1 mail:{letter}") for i, letter in enumerate("abcd")]
    found = reference(facts, RULES)
    assert found.profiles == people("t0 t1 t2 t3 | member:1 mail:a mail:b mail:c")
    assert found.floating == {"mail:d"}
    assert found.conflicts == {("mail:d", "member:1")}

    found = reference([*facts, seen("t9", 9, "mail:d")], RULES)
    assert found.profiles == people("t0 t1 t2 t3 | member:1 mail:a mail:b mail:c", "t9 | mail:d")
    assert not found.floating


def test_of_two_values_of_a_one_per_person_namespace_in_one_fact_the_smaller_is_the_center():
    found = reference([seen("t1", 1, "member:2 member:1 mail:a")], RULES)
    assert found.profiles == people("t1 | member:1 mail:a")
    assert found.floating == {"member:2"}
    assert found.conflicts == {("member:2", "member:1")}


def test_ties_are_decided_by_the_value_and_then_by_the_center():
    facts = [seen("z", 1, "member:2 mail:a"), seen("y", 1, "member:1 mail:a")]
    assert reference(facts, RULES).profiles == people("y | member:1 mail:a", "z | member:2")
    full = [seen("t", 1, "member:1 mail:d mail:c mail:b mail:a")]
    assert reference(full, RULES).floating == {"mail:d"}


def test_who_is_who_is_settled_among_strong_identifiers_before_devices_are_shared_out():
    # By time alone the fresh hit of the kiosk would bind mail:a to member:2 and tear it from member:1.
    facts = [seen("t1", 1, "member:1 mail:a"), seen("t2", 2, "mail:a kiosk:k"), seen("t3", 3, "member:2 kiosk:k")]
    found = reference(facts, RULES)
    assert found.profiles == people("t1 t2 | member:1 mail:a", "t3 | member:2 kiosk:k")


def test_a_repeated_edge_counts_once_with_its_last_or_its_first_time():
    facts = [seen("t1", 1, "member:1 kiosk:k"), seen("t2", 2, "member:2 kiosk:k"), seen("t3", 3, "member:1 kiosk:k")]
    assert reference(facts, RULES).profiles == people("t1 t3 | member:1 kiosk:k", "t2 | member:2")
    first = with_(attrs.evolve(KIOSK, keep="first"))
    facts = [seen("t1", 2, "member:1 kiosk:k"), seen("t2", 1, "member:2 kiosk:k"), seen("t3", 3, "member:2 kiosk:k")]
    assert reference(facts, first).profiles == people("t1 | member:1", "t2 t3 | member:2 kiosk:k")


# --- limits ----------------------------------------------------------------------------------------------------------


def test_scopes_keep_equal_namespaces_of_two_brands_apart():
    facts = [
        seen("t1", 1, "member@kawa:1 mail:a"),
        seen("t2", 2, "member@yama:2 mail:a"),
        seen("t3", 3, "member@kawa:1"),
    ]
    found = reference(facts, RULES)
    assert found.profiles == people("t1 t2 t3 | member@kawa:1 member@yama:2 mail:a")


def test_a_window_counts_values_first_seen_inside_any_shorter_span():
    card = Namespace(name="card", priority=1, limit=1, window=timedelta(minutes=5), normalizer="exact")
    near = [seen("t1", 0, "member:1 card:a"), seen("t2", 4, "member:1 card:b")]
    apart = [seen("t1", 0, "member:1 card:a"), seen("t2", 5, "member:1 card:b")]
    assert reference(near, with_(card)).floating == {"card:b"}
    assert reference(apart, with_(card)).profiles == people("t1 t2 | member:1 card:a card:b")
    # First seen is asked of all facts: card:b was met early, at somebody else's.
    early = [*apart, seen("t0", 1, "member:2 card:b")]
    assert ("card:b", "member:1") in reference(early, with_(card)).conflicts
    assert reference(early, with_(card)).profiles == people("t1 t2 | member:1 card:a", "t0 | member:2 card:b")


def test_a_window_with_room_for_two_takes_a_third_value_later():
    card = Namespace(name="card", priority=1, limit=2, window=timedelta(minutes=5), normalizer="exact")
    facts = [
        seen(f"t{i}", at, f"member:1 card:{letter}")
        for i, (at, letter) in enumerate([(0, "a"), (3, "b"), (4, "c"), (5, "d")])
    ]
    # a b | c is the third inside 5 minutes; d: b and d alone are inside 5 minutes once c is out.
    assert reference(facts, with_(card)).profiles == people("t0 t1 t2 t3 | member:1 card:a card:b card:d")
    assert reference(facts, with_(card)).floating == {"card:c"}


# --- what is left out beforehand -------------------------------------------------------------------------------------


def test_blocked_and_junk_values_are_removed_before_anything_else():
    found = reference([seen("t1", 1, "member:1 mail:shop"), seen("t2", 2, "member:2 mail:shop mail:none")], RULES)
    assert found.profiles == people("t1 | member:1", "t2 | member:2")
    assert not found.floating
    assert reference([seen("t1", 1, "mail:shop")], RULES).nobody == {"t1"}


SHARED = with_(attrs.evolve(MAIL, limit=None, shared_above=1))


def test_an_over_shared_value_stops_linking_and_its_facts_take_the_next_center():
    facts = [seen("t1", 1, "mail:office kiosk:k"), seen("t2", 2, "member:1 mail:office")]
    assert reference(facts, SHARED).profiles == people("t1 t2 | member:1 mail:office kiosk:k")

    flipped = reference([*facts, seen("t3", 3, "member:2 mail:office")], SHARED)
    assert flipped.profiles == people("t1 | kiosk:k", "t2 | member:1", "t3 | member:2")
    assert not flipped.floating


def test_an_over_shared_value_returns_when_facts_are_gone_or_severed():
    facts = [seen("t1", 1, "member:1 mail:office"), seen("t2", 2, "member:2 mail:office"), seen("t3", 3, "mail:office")]
    assert reference(facts, SHARED).nobody == {"t3"}
    assert reference(facts[1:], SHARED).profiles == people("t2 t3 | member:2 mail:office")
    found = reference([*facts, severed("s", "t2", "mail:office")], SHARED)
    assert found.profiles == people("t1 t3 | member:1 mail:office", "t2 | member:2")


def test_only_values_of_one_stronger_one_per_person_space_make_a_value_over_shared():
    weaker = [seen("t1", 1, "mail:a kiosk:1"), seen("t2", 2, "mail:a kiosk:2")]
    assert len(reference(weaker, SHARED).profiles) == 1
    brands = [seen("t1", 1, "mail:a member@kawa:1"), seen("t2", 2, "mail:a member@yama:1")]
    assert len(reference(brands, SHARED).profiles) == 1


def test_an_event_with_nothing_usable_is_nobodys_but_a_record_founds_a_profile():
    found = reference([seen("t1", 1, ""), seen("t2", 2, "note:x"), row("r1", 3, "")], RULES)
    assert found.nobody == {"t1", "t2"}
    assert found.profiles == people("r1 | record:crm/1")


def test_states_of_one_row_share_the_node_of_the_record():
    facts = [row("r1", 1, "mail:a"), row("r2", 2, "mail:b"), row("r3", 3, "", key="2")]
    assert reference(facts, RULES).profiles == people("r1 r2 | record:crm/1 mail:a mail:b", "r3 | record:crm/2")


def test_a_namespace_that_is_off_is_an_attribute_and_no_more():
    found = reference([seen("t1", 1, "member:1 note:x"), seen("t2", 2, "member:2 note:x")], RULES)
    assert found.profiles == people("t1 | member:1", "t2 | member:2")


def test_orders_to_erase_and_retractions_link_nobody():
    order = ErasureOrder(id="x", source="desk", occurred_at=moment(1), identifiers=nodes("member:1 mail:a"))
    found = reference([order, retracted("y", "x")], RULES)
    assert not found.profiles
    assert not found.nobody


def test_a_fact_told_twice_is_one_fact():
    fact = seen("t1", 1, "member:1")
    assert reference([fact, fact], RULES).profiles == people("t1 | member:1")


# --- devices ---------------------------------------------------------------------------------------------------------


def test_a_guest_joins_later_through_the_mail():
    guest, login = seen("t1", 1, "mail:a kiosk:k"), seen("t2", 2, "member:1 mail:a")
    assert reference([guest, login], RULES).profiles == people("t1 t2 | member:1 mail:a kiosk:k")
    device = reference([guest, seen("t2", 2, "member:1 kiosk:k")], RULES)
    assert device.profiles == people("t1 t2 | member:1 mail:a kiosk:k")


def test_anonymous_events_of_a_linking_device_follow_its_latest_owner_retroactively():
    facts = [seen("t1", 1, "kiosk:k"), seen("t2", 2, "member:1 kiosk:k"), seen("t3", 3, "member:2 kiosk:k")]
    assert reference(facts, RULES).profiles == people("t2 | member:1", "t1 t3 | member:2 kiosk:k")


def test_an_attribute_device_never_links_people_and_gives_anonymous_events_to_whoever_is_signed_in():
    facts = [
        seen("a0", 0, "tablet:t"),
        seen("in1", 1, "tablet:t member:1"),
        seen("a2", 2, "tablet:t"),
        seen("in3", 3, "tablet:t member:2"),
        seen("a4", 4, "tablet:t"),
        seen("out", 5, "tablet:t", name="Signed Out"),
        seen("a6", 6, "tablet:t"),
        seen("in7", 7, "tablet:t member:1"),
        seen("a8", 8, "tablet:t"),
    ]
    found = reference(facts, RULES)
    assert found.profiles == people("a0 in1 a2 in7 a8 | member:1", "in3 a4 out | member:2")
    assert found.nobody == {"a6"}


def test_a_reset_before_the_first_sign_in_leaves_what_was_before_it_to_nobody():
    facts = [
        seen("a0", 0, "tablet:t"),
        seen("out", 1, "tablet:t", name="Logged Out"),
        seen("a2", 2, "tablet:t"),
        seen("in3", 3, "tablet:t member:1"),
    ]
    assert reference(facts, RULES).nobody == {"a0", "out", "a2"}


def test_a_reset_that_names_its_person_is_theirs_signs_them_in_and_ends_the_run():
    facts = [
        seen("a0", 0, "tablet:t"),
        seen("out", 1, "tablet:t member:1", name="Signed Out"),
        seen("a2", 2, "tablet:t"),
    ]
    found = reference(facts, RULES)
    assert found.profiles == people("a0 out | member:1")
    assert found.nobody == {"a2"}


def test_facts_of_one_instant_on_a_device_are_ordered_by_their_ids():
    facts = [seen("b", 1, "tablet:t member:1"), seen("a", 1, "tablet:t member:2"), seen("c", 1, "tablet:t")]
    assert reference(facts, RULES).profiles == people("b c | member:1", "a | member:2")


def test_an_anonymous_fact_on_two_devices_belongs_to_the_run_of_the_stronger():
    facts = [seen("t1", 1, "tablet:b member:1"), seen("t2", 2, "tablet:a member:2"), seen("t3", 3, "tablet:b tablet:a")]
    assert reference(facts, RULES).profiles == people("t1 | member:1", "t2 t3 | member:2")


def test_a_severed_device_takes_its_fact_out_of_the_run():
    facts = [seen("in", 1, "tablet:t member:1"), seen("a", 2, "tablet:t"), severed("s", "in", "tablet:t")]
    assert reference(facts, RULES).nobody == {"a"}


def test_attributed_facts_follow_the_profile_of_whoever_was_signed_in():
    facts = [seen("in", 1, "tablet:t mail:a"), seen("x", 2, "tablet:t"), seen("m", 3, "member:1 mail:a")]
    assert reference(facts, RULES).profiles == people("in x m | member:1 mail:a")


# --- alias -----------------------------------------------------------------------------------------------------------


def alias(id, minute, said, previous):
    return seen(id, minute, said, type=EventType.ALIAS, previous=nodes(previous))


def test_an_alias_makes_two_values_one_under_the_limit():
    facts = [seen("t1", 1, "member:1 mail:a"), seen("t2", 2, "member:2 mail:b"), alias("t3", 3, "member:2", "member:1")]
    assert reference(facts, RULES).profiles == people("t1 t2 t3 | member:1 member:2 mail:a mail:b")


def test_a_refused_alias_is_an_edge_that_the_limit_refuses():
    refuse = with_(attrs.evolve(MEMBER, alias="refuse"))
    facts = [seen("t1", 1, "member:1"), alias("t3", 3, "member:2", "member:1")]
    found = reference(facts, refuse)
    assert found.profiles == people("t1 t3 | member:1")
    assert found.floating == {"member:2"}


def test_aliases_chain_and_hold_in_every_profile_but_only_within_a_space():
    facts = [
        alias("t1", 1, "member:1", "member:2"),
        alias("t2", 2, "member:2", "member:3"),
        seen("t3", 3, "member:3 member:1"),
    ]
    assert reference(facts, RULES).profiles == people("t1 t2 t3 | member:1 member:2 member:3")
    scoped = [alias("t1", 1, "member@kawa:1", "member@yama:2 member@kawa:3")]
    assert reference(scoped, RULES).profiles == people("t1 | member@kawa:1 member@kawa:3 member@yama:2")
    several = [alias("t1", 1, "mail:a mail:b", "mail:c mail:d")]
    assert reference(several, RULES).floating == {"mail:d"}


def test_an_event_that_is_no_alias_links_its_previous_identifiers_without_aliasing_them():
    found = reference([seen("t1", 1, "member:1", previous=nodes("member:2 mail:a"))], RULES)
    assert found.profiles == people("t1 | member:1 mail:a")


# --- judgements ------------------------------------------------------------------------------------------------------


def test_the_same_outranks_limits_by_aliasing_what_both_carry():
    facts = [row("r1", 1, "member:1", key="1"), row("r2", 2, "member:2", key="2")]
    same = judged("j", 3, "record:crm/1", SAME, "record:crm/2")
    assert reference([*facts, same], RULES).profiles == people("r1 r2 | record:crm/1 record:crm/2 member:1 member:2")
    one = judged("j", 3, "member:1", SAME, "member:2")
    assert len(reference([seen("t1", 1, "member:1"), seen("t2", 2, "member:2"), one], RULES).profiles) == 1


def test_a_record_carries_what_events_say_that_name_it_too():
    facts = [row("r1", 1, "member:1"), row("r2", 2, "", key="2"), seen("t", 3, "record:crm/2 member:2")]
    found = reference([*facts, judged("j", 4, "record:crm/1", SAME, "record:crm/2")], RULES)
    assert found.profiles == people("r1 r2 t | record:crm/1 record:crm/2 member:1 member:2")


def test_the_same_does_not_alias_what_was_severed_from_a_record():
    facts = [row("r1", 1, "member:1"), row("r2", 2, "member:2", key="2"), severed("s", "r2", "member:2")]
    found = reference([*facts, judged("j", 3, "record:crm/1", SAME, "record:crm/2"), seen("t", 4, "member:2")], RULES)
    assert found.profiles == people("r1 r2 | record:crm/1 record:crm/2 member:1", "t | member:2")


def test_the_same_of_two_mails_is_refused_by_what_they_carry_indirectly():
    # mail:a and mail:b carry no member themselves: the clerk's word comes first, the second member leaves.
    facts = [
        seen("t1", 1, "member:1 mail:a"),
        seen("t2", 2, "member:2 mail:b"),
        judged("j", 3, "mail:a", SAME, "mail:b"),
    ]
    found = reference(facts, RULES)
    assert found.profiles == people("t1 | member:1 mail:a mail:b", "t2 | member:2")
    assert not found.refused_same


def test_different_is_hard_between_facts_and_inside_one():
    facts = [row("r1", 1, "mail:a"), row("r2", 2, "mail:a", key="2")]
    different = judged("j", 3, "record:crm/1", DIFFERENT, "record:crm/2")
    found = reference([*facts, different], RULES)
    assert found.profiles == people("r1 | record:crm/1 mail:a", "r2 | record:crm/2")
    inside = reference([seen("t", 1, "member:1 mail:a"), judged("j", 2, "mail:a", DIFFERENT, "member:1")], RULES)
    assert inside.profiles == people("t | member:1")
    assert inside.floating == {"mail:a"}


def test_of_same_and_different_on_one_pair_the_later_stands_and_then_the_greater_id():
    facts = [seen("t1", 1, "mail:a"), seen("t2", 2, "mail:b")]

    def count(*said):
        return len(reference([*facts, *said], RULES).profiles)

    assert count(judged("j1", 3, "mail:a", SAME, "mail:b"), judged("j2", 4, "mail:b", DIFFERENT, "mail:a")) == 2
    assert count(judged("j1", 4, "mail:a", SAME, "mail:b"), judged("j2", 3, "mail:b", DIFFERENT, "mail:a")) == 1
    assert count(judged("j1", 3, "mail:a", DIFFERENT, "mail:b"), judged("j2", 3, "mail:b", SAME, "mail:a")) == 1
    assert count(judged("j2", 3, "mail:a", DIFFERENT, "mail:b"), judged("j1", 3, "mail:b", SAME, "mail:a")) == 2
    assert count(judged("j1", 3, "mail:a", SAME, "mail:b"), retracted("x", "j1")) == 2


def test_indirectly_different_holds_and_the_older_same_is_refused_and_reported():
    facts = [seen(letter, 1, f"mail:{letter}") for letter in "abc"]
    said = [
        judged("j1", 2, "mail:a", SAME, "mail:b"),
        judged("j2", 3, "mail:c", SAME, "mail:b"),
        judged("j3", 1, "mail:a", DIFFERENT, "mail:c"),
    ]
    found = reference([*facts, *said], RULES)
    assert found.profiles == people("a | mail:a", "b c | mail:b mail:c")
    assert found.refused_same == {("mail:a", "mail:b")}


def test_unsure_takes_back_an_older_verdict_and_suspends_the_link_of_exactly_that_pair():
    facts = [row(f"r{key}", 1, "", key=key) for key in "123"]
    links = [link("record:crm/1", "record:crm/2", 5.0), link("record:crm/2", "record:crm/3", 5.0)]
    unsure = judged("j", 2, "record:crm/2", UNSURE, "record:crm/1")
    found = reference([*facts, unsure], RULES, links=links, model="m1")
    assert found.profiles == people("r1 | record:crm/1", "r2 r3 | record:crm/2 record:crm/3")
    # Identifiers go on linking.
    facts = [row("r1", 1, "mail:a"), row("r2", 1, "mail:a", key="2"), unsure]
    assert len(reference(facts, RULES).profiles) == 1


def test_judged_nodes_are_nodes_even_when_no_fact_names_them_but_unusable_ones_are_not():
    found = reference([judged("j", 1, "mail:a", SAME, "mail:b"), judged("k", 1, "mail:c", UNSURE, "mail:d")], RULES)
    assert not found.profiles
    assert found.floating == {"mail:a", "mail:b", "mail:c", "mail:d"}
    ignored = [
        judged("j1", 1, "mail:shop", SAME, "mail:b"),
        judged("j2", 1, "tablet:t", DIFFERENT, "mail:b"),
        judged("j3", 1, "note:x", SAME, "mail:b"),
        judged("j4", 1, "mail:b", DIFFERENT, "mail:b"),
    ]
    assert not reference(ignored, RULES).floating


def test_a_judged_node_without_facts_can_join_two_people():
    facts = [seen("t1", 1, "mail:a"), seen("t2", 2, "mail:b")]
    said = [judged("j1", 3, "mail:a", SAME, "mail:x"), judged("j2", 3, "mail:x", SAME, "mail:b")]
    assert reference([*facts, *said], RULES).profiles == people("t1 t2 | mail:a mail:b mail:x")


def test_the_same_works_on_an_over_shared_node():
    facts = [
        seen("t1", 1, "member:1 mail:o"),
        seen("t2", 2, "member:2 mail:o"),
        judged("j", 3, "mail:o", SAME, "member:1"),
    ]
    assert reference(facts, SHARED).profiles == people("t1 | member:1 mail:o", "t2 | member:2")


# --- severances ------------------------------------------------------------------------------------------------------


def test_a_severed_fact_no_longer_speaks_of_the_identifier_but_other_evidence_may():
    facts = [seen("t1", 1, "member:1 mail:a"), severed("s", "t1", "mail:a")]
    assert reference(facts, RULES).profiles == people("t1 | member:1")
    assert len(reference([*facts, seen("t2", 2, "member:1 mail:a")], RULES).profiles) == 1


def test_an_edge_returns_only_when_the_last_of_its_severances_is_withdrawn():
    facts = [seen("t1", 1, "member:1 mail:a"), severed("s1", "t1", "mail:a"), severed("s2", "t1", "mail:a")]
    assert reference([*facts, retracted("x", "s1")], RULES).profiles == people("t1 | member:1")
    both = [*facts, retracted("x", "s1"), retracted("y", "s2")]
    assert reference(both, RULES).profiles == people("t1 | member:1 mail:a")


def test_severing_the_center_gives_the_fact_to_the_next_strongest():
    facts = [seen("t1", 1, "member:1 mail:a"), seen("t2", 2, "mail:a"), severed("s", "t1", "member:1")]
    assert reference(facts, RULES).profiles == people("t1 t2 | mail:a")


# --- links -----------------------------------------------------------------------------------------------------------


def test_links_come_after_identifiers_heaviest_first_under_the_same_limits():
    facts = [row("r1", 1, "member:1"), row("r2", 1, "", key="2"), row("r3", 1, "member:3", key="3")]
    links = [link("record:crm/1", "record:crm/2", 5.0), link("record:crm/3", "record:crm/2", 7.0)]
    found = reference(facts, RULES, links=links, model="m1")
    assert found.profiles == people("r1 | record:crm/1 member:1", "r2 r3 | record:crm/2 record:crm/3 member:3")


def test_weights_are_rounded_before_they_order_anything():
    facts = [row("r1", 1, "member:1"), row("r2", 1, "", key="2"), row("r3", 1, "member:3", key="3")]
    links = [link("record:crm/1", "record:crm/2", 5.0), link("record:crm/3", "record:crm/2", 5.01)]
    found = reference(facts, RULES, links=links, model="m1")
    assert found.profiles == people("r1 r2 | record:crm/1 record:crm/2 member:1", "r3 | record:crm/3 member:3")


def test_only_links_of_the_adopted_model_count_and_different_stands_above_them():
    facts = [row("r1", 1, ""), row("r2", 1, "", key="2")]
    links = [link("record:crm/1", "record:crm/2", 5.0, model="m2")]
    assert len(reference(facts, RULES, links=links, model="m1").profiles) == 2
    assert len(reference(facts, RULES, links=links, model="m2").profiles) == 1
    different = judged("j", 1, "record:crm/1", DIFFERENT, "record:crm/2")
    assert len(reference([*facts, different], RULES, links=links, model="m2").profiles) == 2


# --- all linking facts -----------------------------------------------------------------------------------------------


def test_a_consent_links_like_an_event():
    consent = ConsentRecord(
        id="c",
        source="web",
        occurred_at=moment(1),
        purpose="news",
        state=ConsentState.GIVEN,
        identifiers=nodes("mail:a member:1"),
    )
    assert reference([consent], RULES).profiles == people("c | member:1 mail:a")


def test_an_event_may_name_a_record():
    facts = [row("r1", 1, "mail:a"), seen("t1", 2, "record:crm/1 kiosk:k"), seen("t2", 3, "record:crm/2")]
    found = reference(facts, RULES)
    assert found.profiles == people("r1 t1 | record:crm/1 mail:a kiosk:k", "t2 | record:crm/2")


# --- laws ------------------------------------------------------------------------------------------------------------

KINDS = st.sampled_from(("dense", "contested", "sparse"))


@given(st.data(), KINDS)
def test_order_and_duplication_do_not_matter(data, kind):
    program = data.draw(programs(kind))
    told = data.draw(shuffled(program.facts, duplicates=True))
    links = data.draw(shuffled(program.links))
    expected = reference(program.facts, program.rules, links=program.links, model=program.model)
    assert reference(told, program.rules, links=links, model=program.model) == expected


@given(st.data(), KINDS)
def test_every_linking_fact_and_every_node_is_in_one_place(data, kind):
    program = data.draw(programs(kind))
    found = reference(program.facts, program.rules, links=program.links, model=program.model)
    ids = [id for facts, _ in found.profiles for id in facts] + list(found.nobody)
    linking = [f.id for f in program.facts if isinstance(f, (Event, SourceRecord, ConsentRecord))]
    assert sorted(ids) == sorted(linking)
    where = [each for _, members in found.profiles for each in members] + list(found.floating)
    assert len(where) == len(set(where))
    assert all(facts and members for facts, members in found.profiles)


@given(st.data(), KINDS)
def test_different_is_never_broken(data, kind):
    program = data.draw(programs(kind))
    withdrawn = {f.fact_id for f in program.facts if isinstance(f, Retraction)}
    said = [f for f in program.facts if isinstance(f, Judgement) and f.id not in withdrawn]
    last = {}
    for each in sorted(said, key=lambda f: (f.occurred_at, f.id)):
        ends = {program.rules.normalized(end) for end in (each.left, each.right)}
        last[frozenset(end.node for end in ends if end)] = each.verdict
    found = reference(program.facts, program.rules, links=program.links, model=program.model)
    for pair, verdict in last.items():
        if verdict is DIFFERENT and len(pair) == 2:
            assert not any(pair <= members for _, members in found.profiles)


@given(st.data(), KINDS)
def test_histories_tell_what_was_drawn_and_remove_only_what_is_there(data, kind):
    program = data.draw(programs(kind, max_facts=8))
    there: dict[str, Fact] = {}
    for step in data.draw(histories(program.facts)):
        assert step.removed <= there.keys()
        there.update({fact.id: fact for fact in step.added})
        for gone in step.removed:
            del there[gone]
    assert all(fact in program.facts for fact in there.values())
