"""Law is data: every row decides something, is dated and cited, and a caller can choose, add and replace rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from unified_profile.consent import (
    Law,
    LawBook,
    Policy,
    PurposeRegistry,
    RegisterEntry,
    Sale,
    Situation,
    decide,
)
from unified_profile.consent.law import KINDS, deadline, kept_until, may_ask_again
from unified_profile.errors import InvalidRulesError, UnknownNameError
from unified_profile.model import ConsentRecord, Identifier, Purpose

BOOK = LawBook.default()
DAY = timedelta(days=1)
NAMES = ("consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests")
WHO = [Identifier("email", "a@example.com")]


def when(row: Law) -> datetime:
    """A weekday noon on which the row binds: half a year after it began, or the day before it ended."""
    at = row.since + 180 * DAY + timedelta(hours=12)
    if row.until is not None and at >= row.until:
        at = row.until - DAY / 2
    return at - DAY * max(0, at.weekday() - 4)


def said(row: Law, state: str, days: float, purpose: str = "thing", **more) -> ConsentRecord:
    return ConsentRecord(
        id=f"{state}-{days}-{purpose}", source="web", purpose=purpose, state=state, channel="any", identifiers=WHO,
        occurred_at=when(row) - days * DAY, jurisdiction=row.jurisdiction, **more,
    )  # fmt: skip


def asked(book: LawBook, row: Law, records, *, basis="contract", category="", recipient="", condition="", entry=True,
          kinds=None, channel=None, at=None, **situation):  # fmt: skip
    """Answer a question in the place of the row, about a purpose that does what the row is about."""
    does = sorted(row.names("kinds") | {"similar_products"}) if kinds is None else kinds
    purpose = Purpose("thing", basis=basis if basis in NAMES else "contract")
    register = [RegisterEntry(purpose="thing", basis=basis, categories=[category] if category else [],
                              recipients=[recipient] if recipient else [], special_condition=condition)]  # fmt: skip
    policy = Policy(
        purposes=PurposeRegistry([purpose]), kinds={"thing": does}, law=book, jurisdiction=row.jurisdiction,
        register=register if entry else None, rights="by_law",
    )  # fmt: skip
    found = decide(
        records, "thing", channel or min(row.names("channels"), default="web"), policy=policy, category=category,
        recipient=recipient, at=at or when(row), situation=Situation(**situation),
    )  # fmt: skip
    return found.granted, found.code, {(one.kind, one.value, one.until) for one in found.obligations}


def answer(book: LawBook, row: Law):  # noqa: PLR0912  # one scene for each kind
    """What the row is asked: one scene for each kind, set where and when the row binds."""
    yes, no = said(row, "given", 10), said(row, "refused", 10, row.text("right", "thing"))
    category = min(row.names("categories"), default="")
    match row.kind:
        case "basis":
            # Art. 6(1)(ea) adds one basis to a list; the others are asked for by themselves.
            basis = row.text("basis") or max(row.names("bases") - {"vital_interests", "public_task"})
            return asked(book, row, [yes], basis=basis, at=max(when(row), datetime(2026, 6, 3, 12, tzinfo=UTC)))
        case "special_category":
            return asked(book, row, [], category=category)
        case "special_condition":
            condition = row.text("condition") or max(row.names("conditions"))
            special = min(
                name for one in book.of("special_category", row.jurisdiction) for name in one.names("categories")
            )
            explicit = said(row, "given", 10, special_categories=[special])
            if condition == "explicit_consent":
                return asked(book, row, [explicit], basis="consent", category=special)
            return asked(book, row, [], category=special, condition=condition)
        case "child":
            if row.number("own_from"):  # between the two ages nobody's yes is there
                born = (when(row) - timedelta(days=365.25 * (row.number("age") - 0.5))).date()
                return asked(book, row, [], basis="notice", birth_date=born)
            binding = BOOK.at("child", row.jurisdiction, when(row))
            wider = [one for one in binding if one.id != row.id and not one.names("kinds")]
            limit = row.number("age")
            # Between the two ages a state that chose a lower one lets the child say it alone.
            age = limit if wider and wider[0].number("age") > limit else limit - 1
            born = (when(row) - timedelta(days=365.25 * (age + 0.5))).date()
            basis = "contract" if row.params.get("any_basis") else "consent"
            return asked(book, row, [yes], basis=basis, birth_date=born, entry=False)
        case "right":
            return asked(book, row, [no], kinds=["direct_marketing"] if "marketing" in row.text("right") else [])
        case "opt_out":
            return asked(book, row, [no], basis="notice", category=category)
        case "consent_required":
            return asked(book, row, [], basis="legitimate_interests",
                         recipient="partner" if row.params.get("third_party") else "")  # fmt: skip
        case "soft_opt_in":
            sale = Sale(at=when(row) - 30 * DAY, relation=min(row.names("relations")), opt_out_offered=True)
            return asked(book, row, [], basis="consent", entry=False, sales=[sale])
        case "double_opt_in":
            return asked(book, row, [yes], basis="consent", entry=False)
        case "consent_lapses":
            later = when(row) + row.number("months") * 31 * DAY
            return asked(book, row, [yes], basis="consent", entry=False, at=later)
        case "do_not_call":
            return asked(book, row, [], do_not_call=True, time_zone="Europe/London")
        case "quiet_hours":
            night = when(row).replace(hour=20, minute=30)
            return asked(
                book, row, [], time_zone="UTC", at=night if "-20:00" in str(row.params) else night.replace(hour=23)
            )
        case "frequency_cap":
            recent = [when(row) - timedelta(hours=hours) for hours in range(1, 1 + row.number("most"))]
            return asked(book, row, [], contacts=recent, time_zone="UTC")
        case "duty":
            if row.names("codes") == {"soft_opt_in"}:
                soft = next(one for one in book.of("soft_opt_in", row.jurisdiction))
                sale = Sale(at=when(row) - 30 * DAY, relation=min(soft.names("relations")), opt_out_offered=True)
                return asked(book, row, [], basis="consent", entry=False, sales=[sale], channel="email",
                             kinds=["direct_marketing", "similar_products"])  # fmt: skip
            given = said(row, "given", 10, method="double_opt_in", recipients=["partner"])
            return asked(book, row, [given], basis="consent", entry=False,
                         recipient="partner" if row.params.get("third_party") else "")  # fmt: skip
        case "deadline":
            return due(lambda: deadline(book, row.text("question"), row.jurisdiction, start=when(row)))
        case "reask":
            channel = min(row.names("channels"), default="any")
            return may_ask_again(
                book, row.jurisdiction, refused_at=when(row), kinds=row.names("kinds"), channel=channel
            )
        case _:
            return due(lambda: kept_until(book, row.text("subject"), row.jurisdiction, start=when(row)))


def due(question):
    try:
        return question().at
    except UnknownNameError:
        return None


@pytest.mark.parametrize("row", BOOK.rows, ids=[row.id for row in BOOK])
def test_each_row_changes_an_answer(row):
    """A book that lacks the row answers its scene otherwise: a row that decides nothing is decoration."""
    assert answer(BOOK, row) != answer(BOOK.without(row.id), row)


@pytest.mark.parametrize("row", BOOK.rows, ids=[row.id for row in BOOK])
def test_no_row_decides_before_it_begins_or_after_it_ended(row):
    """Moved to another century, a row answers as if it were not there."""
    moved = Law(id=row.id, jurisdiction=row.jurisdiction, kind=row.kind, params=row.params, citation=row.citation,
                valid_from=date(2200, 1, 1))  # fmt: skip
    assert answer(BOOK.plus(moved), row) == answer(BOOK.without(row.id), row)


def test_there_are_rows_for_each_of_the_laws_that_were_promised():
    assert len(BOOK) >= 60
    for prefix in ("gdpr-", "eprivacy-", "uk-", "ccpa-", "casl-", "tcpa-", "appi-", "mail-"):
        assert sum(row.id.startswith(prefix) for row in BOOK) >= 3, prefix
    assert {row.kind for row in BOOK} == KINDS


def test_a_row_that_was_read_says_where_and_no_other_claims_it():
    for row in BOOK:
        assert row.citation
        assert row.url.startswith("http") or not row.read, row.id


def test_rows_and_books_go_through_json_unchanged():
    assert LawBook.from_json(BOOK.to_json()) == BOOK
    assert LawBook.from_json(BOOK.to_json()).fingerprint == BOOK.fingerprint


def test_a_caller_can_add_replace_and_leave_out_rows():
    mine = Law(id="house-1", jurisdiction="AU", kind="frequency_cap", params={"most": 1, "hours": 24},
               valid_from=date(2020, 1, 1), citation="House rule 1")  # fmt: skip
    book = BOOK.plus(mine)
    assert (book.knows("AU"), BOOK.knows("AU"), book["house-1"]) == (True, False, mine)
    assert book.without("house-1") == BOOK
    assert len(book.plus(mine)) == len(book)
    assert not BOOK.only("JP").knows("DE")
    assert BOOK.only("DE").of("basis", "DE") == BOOK.of("basis", "DE")
    with pytest.raises(UnknownNameError):
        BOOK.without("gdpr-99")


def test_rows_that_say_nothing_are_refused():
    form = BOOK.to_json()[0]
    assert isinstance(form, dict)
    for wrong in ({"kind": "vibes"}, {"valid_to": "1990-01-01"}, {"citation": ""}, {"valid_from": "soon"}):
        with pytest.raises(InvalidRulesError):
            Law.from_json({**form, **wrong})
    with pytest.raises(InvalidRulesError):
        LawBook([BOOK["gdpr-9-1"], BOOK["gdpr-9-1"]])
    empty: dict[str, object] = {}
    for junk in (None, 3, "row", empty):
        with pytest.raises(InvalidRulesError):
            Law.from_json(junk)


def test_deadlines_count_months_days_hours_and_business_days():
    friday = datetime(2026, 1, 30, 9, tzinfo=UTC)
    assert deadline(BOOK, "respond_to_request", "FR", start=friday).at == datetime(2026, 2, 28, 9, tzinfo=UTC)
    longer = deadline(BOOK, "respond_to_request", "FR", start=friday, extended=True)
    assert longer.at == datetime(2026, 4, 30, 9, tzinfo=UTC)
    assert deadline(BOOK, "report_breach", "FR", start=friday).at == friday + timedelta(hours=72)
    stop = deadline(BOOK, "honor_revocation", "US", start=friday)
    assert (stop.at, stop.law.id) == (datetime(2026, 2, 13, 9, tzinfo=UTC), "tcpa-a-10")
    president = deadline(BOOK, "honor_unsubscribe", "US-CA", start=friday, holidays=[date(2026, 2, 2)])
    assert (president.at.date(), president.law.id) == (date(2026, 2, 16), "can-spam-4")
    before = deadline(BOOK, "honor_revocation", "US", start=datetime(2025, 4, 10, tzinfo=UTC))
    assert before.law.id == "tcpa-d-3-2003"


def test_asking_again_waits_for_the_longest_window():
    refused = datetime(2026, 1, 1, tzinfo=UTC)
    california = may_ask_again(BOOK, "US-CA", refused_at=refused, kinds=["sale"])
    assert california is not None
    assert california.at == datetime(2027, 1, 1, tzinfo=UTC)
    assert may_ask_again(BOOK, "US-CA", refused_at=refused, kinds=["newsletter"]) is None


def test_proofs_are_kept_as_long_as_the_row_says():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert kept_until(BOOK, "record_of_provision", "JP", start=start).at.year == 2029
    assert kept_until(BOOK, "proof_of_consent_to_calls", "DE", start=start).at.year == 2031
