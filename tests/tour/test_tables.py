"""Tables and sentences fit where they are written, whatever script they are in, and lose nothing."""

import io
import unicodedata

import pytest
from hypothesis import given, strategies as st

from unified_profile._tour.paper import Paper
from unified_profile._tour.tables import columns, table
from unified_profile._tour.width import padded, printable, width, wrapped
from unified_profile._tour.words import JAPANESE, said

TEXTS = st.text(st.sampled_from("ab Z9-山田ﾔひ（。é\u0301👍"), max_size=40)
ROOM = st.integers(20, 120)


@given(TEXTS, st.integers(2, 50))
def test_wrapped_lines_fit_and_hold_every_character(text, room):
    lines = wrapped(text, room)
    assert all(width(line) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(TEXTS, st.integers(0, 50), st.booleans())
def test_padding_makes_a_text_as_wide_as_its_column(text, more, right):
    wanted = width(text) + more
    assert width(padded(text, wanted, right=right)) == wanted
    assert padded(text, wanted, right=right).strip() == text.strip()


@given(st.lists(st.tuples(TEXTS, TEXTS, st.integers(0, 10**9)), max_size=5), ROOM)
def test_a_table_fits_and_holds_every_cell(rows, room):
    lines = table(columns("name", "名前", "#count"), rows, room=room)
    assert all(width(line) <= room for line in lines)
    written = "".join("".join(lines).split())
    for row in rows:
        for cell in row:
            # Broken cells stand on several lines, beside parts of others: their characters are there all the same.
            assert all(written.count(sign) for sign in str(cell) if not sign.isspace())


def test_columns_stand_under_each_other_with_japanese_beside_english():
    lines = table(columns("name", "city", "#n"), [("山田 花子", "大阪", 3), ("Smith", "London", 12)], room=60, rule="-")
    assert lines == [
        "name       city     n",
        "---------  ------  --",
        "山田 花子  大阪     3",
        "Smith      London  12",
    ]


def test_where_nothing_fits_each_row_becomes_a_list():
    lines = table(columns("name", "#first", "#second"), [("山田", 123456, 7)], room=14)
    assert lines == ["- name: 山田", "  first:", "  123456", "  second: 7"]


def test_numbers_are_never_broken():
    for room in range(10, 60):
        lines = table(columns("a long heading", "#n"), [("some words here", "1,234,567")], room=room)
        assert any("1,234,567" in line for line in lines) or room < 12


def test_what_a_file_says_cannot_write_over_the_terminal():
    assert printable("\x1b[2J\x07Taro\r\n山田\u202e") == "?[2J?Taro  山田?"


def write(encoding, **more):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    paper = Paper(stream, **more)
    paper.heading("The weakest link of the chain")
    paper.text("名前 and é – that is all…")
    paper.table(columns("name", "#n"), [("山田", 1), ("Smith", 22)])
    paper.item("an item")
    stream.flush()
    return raw.getvalue()


@pytest.mark.parametrize("encoding", ("ascii", "cp1252", "cp932", "euc_jp", "utf-8", "utf-16"))
def test_every_encoding_gets_what_it_can_take_and_tables_stay_straight(encoding):
    lines = write(encoding, columns=60).decode(encoding).splitlines()
    at = next(place for place, line in enumerate(lines) if line.startswith("name "))
    assert len({width(line) for line in lines[at : at + 4]}) == 1
    if encoding in {"utf-8", "utf-16"}:
        assert "名前 and é – that is all…" in lines
    if encoding == "ascii":
        assert "?? and ? - that is all..." in lines
        assert lines[2] == "=" * len(lines[1])


def test_a_width_that_makes_no_sense_is_brought_into_reason():
    for asked in (-5, 0, 1, 10**6):
        assert 20 <= Paper(io.StringIO(), columns=asked).room <= 160


def test_every_translation_keeps_the_places_for_values():
    """A sentence whose values were lost in translation would say less, or fail."""
    for english, japanese in JAPANESE.items():
        places = {part.split("}")[0].split(":")[0] for part in english.split("{")[1:]}
        assert places == {part.split("}")[0].split(":")[0] for part in japanese.split("{")[1:]}, english
        assert any(unicodedata.east_asian_width(sign) in "WF" for sign in japanese) or "{" in japanese
    assert said("source", "en") == "source"
