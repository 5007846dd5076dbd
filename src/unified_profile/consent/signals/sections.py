"""The sections of a GPP string: each read and written by its table, and what has no table kept as it came."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal, TypeAlias

import attrs

from unified_profile.consent.signals import us_fields as us
from unified_profile.consent.signals.bits import BitReader, bits_of
from unified_profile.consent.signals.layout import Part, Segment, read_part, write_part
from unified_profile.consent.signals.reading import Attempt, fault, unfit
from unified_profile.consent.signals.tcf import TCString, read_tc
from unified_profile.consent.signals.tcf_fields import CANADA, CANADA_AS_WRITTEN, TCF_V1
from unified_profile.consent.signals.us_sections import US_BY_ID, UsLayout
from unified_profile.consent.signals.usp import USPrivacy, read_usp
from unified_profile.errors import UnknownNameError
from unified_profile.model.redaction import hidden

PREFIXES: Final = {
    1: "tcfeuv1", 2: "tcfeuv2", 4: "integrity", 5: "tcfca", 6: "uspv1",
    **{id: next(iter(found.values())).prefix for id, found in US_BY_ID.items()},
}  # fmt: skip
"""The sections of IAB's registry by number; 3 is the header itself, 4 has no published format and is kept as text."""
_OLDEST: Final = {1: (TCF_V1,)}


@attrs.frozen(kw_only=True)
class Section:
    """A section that consists of declared fields: all but the European, the US Privacy and unread ones.

    >>> from unified_profile.consent.signals.gpp import decode_gpp
    >>> section = decode_gpp("DBABLA~BAAAAAAAAQA.YA").section("usnat")
    >>> section.version, section["SaleOptOut"], section["Gpc"], section.get("NoSuchField")
    (1, 0, True, None)

    Attributes:
        form: ``"short"`` is the national section of version 2 in the size of version 1, as it was written for a while:
            what it has no room for reads as 0. ``"long"`` is version 1 in the size of version 2. Neither can be told
            for certain from a string that was cut off or filled up, so that neither grants anything.
            ``"as_written"`` is the Canadian section with Fibonacci ranges (see ``Reading``).

    .. versionadded:: 0.1
    """

    id: int
    version: int
    segments: tuple[Segment, ...] = attrs.field(repr=False)
    form: Literal["", "short", "long", "as_written"] = ""

    @property
    def prefix(self) -> str:
        """The name under which the platform's interface knows it."""
        return PREFIXES[self.id]

    @property
    def layout(self) -> UsLayout | None:
        """The table of a US section; None for others."""
        return US_BY_ID.get(self.id, {}).get(2 if self.form == "long" else self.version)

    def __getitem__(self, field: str) -> Any:
        """Return the value of a field.

        Raises:
            UnknownNameError: If there is none of this name.
        """
        for segment in self.segments:
            if field in segment.values:
                return segment.values[field]
        known = [name for segment in self.segments for name in segment.values]
        raise UnknownNameError(kind="field", name=str(field), known=known)

    def get(self, field: str, default: Any = None) -> Any:
        """Return the value of a field, or *default*."""
        return next((one.values[field] for one in self.segments if field in one.values), default)

    def encode(self) -> str:
        """Return the section as text.

        Raises:
            InvalidInputError: With the field that cannot be written.
        """
        parts = {part.name: part for part in _parts(self)}
        where = f"gpp.{self.prefix}"
        for segment in self.segments:
            if segment.name not in parts:
                raise unfit(f"{where}.{segment.name}", "not a part of this section", ", ".join(parts))
        segments = [_shortened(one) if self.form == "short" and one.name == "core" else one for one in self.segments]
        return ".".join(write_part(parts[one.name], one.values, where=where, spare=one.spare) for one in segments)


@attrs.frozen(kw_only=True)
class Unread:
    """A section kept as it came: one without a published format, or one that nobody declared."""

    id: int
    text: str = attrs.field(repr=hidden)
    version: int = 0

    @property
    def prefix(self) -> str:
        """Its name, or its number."""
        return PREFIXES.get(self.id, str(self.id))

    def encode(self) -> str:
        """Return the text."""
        return self.text


@attrs.frozen(kw_only=True)
class European:
    """The European section: a TC string."""

    tc: TCString
    id = 2
    prefix = "tcfeuv2"
    version = 2

    def encode(self) -> str:
        """Return the TC string."""
        return self.tc.encode()


AnySection: TypeAlias = Section | European | USPrivacy | Unread


def _parts(section: Section) -> tuple[Part, ...]:
    """Return the tables that a section is written by."""
    if section.id in _OLDEST:
        return _OLDEST[section.id]
    if section.id == 5:
        return CANADA_AS_WRITTEN if section.form == "as_written" else CANADA
    layout = US_BY_ID[_SHORT_ID][1] if section.form == "short" else section.layout
    if layout is None:
        raise unfit("gpp.sections", f"no section {section.id} of version {section.version}")
    return (us.header(layout.id), *layout.parts) if layout.headed else layout.parts


_HEADER_ID: Final = 3


def read_section(id: int, text: str, attempt: Attempt) -> AnySection:
    """Return one section."""
    if id == 2:
        return European(tc=attrs.evolve(read_tc(text, attempt, signal="gpp.tcfeuv2"), repairs=()))
    if id == 6:
        return attrs.evolve(read_usp(text, attempt, signal="gpp.uspv1"), repairs=())
    if id == 4:
        return Unread(id=id, text=text)
    if id in PREFIXES:
        return _declared(id, text, attempt)
    if attempt.forgive("unknown_section", allowed=attempt.reading.unknown and id != _HEADER_ID):
        return Unread(id=id, text=text)
    reason = f"lists section {id}, which is not known"
    raise fault(
        "unknown_section", reason, "gpp", segment="header", field="Sections", hint="Reading(unknown=True) skips it"
    )


def _declared(id: int, text: str, attempt: Attempt) -> Section:
    """Return a section that consists of declared fields."""
    signal = f"gpp.{PREFIXES[id]}"
    readers = [
        bits_of(part, attempt, signal=signal, segment="core" if at == 0 else f"part {at + 1}")
        for at, part in enumerate(text.split("."))
    ]
    first = int(readers[0].digits[:6], 2)
    if id in US_BY_ID:
        return _us(id, first, readers, attempt)
    if first != 1:
        raise fault("wrong_version", "not of version 1", signal, segment="core", field="Version", bit=0)
    if id in _OLDEST:
        return Section(id=id, version=1, segments=tuple(_in_order(_OLDEST[id], readers)))
    if attempt.reading.canada_as_written:
        return Section(id=id, version=1, segments=tuple(_by_type(CANADA_AS_WRITTEN, readers)), form="as_written")
    return Section(id=id, version=1, segments=tuple(_by_type(CANADA, readers)))


def _us(id: int, first: int, readers: list[BitReader], attempt: Attempt) -> Section:
    signal = readers[0].signal
    layouts = US_BY_ID[id]
    newest = layouts[max(layouts)]
    if newest.headed:
        # Some writers leave the header out. The core begins with the agreement's version then, which is far below 24.
        parts = (us.header(id), *newest.parts) if first == id else newest.parts
        segments = tuple(_in_order(parts, readers))
        if first == id:
            _check_header(segments, readers[0], newest)
        return Section(id=id, version=newest.version, segments=segments)
    if first not in layouts:
        if len(readers) > 1 and int(readers[-1].digits[:6], 2) in layouts:
            if not attempt.forgive("wrong_order", allowed=attempt.reading.order):
                raise fault("wrong_order", "does not begin with the core", signal, segment="core", bit=0)
            readers.insert(0, readers.pop())
            first = int(readers[0].digits[:6], 2)
        else:
            known = " or ".join(map(str, sorted(layouts)))
            raise fault("wrong_version", f"not of version {known}", signal, segment="core", field="Version", bit=0)
    if id == _SHORT_ID and (len(readers[0].digits) < _FULL_BITS) is (first == 2):
        core, *more = _in_order(layouts[3 - first].parts, readers)
        if first == 1:
            return Section(id=id, version=1, segments=(core, *more), form="long")
        return Section(id=id, version=2, segments=(_lengthened(core), *more), form="short")
    return Section(id=id, version=first, segments=tuple(_in_order(layouts[first].parts, readers)))


_SHORT_ID: Final = 7
_FULL_BITS: Final = 70
"""What the core of the national section takes in version 2."""
_ROOM: Final = {"SensitiveDataProcessing": (12, 16), "KnownChildSensitiveDataConsents": (2, 3)}


def _lengthened(core: Segment) -> Segment:
    values = {
        name: (value + (0,) * (_ROOM[name][1] - len(value))) if name in _ROOM else value
        for name, value in core.values.items()
    }
    return attrs.evolve(core, values=values)


def _shortened(core: Segment) -> Segment:
    values = dict(core.values)
    for name, (short, _) in _ROOM.items():
        if any(values[name][short:]):
            raise unfit(f"gpp.usnat.core.{name}", "says more than the short form has room for", "leave out the form")
        values[name] = values[name][:short]
    return attrs.evolve(core, values=values)


def _check_header(segments: tuple[Segment, ...], reader: BitReader, layout: UsLayout) -> None:
    """Refuse a header whose version is unknown, or that lists other parts than follow."""
    values = segments[0].values
    reader.field = "Version"
    if values["Version"] != layout.version:
        raise reader.fault("wrong_version", f"not of version {layout.version}", bit=6)
    reader.field = "SubSections"
    if tuple(values["SubSections"]) != tuple(range(1, len(segments) - 1)):
        raise reader.fault("count", "lists other parts than follow", bit=12)


def _in_order(parts: tuple[Part, ...], readers: list[BitReader]) -> Iterable[Segment]:
    """Yield the parts as they must follow one another; all but the required ones may be missing."""
    if len(readers) > len(parts):
        extra = readers[len(parts)]
        raise fault("over_long", "more parts than the section has", extra.signal, segment=extra.segment, bit=0)
    for part, reader in zip(parts, readers, strict=False):
        reader.segment = part.name
        yield read_part(part, reader)
    missing = next((part for part in parts[len(readers) :] if part.required), None)
    if missing is not None:
        raise fault("truncated", "this part is missing", readers[0].signal, segment=missing.name)


def _by_type(parts: tuple[Part, ...], readers: list[BitReader]) -> Iterable[Segment]:
    """Yield the core and then parts that say of which type they are, in any order."""
    kinds = {part.marker[0]: part for part in parts if part.marker}
    seen = set()
    for at, reader in enumerate(readers):
        part = parts[0] if at == 0 else kinds.get(int(reader.digits[:3], 2))
        if part is None:
            reader.field = "SegmentType"
            raise reader.fault("unknown_segment", "not a known type of part", bit=0)
        reader.segment = part.name
        if part.name in seen:
            raise reader.fault("duplicate", "this part comes twice", bit=0)
        seen.add(part.name)
        yield read_part(part, reader)
