"""Files are read line by line; what cannot be read is told with its line, and nothing else is lost."""

import gc
import json
import tracemalloc
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import resources
from io import BytesIO, StringIO
from typing import Any

import pytest

from unified_profile.errors import InvalidPayloadError, InvalidRulesError, UnreadableFileError
from unified_profile.wire import (
    Reader,
    RecordMapping,
    Rejected,
    contacts,
    from_json,
    guess_mapping,
    orders,
    peek_csv,
    read_csv,
    read_facts,
    read_jsonl,
    survey_answers,
    tickets,
    to_json,
)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CRM = RecordMapping("crm", "id", identifiers={"mail": "email"}, attributes={"note": "note"}, optional={"note"})
WEB = Reader(source="web")


def told(facts: Iterable[Any]) -> list[Any]:
    """Let the checker believe that all facts are of the kind that is expected."""
    return list(facts)


def rows_of(text: str | bytes, mapping: RecordMapping = CRM, **options: Any) -> list[Any]:
    content = text if isinstance(text, bytes) else text.encode()
    return list(read_csv(BytesIO(content), mapping, received_at=NOW, **options))


def test_a_file_is_read_by_path_or_open(tmp_path):
    path = tmp_path / "crm.csv"
    path.write_text("id,mail\n7,taro@example.com\n")
    for file in (path, str(path)):
        assert [fact.key for fact in told(read_csv(file, CRM, received_at=NOW))] == ["7"]
    with path.open("rb") as stream:
        assert [fact.key for fact in told(read_csv(stream, CRM, received_at=NOW))] == ["7"]
        assert not stream.closed


@pytest.mark.parametrize("encoding", ("utf-8", "utf-8-sig", "utf-16", "cp932", "shift_jis", "euc_jp"))
def test_a_file_may_be_in_any_encoding(encoding):
    mapping = RecordMapping("crm", "番号", attributes={"氏名": "name"})
    facts = rows_of("番号,氏名\r\n7,山田 太郎\r\n".encode(encoding), mapping, encoding=encoding)
    assert facts[0].attributes == {"name": "山田 太郎"}


def test_a_byte_order_mark_is_no_part_of_the_first_header():
    assert rows_of("\ufeffid,mail\n7,a@example.com\n")[0].key == "7"


@pytest.mark.parametrize("delimiter", (",", ";", "\t", "|"))
def test_the_delimiter_is_seen_in_the_header(delimiter):
    text = f'id{delimiter}mail{delimiter}"a,b;c"\n7{delimiter}a@example.com{delimiter}x\n'
    assert rows_of(text)[0].identifiers[0].value == "a@example.com"


def test_cells_may_hold_lines_quotes_and_delimiters():
    facts = rows_of('id,mail,note\n1,a@example.com,"two\nlines, ""quoted"""\n2,b@example.com,\n')
    assert [fact.attributes for fact in facts] == [{"note": 'two\nlines, "quoted"'}, {}]


def test_empty_lines_are_left_out():
    assert [fact.key for fact in rows_of("id,mail\n\n1,a@example.com\n,\n\n2,b@example.com")] == ["1", "2"]


BROKEN = (
    "id,mail,note\n"
    "1,a@example.com,ok\n"
    '2,b@example.com,"three\nlines\nlong"\n'
    ",nobody@example.com,canary\n"
    "4,d@example.com,canary,more\n"
    "5,e@example.com\n"
    '6,f@example.com,"canary" x\n'
    "7,g@example.com,ok\n"
)


def test_each_line_that_cannot_be_taken_is_told_and_the_rest_is_read():
    rejected: list[Rejected] = []
    facts = rows_of(BROKEN, rejected=rejected.append)
    assert [fact.key for fact in facts] == ["1", "2", "7"]
    assert [(one.line, one.error.field) for one in rejected] == [
        (6, "line 6: id"),
        (7, "line 7: row"),
        (8, "line 8: row"),
        (9, "line 9: row"),
    ]
    assert json.loads(rejected[0].raw) == {"id": "", "mail": "nobody@example.com", "note": "canary"}
    assert rejected[1].raw == "4,d@example.com,canary,more\n"
    assert all("canary" not in str(one) + str(one.error) and "@" not in str(one) for one in rejected)


def test_they_come_in_their_place_if_nobody_asks_for_them_apart():
    found = rows_of(BROKEN)
    assert [one.line if isinstance(one, Rejected) else one.key for one in found] == ["1", "2", 6, 7, 8, 9, "7"]


def test_whoever_is_told_of_them_may_end_the_reading():
    def stop(one: Rejected) -> None:
        raise one.error

    with pytest.raises(InvalidPayloadError, match=r"line 6: id: blank"):
        rows_of(BROKEN, rejected=stop)


def test_lines_in_another_encoding_are_told_with_the_one_that_fits():
    content = b"id,mail,note\n1,a@example.com,ok\n" + "2,b@example.com,山田\n".encode("cp932") + b"3,c@example.com,ok\n"
    rejected: list[Rejected] = []
    assert [fact.key for fact in rows_of(content, rejected=rejected.append)] == ["1", "3"]
    assert rejected[0].line == 3
    assert rejected[0].error.hint == "it reads as cp932: say encoding='cp932'"


def test_a_header_in_another_encoding_is_told_at_once():
    with pytest.raises(InvalidPayloadError, match="encoding='cp932'"):
        rows_of("番号,氏名\n".encode("cp932"))


def test_a_quote_that_never_closes_takes_a_part_of_the_file_at_most():
    content = "id,mail\n" + '1,"' + "x\n" * 100_000 + "8,h@example.com\n"
    rejected: list[Rejected] = []
    assert [fact.key for fact in rows_of(content, rejected=rejected.append)] == ["8"]
    assert rejected[0].line == 2
    assert "quote" in rejected[0].error.reason


def test_a_line_that_is_too_long_is_left_out():
    content = "id,mail\n1," + "x" * 3_000_000 + "\n8,h@example.com\n"
    rejected: list[Rejected] = []
    assert [fact.key for fact in rows_of(content, rejected=rejected.append)] == ["8"]
    assert "longer than 1048576" in rejected[0].error.reason


@pytest.mark.parametrize(
    ("content", "told"),
    (
        ("", "missing"),
        ("\n", "missing"),
        ("mail\na\n", "lacks 'id'"),
        ("id,id,mail\n1,2,3\n", "has 'id' twice"),
    ),
)
def test_a_header_that_does_not_fit_is_told_at_once(content, told):
    with pytest.raises(InvalidPayloadError, match=told) as caught:
        rows_of(content)
    assert caught.value.field == "line 1: header"


def test_options_that_are_none_are_refused():
    slips: tuple[dict[str, Any], ...] = ({"encoding": "klingon"}, {"encoding": "hex"}, {"delimiter": "::"})
    for options in slips:
        with pytest.raises(InvalidRulesError):
            rows_of("id,mail\n", **options)
    with pytest.raises(UnreadableFileError, match="binary mode"):
        list(read_csv(StringIO("id,mail\n"), CRM, received_at=NOW))  # type: ignore[call-overload]  # the slip that is tested
    with pytest.raises(InvalidPayloadError, match="binary mode"):
        list(read_csv(5, CRM, received_at=NOW))  # type: ignore[call-overload]  # the slip that is tested


def test_json_lines_are_payloads_batches_or_rows():
    batch = b'{"batch":[{"type":"page","messageId":"b"},{"type":"page","messageId":"c"}]}'
    lines = b'{"type":"page","messageId":"a"}\n\n' + batch + b"\n"
    assert [fact.id for fact in told(read_jsonl(BytesIO(lines), WEB, received_at=NOW))] == ["a", "b", "c"]
    rows = b'\xef\xbb\xbf{"id": 1, "mail": "a@example.com"}\n'
    assert [fact.key for fact in told(read_jsonl(BytesIO(rows), CRM, received_at=NOW))] == ["1"]


def test_each_json_line_that_cannot_be_taken_is_told():
    lines = b"""{"type":"page","messageId":"a"}
{"type":"page","type":"track"}
nonsense
[1]
\xff
{"type":"page","userId":[]}
"""
    rejected: list[Rejected] = []
    facts = list(read_jsonl(BytesIO(lines), WEB, received_at=NOW, rejected=rejected.append))
    assert [fact.id for fact in facts] == ["a"]
    assert [one.error.field for one in rejected] == [
        "line 2: payload",
        "line 3: payload",
        "line 4: payload",
        "line 5: row",
        "line 6: userId",
    ]
    assert rejected[1].raw == "nonsense\n"


def test_a_long_file_needs_no_more_memory_than_a_short_one():
    def peak(lines: int) -> int:
        class Endless(BytesIO):
            left = lines

            def readline(self, size: int | None = -1, /) -> bytes:
                self.left -= 1
                return (
                    b'{"type":"track","event":"A","messageId":"%d","properties":{"a":"b"}}\n' % self.left
                    if self.left >= 0
                    else b""
                )

        gc.collect()
        tracemalloc.start()
        count = sum(1 for _ in read_jsonl(Endless(), WEB, received_at=NOW))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == lines
        return used

    peak(100)
    assert peak(5_000) < peak(500) + 45_000  # ten bytes a line


def test_exported_facts_are_read_again(tmp_path):
    facts = rows_of("id,mail,note\n1,a@example.com,ok\n2,b@example.com,\n")
    path = tmp_path / "facts.jsonl"
    path.write_text("".join(json.dumps(to_json(fact)) + "\n" for fact in facts))
    assert list(read_facts(path)) == facts


def test_a_look_at_a_file_tells_what_is_needed_to_guess():
    sample = peek_csv(BytesIO("氏名;メール\n山田;a@example.com\n".encode("cp932") * 1000), rows=5)
    assert (sample.columns, sample.encoding, sample.delimiter, len(sample.rows)) == (
        ("氏名", "メール"),
        "cp932",
        ";",
        5,
    )
    assert "山田" not in repr(sample)


SAMPLE = resources.files("unified_profile") / "_sample"
READINGS: dict[str, Any] = {
    "crm.csv": contacts(),
    "orders.csv": orders(),
    "tickets.csv": tickets(),
    "survey.csv": survey_answers(),
    "events.jsonl": Reader(source="web", user_id="customer_number"),
    "consent.jsonl": Reader(source="consent"),
}


@pytest.mark.parametrize("name", READINGS)
def test_the_bundled_sample_is_read_by_ready_made_mappings_without_a_rejection(name):
    with resources.as_file(SAMPLE / name) as path:
        reading = READINGS[name]
        read = read_jsonl if isinstance(reading, Reader) else read_csv
        facts = told(read(path, reading, received_at=NOW))
        lines = path.read_bytes().count(b"\n")
    assert len(facts) >= lines * 0.9
    assert sum(1 for fact in facts if fact.identifiers) >= len(facts) * 0.9
    assert all(from_json(to_json(fact)) == fact for fact in facts[:200])


def test_the_tables_of_the_sample_can_be_guessed_as_well():
    kinds: Counter[str] = Counter()
    for name in ("crm", "orders", "tickets", "survey"):
        with resources.as_file(SAMPLE / f"{name}.csv") as path:
            sample = peek_csv(path)
            mapping = guess_mapping(sample.columns, sample.rows, source=name)
            rejected: list[Rejected] = []
            facts = list(read_csv(path, mapping, received_at=NOW, rejected=rejected.append))
        assert not rejected
        kinds[mapping.name or "record"] += len(facts)
    assert set(kinds) == {"record", "Order Completed", "Ticket Opened", "Survey Answered"}


@pytest.mark.parametrize("text", (
    "Name;Ort\nMüller;Köln\nJürgen;Größe\nStraße;Düsseldorf\n", "Nom;Ville\nPérez;Orléans\nZoë;Nîmes\n",
    "Name;Ort\nBjörn;Malmö\n",
))  # fmt: skip
def test_european_text_is_not_taken_for_japanese(text):
    """Two bytes a character it reads as well: as ideographs in the middle of words."""
    assert peek_csv(BytesIO(text.encode("cp1252"))).encoding == "cp1252"


@pytest.mark.parametrize("encoding", ("cp932", "euc_jp", "utf-8"))
def test_japanese_text_is_taken_for_what_it_is(encoding):
    text = "氏名,メモ,都市\n山田太郎,Tシャツ,大阪\n鈴木,email用,東京\n"
    assert peek_csv(BytesIO(text.encode(encoding))).encoding == encoding


def test_excel_may_say_the_delimiter_in_a_line_of_its_own(tmp_path):
    """The line is no header, and the lines of refusals are those of the file."""
    path = tmp_path / "sep.csv"
    for first in ("sep=;\n", '"sep=;"\r\n', "SEP=;\n"):
        path.write_text(f"{first}id;mail\n1;a@example.com\n2\n", encoding="utf-8-sig")
        sample = peek_csv(path)
        assert (sample.columns, sample.delimiter, len(sample.rows)) == (("id", "mail"), ";", 1)
        fact, rejected = read_csv(path, CRM, received_at=NOW)
        assert getattr(fact, "key", "") == "1"
        assert isinstance(rejected, Rejected)
        assert rejected.line == 4


@pytest.mark.parametrize("title", ("Customers of 2026;;", "Customers of 2026"))
def test_a_title_above_the_table_is_asked_about(tmp_path, title):
    path = tmp_path / "title.csv"
    path.write_text(f"{title}\n;;\nid;mail;town;\n1;a@example.com;Osaka;\n", encoding="utf-8")
    with pytest.raises(InvalidPayloadError, match=r"a title, it seems; say header=3, if line 3 names the columns"):
        peek_csv(path)
    sample = peek_csv(path, header=3)
    assert (sample.columns, sample.rows[0]["town"]) == (("id", "mail", "town", ""), "Osaka")
    (fact,) = read_csv(path, CRM, received_at=NOW, header=3)
    assert getattr(fact, "key", "") == "1"
    with pytest.raises(InvalidPayloadError, match="line 4: header: missing; say the line"):
        peek_csv(path, header=9)
    for wrong in (0, True, "3", 10**6):
        with pytest.raises(InvalidRulesError, match="not the number of a line"):
            peek_csv(path, header=wrong)  # type: ignore[arg-type]  # what a stranger may pass


def test_a_file_of_one_column_needs_no_title(tmp_path):
    path = tmp_path / "one.csv"
    path.write_text('mail\na@example.com\n"b, c; d"\n1,50\n', encoding="utf-8")
    assert peek_csv(path).columns == ("mail",)
