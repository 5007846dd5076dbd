"""GPP strings of IAB's Global Privacy Platform: a header that lists sections, and the sections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, Final, Self

import attrs

from unified_profile.consent.signals.bits import bits_of
from unified_profile.consent.signals.id_kinds import FibonacciRange
from unified_profile.consent.signals.ids import Ids, Ranges
from unified_profile.consent.signals.kinds import Number
from unified_profile.consent.signals.layout import Field, Part, read_part, write_part
from unified_profile.consent.signals.reading import STRICT, Attempt, Reading, fault, unfit
from unified_profile.consent.signals.sections import AnySection, European, Section, read_section
from unified_profile.consent.signals.tcf import TCString
from unified_profile.errors import InvalidSignalError, UnknownNameError

TYPE: Final = 3
_FIRST: Final = "D"
"""The type in base64url, with which every GPP string begins."""
VERSION: Final = 1
HEADER: Final = Part(
    "header",
    (
        Field("Type", Number(6), "Always 3: this is a GPP string.", "whether the string can be read"),
        Field("Version", Number(6), "The version of the platform, 1.", "whether the string can be read"),
        Field("Sections", FibonacciRange(), "Which sections follow, in ascending order."),
    ),
    required=True,
)


@attrs.frozen(kw_only=True)
class GPPString:
    """A decoded GPP string: its sections by number.

    Attributes:
        sections: In ascending order of their numbers.
        ranges: How the header lists the numbers, where that is not the shortest way.
        spare: Characters of filling in the header beyond need.
        repairs: What a lenient reading forgave; such a string grants nothing.

    .. versionadded:: 0.1
    """

    sections: tuple[AnySection, ...] = ()
    ranges: Ranges = ()
    spare: int = 0
    repairs: tuple[str, ...] = ()

    @classmethod
    def of(cls, sections: Iterable[AnySection]) -> Self:
        """Return the string with *sections* in their order."""
        return cls(sections=tuple(sorted(sections, key=lambda one: one.id)))

    @property
    def ids(self) -> tuple[int, ...]:
        """The numbers of the sections."""
        return tuple(one.id for one in self.sections)

    def __getitem__(self, which: int | str) -> AnySection:
        """Return the section of a number, or with a prefix.

        Raises:
            UnknownNameError: If it is not there.
        """
        for section in self.sections:
            if which in {section.id, section.prefix}:
                return section
        raise UnknownNameError(kind="section", name=str(which), known=[one.prefix for one in self.sections])

    @property
    def tc(self) -> TCString | None:
        """The TC string of the European section, if there is one."""
        return next((one.tc for one in self.sections if isinstance(one, European)), None)

    def section(self, which: int | str, /) -> Section:
        """Return the section of a number, or with a prefix, that consists of fields: a US one or the Canadian.

        Raises:
            UnknownNameError: If it is not there, or is of another kind.
        """
        found = self[which]
        if isinstance(found, Section):
            return found
        known = [one.prefix for one in self.sections if isinstance(one, Section)]
        raise UnknownNameError(kind="section of fields", name=str(which), known=known)

    def __contains__(self, which: object) -> bool:
        return any(which in {one.id, one.prefix} for one in self.sections)

    def encode(self) -> str:
        """Return the string.

        Raises:
            InvalidInputError: With the field that cannot be written, or if the sections are out of order.
        """
        ids = self.ids
        if any(later <= earlier for earlier, later in pairwise(ids)):
            raise unfit("gpp.sections", "not in ascending order, each once", "GPPString.of(sections) sorts them")
        listed = Ids.from_ranges(self.ranges, self.ranges[-1][-1]) if self.ranges else Ids.of(ids, written="ranges")
        if tuple(listed) != ids:
            raise unfit("gpp.ranges", "do not list the sections", "leave them out")
        head = write_part(HEADER, {"Type": TYPE, "Version": VERSION, "Sections": listed}, where="gpp", spare=self.spare)
        return "~".join([head, *(one.encode() for one in self.sections)])


def decode_gpp(text: str, /, *, reading: Reading = STRICT) -> GPPString:
    """Return what a GPP string says.

    >>> gpp = decode_gpp("DBABTA~1YNN")
    >>> gpp.ids, gpp["uspv1"].notice
    ((6,), 'Y')
    >>> decode_gpp("DBABTA~1YN")
    Traceback (most recent call last):
        ...
    unified_profile.errors.InvalidSignalError: gpp.uspv1.lspa_covered: ends too early at bit 3

    Raises:
        InvalidSignalError: With section, part, field and bit; never with the string.

    .. versionadded:: 0.1
    """
    attempt = Attempt(reading)
    try:
        return _read(attempt.text(text, signal="gpp"), attempt)
    except InvalidSignalError as error:
        told = error.with_traceback(None)
    del text  # a report that shows the locals of this error must not show the string
    raise told


def _read(text: str, attempt: Attempt) -> GPPString:
    head, *texts = text.split("~")
    values, spare = _header(head, attempt)
    listed: Ids = values["Sections"]
    if len(listed) != len(texts):
        reason = f"lists {len(listed)} sections, and {len(texts)} follow"
        raise fault("count", reason, "gpp", segment="header", field="Sections", hint="send the whole string")
    sections = tuple(read_section(id, part, attempt) for id, part in zip(listed, texts, strict=True))
    plain = Ids.of(listed, written="ranges").ranges
    return GPPString(
        sections=sections,
        ranges=() if listed.ranges == plain else listed.ranges or (),
        spare=spare,
        repairs=tuple(attempt.repairs),
    )


def _header(text: str, attempt: Attempt) -> tuple[Mapping[str, Any], int]:
    if not text.startswith(_FIRST):
        hint = "this is a TC string: decode_tc" if text[:1] in {"B", "C"} else ""
        raise fault("wrong_version", "not a GPP string", "gpp", segment="header", field="Type", bit=0, hint=hint)
    reader = bits_of(text, attempt, signal="gpp", segment="header")
    version = int(reader.digits[6:12] or "0", 2)
    if version != VERSION:
        raise fault("wrong_version", f"not of version {VERSION}", "gpp", segment="header", field="Version", bit=6)
    header = read_part(HEADER, reader)
    return header.values, header.spare
