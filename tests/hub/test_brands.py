"""A hub that was told its brands hears them in any spelling, and lets no consent be lost to a name that is none."""

from datetime import UTC, datetime

import pytest

from unified_profile import (
    ConsentRecord,
    ConsentState,
    Hub,
    Identifier,
    InvalidInputError,
    MemoryStore,
    Purpose,
    UnknownNameError,
)
from unified_profile.model import Brand

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
WHO = Identifier("email", "hanako@example.com")


def hub(*brands):
    return Hub(MemoryStore(), purposes=[Purpose("news", traits={"city"})], brands=brands)


def yes(brand, channel="E-Mail"):
    return ConsentRecord(id=f"c-{brand}", source="web", occurred_at=NOON, purpose="news", state=ConsentState.GIVEN,
                         channel=channel, brand=brand, identifiers=[WHO])  # fmt: skip


def test_a_consent_is_heard_in_any_spelling_of_brand_and_channel():
    found = hub(Brand("kawa", controller="Kawa KK"), "hoshi")
    assert found.ingest([yes(" ＫＡＷＡ ")]).accepted == 1
    assert found.permission(WHO, purpose="news", channel="email", brand="kawa").granted
    assert not found.permission(WHO, purpose="news", channel="email", brand="hoshi").granted


def test_a_consent_to_a_brand_that_is_none_waits_with_the_reason():
    found = hub("kawa")
    assert found.ingest([yes("kwaa")]).accepted == 0
    (waits,) = found.quarantined()
    assert waits.field == "brand"
    assert "did you mean 'kawa'?" in waits.reason


def test_asking_for_a_brand_that_is_none_is_refused_by_every_read():
    found = hub("kawa")
    found.ingest([yes("kawa")])
    reads = (
        lambda: found.profile(WHO, purpose="news", brand="kwaa"),
        lambda: list(found.profiles(purpose="news", brand="kwaa")),
        lambda: list(found.subjects(purpose="news", brand="kwaa")),
        lambda: found.permission(WHO, purpose="news", channel="email", brand="kwaa"),
        lambda: found.context(WHO, purpose="news", channel="email", brand="kwaa"),
        lambda: found.coverage(channels=["email"], brand="kwaa"),
        lambda: found.search("city", "Osaka", purpose="news", brand="kwaa"),
    )
    for read in reads:
        with pytest.raises(UnknownNameError, match="no declared brand named 'kwaa'; did you mean 'kawa'"):
            read()


def test_any_brand_is_taken_where_none_is_declared_and_what_is_no_brand_is_refused():
    assert hub().ingest([yes("anything")]).accepted == 1
    with pytest.raises(InvalidInputError, match="brands"):
        hub(7)
