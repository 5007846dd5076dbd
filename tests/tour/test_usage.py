"""Whatever is wrong with a call or a file: a sentence with the way out, the right exit status, and no traceback."""

import os
import subprocess
import sys

import pytest

from unified_profile._tour.tour import main

GOOD = "id,name,email\n1,Taro,taro@example.com\n2,Hanako,hanako@example.com\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "150")
    (tmp_path / "good.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "other.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "calls.jsonl").write_text('{"type": "page", "messageId": "m1"}\n', encoding="utf-8")
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    (tmp_path / "twice.csv").write_text("email,email\na@example.com,b@example.com\n", encoding="utf-8")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 4)
    (tmp_path / "book.xlsx").write_bytes(b"PK\x03\x04\x14\x00\x06\x00")
    return tmp_path


def ended(arguments):
    """Return the exit status of the command."""
    try:
        return main(list(arguments))
    except SystemExit as stop:
        return stop.code


@pytest.mark.parametrize(
    ("arguments", "told"),
    (
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        (["stray"], "unrecognized arguments: stray"),
        (["--lang", "fr"], "invalid choice: 'fr'"),
        (["--records"], "expected one argument"),
        (["--records", "none.csv"], "no such file: none.csv"),
        (["--events", "."], "no such file: ."),
        (["--consents", "none.jsonl"], "no such file"),
        (["--records", "empty.csv"], "empty.csv: is empty"),
        (["--records", "calls.jsonl"], "holds JSON, not a table; read calls with --events"),
        (["--consents", "good.csv"], "does not hold JSON lines"),
        (["--records", "twice.csv"], "twice.csv: columns: 'email' stands above several (columns 1, 2); rename all but"),
        (["--records", "good.csv", "--status", "x"], "not STATUS=MEANING"),
        (["--records", "good.csv", "--status", "x=cancelled"], "--status: the file has no status of orders"),
        (["--status", "x=cancelled", "--records", "good.csv"], "argument --status: say it after the file"),
        (["--country", "FR", "--records", "good.csv"], "argument --country: say it after the file"),
        (["--records", "good.csv", "--country", "Freedonia"], "argument --country: no country that is known"),
        (["--header", "2", "--records", "good.csv"], "argument --header: say it after the file"),
        (["--records", "good.csv", "--header", "0"], "argument --header: not the number of a line"),
        (["--events", "calls.jsonl", "--country", "FR"], "--country, --status and --header are about tables"),
        (["--dry-run"], "argument --dry-run: is about files of your own"),
        (["--decimal-comma"], "argument --decimal-comma: is about files of your own"),
        (["--map", "a=b", "--records", "good.csv"], "argument --map: say it after the file"),
        (["--records", "good.csv", "--map", "email"], "not COLUMN=MEANING"),
        (["--records", "good.csv", "--map", "=email"], "not COLUMN=MEANING"),
        (["--records", "good.csv", "--map", "email="], "not COLUMN=MEANING"),
        (["--records", "good.csv", "--map", "mail=email"], "good.csv has no column 'mail'; it has id, name, email"),
        (["--records", "good.csv", "--map", "name=customer_number@a:b"], "not the name of a namespace"),
        (["--records", "good.csv", "--map", "name=identifier:Bad Name"], "not the name of a namespace"),
        (["--events", "calls.jsonl", "--map", "userId=nickname"], "not an identifier"),
        (["--events", "calls.jsonl", "--map", "userId=email@a@b"], "not the name of a namespace"),
        (["--source", "crm", "--records", "good.csv"], "argument --source: say it after the file"),
        (["--records", "good.csv", "--source", " "], "argument --source: not a printable name"),
        (["--records", "good.csv", "--source", "a\nb"], "argument --source: not a printable name"),
        (["--records", "good.csv", "--source", "x", "--records", "other.csv", "--source", "x"], "two files have"),
        (["--records", "book.xlsx"], "book.xlsx: is a workbook or an archive; save the sheet as CSV"),
        (["--records", "good.csv", "--region", "XX"], "--region: not a country"),
        (["--records", "good.csv", "--region", "Japan"], "--region: not a country"),
        (["--region", "JP"], "argument --region: is about files of your own"),
        (["--records", "good.csv", "--tz", "Mars/Base"], "not a time zone"),
        (["--events", "calls.jsonl", "--tz", "Mars/Base"], "not a time zone"),
        (["--tz", "UTC"], "argument --tz: is about files of your own"),
        (["--records", "good.csv", "--encoding", "utf-99"], "encoding: not known"),
        (["--encoding", "utf-8"], "argument --encoding: is about files of your own"),
        (["--store", "none/out.sqlite"], "argument --store: not a file in a folder that exists"),
        (["--store", "."], "argument --store: not a file in a folder that exists"),
        (["--records", "good.csv", "--store", "good.csv"], "argument --store: is one of the files to be read"),
    ),
)  # fmt: skip
def test_wrong_use_is_said_with_the_way_out(folder, capsys, arguments, told):
    assert ended(arguments) == 2
    done = capsys.readouterr()
    assert told in done.err
    assert "Traceback" not in done.err
    assert (folder / "good.csv").read_text(encoding="utf-8") == GOOD


@pytest.mark.parametrize(
    ("arguments", "told"),
    (
        (["--records", "binary.csv"], "nothing could be taken"),
        (["--records", "good.csv", "--encoding", "utf-16"], "good.csv, line 1"),
        (["--records", "good.csv", "--store", "other.csv"], "not a database"),
        (["--events", "broken.jsonl"], "nothing could be taken"),
        (["--records", "header.csv"], "nothing could be taken; no file has a row"),
        (
            ["--records", "title.csv"],
            "title.csv, line 1: header: is one name above several columns: a title, it seems; say --header 2",
        ),
    ),
)
def test_work_that_fails_says_why(folder, capsys, arguments, told):
    (folder / "broken.jsonl").write_text("{\n{\n", encoding="utf-8")
    (folder / "title.csv").write_text("Customers of 2026,\n" + GOOD, encoding="utf-8")
    (folder / "header.csv").write_text("name,email\n", encoding="utf-8")
    assert ended(arguments) == 1
    done = capsys.readouterr()
    assert told in done.err
    assert "Traceback" not in done.err
    assert (folder / "other.csv").read_text(encoding="utf-8") == GOOD


def test_a_store_of_other_rules_is_left_as_it_is(folder, capsys):
    assert main(["--records", "good.csv", "--store", "out.sqlite"]) == 0
    capsys.readouterr()
    assert ended(["--records", "good.csv", "--store", "out.sqlite", "--region", "JP"]) == 1
    assert "use the same --region as before" in capsys.readouterr().err


def test_a_table_in_another_encoding_than_was_said_is_told_which(folder, capsys):
    (folder / "sjis.csv").write_text("氏名,メール\n山田,taro@example.com\n", encoding="cp932")
    assert ended(["--records", "sjis.csv", "--encoding", "utf-8"]) == 1
    assert "sjis.csv, line 1: row: not utf-8; it reads as cp932: say --encoding 'cp932'" in capsys.readouterr().err
    assert ended(["--records", "sjis.csv"]) == 0


def test_no_personal_value_stands_in_an_error(folder, capsys):
    (folder / "bad.csv").write_text(
        "order_id,email,ordered_at,total\nA1,taro@example.com,someday,12\n", encoding="utf-8"
    )
    ended(["--records", "bad.csv"])
    done = capsys.readouterr()
    assert "taro" not in done.err
    assert "someday" not in done.out


def test_help_says_how_two_tables_are_unified(capsys):
    assert ended(["--help"]) == 0
    told = capsys.readouterr().out
    assert "python -m unified_profile --records customers.csv --records orders.csv" in told
    for option in ["records", "events", "consents", "source", "map", "region", "tz", "encoding", "store", "lang"]:
        assert f"--{option} " in told
    assert "exit status: 0 done, 1 the work failed, 2 wrong use" in told


def test_whoever_reads_only_the_beginning_is_left_in_peace(folder):
    """As in `python -m unified_profile | head -1`."""
    done = subprocess.run(
        f'"{sys.executable}" -m unified_profile --records good.csv | head -1',
        shell=True, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("unified_profile: facts in, views out\n", "")


def test_a_stream_that_knows_ascii_only_is_no_reason_to_fail(folder):
    done = subprocess.run(
        [sys.executable, "-m", "unified_profile", "--records", "good.csv", "--lang", "ja"],
        capture_output=True, text=True, encoding="ascii", check=False, timeout=120,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "good.csv" in done.stdout
