"""A service: two handlers as any web framework would call them, over one store.

``POST /collect`` takes what browsers, apps and tills send (Segment-spec calls, CloudEvents, consent, survey answers).
``GET /page`` answers what a page may show to whoever looks at it. With FastAPI the handlers stay as they are:

    app.post("/collect")(lambda request: collect(hub, request.json()))
    app.get("/page")(lambda visitor: page(hub, visitor, brand="kawa"))

Run it: ``python examples/service.py``
"""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from unified_profile import Hub, Identifier, Purpose, SqliteStore, UnifiedProfileError, UnknownProfileError
from unified_profile.wire import Reader, calls_in

PURPOSES = (
    Purpose("service", traits={"given_name", "language"}, basis="contract", events={"*"}),
    Purpose("personalization", traits={"given_name", "language", "size"}, events={"Product Viewed"}),
)
WEB = Reader(source="web", user_id="customer_number", channel="web")


def open_hub(path: str | Path) -> Hub:
    """Return the hub of this process; threads share it, a forked worker opens its own."""
    return Hub(SqliteStore(path), purposes=PURPOSES)


def collect(hub: Hub, payload: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Take a web-hook's payload, or a batch of them; return the HTTP status and what to answer.

    What cannot be taken is kept in the quarantine with its reason: answering 202 loses nothing, and a sender that
    tries again does no harm, for a call counts once.
    """
    try:
        calls = list(calls_in(payload))
    except UnifiedProfileError as error:
        return 400, {"error": str(error)}
    report = hub.ingest(calls, reader=WEB)
    status = 202 if report.quarantined else 200
    return status, {
        "accepted": report.accepted,
        "repeated": report.duplicates,
        "quarantined": [f"{item.field}: {item.reason}" for item in report.quarantined],
    }


def page(hub: Hub, visitor: str, *, brand: str = "") -> dict[str, Any]:
    """Return what a page may show to the visitor with this cookie.

    A greeting is part of the service; recommendations need consent, and without it the answer is the page for
    everybody.
    """
    who = Identifier("anonymous_id", visitor)
    try:
        context = hub.context(who, purpose="service", channel="web", brand=brand)
        person = hub.context(who, purpose="personalization", channel="web", brand=brand)
    except UnknownProfileError:
        return {"greeting": None, "open_tickets": 0, "recommend_from": []}
    return {
        "greeting": context.known_facts.get("given_name"),
        "open_tickets": len(context.open_threads),
        "recommend_from": [one.details.get("product_id") for one in person.last_interactions],
    }


def main(folder: str) -> None:
    """Play a visit: anonymous first, then signed in, then with consent."""
    hub = open_hub(Path(folder) / "profiles.sqlite")
    viewed = {
        "type": "track",
        "event": "Product Viewed",
        "messageId": "m1",
        "anonymousId": "cookie-1",
        "properties": {"product_id": "lamp"},
        "timestamp": "2026-05-01T09:00:00Z",
    }
    signed_in = {
        "type": "identify",
        "messageId": "m2",
        "anonymousId": "cookie-1",
        "userId": "K7",
        "traits": {"email": "hanako@example.com", "firstName": "Hanako"},
        "timestamp": "2026-05-01T09:05:00Z",
    }
    agreed = {
        "record_id": "c1",
        "subject": {"namespace": "customer_number", "value": "K7"},
        "purpose": "personalization",
        "channel": "any",
        "state": "given",
        "expressed_at": datetime(2026, 5, 1, 9, 6, tzinfo=UTC).isoformat(),
    }
    for title, payload in (
        ("a page view", viewed),
        ("the same call, sent again", viewed),
        ("a sign-in", signed_in),
        ("a yes", agreed),
        ("nonsense", {"type": "wave"}),
    ):
        print(f"{title}: {json.dumps(collect(hub, payload))}")
        print(f"  the page shows: {json.dumps(page(hub, 'cookie-1'))}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory() as place:
            main(place)
