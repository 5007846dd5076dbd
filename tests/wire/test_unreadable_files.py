"""A file that cannot be read is told by an error that is an ``OSError``, too, and names no path."""

from __future__ import annotations

import errno
import io
import pickle
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from unified_profile.errors import UnifiedProfileError, UnreadableFileError
from unified_profile.wire import Reader, RecordMapping, peek_csv, read_csv, read_facts, read_jsonl

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CRM = RecordMapping("crm", "id", identifiers={"mail": "email"})
NAME = "taro_yamada"
READERS: dict[str, Callable[[Any], object]] = {
    "read_csv": lambda file: list(read_csv(file, CRM, received_at=NOW)),
    "read_jsonl": lambda file: list(read_jsonl(file, Reader(source="web"), received_at=NOW)),
    "read_facts": lambda file: list(read_facts(file)),
    "peek_csv": peek_csv,
    "peek_csv, encoding said": lambda file: peek_csv(file, encoding="utf-8"),
}


class Torn(io.BytesIO):
    """A file on a disk that fails in the middle."""

    def readline(self, size: int | None = -1, /) -> bytes:
        found = super().readline(20)
        if not found or self.tell() >= 40:
            raise OSError(errno.EIO, "Input/output error", NAME)
        return found

    read = readline


class Piped(io.BytesIO):
    """A stream that only goes on."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        raise io.UnsupportedOperation("underlying stream is not seekable")


def refused(reader: str, file: Any) -> UnreadableFileError:
    with pytest.raises(UnreadableFileError) as caught:
        READERS[reader](file)
    told = "".join(traceback.format_exception(caught.value))
    assert NAME not in str(caught.value) + repr(caught.value) + told
    assert isinstance(caught.value, OSError)
    assert isinstance(caught.value, UnifiedProfileError)
    return caught.value


@pytest.mark.parametrize("reader", READERS)
def test_a_path_that_leads_to_no_file_is_told_without_the_path(reader, tmp_path):
    error = refused(reader, str(tmp_path / f"{NAME}.csv"))
    assert (error.field, error.reason, error.errno) == ("file", "not there", errno.ENOENT)
    assert refused(reader, tmp_path).reason == "a folder"
    assert refused(reader, tmp_path / (NAME * 100)).reason.startswith("cannot be read (File name too long")
    (tmp_path / "file").write_bytes(b"id\n")
    assert refused(reader, tmp_path / "file" / NAME).errno == errno.ENOTDIR


@pytest.mark.parametrize("reader", READERS)
def test_a_disk_that_fails_in_the_middle_ends_the_reading(reader):
    """It is no bad line that could be put aside."""
    assert refused(reader, Torn(b"id,mail\n" + b"7,taro@example.com\n" * 5)).errno == errno.EIO


def test_a_line_too_long_on_a_disk_that_fails_ends_the_reading():
    class Endless(Torn):
        begun = False

        def readline(self, size: int | None = -1, /) -> bytes:
            if self.begun:
                raise OSError(errno.EIO, "Input/output error", NAME)
            self.begun = True
            return b"x" * (size or 1)

    assert refused("read_jsonl", Endless()).errno == errno.EIO


def test_a_stream_that_only_goes_on_needs_its_encoding_said():
    """Python's own error was once the answer."""
    assert refused("peek_csv", Piped(b"id\n7\n")).reason == "cannot be read, or cannot be gone back in"
    assert peek_csv(Piped(b"id\n7\n"), encoding="utf-8").columns == ("id",)


@pytest.mark.parametrize("reader", READERS)
def test_a_file_that_is_open_as_text_is_told_so(reader):
    """Line by line it was once put aside, without what the lines said."""
    assert refused(reader, io.StringIO("id,mail\n7,taro@example.com\n")).reason == "open as text"


def test_the_error_travels_between_processes_with_its_parts():
    error = UnreadableFileError(field="file", reason="not there", hint="look", errno=2)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.field, again.reason, again.hint, again.errno) == (
        "file: not there; look", "file", "not there", "look", 2,
    )  # fmt: skip
