"""What is looked for in millions of bytes is found as if each string were looked for by itself."""

import random
from datetime import UTC, datetime

from hypothesis import given, strategies as st

from unified_profile import Hub, Identifier, MemoryStore, SourceRecord
from unified_profile.model.rows import MetaRow
from unified_profile.rights import needles
from unified_profile.rights.needles import ends_of, maybe_within
from unified_profile.rights.verifying import Search, forms
from unified_profile.storage.commands import Changes, Put
from unified_profile.storage.tables import META

words = st.lists(st.binary(min_size=1, max_size=12), min_size=1, max_size=30, unique=True)


@given(words, st.integers(0, 2**32), st.integers(0, 12))
def test_no_string_that_is_in_the_bytes_is_left_out(some, seed, offset):
    dice = random.Random(seed)
    there = [one for one in some if dice.random() < 0.5]
    data = b"\0" * offset + b"\xff".join([*there, dice.randbytes(needles._SMALL), *there])
    found = set(maybe_within(data, ends_of(some)))
    assert found <= set(some)
    assert {one for one in some if one in data} <= found


def test_of_many_strings_hardly_any_is_looked_for_whole():
    dice = random.Random(1)
    some = [dice.randbytes(12) for _ in range(500)]
    data = dice.randbytes(1 << 16) + some[7]
    assert list(maybe_within(data, ends_of(some))) == [some[7]]


def test_a_value_that_another_one_begins_with_stands_only_where_it_ends():
    search = Search.of(["user1"])
    assert search.within(b"user10 user12") == {0}
    assert search.standing(b"user10 user12") == set()
    assert search.standing(b'user10 "user1" user12') == search.standing(b"user10\x1fuser1") == {0}


def test_an_erasure_is_clean_where_others_have_identifiers_that_begin_with_those_of_the_person():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    hub = Hub(MemoryStore())
    told = [SourceRecord(id=f"r{key}", source="crm", key=f"key-{key}", occurred_at=at,
                         identifiers=[Identifier("user_id", f"user{key}")]) for key in (1, 10)]  # fmt: skip
    hub.ingest(told)
    assert not hub.verify_erasure(values=["user10"]).clean
    done = hub.erase(hub.plan_erasure(Identifier("user_id", "user1")))
    found = hub.verify_erasure(done)
    assert found.clean
    assert found.also_others
    with hub.store.session(hub.setup.tenant) as session:
        session.write(Changes(puts=[Put(META, [MetaRow("left", "of user1, who went")])]))
    assert not hub.verify_erasure(done).clean


def test_a_value_is_found_in_each_of_its_forms_at_each_place():
    value = "太郎🦊 Taro@Example.com"
    search = Search.of([value, "never there at all"])
    place = search.needles[value.encode()]
    for number, form in enumerate(sorted(forms(value))):
        data = b"x" * (needles._SMALL + number) + form + b"y" * number
        assert search.within(data) == {place}
        assert search.within(form) == {place}
