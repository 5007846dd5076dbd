"""The examples run as they stand, on real stores, and do what they say."""

import runpy
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from unified_profile import Identifier, Judgement, SourceRecord, Verdict

FOLDER = Path(__file__).parents[2] / "examples"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def load(name):
    return SimpleNamespace(**runpy.run_path(str(FOLDER / f"{name}.py")))


@pytest.fixture(scope="module")
def service():
    return load("service")


@pytest.fixture
def crm(tmp_path):
    with closing(load("crm_embedding").Crm(tmp_path / "crm.sqlite")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("name", "last"),
    (
        ("service", '  the page shows: {"greeting": "Hanako", "open_tickets": 0, "recommend_from": ["lamp"]}'),
        ("crm_embedding", "3 contacts, 2 people"),
        ("notebook", "mail -100 (95 % interval -100 to 76.4, n=1)"),
    ),
)
def test_an_example_runs_as_a_script(name, last, tmp_path):
    done = subprocess.run(
        [sys.executable, str(FOLDER / f"{name}.py"), str(tmp_path)],
        capture_output=True, text=True, encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == last


def test_every_example_is_run_here():
    assert sorted(path.stem for path in FOLDER.glob("*.py")) == ["crm_embedding", "notebook", "service"]


def test_the_notebook_tells_the_past_and_gives_no_address_without_consent(capsys):
    cells = load("notebook")
    out = capsys.readouterr().out
    assert "京都市 most_recent crm 2026-04-20" in out
    assert "@" not in out
    then = cells.hub.features([(cells.hanako, cells.february)], purpose="research", traits=["city"], backend="pyarrow")
    assert then["city"].to_pylist() == ["大阪市"]
    letters = cells.hub.to_frame(purpose="newsletter", traits=["email"], backend="pyarrow")
    assert set(letters["email"].to_pylist()) == {None}


def call(id, **more):
    return {"type": "track", "event": "Product Viewed", "messageId": id, "timestamp": "2026-05-01T09:00:00Z", **more}


def test_the_service_takes_batches_and_counts_what_is_sent_again(service, tmp_path):
    hub = service.open_hub(tmp_path / "service.sqlite")
    batch = {"batch": [call("m1", anonymousId="a"), call("m2", anonymousId="a")]}
    assert service.collect(hub, batch) == (200, {"accepted": 2, "repeated": 0, "quarantined": []})
    assert service.collect(hub, batch) == (200, {"accepted": 0, "repeated": 2, "quarantined": []})


def test_the_service_answers_nonsense_without_losing_it(service, tmp_path):
    hub = service.open_hub(tmp_path / "service.sqlite")
    assert service.collect(hub, {"batch": 7})[0] == 400
    status, answer = service.collect(hub, {"type": "wave", "email": "hanako@example.com"})
    assert (status, answer["accepted"]) == (202, 0)
    assert "hanako" not in str(answer)
    assert len(hub.quarantined()) == 1


def test_the_page_of_a_stranger_is_the_page_for_everybody(service, tmp_path):
    hub = service.open_hub(tmp_path / "service.sqlite")
    nobody: dict[str, Any] = {"greeting": None, "open_tickets": 0, "recommend_from": []}
    assert service.page(hub, "cookie-9") == nobody
    service.collect(hub, call("m1", anonymousId="cookie-9"))
    assert service.page(hub, "cookie-9") == nobody


def rows(crm):
    return {number: (profile, name, city) for number, profile, name, city in crm.rows()}


def test_a_contact_and_the_fact_about_it_are_saved_together_or_not_at_all(crm, tmp_path):
    """The CRM's transaction is rolled back after the hub has written: neither is there."""
    crm.save(1, {"given_name": "Hanako", "email": "hanako@example.com"}, at=NOON)
    crm.connection.execute("INSERT INTO contacts (number, saved_at) VALUES (2, 'now')")
    crm.tell(2, {"given_name": "Taro", "email": "taro@example.com"}, at=NOON)
    crm.write_back()
    assert len(crm.rows()) == 2
    crm.connection.rollback()
    assert list(rows(crm)) == [1]
    with closing(load("crm_embedding").Crm(tmp_path / "crm.sqlite")) as again:
        assert len(list(again.hub.ids())) == 1
        assert [tuple(row) for row in again.connection.execute("SELECT number FROM contacts")] == [(1,)]


def test_a_contact_that_cannot_be_told_is_not_saved(crm):
    """Two states of one row cannot both hold at one moment; the CRM keeps what the hub keeps."""
    crm.save(1, {"given_name": "Hanako"}, at=NOON)
    with pytest.raises(ValueError, match="cannot be saved: used before"):
        crm.save(1, {"given_name": "Taro"}, at=NOON)
    assert rows(crm)[1][1] == "Hanako"
    assert crm.connection.execute("SELECT given_name FROM contacts").fetchall() == [("Hanako",)]


def test_the_unified_values_come_back_into_every_row_of_a_person(crm):
    crm.save(1, {"given_name": "Hanako", "email": "hanako@example.com"}, at=NOON)
    crm.save(2, {"given_name": "Hana", "email": "HANAKO@example.com ", "city": "Osaka"}, at=NOON + HOUR)
    first, second = rows(crm)[1], rows(crm)[2]
    assert first == second
    assert first[1:] == ("Hana", "Osaka")
    crm.save(1, {"given_name": "Hanako", "email": "hanako@example.com", "city": "Kyoto"}, at=NOON + 2 * HOUR)
    assert rows(crm)[2][1:] == ("Hanako", "Kyoto")


def test_a_clerk_who_takes_two_contacts_apart_gets_two_rows_of_values(crm):
    """Unmerge: what came together by a shared address comes apart exactly, and the table follows."""
    crm.save(1, {"given_name": "Hanako", "email": "family@example.com", "city": "Osaka"}, at=NOON)
    crm.save(2, {"given_name": "Taro", "email": "family@example.com", "city": "Kyoto"}, at=NOON + HOUR)
    assert rows(crm)[1][1:] == ("Taro", "Kyoto")
    crm.hub.ingest([
        Judgement(id="j1", source="desk", occurred_at=NOON + 2 * HOUR, verdict=Verdict.DIFFERENT,
                  left=Identifier.record("crm", "1"), right=Identifier.record("crm", "2")),
    ])  # fmt: skip
    with crm.connection:
        crm.connection.execute("BEGIN")
        crm.write_back()
    assert {number: values[1:] for number, values in rows(crm).items()} == {
        1: ("Hanako", "Osaka"),
        2: ("Taro", "Kyoto"),
    }
    assert rows(crm)[1][0] != rows(crm)[2][0]


def test_facts_from_elsewhere_reach_the_contacts_too(crm):
    """The shop knows the city; the CRM's row shows it after the next write-back."""
    crm.save(1, {"given_name": "Hanako", "email": "hanako@example.com"}, at=NOON)
    crm.hub.ingest([
        SourceRecord(id="s1", source="shop", key="9", occurred_at=NOON + HOUR, attributes={"city": "Nara"},
                     identifiers=[Identifier("email", "hanako@example.com")]),
    ])  # fmt: skip
    assert rows(crm)[1][2] is None
    with crm.connection:
        crm.connection.execute("BEGIN")
        assert crm.write_back() == 1
    assert rows(crm)[1][2] == "Nara"


def test_the_tables_of_the_crm_are_its_own(crm, tmp_path):
    """What the library adds stands apart: its tables begin with up_."""
    crm.save(1, {"email": "hanako@example.com"}, at=NOON)
    with closing(sqlite3.connect(tmp_path / "crm.sqlite")) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    own = {"contacts", "write_back"}
    assert own < names
    assert all(name.startswith(("up_", "sqlite_")) for name in names - own)
