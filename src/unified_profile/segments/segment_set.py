"""Several segments at once, evaluated in the order in which they refer to each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from graphlib import CycleError, TopologicalSorter

from unified_profile.errors import InvalidRulesError, UnknownNameError
from unified_profile.expressions import Course, Reads, Subject
from unified_profile.model import Membership
from unified_profile.segments.segment import Segment


class SegmentSet:
    """Segments that may refer to each other with `member_of`.

    Memberships of those referred to are followed through time, so that the next change of a segment in a segment is
    as exact as any other. *external* names segments that the caller answers for in `Subject.memberships`. A segment
    may only refer to segments of its own purpose: otherwise its members would tell what another purpose was permitted.

    >>> from datetime import UTC
    >>> from unified_profile.segments import member_of, trait
    >>> both = SegmentSet(
    ...     [
    ...         Segment("paying pros", member_of("pros") & (trait("debt") == 0), purpose="service"),
    ...         Segment("pros", trait("plan") == "pro", purpose="service"),
    ...     ]
    ... )
    >>> both.matches(Subject({"plan": "pro", "debt": 0}), datetime(2026, 1, 1, tzinfo=UTC))["paying pros"].member
    True

    Raises:
        InvalidRulesError: If two have one name, refer to each other in a circle, or to one of another purpose.
        UnknownNameError: If one refers to a segment that is neither here nor *external*.

    .. versionadded:: 0.1
    """

    __slots__ = ("_external", "_named", "_order", "_referred")

    def __init__(self, segments: Iterable[Segment], *, external: Iterable[str] = ()) -> None:
        """Put *segments* in order."""
        given = tuple(segments)
        self._named = {segment.name: segment for segment in given}
        if len(self._named) < len(given):
            raise InvalidRulesError(field="segments", reason="two have one name", hint="rename one")
        self._external = frozenset(external)
        refers = {name: segment.reads.segments for name, segment in self._named.items()}
        self._referred = frozenset().union(*refers.values())
        for name, others in refers.items():
            self._check(name, others)
        within = {name: others & self._named.keys() for name, others in refers.items()}
        try:
            self._order = tuple(TopologicalSorter(within).static_order())
        except CycleError as error:
            circle = " -> ".join(reversed(error.args[1]))
            raise InvalidRulesError(
                field="segments", reason=f"refer to each other in a circle: {circle}", hint="leave one out"
            ) from None

    def _check(self, name: str, others: Iterable[str]) -> None:
        """Refuse references that lead nowhere or across purposes."""
        for other in sorted(others):
            if other not in self._named:
                if other not in self._external:
                    raise UnknownNameError(kind="segment", name=other, known=self._named.keys() | self._external)
            elif self._named[other].use != self._named[name].use:
                raise InvalidRulesError(
                    field=f"segment {name!r}",
                    reason=f"refers to {other!r}, which is for another purpose, channel or brand",
                    hint="define it again for these",
                )

    def __iter__(self) -> Iterator[Segment]:
        """Yield the segments, those referred to first."""
        return (self._named[name] for name in self._order)

    def __len__(self) -> int:
        return len(self._named)

    def __getitem__(self, name: str) -> Segment:
        """Return the segment *name*.

        Raises:
            UnknownNameError: If there is none.
        """
        if name not in self._named:
            raise UnknownNameError(kind="segment", name=name, known=self._named)
        return self._named[name]

    @property
    def reads(self) -> Reads:
        """What all of them read."""
        found = Reads()
        for segment in self._named.values():
            found |= segment.reads
        return found

    def matches(self, subject: Subject, now: datetime) -> dict[str, Membership]:
        """Return the membership of *subject* in every segment at *now*, in the order in which they were given.

        Raises:
            PurposeDeniedError: If the subject was prepared for another purpose than one of them.
        """
        known: dict[str, Membership | Course] = dict(subject.memberships)
        found: dict[str, Membership] = {}
        for segment in self:
            seen = subject.knowing(known) if segment.reads.segments else subject
            found[segment.name] = segment.matches(seen, now)
            if segment.name in self._referred:
                known[segment.name] = segment.course(seen, now)
        return {name: found[name] for name in self._named}
