"""A segment asks what its people permit, and most permit a channel, or a brand: then the segment names it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from unified_profile import (
    ConsentRecord,
    ConsentState,
    Event,
    Hub,
    Identifier,
    MemoryStore,
    Purpose,
    Segment,
    SqliteStore,
    events,
)
from unified_profile.consent import Policy
from unified_profile.errors import InvalidRulesError, PurposeDeniedError
from unified_profile.segments import SegmentSet, member_of

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
BOUGHT = events("Order Completed").count().within(days=30) >= 1
NEWS = Purpose("newsletter", traits={"email"}, events={"Order Completed"})


def said(user: str, channel: str, *, brand: str = "", state: ConsentState = ConsentState.GIVEN, days: int = 2):
    return ConsentRecord(
        id=f"{user} {channel} {brand} {state}",
        source="shop",
        occurred_at=NOON - timedelta(days=days),
        purpose="newsletter",
        channel=channel,
        brand=brand,
        state=state,
        identifiers=[Identifier("user_id", user)],
    )


def bought(user: str, days: int = 1):
    at = NOON - timedelta(days=days)
    who = [Identifier("user_id", user)]
    return Event(id=f"o {user} {days}", source="shop", name="Order Completed", occurred_at=at, identifiers=who)


@pytest.fixture(params=["memory", "sqlite"])
def hub(request, tmp_path):
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "people.sqlite")
    return Hub(store, policy=Policy(purposes=[NEWS], processors={"mailer"}), clock=lambda: NOON)


def people(hub: Hub, segment: str) -> set[str]:
    names = {hub.resolve(Identifier("user_id", user)): user for user in ("hanako", "taro", "jiro", "saki")}
    return {names[one.profile] for one in hub.members(segment)}


def filled(hub: Hub, *, first: bool) -> Hub:
    """Return a hub that was told of four people before or after the segments were defined."""
    told = [
        *(bought(user) for user in ("hanako", "taro", "jiro", "saki")),
        said("hanako", "email"),
        said("taro", "sms"),
        said("jiro", "any"),
    ]
    segments = [
        Segment("all", BOUGHT, purpose="newsletter"),
        Segment("by mail", BOUGHT, purpose="newsletter", channel="E-Mail"),
        Segment("by sms", BOUGHT, purpose="newsletter", channel="sms"),
    ]
    for step in (told, segments) if first else (segments, told):
        if step is told:
            assert hub.ingest(told).accepted == len(told)
        else:
            for segment in segments:
                hub.define_segment(segment)
    return hub


@pytest.mark.parametrize("first", [True, False])
def test_members_are_who_permits_the_channel_of_the_segment(hub, first):
    filled(hub, first=first)
    assert people(hub, "all") == {"jiro"}
    assert people(hub, "by mail") == {"hanako", "jiro"}
    assert people(hub, "by sms") == {"taro", "jiro"}
    of_hanako = hub.memberships(Identifier("user_id", "hanako"), purpose="newsletter")
    assert {name: one.member for name, one in of_hanako.items()} == {"all": None, "by mail": True, "by sms": None}


def test_a_withdrawal_for_the_channel_ends_it_and_one_for_another_does_not(hub):
    filled(hub, first=True)
    hub.ingest([said("jiro", "sms", state=ConsentState.WITHDRAWN, days=1)])
    assert people(hub, "by mail") == {"hanako", "jiro"}
    assert people(hub, "by sms") == {"taro"}
    assert people(hub, "all") == set()
    hub.ingest([said("hanako", "email", state=ConsentState.WITHDRAWN, days=1)])
    assert people(hub, "by mail") == {"jiro"}


def test_more_events_are_counted_for_each_channel_by_itself(hub):
    """The way of the newest times: what is kept beside a person is kept for each use."""
    filled(hub, first=False)
    often = events("Order Completed").count().within(days=30) >= 3
    hub.define_segment(Segment("often by mail", often, purpose="newsletter", channel="email"))
    hub.define_segment(Segment("often by sms", often, purpose="newsletter", channel="sms"))
    for days in (3, 4):
        hub.ingest([bought(user, days) for user in ("hanako", "taro", "jiro", "saki")])
    assert people(hub, "often by mail") == {"hanako", "jiro"}
    assert people(hub, "often by sms") == {"taro", "jiro"}


def test_an_audience_is_for_the_channel_and_brand_of_its_segment(hub):
    filled(hub, first=True)
    use = {"purpose": "newsletter", "recipient": "mailer"}
    audience = hub.audience("by mail", channel="e-mail", **use)
    assert (audience.members, audience.held_back) == (2, {})
    for channel in ("sms", "any"):
        with pytest.raises(PurposeDeniedError) as refused:
            hub.audience("by mail", channel=channel, **use)
        assert refused.value.code == "other_channel"
    hub.define_segment(Segment("kawa", BOUGHT, purpose="newsletter", channel="email", brand="Kawa"))
    with pytest.raises(PurposeDeniedError) as refused:
        hub.audience("kawa", channel="email", **use)
    assert refused.value.code == "other_brand"


def test_a_brand_counts_its_own_people(hub):
    hub.define_segment(Segment("kawa", BOUGHT, purpose="newsletter", channel="email", brand="kawa"))
    hub.define_segment(Segment("hoshi", BOUGHT, purpose="newsletter", channel="email", brand="hoshi"))
    hub.ingest(
        [
            *(bought(user) for user in ("hanako", "taro", "jiro", "saki")),
            said("hanako", "email", brand="kawa"),
            said("taro", "email", brand="hoshi"),
            said("jiro", "email"),
        ]
    )
    assert "hanako" in people(hub, "kawa")
    assert "taro" not in people(hub, "kawa")
    assert "hanako" not in people(hub, "hoshi")
    assert "taro" in people(hub, "hoshi")
    assert ("jiro" in people(hub, "kawa")) is bool(
        hub.permission(Identifier("user_id", "jiro"), purpose="newsletter", channel="email", brand="kawa")
    )


def test_the_use_is_part_of_the_definition():
    plain = Segment("a", BOUGHT, purpose="newsletter")
    mail = attrs.evolve(plain, channel="E-mail", brand="kawa")
    assert plain.to_json().keys() == {"segment", "purpose", "rule"}
    assert Segment.from_json(mail.to_json()) == mail
    assert mail.channel == "email"
    assert len({one.fingerprint for one in (plain, mail, attrs.evolve(mail, brand=""))}) == 3
    with pytest.raises(InvalidRulesError, match="another purpose, channel or brand"):
        SegmentSet([plain, Segment("b", member_of("a"), purpose="newsletter", channel="email")])
    for wrong in ({"channel": ""}, {"channel": 7}, {"brand": None}):
        with pytest.raises(InvalidRulesError, match=r"^segment\.(channel|brand)"):
            attrs.evolve(plain, **wrong)
    with pytest.raises(InvalidRulesError, match="segment"):
        Segment.from_json({**mail.to_json(), "channel": ["email"]})
