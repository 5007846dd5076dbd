"""The tour itself: opens a store, takes the sources in, walks through everybody once, and writes what it found."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

import attrs

from unified_profile import Hub, SqliteStore
from unified_profile._tour import own, sample
from unified_profile._tour.belonging import Belonging
from unified_profile._tour.business import Business, Source
from unified_profile._tour.crowd import walk
from unified_profile._tour.guessed import sources as guessed_sources
from unified_profile._tour.measures import Measures
from unified_profile._tour.options import Options, UsageError, parse
from unified_profile._tour.paper import Paper, counted
from unified_profile._tour.permissions import Permissions
from unified_profile._tour.person import Example
from unified_profile._tour.tables import columns
from unified_profile._tour.taking import Taken, take_in
from unified_profile._tour.unified import Unified
from unified_profile._tour.withdrawal import Withdrawal
from unified_profile.errors import RulesChangedError, UnifiedProfileError
from unified_profile.hub.setup import Setup, utc_now

_STORE = "tour.sqlite"
_WISH = re.compile(r"attribute \w*(opt_in|consent)\w*")
DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None, /) -> int:
    """Run the tour and return the exit status: 0 done, 1 failed, 2 wrong use."""
    options = parse(arguments)
    try:
        return tour(options, sys.stdout)
    except UsageError as error:
        return _refused(f"{error}", "see --help", MISUSED)
    except RulesChangedError as error:
        return _refused(f"{error}", "use the same --region as before, or another --store", FAILED)
    except BrokenPipeError:
        # Whoever read along has seen enough; Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except (UnifiedProfileError, OSError) as error:
        return _refused(f"{error}", "", FAILED)
    except KeyboardInterrupt:
        return _refused("interrupted", "what was taken in so far is kept if --store was given", INTERRUPTED)


def _refused(reason: str, hint: str, status: int) -> int:
    line = f"unified_profile: {reason}" + (f"; {hint}" if hint else "")
    encoding = sys.stderr.encoding or "utf-8"
    print(line.encode(encoding, "replace").decode(encoding, "replace"), file=sys.stderr)
    return status


def tour(options: Options, stream: TextIO, /, *, columns: int | None = None) -> int:
    """Do the whole job and write it to *stream*; return the exit status."""
    began = time.perf_counter()
    paper = Paper(stream, language=options.language, columns=columns)
    with _store(options) as store:
        business, hub, taken = _own(options, store, paper) if options.files else _bundled(store, paper)
        count = show(paper, business, hub, taken)
        paper.line()
        facts = sum(each.report.accepted for each in taken)
        parts = (
            counted(paper, facts, "{n:,} fact", "{n:,} facts"),
            counted(paper, count, "{n:,} person", "{n:,} people"),
        )
        paper.text("{facts}, {people}, {seconds:.1f} seconds.", facts=parts[0], people=parts[1],
                   seconds=time.perf_counter() - began)  # fmt: skip
        if options.store is None:
            paper.text("The store was a temporary SQLite file and is gone; --store FILE keeps one.")
        else:
            paper.text("The store is {path}. To go on in Python:", path=options.store)
            paper.line()
            for line in _snippet(options, business):
                paper.line(f"    {line}")
    if not any(each.report.accepted + each.report.duplicates for each in taken):
        return _refused("nothing could be taken", "see the reasons of the quarantine", FAILED)
    return DONE


@contextmanager
def _store(options: Options) -> Iterator[SqliteStore]:
    """Open the store: the file that was named, or one that does not stay."""
    if options.store is not None:
        with SqliteStore(options.store) as store:
            yield store
        return
    with (
        TemporaryDirectory(prefix="unified_profile_", ignore_cleanup_errors=True) as folder,
        SqliteStore(Path(folder) / _STORE) as store,
    ):
        yield store


def _bundled(store: SqliteStore, paper: Paper) -> tuple[Business, Hub, list[Taken]]:
    business = sample.business()
    hub = Hub(store, business.setup)
    _greet(paper, business)
    return business, hub, [take_in(hub, source) for source in business.sources]


def _own(options: Options, store: SqliteStore, paper: Paper) -> tuple[Business, Hub, list[Taken]]:
    setup = Setup(rules=own.rules(options))
    found = guessed_sources(options, now=utc_now())
    heard = own.Heard()
    hub = Hub(store, setup)
    taken = [take_in(hub, _heard(source, heard), _progress()) for source in found]
    business = own.business(tuple(found), setup, heard)
    _greet(paper, business)
    _show_guesses(paper, business, region=options.region)
    return business, Hub(store, business.setup), taken


def _heard(source: Source, heard: own.Heard) -> Source:
    """Return *source*, listened to."""
    return attrs.evolve(source, facts=lambda: heard.listen(source.facts()))


def _progress() -> Callable[[str, int], None] | None:
    """Return what tells a person who waits; nobody waits where nothing is a terminal."""
    if not sys.stderr.isatty():
        return None

    def told(name: str, count: int) -> None:
        print(f"\r{name}: {count:,}", end="\r", file=sys.stderr, flush=True)

    return told


def _greet(paper: Paper, business: Business) -> None:
    paper.text("unified_profile: facts in, views out")
    for note in business.notes:
        paper.text(note)


def _show_guesses(paper: Paper, business: Business, *, region: str) -> None:
    """Write what each column was taken for, and why."""
    paper.heading("What your columns were taken for")
    for source in business.sources:
        if source.guesses:
            paper.subheading("{file} ({tells}), as source {name}", file=source.file, tells=paper.say(source.tells),
                             name=source.name)  # fmt: skip
            rows = [(guess.column or "–", guess.meaning, guess.because) for guess in source.guesses]
            paper.table(columns("column", "taken for", "because"), rows)
    paper.line()
    doubts = [source.file for source in business.sources if any("--dayfirst" in one.because for one in source.guesses)]
    if doubts:
        paper.text("Dates of {files} could mean two days, and were not read as dates: is 3/4/2025 in April "
                   "(--dayfirst) or in March (--monthfirst)?", files=", ".join(doubts))  # fmt: skip
    wishes = [one.column for source in business.sources for one in source.guesses if _WISH.fullmatch(one.meaning)]
    if wishes:
        paper.text("A yes in a table ({columns}) is kept as a trait and permits nothing: it does not say when, to what "
                   "and how. Hand consents in with --consents.", columns=", ".join(wishes))  # fmt: skip
    if not region:
        paper.text("Phone numbers without a country code are compared as written; --region says whose they are.")
    paper.text("Overrule with --map COLUMN=MEANING after the file; see --help.")


def show(paper: Paper, business: Business, hub: Hub, taken: Sequence[Taken]) -> int:
    """Write all sections; return how many people there are."""
    unified, example = Unified(), Example(business)
    permissions, belonging = Permissions(business.covered), Belonging(business.audiences)
    measures, withdrawal = Measures(business.measured, business.churn), Withdrawal(business.covered)
    count = walk(hub, (unified, example, permissions, withdrawal, belonging, measures))
    unified.show(paper, taken, hub, hint=business.hint)
    example.show(paper, hub)
    permissions.show(paper)
    withdrawal.show(paper)
    belonging.show(paper)
    measures.show(paper)
    return count


def _snippet(options: Options, business: Business) -> Iterator[str]:
    """Give the lines that open the store again, and read further calls as these were read."""
    region = f"region={options.region!r}" if options.region else ""
    if options.files:
        readers = [source for source in business.sources if source.reader]
        yield "from unified_profile import Hub, IdentityRules, Purpose, SqliteStore, default_namespaces"
        if readers:
            yield "from unified_profile.wire import Reader"
        yield f"rules = IdentityRules(default_namespaces({region}))"
        yield 'service = Purpose("service", traits={"*"}, basis="contract", events={"*"})'
        yield f"hub = Hub(SqliteStore({str(options.store)!r}), rules=rules, purposes=[service])"
        for number, source in enumerate(readers, 1):
            name = "calls" if len(readers) == 1 else f"calls_{number}"
            yield f"{name} = {source.reader}  # reads {source.file}: hub.ingest(further, reader={name})"
    else:
        yield "from unified_profile import Hub, SqliteStore"
        yield "from unified_profile._tour import sample"
        yield f"hub = Hub(SqliteStore({str(options.store)!r}), sample.business().setup)"
