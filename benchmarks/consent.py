"""How long consent takes: one decision, a read for a purpose, and a whole base at once.

    python benchmarks/consent.py            # everything, with the targets beside it

Times are CPU times; of several rounds the best, because a shared machine only ever adds.
"""

from __future__ import annotations

import functools
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from unified_profile.consent import LawBook, Ledger, Policy, PurposeRegistry, Request, permission
from unified_profile.consent.columnar import ConsentColumns
from unified_profile.consent.policy import plain
from unified_profile.consent.view import view
from unified_profile.model import ConsentRecord, ConsentState, Identifier, Profile, Provenance, Purpose, Trait

START = datetime(2024, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
PURPOSES = PurposeRegistry(
    [
        Purpose("marketing"),
        Purpose("newsletter", traits={f"t{number}" for number in range(10)}),
        Purpose("weekly"),
        Purpose("ads"),
        Purpose("analytics"),
        Purpose("support", basis="contract"),
    ],
    parents={"newsletter": "marketing", "weekly": "newsletter", "ads": "marketing"},
)
UNDER_LAW = Policy(
    purposes=PURPOSES,
    kinds={"marketing": {"direct_marketing"}, "ads": {"targeted_advertising"}},
    law=LawBook.default(),
    jurisdiction="DE",
)
STATES = [ConsentState.GIVEN, ConsentState.GIVEN, ConsentState.GIVEN, ConsentState.WITHDRAWN, ConsentState.REFUSED]
NAMES = ["marketing", "newsletter", "weekly", "ads", "analytics"]
CHANNELS = ["email", "sms", "any", "phone"]


def said(dice: random.Random, number: int, who: str, place: str = "") -> ConsentRecord:
    """Return one statement of somebody."""
    return ConsentRecord(
        id=f"{who}-{number}",
        source="web",
        purpose=dice.choice(NAMES),
        channel=dice.choice(CHANNELS),
        brand=dice.choice(["", "", "kawa"]),
        state=dice.choice(STATES),
        occurred_at=START + timedelta(minutes=dice.randrange(1_200_000)),
        duration=dice.choice([None, None, timedelta(days=365)]),
        method=dice.choice(["web_form", "double_opt_in"]),
        jurisdiction=place,
        identifiers=[Identifier("email", f"{who}@example.com")],
    )


def best(of: int, do: Callable[[], object]) -> float:
    """Return the least CPU seconds of some rounds."""
    found = []
    for _ in range(of):
        begun = time.process_time()
        do()
        found.append(time.process_time() - begun)
    return min(found)


def fifty(ledger: Ledger, request: Request, policy: Policy) -> None:
    """Ask the same question fifty times."""
    for _ in range(50):
        permission(ledger, request, policy, at=NOW)


def one_decision() -> None:
    """Time single decisions about a person of a thousand statements."""
    dice = random.Random(1)
    for title, policy, place in (
        ("no law", plain(PURPOSES), ""),
        (f"{len(UNDER_LAW.law)} rows of law", UNDER_LAW, "DE"),
    ):
        records = [said(dice, number, "p", place) for number in range(1_000)]
        requests = [Request(name, channel, brand) for name in NAMES for channel in CHANNELS for brand in ("", "kawa")]
        building = best(5, functools.partial(Ledger, records))
        ledger = Ledger(records)
        cold, warm = [], []
        for request in requests:
            begun = time.process_time_ns()
            permission(ledger, request, policy, at=NOW)
            cold.append((time.process_time_ns() - begun) / 1e3)
        for (
            request
        ) in requests:  # of each question the best of five times fifty: what a shared machine adds is left out
            took = best(5, functools.partial(fifty, ledger, request, policy))
            warm.append(took / 50 * 1e6)
        print(f"permission, 1,000 statements, {title}: p50 {statistics.median(warm):.1f} us (target 50)"
              f", p95 {sorted(warm)[len(warm) * 95 // 100]:.1f} us"
              f"; first time a question is put: p50 {statistics.median(cold):.0f} us"
              f"; making the ledger: {building * 1e3:.1f} ms")  # fmt: skip


def one_read() -> None:
    """Time a read of ten traits for a purpose: the decision, the view and the values."""
    dice = random.Random(2)
    yes = [said(dice, number, "p") for number in range(12)]
    yes.append(ConsentRecord(id="yes", source="web", purpose="newsletter", channel="email", state=ConsentState.GIVEN,
                             occurred_at=NOW - timedelta(days=1)))  # fmt: skip
    ledger, policy, request = Ledger(yes), plain(PURPOSES), Request("newsletter", "email")
    told = (Provenance("f", "crm", START, START),)
    person = Profile("p", {f"t{n}": Trait(f"t{n}", n, told, "most_recent") for n in range(15)})
    purpose = PURPOSES["newsletter"]

    def read() -> None:
        for _ in range(1_000):
            view(person, purpose, permission(ledger, request, policy, at=NOW)).to_dict()

    read()
    assert len(view(person, purpose, permission(ledger, request, policy, at=NOW)).to_dict()) == 10
    print(f"read of 10 traits for a purpose, decision included: {best(5, read) * 1e3:.1f} us (target 40)")


def a_base(people: int = 100_000) -> None:
    """Time a purpose over a whole base: three statements each; one person in twenty said what is not plain."""
    dice = random.Random(3)
    base = []
    for person in range(people):
        records = [said(dice, number, str(person), "DE") for number in range(3)]
        if person % 20 == 0:
            records.append(ConsentRecord(id=f"{person}-i", source="crm", purpose="newsletter", channel="email",
                                         state=ConsentState.GIVEN, method="import", occurred_at=START))  # fmt: skip
        base.append(Ledger(records))
    begun = time.process_time()
    columns = ConsentColumns(base)
    building = time.process_time() - begun
    for title, policy in (("no law", plain(PURPOSES)), ("law", UNDER_LAW)):
        request = Request("newsletter", "email", jurisdiction="" if title == "no law" else "DE")
        begun = time.process_time()
        granted = columns.granted(request, policy, at=NOW)
        first = time.process_time() - begun
        again = best(3, functools.partial(columns.granted, request, policy, at=NOW))
        print(f"{people:,} people for a purpose, {title}: first {first:.2f} s, again {again:.2f} s (target 1)"
              f"; {int(granted.sum()):,} granted, {columns.one_by_one:,} decided one by one"
              f"; columns made once in {building:.1f} s")  # fmt: skip


if __name__ == "__main__":
    print(f"CPython {platform.python_version()}, {platform.system()}, {sys.version_info[:2]}")
    one_decision()
    one_read()
    a_base()
