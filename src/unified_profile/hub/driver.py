"""Runs a plan over a store: answers its loads, makes its commits, and runs it again when another writer was faster."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Generator
from typing import Any, TypeAlias, TypeVar

import attrs

from unified_profile.errors import ConflictError
from unified_profile.model.rows import MetaRow
from unified_profile.storage.commands import Alone, Changes, Commit, Hold, Load, Put
from unified_profile.storage.protocols import Session, Store
from unified_profile.storage.tables import META

T = TypeVar("T")
Plan: TypeAlias = "Generator[Load | Commit | Alone | Hold, list[list[Any]] | None, T]"

TRIES = 12
"""How often a plan is run before a conflict is given to the caller."""

DECIDED_ALONE = "decided_alone"
"""The name of the mark that changes whenever a plan that was alone is kept: who decided side by side expects it."""


def run(store: Store, tenant: str, plan: Callable[[], Plan[T]], /) -> T:
    """Run *plan* in a session of its own; after a conflict run it anew, without other writers.

    Raises:
        ConflictError: If another writer was faster ``TRIES`` times in a row.
    """
    for attempt in range(TRIES):
        try:
            with store.session(tenant, exclusive=attempt > 0) as session:
                return run_in(session, plan(), exclusive=attempt > 0)
        except ConflictError:
            if attempt == TRIES - 1:
                raise
            time.sleep(pause(attempt))
    raise AssertionError("unreachable")


def run_in(session: Session, plan: Plan[T], /, *, exclusive: bool = True) -> T:
    """Run *plan* in an open session; *exclusive* says that it was opened so.

    Raises:
        ConflictError: If the plan must be alone and the session is not.
    """
    answer: list[list[Any]] | None = None
    alone = False
    while True:
        try:
            command = plan.send(answer)
        except StopIteration as stop:
            result: T = stop.value
            return result
        if isinstance(command, Load):
            answer = session.read(command.reads)
        elif isinstance(command, Alone):
            if not exclusive and not getattr(session, "alone", False):
                raise ConflictError("this change needs the tenant for itself; open the session with exclusive=True")
            answer, alone = None, True
        elif isinstance(command, Hold):
            answer = None
            if not getattr(session, "alone", False):
                session.write(Changes())  # takes the writers' lock where there is one
                answer = session.read(command.reads)
        else:
            session.write(marked(command.changes) if alone else command.changes)
            answer, alone = None, False


def marked(changes: Changes, /) -> Changes:
    """Return *changes* with the mark that they were decided alone: whoever read before them decides again."""
    mark = Put(META, [MetaRow(DECIDED_ALONE, secrets.token_hex(8))])
    return attrs.evolve(changes, puts=[*changes.puts, mark])


def pause(attempt: int, /) -> float:
    """Return how long to wait after a conflict, in seconds: longer each time, never in step with others."""
    return random.uniform(0.001, 0.005) * float(min(1 << attempt, 64))  # noqa: S311  # spreads writers, guards nothing
