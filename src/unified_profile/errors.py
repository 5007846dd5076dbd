"""Every error and warning of the library, so that callers can catch them by one base or by kind.

Messages name the field and the way out. They never hold a personal value: what was wrong is told by
kind, position and length, and the parts stay readable as attributes.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_NO_NAME = re.compile(r"@|\d{5}")


class UnifiedProfileError(Exception):
    """The base of every error raised on purpose by this library."""


class UnifiedProfileWarning(UserWarning):
    """The base of every warning: lawful, but risky."""


class PopularKeyWarning(UnifiedProfileWarning):
    """Keys of a resolver are shared by so many records that not all of them were compared.

    Attributes:
        fingerprint: The model whose keys they are.
        keys: How many keys were too popular in this batch.
        left_out: How many records were kept out of the way of later ones.
        columns: How many of the keys are made of which columns, if the resolver tells; never a value.

    .. versionadded:: 0.1
    """

    def __init__(
        self, *, fingerprint: str, keys: int, left_out: int, most: int, columns: Mapping[str, int] | None = None
    ) -> None:
        """Keep the parts and make the sentence."""
        made_of = ", ".join([f"{count} of {name}" for name, count in (columns or {}).items()][:5])
        super().__init__(
            f"resolver {fingerprint!r}: {keys} key(s) are shared by more than {most} records"
            + (f" ({made_of})" if made_of else "")
            + f"; {left_out} record(s) were compared with the first of them only. Make the keys narrower, or return"
            " none for common values"
        )
        self.fingerprint, self.keys, self.left_out, self.columns = fingerprint, keys, left_out, dict(columns or {})


class LargeGroupWarning(UnifiedProfileWarning):
    """So many records hang together by links that only the heavier links between them are followed.

    Hardly anybody has that many records: mostly they share a value that says little, or the model links too readily.

    Attributes:
        fingerprint: The model whose links they are.
        records: How many records of this batch (in a rebuild: of all) are in such groups.
        most: How many records a group may have before it is cut.

    .. versionadded:: 0.1
    """

    def __init__(self, *, fingerprint: str, records: int, most: int) -> None:
        """Keep the parts and make the sentence."""
        super().__init__(
            f"resolver {fingerprint!r}: {records} record(s) hang together in groups of more than {most}; only heavier"
            " links are followed there. Look at what they share, or link from a higher threshold on"
        )
        self.fingerprint, self.records, self.most = fingerprint, records, most


class LearnedLaterWarning(UnifiedProfileWarning):
    """Rows of features are empty, or lack most of what had happened by then: it was learned later.

    Attributes:
        rows: How many rows.

    .. versionadded:: 0.1
    """

    def __init__(self, *, rows: int) -> None:
        """Keep the part and make the sentence."""
        super().__init__(
            f"{rows} row(s) are empty, or lack most of what had happened by then, because it was learned later. If it"
            " is imported history, say when it was learned: recorded_at of a fact, recorded_at= or"
            " recorded_as_of_occurrence=True of a mapping"
        )
        self.rows = rows


class NoMarketingWarning(UnifiedProfileWarning):
    """Somebody objected to all marketing, and no purpose is said to be that: the objection is kept, and stops nothing.

    .. versionadded:: 0.1
    """

    def __init__(self) -> None:
        """Make the sentence."""
        super().__init__(
            "an objection to all marketing was kept, but stops nothing: no purpose is said to be marketing. Say which"
            ' are, Policy(kinds={"newsletter": {"direct_marketing"}}), or name the purpose that is objected to'
        )


class InvalidInputError(UnifiedProfileError, ValueError):
    """Something handed in cannot be taken as it is.

    Attributes:
        field: Where it stands, as a dotted path (``identifiers.0.value``).
        reason: What is wrong with it, without the value.
        hint: The way out.
    """

    def __init__(self, *, field: str, reason: str, hint: str = "") -> None:
        """Keep the parts and make the sentence."""
        self.field, self.reason, self.hint = field, reason, hint
        super().__init__(f"{field}: {reason}" + (f"; {hint}" if hint else ""))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by parts (keyword arguments are lost otherwise)."""
        return (_rebuild, (type(self), {"field": self.field, "reason": self.reason, "hint": self.hint}))


class InvalidPayloadError(InvalidInputError):
    """A payload at the door does not have the declared shape."""


class UnreadableFileError(InvalidInputError, OSError):
    """A file cannot be opened or read. It is not named: a path may hold somebody's name.

    Attributes:
        errno: The number by which the operating system told it, as of any ``OSError``; None if it told none.

    .. versionadded:: 0.1
    """

    def __init__(self, *, field: str, reason: str, hint: str = "", errno: int | None = None) -> None:
        """Keep the parts and make the sentence."""
        super().__init__(field=field, reason=reason, hint=hint)
        self.errno = errno

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by parts."""
        return (_rebuild, (type(self), {name: getattr(self, name) for name in ("field", "reason", "hint", "errno")}))


class InvalidFactError(InvalidInputError):
    """A fact breaks a rule that all facts keep (aware times, JSON values, a usable id)."""


class InvalidRulesError(InvalidInputError):
    """A rule (namespace, survivorship, purpose, segment) contradicts itself or another."""


class InvalidSignalError(InvalidInputError):
    """A privacy signal (a consent string, an opt-out header) is broken; it is never a grant.

    Attributes:
        code: What kind of fault, in one word that stays: ``"truncated"``, ``"wrong_version"``, ``"trailing_bits"``, ...
        segment: In which part: ``"header"``, ``"core"``, ``"disclosed_vendors"``, ``"usca.gpc"``.
        bit: Where in that part, counted from 0; characters where the part is text. None where there is no such place.
    """

    def __init__(
        self, *, field: str, reason: str, hint: str = "", code: str, segment: str = "", bit: int | None = None
    ) -> None:
        """Keep the parts and make the sentence; the string itself is never among them."""
        self.code, self.segment, self.bit = code, segment, bit
        super().__init__(field=field, reason=reason, hint=hint)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by parts."""
        names = ("field", "reason", "hint", "code", "segment", "bit")
        return (_rebuild, (type(self), {name: getattr(self, name) for name in names}))


class InsufficientDataError(UnifiedProfileError, ValueError):
    """There are too few observations for an honest answer."""

    def __init__(self, *, metric: str, n: int, needed: int) -> None:
        """Keep the parts and make the sentence."""
        self.metric, self.n, self.needed = metric, n, needed
        super().__init__(f"{metric}: {n} observations, at least {needed} needed")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by parts."""
        return (_rebuild, (type(self), {"metric": self.metric, "n": self.n, "needed": self.needed}))


class UnknownNameError(UnifiedProfileError, LookupError):
    """A name is not among the known ones. What looks like an address or a number instead of a name is not repeated."""

    def __init__(self, *, kind: str, name: str, known: Iterable[str]) -> None:
        """Say which names are known and which one was probably meant."""
        self.kind, self.name, self.known = kind, name, tuple(sorted(known))
        close = difflib.get_close_matches(name, self.known, n=1)
        meant = f"; did you mean {close[0]!r}?" if close else "."
        shown = ", ".join(self.known) or "none"
        named = "of that name" if _NO_NAME.search(name) else f"named {name[:60]!r}"
        super().__init__(f"no {kind} {named}{meant} Known: {shown}")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by parts."""
        return (_rebuild, (type(self), {"kind": self.kind, "name": self.name, "known": self.known}))


class UnknownProfileError(UnifiedProfileError, LookupError):
    """No profile answers to this id or identifier; ``because`` says why (unknown, not linked, gone)."""

    def __init__(self, *, because: str) -> None:
        """Keep the reason; never the identifier."""
        self.because = because
        super().__init__(f"no such profile: {because}")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by parts."""
        return (_rebuild, (type(self), {"because": self.because}))


class PurposeDeniedError(UnifiedProfileError, PermissionError):
    """A value was required for a purpose that may not use it.

    Attributes:
        code: A stable reason code, for example ``"no_consent"``.
        purpose: The purpose asked for.
        trait: The trait asked for, if one was.
    """

    def __init__(self, *, code: str, purpose: str, trait: str = "") -> None:
        """Keep the parts and make the sentence."""
        self.code, self.purpose, self.trait = code, purpose, trait
        what = f"trait {trait!r}" if trait else "this profile"
        super().__init__(f"purpose {purpose!r} may not use {what}: {code}")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by parts."""
        return (_rebuild, (type(self), {"code": self.code, "purpose": self.purpose, "trait": self.trait}))


class PermitError(UnifiedProfileError, PermissionError):
    """A permit cannot be used: it was, it is over, or it was given for something else.

    Attributes:
        code: Why: ``"used_or_unknown"``, ``"expired"``, ``"other_action"`` (``purpose``, ``channel``, ``brand``,
            ``recipient``), or the reason code of the decision that no longer lets it.
    """

    def __init__(self, *, code: str) -> None:
        """Keep the part and make the sentence."""
        self.code = code
        super().__init__(f"this permit cannot be used: {code}; ask for a new one")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by parts."""
        return (_rebuild, (type(self), {"code": self.code}))


class RequesterError(UnifiedProfileError, PermissionError):
    """Whoever asks about somebody's data was not confirmed; nothing was looked up.

    Attributes:
        code: ``not_confirmed``, or ``verification_failed`` where the check itself failed.
        right: What was asked for.

    .. versionadded:: 0.1
    """

    def __init__(self, *, code: str, right: str) -> None:
        """Keep the parts and make the sentence."""
        self.code, self.right = code, right
        super().__init__(f"{right}: the requester is {code}; confirm who they are, and that they may ask")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by parts."""
        return (_rebuild, (type(self), {"code": self.code, "right": self.right}))


class HashedAudienceError(InvalidInputError):
    """An audience holds hashes of addresses and nobody's permission: no person could be asked, or let go."""


class MissingTraitError(UnifiedProfileError, KeyError):
    """A trait was required that the purpose may use, but that nobody told.

    Attributes:
        trait: The trait asked for.
        purpose: The purpose asked for.
    """

    def __init__(self, *, trait: str, purpose: str = "") -> None:
        """Keep the parts and make the sentence."""
        self.trait, self.purpose = trait, purpose
        super().__init__(f"no trait {trait!r} in this profile; get() takes a default, state() tells how it stands")

    def __str__(self) -> str:
        """Return the sentence; a KeyError would quote it."""
        return str(self.args[0])

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by parts."""
        return (_rebuild, (type(self), {"trait": self.trait, "purpose": self.purpose}))


class ErasedError(UnifiedProfileError, LookupError):
    """The question is about a person whose data was erased."""


class StorageError(UnifiedProfileError, OSError):
    """A store failed; the driver's own error is the cause."""


class ConflictError(StorageError):
    """Another writer changed what this commit was decided on; the plan is run again."""


class SchemaVersionError(StorageError):
    """The store was written by another version of the tables."""

    def __init__(self, *, found: int, expected: int) -> None:
        """Say which way to go."""
        self.found, self.expected = found, expected
        way = "upgrade the library" if found > expected else "call migrate() on the store"
        super().__init__(f"the store has table version {found}, this library writes {expected}; {way}")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by parts."""
        return (_rebuild, (type(self), {"found": self.found, "expected": self.expected}))


class RulesChangedError(UnifiedProfileError, RuntimeError):
    """The store was built under other rules; adopt the new ones or open it with the old."""


class ForkedError(UnifiedProfileError, RuntimeError):
    """A hub or store made before a fork is used in the child; make a new one there."""


class MissingExtraError(UnifiedProfileError, ImportError):
    """An optional package is needed; the message names the extra that brings it."""

    def __init__(self, *, extra: str, package: str) -> None:
        """Say what to install."""
        self.extra, self.package = extra, package
        alone = f", or pip install {package}" if " " not in package else ""
        way = f"in a copy of the repository pip install '.[{extra}]'{alone}"
        super().__init__(f"{package} is not installed; it comes with the extra {extra!r}: {way}")


def _rebuild(kind: type[UnifiedProfileError], parts: dict[str, object]) -> UnifiedProfileError:
    """Make an error again from its parts."""
    return kind(**parts)
