"""The page on erasure names every table there is; keys, forms and scopes of erasure keep their contracts."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InvalidInputError, InvalidRulesError
from unified_profile.rights import ErasureTerms, KeyRing, Scope
from unified_profile.rights.remains import REMAINS
from unified_profile.rights.tombstones import marks, message
from unified_profile.rights.verifying import Search, forms
from unified_profile.storage.tables import TABLES

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "erasure.md"


def test_what_becomes_of_every_table_is_said_and_no_other():
    assert {table.name for table in TABLES} == set(REMAINS)


def test_the_page_says_the_same():
    page = PAGE.read_text("utf-8")
    for table, says in REMAINS.items():
        assert f"| `{table}` | {says} |" in page


@given(st.text(min_size=4, max_size=30), st.binary(max_size=20), st.binary(max_size=20))
def test_a_value_is_found_however_it_is_written(value, before, after):
    search = Search.of([value])
    if not search.needles:
        return
    for form in (
        value.encode("utf-8", "surrogatepass"),
        value.encode("utf-16-le", "surrogatepass"),
        value.encode("utf-16-be", "surrogatepass"),
        json.dumps(value)[1:-1].encode(),
        value.encode("utf-8", "surrogatepass").hex().encode(),
    ):
        data = before + form + after
        assert search.within(data)
        assert search.through([data[at : at + 3] for at in range(0, len(data), 3)])


@given(st.text(st.characters(codec="ascii", exclude_characters="\n"), min_size=9, max_size=40), st.binary(max_size=9))
def test_a_value_inside_base64_is_found_wherever_it_begins(value, before):
    data = base64.b64encode(before + value.encode() + b"tail")
    assert Search.of([value]).within(data)


def test_what_is_not_there_is_not_found():
    assert not Search.of(["taro@example.com"]).within(b"hanako@example.com")
    assert b"taro" not in forms("hanako@example.com")


def test_marks_tell_tenants_kinds_and_keys_apart():
    ring = KeyRing({"a": b"x" * 32, "b": b"y" * 32})
    said = [message(kind, "n", tenant) for kind in ("identifier", "fact", "profile") for tenant in ("t1", "t2")]
    found = marks(ring, "a", said) + marks(ring, "b", said)
    assert len(set(found)) == 12
    assert all(one.startswith(("a:", "b:")) for one in found)
    assert ring.current() == "b"
    assert "x" * 8 not in repr(ring)


@pytest.mark.parametrize("keys", [{}, {"a": b"short"}, {"a:b": b"x" * 32}, {"": b"x" * 32}, {"a": "x" * 32}, None])
def test_keys_that_could_not_be_used_are_refused(keys):
    with pytest.raises(InvalidRulesError):
        KeyRing(keys)


def test_a_key_service_that_answers_otherwise_is_refused():
    class Broken:
        def current(self) -> str:
            return "a"

        def macs(self, key_id: str, messages: object, /) -> list[bytes]:
            return []

    with pytest.raises(InvalidInputError, match="macs"):
        marks(Broken(), "a", [b"m"])
    with pytest.raises(InvalidRulesError):
        ErasureTerms(keys="secret")  # type: ignore[arg-type]  # the point of the test


@pytest.mark.parametrize("text", ["", "brand:", "everything", "tenant:x", None, 7, "source:\x00"])
def test_a_scope_that_is_none_is_refused(text):
    with pytest.raises(InvalidInputError):
        Scope.of(text)
