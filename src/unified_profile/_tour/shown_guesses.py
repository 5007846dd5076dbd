"""What the columns of the caller's files were taken for, and what is left to ask, before anything is taken in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from unified_profile._tour.business import Source
from unified_profile._tour.paper import Paper
from unified_profile._tour.tables import columns

_WISH = re.compile(r"attribute \w*(opt_in|consent)\w*")
_MOST = 12
_DATES = (
    "Dates of {files} could mean two days, and were not read as dates: is 3/4/2025 in April (--dayfirst) or in March "
    "(--monthfirst)?"
)
_NUMBERS = (
    "Numbers of {files} could mean two amounts, and were not read as numbers: is 1.234 more than a thousand "
    "(--decimal-comma) or a little more than one (--decimal-point)?"
)


def show_guesses(paper: Paper, sources: Sequence[Source], *, region: str) -> None:
    """Write what each column was taken for, and why, what statuses became, and what must be asked."""
    paper.heading("What your columns were taken for")
    for source in sources:
        if source.guesses:
            paper.subheading("{file} ({tells}), as source {name}", file=source.file, tells=paper.say(source.tells),
                             name=source.name)  # fmt: skip
            rows = [(guess.column or "–", guess.meaning, guess.because) for guess in source.guesses]
            paper.table(columns("column", "taken for", "because"), rows)
        if source.statuses:
            _show_statuses(paper, source)
    paper.line()
    for option, question in (("--dayfirst", _DATES), ("--decimal-comma", _NUMBERS)):
        files = _files(sources, option)
        if files:
            paper.text(question, files=", ".join(files))
    wishes = [one.column for source in sources for one in source.guesses if _WISH.fullmatch(one.meaning)]
    if wishes:
        paper.text("A yes in a table ({columns}) is kept as a trait and permits nothing: it does not say when, to what "
                   "and how. Hand consents in with --consents.", columns=", ".join(wishes))  # fmt: skip
    if not region:
        paper.text("Phone numbers without a country code are compared as written; --region says whose they are.")
    paper.text("Overrule with --map COLUMN=MEANING after the file; see --help.")


def _files(sources: Iterable[Source], option: str) -> list[str]:
    return [source.file for source in sources if any(option in guess.because for guess in source.guesses)]


def _show_statuses(paper: Paper, source: Source) -> None:
    """Write what each status of the orders became; those in doubt are never left out."""
    paper.subheading("What the statuses of {file} became", file=source.file)
    shown = [one for at, one in enumerate(source.statuses) if at < _MOST or one[3]]
    rows = [
        (status[:40] or paper.say("blank"), f"{count:,}", name + (" ?" if doubt else ""))
        for status, name, count, doubt in shown
    ]
    paper.table(columns("status", "#times", "counts as"), rows)
    if len(shown) < len(source.statuses):
        paper.text("… and {count} more.", count=len(source.statuses) - len(shown))
    paper.line()
    paper.text("Overrule with --status STATUS=cancelled (or completed, refunded) after the file; a question mark is "
               "a status that may mean another thing.")  # fmt: skip
