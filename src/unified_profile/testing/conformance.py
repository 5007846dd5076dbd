"""What every store has to do, tried on yours: as a report, or as a class of tests to inherit.

Bring a store that the library does not know, and see which promise it breaks:

>>> from unified_profile.storage.memory import MemoryStore
>>> report = check_store(MemoryStore, only=["a put replaces the whole row"])
>>> print(report)
1 promise kept, 0 broken, 0 not offered
"""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Literal

import attrs

from unified_profile.errors import UnknownNameError
from unified_profile.storage.protocols import Store
from unified_profile.testing import (
    conformance_erasure,
    conformance_extras,
    conformance_logs,
    conformance_machine,
    conformance_rows,
    conformance_values,
    conformance_writes,
)
from unified_profile.testing.promises import (
    PROMISES,
    BrokenPromiseError,
    NotOfferedError,
    OuterConnection,
    Promise,
    Trial,
)

# Each of these adds its promises when it is imported; the order here is that of the report.
_PARTS = [
    part.__name__
    for part in (
        conformance_rows,
        conformance_logs,
        conformance_values,
        conformance_writes,
        conformance_machine,
        conformance_extras,
        conformance_erasure,
    )
]
PROMISES.sort(key=lambda promise: _PARTS.index(promise.check.__module__))

Outcome = Literal["kept", "broken", "not offered"]


@attrs.frozen
class Finding:
    """How one promise was kept: *because* says what was found instead, *where* the line of the trial that saw it."""

    promise: Promise
    outcome: Outcome
    seconds: float
    because: str = ""
    where: str = ""

    def __str__(self) -> str:
        """Say what was promised, what was found, and how to see it."""
        if self.outcome != "broken":
            return f"{self.outcome}: {self.promise.name}" + (f" ({self.because})" if self.because else "")
        lines = [
            f"broken: {self.promise.name}",
            f"  promised:  {self.promise.says}",
            f"  found:     {self.because}",
            f"  seen at:   {self.where}",
            f"  to see it: check_store(factory, only=[{self.promise.name!r}])",
        ]
        return "\n".join(lines)


@attrs.frozen
class ConformanceReport:
    """What was found, promise by promise."""

    findings: tuple[Finding, ...]

    def names(self, outcome: Outcome, /) -> list[str]:
        """Return the names of the promises with this *outcome*."""
        return [finding.promise.name for finding in self.findings if finding.outcome == outcome]

    @property
    def conforms(self) -> bool:
        """Say whether no promise is broken."""
        return not self.names("broken")

    def __str__(self) -> str:
        """Show the counts, and of each broken promise how to see it."""
        kept = len(self.names("kept"))
        counts = f"{kept} promise{'' if kept == 1 else 's'} kept, {len(self.names('broken'))} broken"
        lines = [f"{counts}, {len(self.names('not offered'))} not offered"]
        lines += [str(finding) for finding in self.findings if finding.outcome != "kept"]
        return "\n".join(lines)


def check_store(
    factory: Callable[[], Store],
    /,
    *,
    reopen: Callable[[Any], Store] | None = None,
    restore: Callable[[Path], Store] | None = None,
    connect: Callable[[Any], OuterConnection] | None = None,
    only: Collection[str] = (),
) -> ConformanceReport:
    """Try every promise (or *only* some, by name) on stores from *factory*, and report.

    *factory* is called for each promise and gives a store that is closed afterwards, if it has a ``close``. It may
    give new stores or the same database each time: every trial has tenants of its own. For the optional promises:
    *reopen* takes a store and gives a new one on the same rows, *restore* opens a backup, *connect* gives a connection
    of the caller's own for ``join``. Takes a few seconds on a fast store; Hypothesis, where installed, tries random
    work against ``MemoryStore``.

    Raises:
        UnknownNameError: If *only* names a promise that there is not.
    """
    known = {promise.name for promise in PROMISES}
    for name in only:
        if name not in known:
            raise UnknownNameError(kind="promise", name=name, known=known)
    chosen = [promise for promise in PROMISES if not only or promise.name in only]
    return ConformanceReport(tuple(_tried(promise, Trial(factory, reopen, restore, connect)) for promise in chosen))


class StoreConformance:
    """The same promises as tests: inherit, and say how a store is made.

    >>> from unified_profile.storage.memory import MemoryStore
    >>> class TestMine(StoreConformance):
    ...     def make_store(self):
    ...         return MemoryStore()
    >>> TestMine().test_a_put_replaces_the_whole_row()

    ``reopen_store``, ``restore_store`` and ``connect_to`` may be given too, for the optional promises. A test of what
    is not offered passes.
    """

    reopen_store: Callable[[Any], Store] | None = None
    restore_store: Callable[[Path], Store] | None = None
    connect_to: Callable[[Any], OuterConnection] | None = None

    def make_store(self) -> Store:
        """Return a store; it is closed after the test, if it has a ``close``."""
        raise NotImplementedError


def test_name(promise: Promise, /) -> str:
    """Return what the test of *promise* is called.

    >>> test_name(PROMISES[0])
    'test_what_is_written_is_read'
    """
    return "test_" + re.sub(r"\W+", "_", promise.name.lower())


test_name.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test


def _add_test(promise: Promise) -> None:
    def test(self: StoreConformance) -> None:
        trial = Trial(self.make_store, self.reopen_store, self.restore_store, self.connect_to)
        finding = _tried(promise, trial)
        if finding.outcome == "broken":
            raise BrokenPromiseError(str(finding))

    test.__name__ = test_name(promise)
    test.__doc__ = promise.says
    setattr(StoreConformance, test.__name__, test)


for _promise in PROMISES:
    _add_test(_promise)


def _tried(promise: Promise, trial: Trial) -> Finding:
    """Try one promise."""
    start = time.perf_counter()

    def found(outcome: Outcome, because: str = "", where: str = "") -> Finding:
        return Finding(promise, outcome, time.perf_counter() - start, because, where)

    try:
        promise.check(trial)
    except NotOfferedError as reason:
        return found("not offered", str(reason))
    except BrokenPromiseError as broken:
        # Hypothesis notes the shortest work that breaks it.
        notes = getattr(broken, "__notes__", [])
        return found("broken", "\n    ".join([str(broken), *"\n".join(notes).splitlines()]), _line(broken))
    except Exception as error:  # noqa: BLE001  # whatever a stranger's store raises is a finding
        return found("broken", f"{type(error).__name__}: {error}", _line(error))
    finally:
        trial.close()
    return found("kept")


def _line(error: BaseException) -> str:
    """Return the innermost line of a trial that *error* went through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "conformance_" in Path(frame.filename).name]
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "outside the trials"
