"""The synthetic business repeats itself exactly, and contains what it promises."""

import csv
import io
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import pairwise

import phonenumbers
import pytest

from unified_profile.testing.people import synthesize
from unified_profile.testing.people.__main__ import main
from unified_profile.testing.people.dice import Dice
from unified_profile.testing.people.flaws import half_kana, spelled_phone
from unified_profile.testing.people.places import COUNTRIES, PhoneBook

SAMPLE = files("unified_profile") / "_sample"
TABLES = ("crm", "orders", "tickets", "survey")
LOGS = ("events", "consent")
KEYS = {"crm": "contact_id", "orders": "order_id", "tickets": "ticket_id", "survey": "response_id"}
RESERVED = re.compile(r"(?:[\w-]+\.)*(?:example\.(?:com|org|net)|example)", re.ASCII | re.IGNORECASE)


@pytest.fixture(scope="module")
def business():
    return synthesize()


@pytest.fixture(scope="module")
def tables():
    texts = {name: (SAMPLE / f"{name}.csv").read_bytes().decode() for name in TABLES}
    return {name: list(csv.DictReader(io.StringIO(text, newline=""), strict=True)) for name, text in texts.items()}


@pytest.fixture(scope="module")
def logs():
    lines = {name: (SAMPLE / f"{name}.jsonl").read_bytes().decode().splitlines() for name in LOGS}
    return {name: [json.loads(line) for line in found] for name, found in lines.items()}


def when(text):
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo is not None
    return moment


# --- repeatable


def test_the_same_seed_gives_the_same_bytes():
    first, second = synthesize(120, 3), synthesize(120, 3)
    assert first.files(with_truth=True) == second.files(with_truth=True)


def test_another_seed_gives_other_people():
    assert synthesize(40, 1).files() != synthesize(40, 2).files()


def test_the_bundled_sample_is_what_the_generator_writes(business):
    for name, content in business.files().items():
        assert (SAMPLE / name).read_bytes() == content, f"{name}: run python -m unified_profile.testing.people again"


def test_the_truth_is_not_bundled():
    assert not (SAMPLE / "truth.csv").is_file()


def test_the_command_writes_the_files(tmp_path):
    main([str(tmp_path / "new"), "--people", "30", "--seed", "5", "--truth"])
    written = {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()}
    assert written == synthesize(30, 5).files(with_truth=True)


@pytest.mark.parametrize("n_people", (0, 1, 2, 35))
def test_a_small_business_is_a_business(n_people):
    small = synthesize(n_people)
    assert len(small.people) == n_people
    assert len(small.files()) == 6


def test_the_span_can_be_chosen():
    short = synthesize(200, start=date(2025, 1, 1), end=date(2025, 6, 30))
    times = [when(row["ordered_at"]) for row in short.tables["orders"]]
    assert min(times) >= datetime(2025, 1, 1, tzinfo=UTC)
    assert max(times) < datetime(2025, 7, 1, tzinfo=UTC)


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="negative"):
        synthesize(-1)
    with pytest.raises(ValueError, match="120 days"):
        synthesize(1, start=date(2025, 1, 1), end=date(2025, 2, 1))


# --- the files


def test_the_sample_is_large_enough_to_mean_something_and_small_enough_to_ship(business):
    contents = business.files().values()
    assert 12_000 <= sum(content.count(b"\n") for content in contents) <= 20_000
    assert sum(map(len, contents)) <= 3_000_000


def test_every_line_belongs_to_somebody(business, tables, logs):
    ids = {("events", line["messageId"]) for line in logs["events"]}
    ids |= {("consent", line["record_id"]) for line in logs["consent"]}
    ids |= {(name, row[KEYS[name]]) for name, rows in tables.items() for row in rows}
    assert ids == set(business.truth)
    assert set(business.truth.values()) == {person.id for person in business.people}


def test_every_time_has_an_offset_and_lies_in_the_span(tables, logs):
    last = datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC)
    columns = {"crm": ("created_at", "updated_at"), "orders": ("ordered_at",), "survey": ("answered_at",)}
    columns["tickets"] = ("opened_at", "first_response_at", "resolved_at")
    times = [
        when(row[column]) for name, rows in tables.items() for row in rows for column in columns[name] if row[column]
    ]
    times += [when(line["receivedAt"]) for line in logs["events"]]
    times += [when(line["recorded_at"]) for line in logs["consent"]]
    assert datetime(2024, 11, 1, tzinfo=UTC) <= min(times)
    assert max(times) <= last
    assert max(times) - min(times) > timedelta(days=700)


def test_scores_stay_on_their_scales(tables):
    scales = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "satisfaction": (1, 5), "effort": (1, 7)}
    for row in (*tables["survey"], *tables["tickets"]):
        for name, (low, high) in scales.items():
            assert not row.get(name) or low <= int(row[name]) <= high


def test_money_is_written_as_its_currency_wants_it(tables):
    for row in tables["orders"]:
        pattern = r"-?\d+" if row["currency"] == "JPY" else r"-?\d+\.\d\d"
        assert re.fullmatch(pattern, row["amount"])
    assert {row["currency"] for row in tables["orders"]} == {"JPY", "USD", "GBP", "EUR"}


def test_events_are_segment_calls(logs):
    kinds = {"track": "event", "identify": "traits", "page": "name", "screen": "name", "alias": "previousId"}
    kinds["group"] = "groupId"
    for line in logs["events"]:
        assert kinds[line["type"]] in line
    assert {line["type"] for line in logs["events"]} == set(kinds)


# --- nobody is real


def test_mail_goes_to_reserved_domains_only(business):
    text = b"".join(business.files().values()).decode().replace("＠", "@")
    addresses = re.findall(r"[\w.+-]+@([\w.-]+\w)", text, re.ASCII)
    assert len(addresses) > 5_000
    strangers = {domain for domain in addresses if not RESERVED.fullmatch(domain)}
    assert strangers == {"test.com"}, "the junk value, and nothing else"


def test_numbers_do_not_give_the_truth_away(business):
    for person in business.people:
        tails = [person.customer_number(brand)[1:] for brand in ("kawa", "hoshi", "morrow")]
        assert len(set(tails)) == 3
    numbers = [person.customer_number(brand) for person in business.people for brand in ("kawa", "hoshi", "morrow")]
    assert len(numbers) == len(set(numbers))


def test_nobody_shares_an_address_by_accident(business):
    addresses = [address for person in business.people for address in person.emails]
    assert len(addresses) == len(set(addresses))


@pytest.mark.parametrize("code", sorted(COUNTRIES))
def test_phones_can_be_read_in_every_spelling(code):
    country, book, dice = COUNTRIES[code], PhoneBook(), Dice(code)
    for _ in range(60):
        number = book.next(country)
        assert number is not None
        assert phonenumbers.is_possible_number(phonenumbers.parse(number))
        if code == "JP":
            assert len(number) == len("+818000001234")
            assert phonenumbers.is_valid_number(phonenumbers.parse(number)) == number.startswith("+8180")
        spelled = spelled_phone(number, country, dice)
        assert phonenumbers.format_number(phonenumbers.parse(spelled, code), 0) == number
        abroad = spelled_phone(number, country, dice, abroad=True)
        assert phonenumbers.format_number(phonenumbers.parse(abroad, "JP"), 0) == number


def test_fictional_numbers_run_out_rather_than_repeat():
    book, given = PhoneBook(), []
    while (number := book.next(COUNTRIES["SE"])) is not None:
        given.append(number)
    assert len(given) == len(set(given)) == 100


# --- what is planted is there


def test_about_half_are_japanese(business):
    japanese = sum(person.country.code == "JP" for person in business.people)
    assert 0.4 < japanese / len(business.people) < 0.6
    assert sum(not person.family.written.isascii() and not person.family.kana for person in business.people) >= 10


def test_japanese_phones_are_written_in_many_ways(tables):
    shapes = {re.sub(r"\d", "0", row["phone"]) for row in tables["crm"] if row["country"] == "JP" and row["phone"]}
    assert {"000-0000-0000", "00000000000", "+00 00 0000 0000"} <= shapes
    assert any("０" in row["phone"] for row in tables["crm"])
    assert len(shapes) >= 6


def test_people_stand_in_the_crm_twice(business, tables):
    owners = defaultdict(list)
    for row in tables["crm"]:
        owners[business.truth["crm", row["contact_id"]], row["brand"]].append(row)
    twice = [rows for rows in owners.values() if len(rows) > 1]
    planted = {flaw: set(ids) for flaw, ids in business.planted.items() if flaw.startswith("duplicate_sharing")}
    assert len(planted) == 3
    assert all(len(ids) >= 20 for ids in planted.values())
    assert len(twice) == sum(map(len, planted.values()))
    by_id = {row["contact_id"]: row for row in tables["crm"]}
    for contact in planted["duplicate_sharing_neither"]:
        assert not by_id[contact]["email"]
        assert not by_id[contact]["phone"]


@pytest.mark.parametrize(
    ("flaw", "at_least"),
    (
        ("name_typo", 25),
        ("nickname", 10),
        ("variant_kanji", 5),
        ("kana_only", 10),
        ("romaji", 5),
        ("junk_value", 40),
        ("changed_email", 20),
        ("shared_phone", 40),
        ("twin", 10),
        ("namesake_at_home", 10),
        ("never_identified", 20),
        ("abandoned_cart", 100),
        ("skewed_event", 80),
        ("import_after_withdrawal", 15),
        ("contradictory_statement", 10),
        ("expiring_consent", 100),
        ("broken_promise", 100),
    ),
)
def test_flaws_are_there_in_number(business, flaw, at_least):
    assert len(business.planted[flaw]) >= at_least


def test_devices_are_shared(business, logs):
    users, names = defaultdict(set), defaultdict(set)
    for line in logs["events"]:
        users[line["anonymousId"]].add(business.truth["events", line["messageId"]])
        names[line["anonymousId"]].add(line.get("userId"))
    shared = {device for device, people in users.items() if len(people) > 1}
    assert shared == set(business.planted["shared_tablet"])
    assert len(shared) >= 12
    assert sum(None in found and len(found) > 1 for found in names.values()) >= 100, "anonymous first, known later"


def test_messages_come_late_twice_and_out_of_order(business, logs):
    lines = logs["events"]
    late = {
        line["messageId"]
        for line in lines
        if when(line["sentAt"]) - when(line["originalTimestamp"]) > timedelta(days=2)
    }
    assert late == set(business.planted["late_event"])
    assert len(late) >= 80
    counts = Counter(line["messageId"] for line in lines)
    assert {message for message, n in counts.items() if n > 1} == set(business.planted["repeated_message"])
    assert sum(when(a["receivedAt"]) > when(b["receivedAt"]) for a, b in pairwise(lines)) >= 50


def test_the_true_time_can_be_had_from_a_wrong_clock(business, logs):
    once = {line["messageId"]: line for line in reversed(logs["events"])}
    for line in once.values():
        truth = when(line["receivedAt"]) - (when(line["sentAt"]) - when(line["originalTimestamp"]))
        if "timestamp" in line and line["messageId"] not in business.planted["repeated_message"]:
            assert when(line["timestamp"]) == truth
    skewed = [once[message] for message in business.planted["skewed_event"]]
    assert all(abs(when(line["receivedAt"]) - when(line["sentAt"])) > timedelta(hours=1) for line in skewed)
    assert 0.85 < sum("timestamp" in line for line in once.values()) / len(once) < 0.95


def test_completed_orders_are_orders(tables, logs):
    amounts = {row["order_id"]: float(row["amount"]) for row in tables["orders"]}
    completed = [line["properties"] for line in logs["events"] if line.get("event") == "Order Completed"]
    assert len(completed) >= 300
    assert all(amounts[properties["order_id"]] == properties["total"] for properties in completed)


def test_consents_are_taken_back(business, logs):
    lines = {line["record_id"]: line for line in logs["consent"]}
    assert all(lines[record]["state"] == "withdrawn" for record in business.planted["withdrawn_consent"])
    assert len(business.planted["withdrawn_consent"]) >= 80
    for record in business.planted["late_refusal"]:
        line = lines[record]
        assert line["state"] == "refused"
        assert when(line["recorded_at"]) - when(line["expressed_at"]) > timedelta(days=2)
    assert len(business.planted["late_refusal"]) >= 15
    assert len(logs["consent"]) - len(lines) == len(business.planted["repeated_consent_line"]) > 0


def test_guests_refunds_and_repeated_lines(business, tables):
    rows = tables["orders"]
    assert {row["order_id"] for row in rows if not row["customer_number"]} == set(business.planted["guest_order"])
    refunds = {row["order_id"] for row in rows if row["status"] == "refunded"}
    assert refunds == set(business.planted["refund"])
    assert all(float(row["amount"]) < 0 for row in rows if row["status"] == "refunded")
    assert len(rows) - len({row["order_id"] for row in rows}) == len(business.planted["repeated_order_line"]) > 0


def test_some_tickets_are_open(business, tables):
    unresolved = {row["ticket_id"] for row in tables["tickets"] if not row["resolved_at"]}
    assert unresolved == set(business.planted["open_ticket"])
    assert len(unresolved) >= 20


def test_the_phone_is_truly_the_worst_channel(tables):
    scores = defaultdict(list)
    for row in tables["survey"]:
        if row["csat"]:
            scores[row["channel"]].append(int(row["csat"]))
    means = {channel: sum(found) / len(found) for channel, found in scores.items()}
    assert set(means) == {"web", "app", "store", "email", "phone", "chat"}
    others = [mean for channel, mean in means.items() if channel != "phone"]
    assert means["phone"] < min(others) - 0.6
    assert max(others) - min(others) < 0.4


def test_half_width_kana_reads_back():
    assert half_kana("ガパ カン") == "ｶﾞﾊﾟ ｶﾝ"
