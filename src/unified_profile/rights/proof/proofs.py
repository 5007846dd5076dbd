"""Proofs that somebody else can check with nothing but a head: that an entry is in the log, that the log only grew."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.model import Json
from unified_profile.rights.proof.canonical import canonical
from unified_profile.rights.proof.heads import SignedTreeHead, TreeHead
from unified_profile.rights.proof.merkle import extends, includes, leaf_hash

_MOST = 63


def _path(found: object) -> tuple[bytes, ...]:
    if isinstance(found, (tuple, list)) and len(found) <= 2 * _MOST and all(isinstance(one, bytes) for one in found):
        return tuple(found)
    raise InvalidInputError(field="path", reason="not a list of hashes", hint="pass what the log gave")


def _root_of(head: object) -> TreeHead:
    if isinstance(head, SignedTreeHead):
        return head.head
    if isinstance(head, TreeHead):
        return head
    raise InvalidInputError(field="head", reason="neither a TreeHead nor a signed one", hint="see hub.log_head")


def _hashes(form: Mapping[str, object]) -> list[bytes]:
    path = form["path"]
    if not isinstance(path, list):
        raise TypeError
    return [bytes.fromhex(one) for one in path]


def _count(form: Mapping[str, object], name: str) -> int:
    found = form[name]
    if isinstance(found, bool) or not isinstance(found, int):
        raise TypeError
    return found


_WRONG = {"reason": "not the form of one", "hint": "see to_json"}


@attrs.frozen
class InclusionProof:
    """That a leaf is the one at *index* of the tree of *size* leaves.

    .. versionadded:: 0.1
    """

    index: int
    size: int
    path: tuple[bytes, ...] = attrs.field(converter=_path)

    def proves(self, entry: Mapping[str, Json], head: TreeHead | SignedTreeHead, /) -> bool:
        """Say whether *entry* is in the log that has this *head*.

        A signed head is believed here: ask its ``verify`` first.

        Raises:
            InvalidInputError: If *entry* has no canonical form.
        """
        known = _root_of(head)
        if not isinstance(entry, Mapping):
            raise InvalidInputError(field="entry", reason="not an object", hint="pass the body of an entry")
        leaf = leaf_hash(canonical(dict(entry)))
        return self.size == known.size and includes(
            root=known.root, size=self.size, index=self.index, leaf=leaf, path=self.path
        )

    def to_json(self) -> dict[str, Json]:
        """Return the proof as JSON."""
        return {"index": self.index, "size": self.size, "path": [one.hex() for one in self.path]}

    @classmethod
    def from_json(cls, form: Mapping[str, object], /) -> InclusionProof:
        """Return the proof of a JSON form.

        Raises:
            InvalidInputError: If *form* is none.
        """
        try:
            return cls(_count(form, "index"), _count(form, "size"), _hashes(form))
        except (KeyError, TypeError, ValueError, AttributeError):
            pass
        raise InvalidInputError(field="proof", **_WRONG)


@attrs.frozen
class ConsistencyProof:
    """That the tree of *new* leaves begins with the very leaves of the tree of *old*: nothing was changed or taken out.

    .. versionadded:: 0.1
    """

    old: int
    new: int
    path: tuple[bytes, ...] = attrs.field(converter=_path)

    def proves(self, older: TreeHead | SignedTreeHead, newer: TreeHead | SignedTreeHead, /) -> bool:
        """Say whether the log with the head *newer* is the one with the head *older*, grown."""
        before, after = _root_of(older), _root_of(newer)
        return (
            before.log == after.log
            and (self.old, self.new) == (before.size, after.size)
            and extends(old=self.old, old_root=before.root, new=self.new, new_root=after.root, path=self.path)
        )

    def to_json(self) -> dict[str, Json]:
        """Return the proof as JSON."""
        return {"old": self.old, "new": self.new, "path": [one.hex() for one in self.path]}

    @classmethod
    def from_json(cls, form: Mapping[str, object], /) -> ConsistencyProof:
        """Return the proof of a JSON form.

        Raises:
            InvalidInputError: If *form* is none.
        """
        try:
            return cls(_count(form, "old"), _count(form, "new"), _hashes(form))
        except (KeyError, TypeError, ValueError, AttributeError):
            pass
        raise InvalidInputError(field="proof", **_WRONG)
