"""A mapping can be guessed, says why, and can be overruled."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InvalidRulesError
from unified_profile.model import Event, SourceRecord
from unified_profile.wire import fact_of, guess_mapping
from unified_profile.wire.numbers import DecimalSign
from unified_profile.wire.statuses import CANCELLED, COMPLETED, NAMES, REFUNDED, event_of, is_doubtful

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def event(row, mapping) -> Event:
    """Return the event that a row tells."""
    fact = fact_of(row, mapping, received_at=NOW)
    assert isinstance(fact, Event)
    return fact


def why(mapping, column):
    return next((guess.meaning, guess.because) for guess in mapping.guesses if guess.column == column)


def test_english_headers_are_known():
    columns = [
        "Customer ID",
        "First Name",
        "Last Name",
        "E-mail",
        "Mobile Phone",
        "DOB",
        "ZIP Code",
        "Created At",
        "Shoe Size",
    ]
    mapping = guess_mapping(columns, [], source="crm")
    assert mapping.identifiers == {"Customer ID": "customer_number", "E-mail": "email", "Mobile Phone": "phone"}
    assert mapping.attributes == {
        "First Name": "given_name",
        "Last Name": "family_name",
        "E-mail": "email",
        "Mobile Phone": "phone",
        "DOB": "birth_date",
        "ZIP Code": "postcode",
        "Created At": "created_at",
        "Shoe Size": "shoe_size",
    }
    assert (mapping.kind, mapping.key, mapping.occurred_at) == ("record", ("Customer ID",), "Created At")


def test_japanese_headers_are_known():
    rows = [
        {
            "会員番号": "0001",
            "氏名": "山田 太郎",
            "フリガナ": "ヤマダ タロウ",
            "メール": "taro@example.com",
            "電話番号": "080-0000-0001",
            "生年月日": "S50.1.2",
            "郵便番号": "530-0001",
            "住所": "大阪市",
            "性別": "男",
            "登録日": "2020/1/2",
            "備考": "左利き",
        },
    ]
    mapping = guess_mapping(list(rows[0]), rows, source="会員", tz="Asia/Tokyo")
    fact = fact_of(rows[0], mapping, received_at=NOW)
    assert isinstance(fact, SourceRecord)
    assert [identifier.node for identifier in fact.identifiers] == [
        "customer_number:0001",
        "email:taro@example.com",
        "phone:080-0000-0001",
    ]
    assert fact.attributes == {
        "name": "山田 太郎",
        "name_kana": "ヤマダ タロウ",
        "email": "taro@example.com",
        "phone": "080-0000-0001",
        "birth_date": "1975-01-02",
        "postcode": "530-0001",
        "address": "大阪市",
        "gender": "男",
        "created_at": "2020-01-01T15:00:00Z",
        "note": "左利き",
    }
    assert fact.key == "0001"


def test_no_column_is_lost_without_being_told_so():
    columns = ["a", "B b", "会員番号", "email", "email2", "電話番号", "携帯電話", "brand", "channel", "id", "国"]
    mapping = guess_mapping(columns, [dict.fromkeys(columns, "1")], source="crm")
    assert {guess.column for guess in mapping.guesses if guess.meaning != "no time"} == set(columns)
    assert set(mapping.columns()) == set(columns)


@pytest.mark.parametrize(
    ("columns", "name", "key", "moment"),
    (
        (["order_id", "email", "amount", "ordered_at", "status"], "Order Completed", "order_id", "ordered_at"),
        (["注文番号", "会員番号", "金額", "注文日時"], "Order Completed", "注文番号", "注文日時"),
        (["ticket id", "email", "opened at", "subject"], "Ticket Opened", "ticket id", "opened at"),
        (["response_id", "email", "nps", "comment", "answered_at"], "Survey Answered", "response_id", "answered_at"),
    ),
)
def test_tables_of_happenings_become_events(columns, name, key, moment):
    mapping = guess_mapping(columns, [dict.fromkeys(columns, "1")], source="x")
    assert (mapping.kind, mapping.name, mapping.key, mapping.occurred_at) == ("event", name, (key,), moment)


def test_a_table_of_happenings_without_a_moment_is_no_event():
    mapping = guess_mapping(["order_id", "email", "amount"], [], source="x")
    assert mapping.kind == "record"


def test_a_guessed_order_that_was_cancelled_is_none_that_was_completed():
    columns = ["order_id", "email", "amount", "ordered_at", "status"]
    mapping = guess_mapping(columns, [], source="shop")
    row = {"order_id": "O1", "amount": "100", "ordered_at": "2026-01-01T00:00:00Z", "status": "キャンセル"}
    fact = fact_of(row, mapping, received_at=NOW)
    assert isinstance(fact, Event)
    assert fact.name == "Order Cancelled"


def test_values_confirm_or_overrule_a_header():
    rows = [{"mail": "yes", "contact": f"p{n}@example.com", "points": str(n), "code": f"0{n}"} for n in range(5)]
    mapping = guess_mapping(["mail", "contact", "points", "code"], rows, source="crm")
    assert mapping.identifiers == {"contact": "email"}
    assert why(mapping, "mail") == ("attribute mail", "the header 'mail' is known, but the values do not look like it")
    assert why(mapping, "contact")[1] == "the values look like e-mail addresses"
    assert mapping.types == {"points": "number"}


def test_a_key_is_only_what_names_each_row():
    repeated = [{"id": "1", "email": "a@example.com"}, {"id": "1", "email": "b@example.com"}]
    mapping = guess_mapping(["id", "email"], repeated, source="crm")
    assert mapping.key == ()
    assert mapping.guesses[-1].meaning == "no key"


def test_the_order_of_day_and_month_is_seen_where_it_can_be():
    for text, expected in (("31/12/2025", True), ("12/31/2025", False), ("1/2/2025", None)):
        assert guess_mapping(["birthday"], [{"birthday": text}], source="crm").dayfirst is expected


def test_the_zone_of_times_without_an_offset_is_told():
    rows = [{"id": "1", "updated_at": "2026-02-01 09:00"}]
    assert "UTC" in why(guess_mapping(["id", "updated_at"], rows, source="crm"), "updated_at")[1]
    assert (
        "Asia/Tokyo" in why(guess_mapping(["id", "updated_at"], rows, source="crm", tz="Asia/Tokyo"), "updated_at")[1]
    )


def test_you_can_overrule_every_guess():
    columns = ["code", "mail", "memo", "card", "color", "shop"]
    mapping = guess_mapping(
        columns,
        source="crm",
        meanings={
            "code": "key",
            "mail": "ignore",
            "memo": "name",
            "card": "identifier:loyalty_card@{shop}",
            "color": "attribute:favorite_color",
            "shop": "brand",
        },
    )
    assert (mapping.key, mapping.brand_column) == (("code",), "shop")
    assert mapping.identifiers == {"card": "loyalty_card@{shop}"}
    assert mapping.attributes == {"memo": "name", "color": "favorite_color"}
    assert why(mapping, "mail") == ("left out", "you said so")


@pytest.mark.parametrize(
    "meanings", ({"x": "email"}, {"a": "nonsense"}, {"a": "identifier:E Mail"}, {"a": "attribute:"})
)
def test_an_overruling_that_is_none_is_refused(meanings):
    with pytest.raises(InvalidRulesError):
        guess_mapping(["a"], source="crm", meanings=meanings)


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(InvalidRulesError, match="columns"):
        guess_mapping(["a", "a"], source="crm")


def test_junk_in_a_column_does_not_stop_an_import():
    rows = [{"id": str(n), "birth_date": "1975-01-02" if n else "long ago"} for n in range(4)]
    mapping = guess_mapping(["id", "birth_date"], rows, source="crm")
    fact = fact_of(rows[0], mapping, received_at=NOW)
    assert isinstance(fact, SourceRecord)
    assert fact.attributes == {"birth_date_as_written": "long ago"}


@pytest.mark.parametrize(
    ("header", "meaning"),
    (
        ("Contact Tel", "phone"), ("Mobile no.", "phone"), ("Telephone 1", "phone"), ("自宅TEL", "phone"),
        ("お電話番号", "phone"), ("携帯", "phone"), ("携帯電話番号（必須）", "phone"), ("Customer E-mail", "email"),
        ("連絡先メール", "email"), ("Modified On", "updated_at"), ("最終更新", "updated_at"), ("更新日", "updated_at"),
        ("Date Added", "created_at"), ("お名前（全角）", "name"), ("Kundennummer", "customer_number"),
        ("ご注文日", "ordered_at"),
    ),
)  # fmt: skip
def test_headers_as_people_write_them_are_known(header, meaning):
    mapping = guess_mapping([header, "x"], [], source="crm")
    assert meaning in {*mapping.identifiers.values(), *mapping.attributes.values()}


@pytest.mark.parametrize("header", ("Hotel", "Company", "Customer Type", "会員ランク", "Ship To", "Order Value (EUR)"))
def test_headers_that_only_contain_a_known_word_are_not_taken_for_it(header):
    mapping = guess_mapping([header], [], source="crm")
    assert not mapping.identifiers
    assert next(iter(mapping.attributes.values())) not in {"phone", "email", "name", "order_id"}


def test_phone_numbers_are_seen_by_how_they_are_written():
    numbers = ["090-1234-5678", "+44 20 7946 0958", "(03) 1234 5678"]
    mapping = guess_mapping(["Reach at"], [{"Reach at": number} for number in numbers], source="crm")
    assert mapping.identifiers == {"Reach at": "phone"}
    assert why(mapping, "Reach at")[1] == "the values look like phone numbers"


@pytest.mark.parametrize(
    "values",
    (["01-02-2024", "11-02-2024"], ["0601234567", "0607654321"], ["060-0001", "064-0820"], ["0012-3", "0013-4"],
     ["2024-03-01 10:00", "2024-03-02 11:00"], ["1.234.567,89", "9.876.543,21"]),
)  # fmt: skip
def test_dates_codes_and_amounts_are_no_phone_numbers(values):
    assert not guess_mapping(["x"], [{"x": value} for value in values], source="crm").identifiers


def test_the_only_dates_of_a_table_of_orders_say_when_they_happened():
    rows = [
        {"order no": f"A{n}", "total": "5", "geliefert": f"{n}.12.2025", "mail": "a@example.com"} for n in (13, 14, 15)
    ]
    mapping = guess_mapping(list(rows[0]), rows, source="shop")
    assert (mapping.kind, mapping.occurred_at) == ("event", "geliefert")
    fact = fact_of(rows[0], mapping, received_at=NOW)
    assert fact is not None
    assert (fact.occurred_at.day, fact.occurred_at.month) == (13, 12)


def test_a_column_of_dates_with_two_meanings_says_so_until_somebody_decides():
    rows = [{"e-mail": "a@example.com", "modified": "03/04/2026"}]
    asked = guess_mapping(list(rows[0]), rows, source="crm")
    assert "dates like 3/4/2025 have two meanings" in why(asked, "modified")[1]
    told = guess_mapping(list(rows[0]), rows, source="crm", dayfirst=True)
    assert "two meanings" not in why(told, "modified")[1]
    fact = fact_of(rows[0], told, received_at=NOW)
    assert fact is not None
    assert (fact.occurred_at.day, fact.occurred_at.month) == (3, 4)


def test_a_table_that_says_no_time_says_that():
    mapping = guess_mapping(["e-mail"], [], source="crm")
    assert why(mapping, "") == (
        "no time", "no column says since when a row holds; it counts from when it is read (map one as updated_at)"
    )  # fmt: skip


def test_a_meaning_that_is_misspelled_is_answered_with_the_known_one():
    with pytest.raises(InvalidRulesError, match="did you mean 'email'"):
        guess_mapping(["x"], [], source="crm", meanings={"x": "emial"})


def test_a_column_without_a_name_is_left_out_if_it_is_empty_or_counts_the_rows_and_that_is_said():
    columns = ["", "email", "Unnamed: 7"]
    rows = [{"": str(at), "email": f"{at}@example.com", "Unnamed: 7": ""} for at in range(3)]
    mapping = guess_mapping(columns, rows, source="crm")
    assert (mapping.key, mapping.attributes) == ((), {"email": "email"})
    assert why(mapping, "Unnamed: 7") == ("left out", "it has no name, and nothing in it")
    assert ("left out", "it has no name, and counts the rows") in {
        (one.meaning, one.because) for one in mapping.guesses
    }
    kept = guess_mapping(["email", ""], [{"email": "a@example.com", "": "blue"}], source="crm")
    assert kept.attributes == {"email": "email", "": "unnamed"}


def test_columns_of_one_name_are_refused_by_name_and_place():
    with pytest.raises(InvalidRulesError, match=r"'E-Mail' stands above several \(columns 2, 3\); rename"):
        guess_mapping(["id", "E-Mail", "E-Mail"], source="crm")
    empty = guess_mapping(["email", "", ""], [{"email": "a@example.com", "": ""}], source="crm")
    assert empty.attributes == {"email": "email"}


ORDERS = ["Bestell-Nr", "Datum", "Mail", "Betrag", "Status"]


def orders(*rows):
    return [dict(zip(ORDERS, row, strict=True)) for row in rows]


def test_the_status_of_an_order_says_in_ten_languages_that_it_is_none():
    words = {
        "storniert": CANCELLED, "Annulliert": CANCELLED, "annulée": CANCELLED, "cancelado": CANCELLED,
        "annullato": CANCELLED, "geannuleerd": CANCELLED, "キャンセル": CANCELLED, "取消": CANCELLED, "취소": CANCELLED,
        "已取消": CANCELLED, "erstattet": REFUNDED, "Retoure": REFUNDED, "remboursé": REFUNDED, "devuelto": REFUNDED,
        "rimborsato": REFUNDED, "terugbetaald": REFUNDED, "返品": REFUNDED, "환불": REFUNDED, "已退款": REFUNDED,
        "bezahlt": COMPLETED, "offen": COMPLETED, "": COMPLETED, "Storno angefragt": COMPLETED,
    }  # fmt: skip
    rows = orders(*((f"B{at}", "13.05.2026", "a@example.com", "1", word) for at, word in enumerate(words)))
    for sample in (rows, rows[:1]):
        mapping = guess_mapping(ORDERS, sample, source="shop")
        assert [event(row, mapping).name for row in rows] == list(words.values())


@given(st.sampled_from(sorted(NAMES)), st.sampled_from((str.upper, str.title, lambda text: f" {text} ")))
def test_a_status_is_known_however_it_is_written(word, spelled):
    assert event_of(spelled(word)) == NAMES[word] != COMPLETED
    assert not is_doubtful(spelled(word))


def test_numbers_of_a_column_are_read_as_those_without_doubt_are():
    rows = orders(
        ("B1", "01.02.2026", "a@x.example", "1.234", ""), ("B2", "02.02.2026", "b@x.example", "1.234,56", ""),
        ("B3", "03.02.2026", "c@x.example", "12,5", ""), ("B4", "03.02.2026", "c@x.example", "€ 12,-", ""),
    )  # fmt: skip
    mapping = guess_mapping(ORDERS, rows, source="shop")
    assert [event(row, mapping).properties["total"] for row in rows] == [1234, 1234.56, 12.5, 12]


def test_a_column_of_numbers_with_two_meanings_is_asked_about_and_kept_as_written():
    rows = orders(("B1", "01.02.2026", "a@x.example", "1.234", ""), ("B2", "01.02.2026", "a@x.example", "950", ""))
    asked = guess_mapping(ORDERS, rows, source="shop")
    assert "numbers like 1.234 have two meanings: say decimal=" in why(asked, "Betrag")[1]
    assert event(rows[0], asked).properties["total_as_written"] == "1.234"
    assert event(rows[1], asked).properties["total"] == 950
    signs: tuple[tuple[DecimalSign, float], ...] = ((",", 1234), (".", 1.234))
    for sign, total in signs:
        told = guess_mapping(ORDERS, rows, source="shop", decimal=sign)
        assert "two meanings" not in why(told, "Betrag")[1]
        assert event(rows[0], told).properties["total"] == total


def test_dates_with_points_need_no_question_and_do_not_answer_for_others():
    rows = [{"born": "03.04.1980"}, {"born": "31.12.1980"}, {"born": "03/04/1980"}]
    mapping = guess_mapping(["born"], rows, source="crm")
    assert mapping.dayfirst is None
    told = [fact_of(row, mapping, received_at=NOW) for row in rows]
    assert [fact.attributes for fact in told if isinstance(fact, SourceRecord)] == [
        {"birth_date": "1980-04-03"},
        {"birth_date": "1980-12-31"},
        {"birth_date_as_written": "03/04/1980"},
    ]
    assert "two meanings" not in why(guess_mapping(["born"], rows[:2], source="crm"), "born")[1]


def test_dates_that_contradict_each_other_are_no_answer():
    rows = [{"born": "31/12/1980"}, {"born": "12/31/1980"}, {"born": "1/2/1980"}]
    assert guess_mapping(["born"], rows, source="crm").dayfirst is None


def test_years_of_two_digits_are_pointed_out():
    rows = orders(*((f"B{at}", f"0{at}.02.26", "a@example.com", "1", "") for at in (1, 2, 3)))
    told = guess_mapping(ORDERS, rows, source="shop")
    assert "years of two digits" in why(told, "Datum")[1]
    assert told.kind == "record"


def test_a_table_of_orders_that_lacks_its_moment_says_which_column_it_may_be():
    rows = [
        {"Bestell-Nr": f"B{at}", "Wann": f"{at}.12.2025", "Bis": f"{at}.1.2026", "X": str(at)} for at in (13, 14, 15)
    ]
    mapping = guess_mapping(list(rows[0]), rows, source="shop")
    because = next(one.because for one in mapping.guesses if one.meaning == "no time")
    assert "'Bestell-Nr' looks like orders" in because
    assert "map 'Wann' or 'Bis' as ordered_at, and map 'X' as total" in because


def test_a_net_amount_is_the_total_only_where_there_is_no_other():
    alone = guess_mapping(["Bestellnr", "Bestelldatum", "Betrag (netto)"], [], source="shop")
    assert alone.attributes["Betrag (netto)"] == "total"
    beside = guess_mapping(["Bestellnr", "Betrag (netto)", "Betrag (brutto)"], [], source="shop")
    assert beside.attributes["Betrag (brutto)"] == "total"
    assert beside.attributes["Betrag (netto)"] == "net_total"


def test_names_of_customers_that_are_numbers_are_numbers_of_customers():
    rows = [{"Kunde": f"K{at:05}", "Client": "Anna Weiß"} for at in range(5)]
    mapping = guess_mapping(["Kunde", "Client"], rows, source="crm")
    assert mapping.identifiers == {"Kunde": "customer_number"}
    assert mapping.attributes["Client"] == "name"


def test_a_state_is_a_region_for_people_and_a_status_for_orders():
    assert guess_mapping(["email", "State"], [], source="crm").attributes["State"] == "region"
    made = guess_mapping(["order_id", "ordered_at", "State"], [], source="shop")
    assert (made.attributes["State"], made.name_column) == ("status", "State")


def test_what_stands_for_nothing_is_nothing_and_north_carolina_is_not():
    rows = [{"email": "a@example.com", "city": text} for text in ("k.A.", "–", "n/d", "없음", "NC", "S")]
    mapping = guess_mapping(["email", "city"], rows, source="crm")
    told = [fact_of(row, mapping, received_at=NOW) for row in rows]
    assert [fact.attributes.get("city") for fact in told if isinstance(fact, SourceRecord)] == [*[None] * 4, "NC", "S"]
