"""The tour itself: opens a store, takes the sources in, walks through everybody once, and writes what it found."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

import attrs

from unified_profile import Hub, Identifier, SqliteStore
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
from unified_profile._tour.readings import check
from unified_profile._tour.shown_guesses import show_guesses
from unified_profile._tour.taking import Taken, take_in
from unified_profile._tour.unified import Unified
from unified_profile._tour.way_on import way_on
from unified_profile._tour.withdrawal import Withdrawal
from unified_profile.errors import RulesChangedError, UnifiedProfileError
from unified_profile.hub.setup import Setup, utc_now

_STORE = "tour.sqlite"
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
    found = guessed_sources(options, now=utc_now()) if options.files else []
    if options.dry_run:
        own.rules(options)
        _show_found(paper, options, found)
        paper.line()
        paper.text("Nothing was taken in (--dry-run). What was once taken in stays as it was read: look first.")
        return DONE
    with _store(options) as store:
        business, hub, taken = _own(options, store, found, paper) if found else _bundled(store, paper)
        count, who = show(paper, business, hub, taken)
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
            for line in way_on(options, business, who):
                paper.line(f"    {line}")
    if not any(each.report.accepted + each.report.duplicates for each in taken):
        hint = "see the reasons of the quarantine" if any(each.read for each in taken) else "no file has a row"
        return _refused("nothing could be taken", hint, FAILED)
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
    _greet(paper, business.notes)
    return business, hub, [take_in(hub, source) for source in business.sources]


def _own(
    options: Options, store: SqliteStore, found: Sequence[Source], paper: Paper
) -> tuple[Business, Hub, list[Taken]]:
    setup = Setup(rules=own.rules(options))
    hub = Hub(store, setup)
    check(store, found)
    _show_found(paper, options, found)
    heard = own.Heard()
    taken = [take_in(hub, _heard(source, heard), _progress()) for source in found]
    business = own.business(tuple(found), setup, heard)
    return business, Hub(store, business.setup), taken


def _show_found(paper: Paper, options: Options, found: Sequence[Source]) -> None:
    _greet(paper, (own.NOTE,))
    show_guesses(paper, found, region=options.region)


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


def _greet(paper: Paper, notes: Sequence[str]) -> None:
    paper.text("unified_profile: facts in, views out")
    for note in notes:
        paper.text(note)


def show(paper: Paper, business: Business, hub: Hub, taken: Sequence[Taken]) -> tuple[int, Identifier | None]:
    """Write all sections; return how many people there are, and one of them by an identifier."""
    unified, example = Unified(), Example(business)
    permissions, belonging = Permissions(business.covered), Belonging(business.audiences)
    measures, withdrawal = Measures(business.measured, business.churn), Withdrawal(business.covered)
    count = walk(hub, (unified, example, permissions, withdrawal, belonging, measures))
    apart = unified.show(paper, taken, hub, hint=business.hint)
    example.show(paper, hub)
    permissions.show(paper)
    withdrawal.show(paper)
    belonging.show(paper)
    measures.show(paper, of_nobody=apart.answers)
    return count, example.who
