"""Lines of a file as text, one at a time: decoded, numbered, and never longer than allowed."""

from __future__ import annotations

import codecs
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from unified_profile.errors import InvalidPayloadError, InvalidRulesError, UnreadableFileError
from unified_profile.model.soundness import offers
from unified_profile.wire.json_values import Limits

FileLike: TypeAlias = "str | Path | BinaryIO"

_CANDIDATES = ("utf-8", "cp932", "euc_jp", "cp1252")
_DOUBLE = frozenset({"cp932", "euc_jp"})
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_PRIVATE = re.compile(r"[\ue000-\uf8ff]")
_CHUNK = 1 << 16


def encoding_of(name: object, /) -> str:
    """Return the codec's own name of an encoding.

    Raises:
        InvalidRulesError: If there is no such encoding of text.
    """
    if isinstance(name, str):
        try:
            "".encode(name)
            return codecs.lookup(name).name
        except (LookupError, ValueError):
            pass
    raise InvalidRulesError(field="encoding", reason="not known", hint="for example utf-8, cp932 or cp1252")


def fitting_encoding(sample: bytes, /) -> str:
    """Return the first usual encoding in which *sample* is text; empty if it is in none.

    >>> fitting_encoding("メール".encode("cp932"))
    'cp932'
    """
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for name in _CANDIDATES:
        try:
            text = sample.decode(name)
        except UnicodeError:
            continue
        if name not in _DOUBLE or _likely(text):
            return name
    return ""


def _likely(text: str) -> bool:
    """Say whether *text* that was read two bytes a character makes sense.

    European text that is read so has single strange characters in the middle of its words.
    """
    runs = list(_FOREIGN.finditer(text))
    beside = (text[max(run.start() - 1, 0) : run.start()] + text[run.end() : run.end() + 1] for run in runs)
    odd = sum(
        len(run[0]) == 1 and any("a" <= sign <= "z" for sign in signs) for run, signs in zip(runs, beside, strict=True)
    )
    return odd * 2 <= len(runs) and not _PRIVATE.search(text)


def unreadable(error: OSError, /) -> UnreadableFileError:
    """Return *error* without the path that Python names in it; raise it ``from None``.

    >>> print(unreadable(FileNotFoundError(2, "No such file or directory", "taro.csv")))
    file: not there; look at the path, and at the folder it starts from
    """
    if isinstance(error, FileNotFoundError):
        reason, hint = "not there", "look at the path, and at the folder it starts from"
    elif isinstance(error, IsADirectoryError):
        reason, hint = "a folder", "name a file in it"
    elif isinstance(error, PermissionError):
        reason, hint = "may not be read", "ask for the right to read it"
    elif isinstance(error, io.UnsupportedOperation):
        reason, hint = "cannot be read, or cannot be gone back in", "open it in binary mode for reading, from a disk"
    else:
        told = type(error).__name__ if error.errno is None else os.strerror(error.errno)
        reason, hint = f"cannot be read ({told})", "look at the path and at the disk"
    return UnreadableFileError(field="file", reason=reason, hint=hint, errno=error.errno)


@contextmanager
def opened(file: FileLike, /) -> Iterator[BinaryIO]:
    """Open *file* for reading bytes, unless it is open already; only what was opened here is closed.

    Raises:
        UnreadableFileError: If a path leads to no file that can be opened.
        InvalidPayloadError: If it is neither a path nor a file.
    """
    if isinstance(file, (str, Path)):
        try:
            found = Path(file).open("rb")  # noqa: SIM115 - closed below; what its reader does wrong is not the path's fault
        except OSError as error:
            raise unreadable(error) from None
        except ValueError:
            raise InvalidPayloadError(field="file", reason="no path", hint="without NUL and half pairs") from None
        with found as stream:
            yield stream
    elif offers(file, "readline"):
        yield file
    else:
        raise InvalidPayloadError(field="file", reason="neither a path nor a file", hint="open it in binary mode")


class Lines(Iterator[str]):
    """The lines of a file. After an error it goes on with the line that follows."""

    def __init__(self, stream: BinaryIO, *, encoding: str, limits: Limits) -> None:
        """Read *stream* from where it stands."""
        self._encoding = encoding_of(encoding)
        self._limit = limits.max_bytes
        # Line ends of these are not single bytes.
        self._wide = self._encoding.startswith(("utf-16", "utf-32"))
        self._stream: Any = io.TextIOWrapper(stream, self._encoding, newline="") if self._wide else stream
        self.number = 0
        """The number of the line read last, from 1."""
        self.pending: list[str] = []
        """The lines read since ``begin``."""
        self.first = 1
        """The number of the first of them."""

    def begin(self) -> None:
        """Begin to collect the lines of the next record."""
        self.pending.clear()
        self.first = self.number + 1

    def begin_at_last(self) -> None:
        """Begin to collect with the line that was read last."""
        del self.pending[:-1]
        self.first = max(self.number, 1)

    def __next__(self) -> str:
        """Return the next line with its end."""
        problem: InvalidPayloadError | None = None
        try:
            raw = self._stream.readline(self._limit + 1)
        except OSError as error:
            raise unreadable(error) from None
        except UnicodeError:
            if self._wide:
                self._stream.detach()  # else it would close what the caller opened
            self._stream = io.StringIO()
            raw, problem = "\n", self._undecodable(b"")
        if not raw:
            raise StopIteration
        self.number += 1
        if len(raw) > self._limit:
            self._skip_rest(raw)
            problem = InvalidPayloadError(
                field="row", reason=f"longer than {self._limit} bytes", hint="check the line ends, or raise the limit"
            )
        text = "" if problem else self._decoded(raw)
        if text is None:
            problem = self._undecodable(raw)
            text = raw.decode("ascii", "backslashreplace")
        if self.number == 1:
            text = text.removeprefix("\ufeff")
        self.pending.append(text)
        if problem is not None:
            raise problem
        return text

    def _decoded(self, raw: Any) -> str | None:
        if self._wide:
            return str(raw)
        if isinstance(raw, str):
            raise UnreadableFileError(field="file", reason="open as text", hint="open it in binary mode")
        try:
            return bytes(raw).decode(self._encoding)
        except UnicodeError:
            return None

    def _undecodable(self, raw: bytes) -> InvalidPayloadError:
        fitting = fitting_encoding(raw) if raw else ""
        hint = f"it reads as {fitting}: say encoding={fitting!r}" if fitting else "say encoding="
        return InvalidPayloadError(field="row", reason=f"not {self._encoding}", hint=hint)

    def _skip_rest(self, raw: Any) -> None:
        end = "\n" if self._wide else b"\n"
        try:
            while raw and not raw.endswith(end):
                raw = self._stream.readline(_CHUNK)
        except OSError as error:
            raise unreadable(error) from None
