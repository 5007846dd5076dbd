"""Only what was written since the last look is looked through again, and never less than that."""

import os
import random
import sqlite3
from contextlib import closing, contextmanager, nullcontext

import pytest
from hypothesis import given, settings, strategies as st
from tests.storage.test_sqlite_overwriting import filled, gone, marks, opened, rows

from unified_profile.storage import sqlite_overwriting, sqlite_written
from unified_profile.storage.sqlite_overwriting import overwritten

PEOPLE, TABLES = 100, 8
LOOKS = int(os.environ.get("UNIFIED_PROFILE_LOOKS", "10"))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "a.sqlite"


@pytest.fixture
def wholes(monkeypatch):
    """Return a list to which something comes whenever the whole file is gone through."""
    found, whole = [], sqlite_overwriting._whole

    def seen(descriptor):
        found.append(descriptor)
        return whole(descriptor)

    monkeypatch.setattr(sqlite_overwriting, "_whole", seen)
    return found


def prepared(file, dice) -> sqlite3.Connection:
    """Return a connection to a file that begins with the tables for traces."""
    with closing(opened(file)) as connection:
        for number in range(TABLES):
            connection.execute(f"CREATE TABLE w{number} (k INTEGER PRIMARY KEY, of INT, v TEXT)")
            connection.execute(f"INSERT INTO w{number} VALUES (1, -1, 'stays')")
    return filled(file, dice, PEOPLE)


def traced(connection: sqlite3.Connection, number: int) -> int:
    """Leave a trace of somebody where no row is any more, through SQLite itself; return who that is.

    The row that comes last stands before all others of its page. Without ``secure_delete`` it stays there.
    """
    table = f"w{number % TABLES}"
    connection.execute("PRAGMA secure_delete = OFF")
    connection.execute(f"INSERT INTO {table} VALUES (2, ?, ?)", (number, f"<{number:06d}>" * 9))
    connection.execute(f"DELETE FROM {table} WHERE k = 2")
    connection.execute("PRAGMA secure_delete = ON")
    return number


def moved(connection: sqlite3.Connection, dice: random.Random, number: int) -> None:
    """Let rows come in any order, so that SQLite moves those that are there."""
    connection.execute("SAVEPOINT those")
    for _ in range(20):
        mark = f"<{number:06d}>"
        row = (number, f"{dice.random()}{mark}", mark * dice.randint(1, 60))
        connection.execute("INSERT INTO t VALUES (?, ?, ?)", row)
        connection.execute("INSERT INTO u VALUES (?, ?)", row[::2])
    connection.execute("RELEASE those")


def test_after_one_look_only_what_was_written_is_looked_through(file, wholes):
    dice, left = random.Random(1), set()
    with closing(prepared(file, dice)) as connection:
        for number in range(0, PEOPLE, 10):
            moved(connection, dice, 1_000 + number)
            some = set(range(number, number + 10)) | {1_000 + number}
            gone(connection, some)
            left |= some | {traced(connection, 2_000 + number)}
            assert overwritten(file, turn=nullcontext)
            assert not marks(file) & left
        assert len(wholes) == 1
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_where_nothing_was_written_nothing_is_looked_through(file, wholes, monkeypatch):
    with closing(prepared(file, random.Random(1))) as connection:
        for _ in range(2):  # the second time there is nothing to overwrite either
            assert overwritten(file, turn=nullcontext)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        assert overwritten(file, turn=nullcontext)
        monkeypatch.setattr(sqlite_overwriting, "_piece_overwritten", None)
        assert overwritten(file, turn=nullcontext)
    assert len(wholes) == 3


def test_more_than_a_piece_that_was_written_is_looked_through_in_pieces(file, wholes, monkeypatch):
    dice = random.Random(1)
    with closing(prepared(file, dice)) as connection:
        assert overwritten(file, turn=nullcontext)
        monkeypatch.setattr(sqlite_overwriting, "_PIECE", 1 << 14)
        moved(connection, dice, 1_000)
        left = {traced(connection, number) for number in range(2_000, 2_000 + TABLES)}
        gone(connection, {1_000, *range(50)})
        before = rows(connection)
        assert overwritten(file, turn=nullcontext)
        assert not marks(file) & (left | {1_000, *range(50)})
        assert rows(connection) == before
    assert len(wholes) == 1


def begun_anew(file, connection):
    """Let another connection move the log into the file, and write: the log begins anew with that."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA wal_checkpoint(FULL)").fetchall()
        other.execute("INSERT INTO u VALUES (-1, 'x')")


def cut(file, connection):
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def without_log_and_back(file, connection):
    for mode in ("DELETE", "WAL"):
        connection.execute(f"PRAGMA journal_mode = {mode}").fetchall()


def under_another_name(file, connection):
    os.link(file, file.with_name("b.sqlite"))


@pytest.mark.parametrize("change", [begun_anew, cut, without_log_and_back, under_another_name])
def test_where_the_log_does_not_tell_everything_the_whole_file_is_looked_through(file, wholes, change):
    with closing(prepared(file, random.Random(2))) as connection:
        assert overwritten(file, turn=nullcontext)
        left = {traced(connection, 1_000)}
        change(file, connection)
        connection.execute("INSERT INTO u VALUES (-1, 'x')")
        assert overwritten(file, turn=nullcontext)
        assert not marks(file) & left
    assert len(wholes) == 2


def test_what_others_write_before_the_file_is_locked_is_looked_through_as_well(file, wholes, monkeypatch):
    """They may begin the log anew: what was read in it is not all then."""
    done = sqlite_written.written_since
    with closing(prepared(file, random.Random(3))) as connection, closing(opened(file)) as other:
        assert overwritten(file, turn=nullcontext)
        left = {traced(connection, 1_000)}

        def overtaken(*of):
            answer = done(*of)
            left.add(traced(other, 1_001))
            cut(file, other)
            return answer

        monkeypatch.setattr(sqlite_overwriting, "written_since", overtaken)
        assert overwritten(file, turn=nullcontext)
        assert not marks(file) & left
    assert len(wholes) == 2


def test_a_log_that_is_cut_while_it_is_read_tells_nothing(file, wholes, monkeypatch):
    done = sqlite_written._pages
    with closing(prepared(file, random.Random(3))) as connection:
        assert overwritten(file, turn=nullcontext)
        left = {traced(connection, 1_000)}

        def while_it_is_cut(log, salts):
            cut(file, connection)
            return done(log, salts)

        monkeypatch.setattr(sqlite_written, "_pages", while_it_is_cut)
        assert overwritten(file, turn=nullcontext)
        assert not marks(file) & left
    assert len(wholes) == 2


def test_what_others_write_after_the_look_is_looked_through_the_next_time(file, monkeypatch):
    """The log that is remembered must be the one from the end of the look, and not one that was begun since."""
    done = sqlite_written.salts_of
    with closing(prepared(file, random.Random(3))) as connection, closing(opened(file)) as other:
        left = set()

        def overtaken(*of):
            left.add(traced(other, 1_000))
            cut(file, other)
            connection.execute("INSERT INTO u VALUES (-1, 'x')")
            return done(*of)

        with monkeypatch.context() as patched:
            patched.setattr(sqlite_overwriting, "salts_of", overtaken)
            assert overwritten(file, turn=nullcontext)
        assert left
        assert overwritten(file, turn=nullcontext)
        assert not marks(file) & left


def test_what_others_write_between_two_pieces_is_looked_through_the_next_time(file, monkeypatch):
    with closing(prepared(file, random.Random(3))) as connection, closing(opened(file)) as other:
        numbers, left = iter(range(1_000, 2_000)), set()

        @contextmanager
        def turn():
            left.add(traced(other, next(numbers)))
            yield

        with monkeypatch.context() as patched:
            patched.setattr(sqlite_overwriting, "_PIECE", 1 << 15)
            assert overwritten(file, turn=turn)
        assert len(left) > 2
        connection.execute("INSERT INTO u VALUES (-1, 'x')")
        assert overwritten(file, turn=nullcontext)
        assert not marks(file) & left


_ACTS = ("rows", "rows", "trace", "trace", "trace", "go", "go", "look", "look", "look", "PASSIVE", "FULL", "RESTART",
         "TRUNCATE", "reopen", "vacuum", "undone")  # fmt: skip


@given(st.integers(0, 2**32), st.lists(st.sampled_from(_ACTS), min_size=10, max_size=40))
@settings(deadline=None, max_examples=LOOKS)
def test_nobody_who_went_is_left_after_any_look_whatever_happened_to_the_log(tmp_path_factory, seed, acts):
    """Several connections write, move the log, take back, come and go; every look leaves nothing of anybody gone."""
    dice = random.Random(seed)
    file = tmp_path_factory.mktemp("acts") / "a.sqlite"
    there, left = set(range(PEOPLE)), set()
    small = "wal_autocheckpoint = 30"
    everybody = [prepared(file, dice), opened(file), opened(file, small)]
    try:
        for number, act in enumerate(acts, start=1_000):
            one = dice.choice(everybody)
            if act == "rows":
                moved(one, dice, number)
                there.add(number)
            elif act == "trace":
                left.add(traced(one, number))
            elif act == "go":
                some = set(dice.sample(sorted(there), min(len(there), 8)))
                gone(one, some)
                there, left = there - some, left | some
            elif act == "look":
                assert overwritten(file, turn=nullcontext)
                assert not marks(file) & left
            elif act == "reopen":
                everybody.remove(one)
                one.close()
                everybody.append(opened(file, small))
            elif act == "vacuum":
                one.execute("VACUUM").fetchall()
            elif act == "undone":
                one.execute("PRAGMA cache_size = 2")  # so that it is written to the log before it is taken back
                one.execute("BEGIN")
                moved(one, dice, number)
                one.execute("ROLLBACK")
                left.add(number)
            else:
                one.execute(f"PRAGMA wal_checkpoint({act})").fetchall()
        assert overwritten(file, turn=nullcontext)
        assert not marks(file) & left
        assert {of for (of,) in everybody[0].execute("SELECT of FROM t").fetchall()} == there
        assert everybody[0].execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        for one in everybody:
            one.close()
