"""A newcomer's own exports: three countries, duplicates, an index, German statuses; what is doubtful is asked first."""

import json
import re

import pytest

from unified_profile import Hub, Identifier, IdentityRules, Purpose, SqliteStore, default_namespaces
from unified_profile._tour.tour import main

SERVICE = Purpose("service", traits={"*"}, basis="contract", events={"*"})
CRM = """\
Kd.-Nr.;Vorname;NACHNAME;E-Mail-Adresse;Tel. mobil;Land;Geb.-Datum;Newsletter (j/n);letzte Änderung;
K1;Jürgen;Weiß;juergen@web.example;0160 45325491;Deutschland;12.11.1950;j;09.04.2026 04:55;
K2;Éloïse;Noël;eloise@web.example;06 51 31 69 66;France;03.04.1985;n;10.04.2026 04:55;
K3;花子;森;hanako@web.example;090-9205-8907;日本;01.02.1990;n;11.04.2026 04:55;
K91;Jurgen;Wiess;JUERGEN@web.example;;Österreich;;n;12.04.2026 04:55;
K4;Anna;Groß;;+49 651 316966;;;n;12.04.2026 04:55;
"""
SHOP = """\
Bestell-Nr;Datum;Kunde;Mail;Telefon;Betrag (EUR);Status
B1;01.10.2026;Jürgen Weiß;juergen@web.example;;1.234;bezahlt
B2;02.10.2026;Jürgen Weiß;juergen@web.example;;178,17;storniert
B3;03.10.2026;Éloïse Noël;eloise@web.example;;€ 12,-;Storno angefragt
B4;04.10.2026;森花子;;090-9205-8907;2.250,24;offen
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Give a folder with the two exports, which is where the command runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    (tmp_path / "crm.csv").write_text(CRM, encoding="utf-8-sig")
    (tmp_path / "shop.csv").write_text(SHOP, encoding="utf-8")
    return tmp_path


def go(capsys, *arguments, status=0):
    """Run the command; return what it wrote, on one line."""
    assert main(list(arguments)) == status
    done = capsys.readouterr()
    return " ".join((done.err if status else done.out).split())


def hub(folder):
    rules = IdentityRules(default_namespaces(region="DE"))
    return Hub(SqliteStore(folder / "out.sqlite"), rules=rules, purposes=[SERVICE])


def happened(found, email):
    context = found.context(Identifier("email", email), purpose="service", channel="chat")
    return {one.details["order_id"]: (one.what, one.details.get("total")) for one in context.last_interactions}


def test_two_exports_of_three_countries_become_the_people_that_they_speak_of(folder, capsys):
    out = go(capsys, "--records", "crm.csv", "--records", "shop.csv", "--region", "DE", "--store", "out.sqlite")
    found = hub(folder)
    assert len(list(found.ids())) == 5  # Jürgen was entered twice; a number of three countries is one of the shop only
    assert happened(found, "juergen@web.example") == {
        "B1": ("Order Completed", 1234),
        "B2": ("Order Cancelled", 178.17),
    }
    assert happened(found, "eloise@web.example") == {"B3": ("Order Completed", 12)}
    eloise = found.resolve(Identifier("phone", "+33 6 51 31 69 66"))
    assert eloise == found.resolve(Identifier("email", "eloise@web.example"))
    assert eloise != found.resolve(Identifier("phone", "+49 651 316966"))
    profile = found.profile(Identifier("phone", "+81 90-9205-8907"), purpose="service")
    assert (profile["birth_date"], profile["country"]) == ("1990-02-01", "日本")
    assert "read as DE, but under JP in another file: 1 (give the rows a country" in out
    assert "Storno angefragt 1 Order Completed ?" in out
    assert "storniert 1 Order Cancelled" in out


def test_who_was_entered_twice_is_seen_by_the_names_before_anything_is_taken_in(folder, capsys):
    out = go(capsys, "--records", "crm.csv", "--dry-run", "--region", "DE", "--store", "out.sqlite")
    told = "addresses or phone numbers beside several of its values: 1"
    assert f"identifier external_id@crm {told}, with names that are alike, so a person may have several" in out
    assert '(else --map "Kd.-Nr.=customer_number")' in out
    assert "Nothing was taken in (--dry-run)" in out
    assert not (folder / "out.sqlite").exists()
    other = CRM.replace("K91;Jurgen", "K91;Käthe")
    (folder / "crm.csv").write_text(other, encoding="utf-8")
    out = go(capsys, "--records", "crm.csv", "--dry-run")
    known = "identifier customer_number the header 'Kd.-Nr.' is known"
    assert f"{known}; {told}, taken for different people" in out
    assert 'unless you say --map "Kd.-Nr.=external_id@crm"' in out


def test_a_file_that_would_be_read_otherwise_than_before_is_refused_and_the_store_left(folder, capsys):
    """Both readings would stay in the store: a table that is read in two ways is there twice."""
    asked = ("--records", "shop.csv", "--region", "DE", "--store", "out.sqlite")
    go(capsys, *asked)
    before = (folder / "out.sqlite").read_bytes()
    told = go(capsys, *asked, "--map", "Mail=attribute:mail", status=2)
    assert "shop.csv: was read otherwise when it was taken into this store ('Mail': was identifier email, is" in told
    assert "name another --store, or remove this one; or read it as before" in told
    assert (folder / "out.sqlite").read_bytes() == before
    for more in (("--country", "FR"), ("--map", "Datum=attribute:day"), ("--tz", "Asia/Tokyo")):
        assert "was read otherwise" in go(capsys, *asked, *more, status=2)


def test_a_column_that_came_is_no_other_reading(folder, capsys):
    (folder / "plain.csv").write_text("id,email\n1,a@web.example\n2,b@web.example\n", encoding="utf-8")
    asked = ("--records", "plain.csv", "--store", "out.sqlite")
    go(capsys, *asked)
    (folder / "plain.csv").write_text("id,email,city\n1,a@web.example,Bonn\n3,c@web.example,\n", encoding="utf-8")
    assert "3 people" in go(capsys, *asked)
    assert "'city': was attribute city, is identifier login" in go(capsys, *asked, "--map", "city=login", status=2)


def test_an_index_is_no_address_and_a_trailing_sign_no_key(folder, capsys):
    (folder / "index.csv").write_text(",name,email\n0,Zoé,zoe@web.example\n1,Anna,anna@web.example\n", encoding="utf-8")
    out = go(capsys, "--records", "index.csv", "--records", "crm.csv", "--store", "out.sqlite")
    assert "left out it has no name, and counts the rows" in out
    assert "left out it has no name, and nothing in it" in out
    anna = hub_without_region(folder).profile(Identifier("email", "anna@web.example"), purpose="service")
    assert (anna["name"], "postcode" in anna) == ("Anna", False)


def hub_without_region(folder):
    return Hub(SqliteStore(folder / "out.sqlite"), rules=IdentityRules(default_namespaces()), purposes=[SERVICE])


def test_numbers_with_two_meanings_are_asked_about_and_the_answer_is_taken(folder, capsys):
    (folder / "shop.csv").write_text("\n".join(SHOP.splitlines()[:2]) + "\n", encoding="utf-8")
    out = go(capsys, "--records", "shop.csv", "--dry-run")
    assert "numbers like 1.234 have two meanings: say --decimal-comma or --decimal-point" in out
    assert "is 1.234 more than a thousand (--decimal-comma) or a little more than one (--decimal-point)?" in out
    for option, total in (("--decimal-comma", 1234), ("--decimal-point", 1.234)):
        store = f"{total}.sqlite"
        assert "two meanings" not in go(capsys, "--records", "shop.csv", option, "--store", store)
        found = Hub(SqliteStore(folder / store), rules=IdentityRules(default_namespaces()), purposes=[SERVICE])
        assert happened(found, "juergen@web.example")["B1"] == ("Order Completed", total)


def test_a_status_can_be_overruled(folder, capsys):
    asked = ("--records", "shop.csv", "--region", "DE", "--store", "out.sqlite")
    out = go(capsys, *asked, "--status", "Storno angefragt=cancelled", "--status", "OFFEN=Order Placed")
    assert "Storno angefragt 1 Order Cancelled" in out
    assert happened(hub(folder), "eloise@web.example") == {"B3": ("Order Cancelled", 12)}
    assert "offen 1 Order Placed" in out


def test_the_country_of_a_file_is_that_of_its_phone_numbers(folder, capsys):
    go(capsys, "--records", "shop.csv", "--country", "Japan", "--region", "DE", "--store", "out.sqlite")
    assert hub(folder).resolve(Identifier("phone", "+81 90-9205-8907"))


def test_what_user_ids_may_be_is_said_though_the_column_is_no_identifier(folder, capsys):
    (folder / "crm.csv").write_text("Kürzel;E-Mail\nab7;a@web.example\ncd8;c@web.example\n", encoding="utf-8")
    calls = [
        {"type": "track", "event": "Seen", "messageId": user, "userId": user, "timestamp": "2026-10-02T00:00:00Z"}
        for user in ("ab7", "cd8")
    ]
    (folder / "web.jsonl").write_text("\n".join(map(json.dumps, calls)), encoding="utf-8")
    out = go(capsys, "--records", "crm.csv", "--events", "web.jsonl")
    assert "an id of its own; if it is 'Kürzel' in crm.csv, say --map \"Kürzel=customer_number\"" in out
    out = go(capsys, "--records", "crm.csv", "--map", "Kürzel=customer_number", "--events", "web.jsonl")
    assert '"userId' not in out
    assert "userId identifier customer_number its values are those of 'Kürzel' in crm.csv" in out


def test_the_channel_of_answers_may_be_a_property(folder, capsys):
    """Without it NPS by channel has one row, of no channel."""
    answers = [
        {"type": "track", "event": "Survey Answered", "messageId": f"m{at}", "userId": f"u{at}",
         "timestamp": "2026-10-02T00:00:00Z", "properties": {"nps": at % 11, "channel": "phone" if at % 2 else "shop"}}
        for at in range(40)
    ]  # fmt: skip
    (folder / "web.jsonl").write_text("\n".join(map(json.dumps, answers)), encoding="utf-8")
    out = go(capsys, "--events", "web.jsonl", "--store", "out.sqlite")
    assert "properties.channel channel the calls of some events say no channel, this property does" in out
    assert "NPS (0-10) phone" in out
    assert "channel_property='channel'" in out
    out = go(capsys, "--events", "web.jsonl", "--map", "properties.channel=ignore")
    assert "NPS (0-10) no channel told" in out
    assert "Fewer than two channels have answers" in out


def test_orders_without_a_moment_say_which_column_it_may_be(folder, capsys):
    rows = "".join(f"B{at};{at}.10.2026;{at}.11.2026;a@web.example;{at},50\n" for at in (13, 14, 15))
    (folder / "shop.csv").write_text(f"Bestell-Nr;Wann;Bis;Mail;Wert\n{rows}", encoding="utf-8")
    out = go(capsys, "--records", "shop.csv", "--dry-run")
    assert "'Bestell-Nr' looks like orders, but no column says when they were made" in out
    assert '--map "Wann=ordered_at" or --map "Bis=ordered_at", and --map "Wert=total"' in out


def test_the_way_on_declares_what_was_shown_and_asks_something(folder, capsys):
    said = {"channel": "email", "expressed_at": "2026-01-01T00:00:00+09:00", "purpose": "dm", "record_id": "c1"}
    who = {"namespace": "email", "value": "juergen@web.example"}
    (folder / "dm.jsonl").write_text(json.dumps({**said, "subject": who, "state": "given"}) + "\n", encoding="utf-8")
    assert main(["--records", "crm.csv", "--records", "shop.csv", "--consents", "dm.jsonl", "--region", "DE",
                 "--store", "out.sqlite"]) == 0  # fmt: skip
    lines = capsys.readouterr().out.partition("To go on in Python:")[2].splitlines()
    assert all(len(line) <= 80 for line in lines)
    names: dict[str, object] = {}
    exec("\n".join(line.removeprefix("    ") for line in lines), names)
    found = names["hub"]
    assert isinstance(found, Hub)
    assert [one.name for one in found.setup.purposes] == ["dm", "quality", "service"]
    assert [one.segment.name for one in found.segments()] == ["bought lately"]
    told = capsys.readouterr().out
    assert re.search(r"^5 people$", told, re.MULTILINE)
    assert len(told.splitlines()) == 3


def test_one_national_number_of_two_countries_is_nobody_twice(folder, capsys):
    (folder / "two.csv").write_text(
        "Kundennummer;Telefon;Land\nK2;0151 12345678;DE\nK3;0151 12345678;Österreich\n", encoding="utf-8"
    )
    assert "beside several of its values" not in go(capsys, "--records", "two.csv", "--dry-run")
