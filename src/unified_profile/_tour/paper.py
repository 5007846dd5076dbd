"""What the tour is written on: a stream with a width, a language and the characters that it can take."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from typing import TextIO

from unified_profile._tour.tables import Column, table
from unified_profile._tour.width import printable, width, wrapped
from unified_profile._tour.words import said

_WIDEST, _USUAL, _NARROWEST = 160, 110, 20
_PLAIN = str.maketrans({"─": "-", "═": "=", "…": "...", "·": "-", "–": "-", "→": "->", "×": "x", "—": "-"})


class Paper:
    """Writes headings, sentences and tables; what *stream* cannot encode is written in plainer characters."""

    def __init__(self, stream: TextIO, *, language: str = "en", columns: int | None = None) -> None:
        """Look at the stream: its encoding and, if it is a terminal, its width."""
        self._stream = stream
        self.language = language
        if columns is None:
            asked = stream.isatty() or os.environ.get("COLUMNS")
            columns = shutil.get_terminal_size((_USUAL, 24)).columns if asked else _USUAL
        self.room = min(max(columns, _NARROWEST), _WIDEST)
        self._encoding = stream.encoding or "utf-8"
        self._plain = not _takes(self._encoding, "─═…·–→×—")
        self._sections = 0

    def say(self, text: str, /, **values: object) -> str:
        """Return *text* in the language of this paper, with *values* put in."""
        told = said(text, self.language)
        return told.format(**values) if values else told

    def heading(self, text: str, /) -> None:
        """Begin a section."""
        self._sections += 1
        title = f"{self._sections}. {self.say(text)}"
        self.line()
        self.line(title)
        self.line("═" * min(width(title), self.room))

    def subheading(self, text: str, /, **values: object) -> None:
        """Write a line that stands above a table."""
        self.line()
        self.text(text, **values)
        self.line()

    def text(self, text: str, /, **values: object) -> None:
        """Write a sentence, in lines that fit."""
        for line in wrapped(printable(self.say(text, **values)), self.room):
            self.line(line)

    def item(self, text: str, /) -> None:
        """Write a line of a list; it is not translated."""
        first, *more = wrapped(printable(text), self.room - 2)
        self.line(f"- {first}")
        for line in more:
            self.line(f"  {line}")

    def table(self, heads: Sequence[Column], rows: Iterable[Sequence[object]], /) -> None:
        """Write a table."""
        told = [Column(self._writable(self.say(head.title)), head.number, head.spare) for head in heads]
        cells = [[self._writable(printable(str(cell))) for cell in row] for row in rows]
        for line in table(told, cells, room=self.room):
            self.line(line)

    def line(self, text: str = "", /) -> None:
        """Write one line as it is."""
        print(self._writable(text), file=self._stream)

    def _writable(self, text: str) -> str:
        """Return *text* in characters that the stream takes, so that what is measured is what is written."""
        if self._plain:
            text = text.translate(_PLAIN)
        return text.encode(self._encoding, "replace").decode(self._encoding, "replace")


def _takes(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def counted(paper: Paper, n: int, one: str, many: str) -> str:
    """Return how many there are in words: *one* if it is a single one."""
    return paper.say(one if n == 1 else many, n=n)
