"""Consent records for the laws of deciding: few scopes, few instants, every state, so that ties and overlaps abound."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from unified_profile.consent import PurposeRegistry
from unified_profile.model import ConsentRecord, ConsentState, Identifier, Purpose

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

PURPOSES = PurposeRegistry(
    [
        Purpose("marketing"),
        Purpose("newsletter", traits={"email", "given_name"}),
        Purpose("weekly"),
        Purpose("ads"),
        Purpose("delivery", traits={"*"}, basis="contract"),
        Purpose("improvement", basis="legitimate_interests"),
    ],
    parents={"newsletter": "marketing", "weekly": "newsletter", "ads": "marketing"},
)


def hour(number: float) -> datetime:
    return START + number * HOUR


def say(
    id: str, at: float, state: str = "given", purpose: str = "newsletter", channel: str = "email", **more: Any
) -> ConsentRecord:
    return ConsentRecord(
        id=id, source="web", purpose=purpose, state=ConsentState(state), channel=channel, occurred_at=hour(at), **more
    )


PEOPLE = [Identifier("email", "a@example.com"), Identifier("email", "b@example.com"), Identifier("user_id", "u1")]
STATES = st.sampled_from(["given", "given", "given", "renewed", "refused", "withdrawn", "revoked", "invalidated",
                          "pending_confirmation", "unknown", "requested", "deferred"])  # fmt: skip


@st.composite
def records(draw: st.DrawFn, max_size: int = 8) -> list[ConsentRecord]:
    """Records with distinct ids, in no particular order."""
    return [draw(_record(f"c{number}")) for number in range(draw(st.integers(0, max_size)))]


@st.composite
def _record(draw: st.DrawFn, id: str) -> ConsentRecord:
    at = draw(st.integers(0, 5))
    return say(
        id,
        at,
        draw(STATES),
        draw(st.sampled_from(["newsletter", "newsletter", "marketing", "weekly", "improvement", "delivery"])),
        draw(st.sampled_from(["any", "email", "email", "sms"])),
        brand=draw(st.sampled_from(["", "", "kawa"])),
        duration=draw(st.sampled_from([None, None, HOUR, 3 * HOUR, timedelta(0)])),
        recorded_at=draw(st.sampled_from([None, hour(at), hour(at + 3)])),
        expressed_by=draw(st.sampled_from(["subject", "subject", "subject", "parent", "controller"])),
        method=draw(st.sampled_from(["", "web_form", "web_form", "import"])),
        legal_basis=draw(st.sampled_from(["consent", "consent", "consent", "contract"])),
        notice_id=draw(st.sampled_from(["", "n"])),
        notice_version=draw(st.sampled_from(["1", "2"])),
        identifiers=tuple(draw(st.lists(st.sampled_from(PEOPLE), max_size=2))),
    )
