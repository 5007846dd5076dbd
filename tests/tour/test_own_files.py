"""A stranger's own files: columns are guessed, shown and overruled, and files are joined by what they share."""

import json
import re

import pytest

from unified_profile import Hub, Identifier, IdentityRules, Purpose, SqliteStore, default_namespaces
from unified_profile._tour.tour import main

CUSTOMERS = """\
id,Full Name,E-mail,Mobile,Town,Signup Date
1,Taro Yamada,taro@example.com,090-0000-1234,Osaka,2024-03-01
2,Hanako Suzuki,hanako@example.com,,Kyoto,2024-05-06
3,John Smith,JOHN@example.com,+44 20 7946 0958,London,2025-01-02
4,H. Suzuki,hanako@example.com,080-0000-5555,Kyoto,2025-06-07
"""
ORDERS = """\
order no;customer id;email;order date;amount;status
A1;1;taro@example.com;2026-09-01 10:00;1200;completed
A2;1;;2026-10-05 12:30;800;completed
A3;3;;2026-10-06;"1,500";refunded
A4;;guest@example.org;2026-10-07;300;completed
"""
SERVICE = Purpose("service", traits={"*"}, basis="contract", events={"*"})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Give an empty folder, which is where the command runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "150")
    (tmp_path / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    return tmp_path


def go(capsys, *arguments):
    """Run the command; return what it wrote."""
    status = main(list(arguments))
    done = capsys.readouterr()
    assert (status, done.err) == (0, "")
    return done.out


def hub(folder, region=""):
    rules = IdentityRules(default_namespaces(region=region))
    return Hub(SqliteStore(folder / "out.sqlite"), rules=rules, purposes=[SERVICE])


def orders_of(found, email):
    context = found.context(Identifier("email", email), purpose="service", channel="chat")
    return [one.details["order_id"] for one in context.last_interactions]


def test_two_tables_become_one_profile_per_person(folder, capsys):
    """Orders reach their customer through the customer's row, and who was entered twice is one."""
    out = go(capsys, "--records", "customers.csv", "--records", "orders.csv", "--region", "JP", "--store", "out.sqlite")
    assert "\n4 people\n" in out
    found = hub(folder, "JP")
    assert len(list(found.ids())) == 4
    assert orders_of(found, "taro@example.com") == ["A2", "A1"]
    assert orders_of(found, "john@example.com") == ["A3"]
    hanako = found.profile(Identifier("phone", "080-0000-5555"), purpose="service")
    assert (hanako["email"], hanako["name"]) == ("hanako@example.com", "H. Suzuki")


def test_what_columns_were_taken_for_is_shown_with_the_reason(folder, capsys):
    out = go(capsys, "--records", "customers.csv", "--records", "orders.csv")
    lines = {line.split("  ")[0]: " ".join(line.split()) for line in out.splitlines()}
    assert "identifier email the header 'E-mail' is known" in lines["E-mail"]
    assert "identifier external_id@customers 'customer id' in orders.csv refers to it" in lines["id"]
    assert "its values are those of 'id' in customers.csv" in lines["customer id"]
    assert "read in UTC (say --tz if that is wrong)" in lines["order date"]
    assert "--region says whose they are" in out


def test_a_guess_can_be_overruled(folder, capsys):
    """A number that is one for each person keeps apart whoever has two of it, and that is said."""
    out = go(capsys, "--records", "customers.csv", "--map", "ID=customer_number", "--map", "town=hometown",
             "--map", "Signup Date=ignore", "--records", "orders.csv", "--store", "out.sqlite")  # fmt: skip
    assert "\n5 people\n" in out
    assert "one person would have too many of customer_number" in out
    assert "external_id@NAME links without a limit" in out
    taro = hub(folder).profile(Identifier("customer_number", "1"), purpose="service")
    assert (taro["hometown"], "city" in taro, "created_at" in taro) == ("Osaka", False, False)
    assert orders_of(hub(folder), "taro@example.com") == ["A2", "A1"]


def test_a_source_has_the_name_it_is_given_or_that_of_its_file(folder, capsys):
    go(capsys, "--records", "customers.csv", "--source", "crm", "--records", "orders.csv", "--store", "out.sqlite")
    profile = hub(folder).raw(Identifier("email", "taro@example.com"), reason="test of sources")
    assert profile.traits["name"].provenance[0].source == "crm"
    assert Identifier.record("crm", "1") in profile.identifiers


def test_two_files_of_one_name_stay_apart(folder, capsys):
    (folder / "more").mkdir()
    (folder / "more" / "customers.csv").write_text("id,email\n1,other@example.com\n", encoding="utf-8")
    out = go(capsys, "--records", "customers.csv", "--records", "more/customers.csv", "--store", "out.sqlite")
    assert "as source customers_2" in out
    assert hub(folder).resolve(Identifier("email", "other@example.com")) != hub(folder).resolve(
        Identifier("email", "taro@example.com")
    )


def test_reading_the_same_files_again_changes_nothing(folder, capsys):
    """A table without dates too: its rows are the same rows, though it is later."""
    (folder / "plain.csv").write_text("name,email\nA,a@example.com\nB,b@example.com\n", encoding="utf-8")
    arguments = ("--records", "plain.csv", "--records", "orders.csv", "--store", "out.sqlite")
    assert "\n6 facts, " in go(capsys, *arguments)
    before = set(hub(folder).ids())
    again = go(capsys, *arguments)
    assert "\n0 facts, " in again
    assert "Quarantined:" not in again
    assert set(hub(folder).ids()) == before


def test_japanese_tables_in_the_encoding_of_excel(folder, capsys):
    (folder / "会員.csv").write_text(
        "会員番号,氏名,メールアドレス,電話番号,登録日\nA001,山田太郎,taro@example.com,090-0000-1234,2024/03/01\n"
        "A002,鈴木花子,hanako@example.com,,2024年5月6日\n",
        encoding="cp932",
    )
    (folder / "注文.csv").write_text(
        '注文番号,会員番号,注文日時,合計金額,ステータス\n1,A001,2026/10/01 10:00,"¥1,200",完了\n'
        "2,A002,2026/10/02 10:00,△500,返品\n",
        encoding="utf-8-sig",
    )
    out = go(capsys, "--records", "会員.csv", "--records", "注文.csv", "--region", "JP", "--tz", "Asia/Tokyo",
             "--store", "out.sqlite", "--lang", "ja")  # fmt: skip
    assert "2 人" in out
    found = hub(folder, "JP")
    (last,) = found.context(Identifier("phone", "+819000001234"), purpose="service", channel="x").last_interactions
    assert (last.what, last.details["total"], last.at.hour) == ("Order Completed", 1200, 1)
    (other,) = found.context(Identifier("customer_number", "A002"), purpose="service", channel="x").last_interactions
    assert (other.what, other.details["total"]) == ("Order Refunded", -500)


def test_a_yes_in_a_table_permits_nothing_and_that_is_said(folder, capsys):
    """Whoever exports a column of newsletter wishes expects them to be consents."""
    (folder / "wishes.csv").write_text("E-mail,Newsletter opt-in\ntaro@example.com,yes\n", encoding="utf-8")
    out = go(capsys, "--records", "wishes.csv", "--store", "out.sqlite")
    assert "A yes in a table (Newsletter opt-in) is kept as a trait and permits nothing" in " ".join(out.split())
    found = hub(folder)
    who = Identifier("email", "taro@example.com")
    assert found.profile(who, purpose="service")["newsletter_opt_in"] is True
    assert "newsletter by email: denied (no_consent)" in out
    assert "permits nothing" not in go(capsys, "--records", "customers.csv")


def write_lines(path, *lines):
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")


def call(id, **more):
    return {"messageId": id, "timestamp": "2026-10-02T00:00:00Z", **more}


def test_calls_and_consents_join_the_tables(folder, capsys):
    """userId turns out to be the id of the customers' table; what cannot be read is told and kept."""
    write_lines(
        folder / "web.jsonl",
        call("m1", type="identify", userId="1", anonymousId="an1", traits={"email": "taro@example.com"}),
        call("m2", type="track", event="Product Added", userId="2", anonymousId="an2"),
        {"bad": 1}, "not json",
    )  # fmt: skip
    said = {"channel": "email", "expressed_at": "2026-01-01T00:00:00+09:00", "purpose": "dm"}
    write_lines(
        folder / "dm.jsonl",
        {**said, "record_id": "c1", "subject": {"namespace": "email", "value": "taro@example.com"}, "state": "given"},
        {**said, "record_id": "c2", "subject": {"namespace": "email", "value": "hanako@example.com"},
         "state": "withdrawn"},
    )  # fmt: skip
    out = go(capsys, "--records", "customers.csv", "--events", "web.jsonl", "--consents", "dm.jsonl",
             "--store", "out.sqlite")  # fmt: skip
    assert "\n3 people\n" in out
    flat = " ".join(out.split())
    assert "userId identifier external_id@customers its values are those of 'id' in customers.csv" in flat
    assert "first line times reason" in flat
    assert re.search(r"web web.jsonl \d+ 1 payload: not recognized", flat)
    assert "calls_1 = Reader(source='web', user_id='external_id@customers')" in flat
    assert re.search(r"web web.jsonl \d+ 1 payload: not JSON", flat)
    assert "dm by email: denied (withdrawn)" in flat
    assert "dm email – 1 33.3% withdrawn 1, no_consent 1" in flat
    assert len(hub(folder).quarantined()) == 2
    assert hub(folder).resolve(Identifier("anonymous_id", "an2")) == hub(folder).resolve(
        Identifier("email", "hanako@example.com")
    )


@pytest.mark.parametrize(
    ("users", "extra", "told"),
    (
        (["a@example.com", "b@example.com"], [], "identifier email the values look like e-mail addresses"),
        (["x7", "x8"], [], "identifier user_id an id of its own: no table holds its values"),
        (["1", "2"], ["--map", "userId=customer_number@shop"], "identifier customer_number@shop you said so"),
    ),
)
def test_what_user_ids_are_is_guessed_by_their_values_or_said(folder, capsys, users, extra, told):
    write_lines(folder / "web.jsonl", *(call(f"m{user}", type="track", event="Seen", userId=user) for user in users))
    out = go(capsys, "--records", "customers.csv", "--events", "web.jsonl", *extra)
    assert told in " ".join(out.split())


def test_tickets_are_opened_answered_and_resolved(folder, capsys):
    (folder / "tickets.csv").write_text(
        "ticket_id,email,channel,opened_at,first_response_at,resolved_at,subject,promise_due\n"
        "T1,taro@example.com,phone,2026-01-01T00:00Z,2026-01-01T01:00Z,2026-01-02T00:00Z,Zip,2026-01-03T00:00Z\n"
        "T2,taro@example.com,chat,2026-02-01T00:00Z,,,Late,2026-02-02T00:00Z\n",
        encoding="utf-8",
    )
    go(capsys, "--records", "tickets.csv", "--store", "out.sqlite")
    found = hub(folder).context(Identifier("email", "taro@example.com"), purpose="service", channel="chat")
    assert [thread.key for thread in found.open_threads] == ["T2"]
    assert [promise.state for promise in found.promises] == ["kept", "overdue"]


def test_survey_answers_are_measured_and_a_wrong_scale_is_said(folder, capsys):
    rows = [f"R{n},u{n}@example.com,{'phone' if n % 2 else 'chat'},2026-01-01T00:00Z,{n % 11}" for n in range(40)]

    def told(*more):
        lines = ["response_id,email,channel,answered_at,nps", *rows, *more]
        (folder / "survey.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return " ".join(go(capsys, "--records", "survey.csv").split())

    assert "NPS (0-10) all" in told()
    assert "NPS (0-10): not enough data to name a weakest link." in told()
    assert "CSAT (4-5 of 5): no answer, because" in told()
    assert "NPS (0-10): no answer, because scores: 1 of 41" in told("X,x@example.com,web,2026-01-01T00:00Z,77")


def test_a_table_with_nothing_but_names_still_says_how_many(folder, capsys):
    (folder / "names.csv").write_text("name\nTaro\nHanako\n", encoding="utf-8")
    out = go(capsys, "--records", "names.csv")
    assert "\n2 people\n" in out


def test_the_way_on_in_python_works(folder, capsys):
    out = go(capsys, "--records", "customers.csv", "--region", "JP", "--store", "out.sqlite")
    lines = [line.strip() for line in out.splitlines() if line.startswith("    ")]
    names: dict[str, object] = {}
    exec("\n".join(lines), names)
    assert isinstance(names["hub"], Hub)
    assert len(list(names["hub"].profiles(purpose="service"))) == 3


def test_dates_with_two_meanings_are_asked_about_and_the_answer_is_taken(folder, capsys):
    """3/4/2025 alone says neither; no row is silently moved to another month."""
    (folder / "visits.csv").write_text(
        "e-mail;Modified On;Spent\nann@example.com;03/04/2025;1.234,50\nbob@example.com;05/06/2025;12,5\n"
        "cy@example.com;;7\n",
        encoding="utf-8-sig",
    )
    out = " ".join(go(capsys, "--records", "visits.csv").split())
    assert "dates like 3/4/2025 have two meanings: say --dayfirst or --monthfirst" in out
    assert "is 3/4/2025 in April (--dayfirst) or in March (--monthfirst)?" in out
    assert "visits visits.csv 2 2 Modified On: a date with two meanings" in out
    for option, month in (("--dayfirst", 4), ("--monthfirst", 3)):
        store = f"{option}.sqlite".strip("-")
        out = go(capsys, "--records", "visits.csv", option, "--store", store)
        assert "two meanings" not in out
        found = Hub(SqliteStore(folder / store), rules=IdentityRules(default_namespaces()), purposes=[SERVICE])
        spent = found.profile(Identifier("email", "ann@example.com"), purpose="service").trait("spent")
        assert spent.value == 1234.5
        assert spent.provenance[0].occurred_at.month == month


def test_a_meaning_that_is_nearly_a_known_one_is_asked_about(folder, capsys):
    assert main(["--records", "customers.csv", "--map", "Town=emial"]) == 2
    assert "'emial' is no known meaning; did you mean 'email'?" in capsys.readouterr().err
    out = go(capsys, "--records", "customers.csv", "--map", "Town=attribute:emial")
    assert "attribute emial" in " ".join(out.split())


def test_one_person_is_called_so_and_rows_without_a_time_are_pointed_out(folder, capsys):
    (folder / "one.csv").write_text("name,e-mail\nTaro,taro@example.com\n", encoding="utf-8")
    out = go(capsys, "--records", "one.csv")
    assert "\n1 person\n" in out
    assert "\n1 fact, 1 person, " in out
    assert "no time no column says since when a row holds" in " ".join(out.split())
    assert "no time" not in go(capsys, "--records", "customers.csv")


def test_two_systems_that_count_on_their_own_do_not_keep_a_person_apart(folder, capsys):
    """A shop's and a club's numbers are not one number: who is in both, by address, is one person."""
    (folder / "kunden.csv").write_text(
        "Kundennr;Vorname;E-Mail-Adresse;Straße;Geändert am;Newsletter\n"
        "10023;Käthe;kaethe@example.de;Lindenstraße 3;03.02.2026;ja\n"
        "10024;Jürgen;juergen@example.de;Am Wall 7;14.01.2026;nein\n",
        encoding="cp1252",
    )
    (folder / "会員.csv").write_text(
        "会員ＩＤ,お名前（漢字）,メールアドレス,お電話番号,最終更新\n"
        "A001,山田　太郎,taro＠example.jp,０９０－００００－１２３４,令和５年４月１日\n"
        "A002,ケーテ,kaethe@example.de,090-0000-5555,2024年12月1日\n",
        encoding="cp932",
    )
    out = go(capsys, "--records", "kunden.csv", "--records", "会員.csv", "--region", "JP", "--store", "out.sqlite")
    assert "\n3 people\n" in out
    assert "not known" not in out
    assert "identifier customer_number@kunden" in " ".join(out.split())
    found = hub(folder, "JP")
    kaethe = found.profile(Identifier("phone", "090-0000-5555"), purpose="service")
    assert (kaethe["given_name"], kaethe["street"], kaethe["newsletter_opt_in"]) == ("Käthe", "Lindenstraße 3", True)
    assert found.resolve(Identifier("customer_number", "10023", "kunden")) == kaethe.profile_id
    assert found.profile(Identifier("email", "taro@example.jp"), purpose="service")["name"] == "山田　太郎"
