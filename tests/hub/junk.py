"""What a hub may be handed by mistake or in malice, as Hypothesis strategies."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import attrs
from hypothesis import strategies as st

from unified_profile.errors import UnifiedProfileError, UnknownNameError
from unified_profile.model import (
    ConsentRecord,
    ErasureOrder,
    Event,
    Fact,
    Identifier,
    Judgement,
    ModelAdopted,
    Retraction,
    Severance,
    SourceRecord,
)
from unified_profile.testing.identity_programs import moment

CANARY = "canary7f3a"
"""A personal value: it must not leave by any error, log or report."""


def nested(depth: int) -> list[Any]:
    """Return lists in lists."""
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


def itself() -> dict[str, Any]:
    """Return a mapping that holds itself."""
    found: dict[str, Any] = {"a": 1}
    found["self"] = found
    return found


def tell_nothing(error: Exception) -> None:
    """Check that an error holds no personal value; the name that was asked for is the caller's own word."""
    told = str(error) + repr(error)
    if isinstance(error, UnknownNameError):
        told = told.replace(f"named {error.name[:60]!r}", "")
    assert CANARY not in told


class Hostile:
    """An object that nobody can look at."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(CANARY)

    def __repr__(self) -> str:
        raise RuntimeError(CANARY)


texts = st.one_of(
    st.text(max_size=5),
    st.sampled_from([
        "\ud800", "a\x00b", "\x1b[0m", "\u202e", CANARY, f"{CANARY}\ud800", "x" * 600, "", " ", "~~rebuild~", "1e999",
        "email:a@x.example", "' OR 1=1; --",
    ]),
)  # fmt: skip
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
times = st.sampled_from([
    FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), moment(0).replace(tzinfo=None), FIRST, LAST,
    FIRST.replace(tzinfo=timezone(timedelta(hours=14))), LAST.replace(tzinfo=timezone(-timedelta(hours=12))),
    date(2026, 1, 1), timedelta(1), timedelta.max,
])  # fmt: skip
named = st.builds(
    Identifier,
    st.sampled_from(["email", "user_id", "record", "undeclared", "shared_device", "account"]),
    texts.filter(lambda text: 0 < len(text) <= 512),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([10**30, -(10**30), 2**63, float("nan"), float("inf"), -0.0, Decimal("NaN")]),
    texts,
    st.binary(max_size=4),
    times,
    named,
    st.sampled_from([50, 5_000]).map(nested),
    st.builds(itself),
    st.builds(Hostile),
    st.builds(object),
    st.just(len),
    st.just(int),
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b", "type", "id"]), inner, max_size=3),
        st.tuples(inner, inner),
        st.sets(st.integers(0, 3), max_size=2),
    ),
    max_leaves=5,
)

_KINDS: tuple[type[Any], ...] = (
    SourceRecord, Event, ConsentRecord, Judgement, Severance, Retraction, ErasureOrder, ModelAdopted,
)  # fmt: skip
_SENSIBLE: dict[str, list[Any]] = {
    "id": ["f1", "f2", "f3"],
    "source": ["crm"],
    "occurred_at": [moment(0), FIRST, LAST],
    "recorded_at": [None, moment(1)],
    "tenant": ["default", "other"],
    "key": ["1", "k\x00", "x" * 400],
    "identifiers": [
        (),
        (Identifier("email", "a@x.example"),),
        (Identifier("device_id", CANARY), Identifier("undeclared", "z")),
        (Identifier("user_id", "a\x00b"),),
        (Identifier("record", "crm/\ud800"),),
        (Identifier("shared_device", "k", "kawa"),),
    ],
    "attributes": [{"city": "Osaka", "note": CANARY}, {}],
    "properties": [{"page": "p1"}, {"a": nested(3_000)}, {"n": float("nan")}, {"a": {1, 2}}, {"a": "\ud800"}],
    "traits": [{}],
    "context": [{}],
    "purpose": ["news"],
    "state": ["given", "nonsense"],
    "verdict": ["same", "different", "unsure"],
    "left": [Identifier.record("crm", "1"), Identifier("email", "a@x.example"), Identifier("undeclared", "1")],
    "right": [Identifier.record("crm", "2"), Identifier("user_id", "u")],
    "fact_id": ["f1", "f2", "lost", "a\x00b"],
    "identifier": [Identifier("email", "a@x.example"), Identifier("undeclared", "q")],
    "kind": ["records", "identity", "profiles"],
    "fingerprint": ["m1", CANARY],
    "type": ["track", "alias", "identify"],
    "name": ["Viewed", "Signed Out"],
    "retention": [None, timedelta(1)],
    "duration": [timedelta.max, timedelta(1)],
}


@st.composite
def facts(draw: st.DrawFn) -> Fact | dict[str, Any]:
    """Return a strategy of facts of all kinds with junk in them; of their fields, if no fact can be made of them."""
    kind = draw(st.sampled_from(_KINDS))
    fields: dict[str, Any] = {}
    for field in attrs.fields(kind):
        choice = draw(st.integers(0, 11))
        if field.default is not attrs.NOTHING and choice < 6:
            continue
        sensible = _SENSIBLE.get(field.name)
        fields[field.name] = draw(anything if sensible is None or choice == 11 else st.sampled_from(sensible))
    try:
        fact: Fact = kind(**fields)
    except UnifiedProfileError as error:
        tell_nothing(error)
        return fields
    return fact


payloads = st.one_of(
    anything,
    st.dictionaries(
        st.sampled_from([
            "type", "event", "userId", "messageId", "timestamp", "properties", "context", "purpose", "state", "traits",
        ]),
        st.one_of(anything, st.sampled_from(["track", "identify", "2026-01-01T00:00:00Z", "x"])),
        max_size=6,
    ),
    st.fixed_dictionaries({
        "type": st.sampled_from(["track", "identify", "alias", "page"]), "event": st.just("Viewed"), "userId": texts,
        "messageId": texts, "traits": st.one_of(anything, st.just({})),
    }),
)  # fmt: skip
items = st.one_of(facts(), payloads)
