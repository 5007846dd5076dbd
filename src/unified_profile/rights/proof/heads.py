"""Tree heads: the few bytes that stand for a whole log. Keep them where whoever keeps the log cannot reach them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.model import Json
from unified_profile.model.soundness import fits
from unified_profile.model.times import aware
from unified_profile.rights.proof.canonical import canonical
from unified_profile.rights.proof.merkle import SIZE
from unified_profile.rights.proof.signing import Signer, VerifyingKey, detached, signed_by

_KIND = "unified-profile-tree-head"


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise TypeError


@attrs.frozen
class TreeHead:
    """The size and root of a log at a moment. *log* is its name, so that a head of one is none of another.

    .. versionadded:: 0.1
    """

    log: str
    size: int
    root: bytes
    at: datetime

    def __attrs_post_init__(self) -> None:
        """Refuse what is no head."""
        if not isinstance(self.log, str) or not self.log:
            raise InvalidInputError(field="log", reason="has no name", hint="name it")
        if isinstance(self.size, bool) or not isinstance(self.size, int) or self.size < 0:
            raise InvalidInputError(field="size", reason="not a number of entries", hint="see hub.log_head")
        if not isinstance(self.root, bytes) or len(self.root) != SIZE:
            raise InvalidInputError(field="root", reason=f"not {SIZE} bytes", hint="see hub.log_head")
        aware(self.at, field="at")

    def to_json(self) -> dict[str, Json]:
        """Return the head as JSON."""
        return {"log": self.log, "size": self.size, "root": self.root.hex(), "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, form: Mapping[str, object], /) -> TreeHead:
        """Return the head of a JSON form.

        Raises:
            InvalidInputError: If *form* is none.
        """
        try:
            log, size = form["log"], form["size"]
            root, at = bytes.fromhex(_text(form["root"])), datetime.fromisoformat(_text(form["at"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            pass
        else:
            return cls(log, size, root, at)  # type: ignore[arg-type]  # checked when it is made
        raise InvalidInputError(field="head", reason="not the form of one", hint="see to_json")

    def signed(self, signer: Signer, /) -> SignedTreeHead:
        """Return the head with the signature of *signer*.

        Raises:
            InvalidInputError: If *signer* signs nothing.
            MissingExtraError: If the extra ``crypto`` is not installed.
        """
        if not fits(signer, Signer):
            raise InvalidInputError(field="signer", reason="signs nothing", hint="SigningKey.fresh()")
        return SignedTreeHead(self, detached(canonical(self.to_json()), signer, kind=_KIND))


@attrs.frozen
class SignedTreeHead:
    """A head and who vouches for it, as a detached JWS over the canonical JSON of the head.

    .. versionadded:: 0.1
    """

    head: TreeHead
    jws: str

    def verify(self, key: VerifyingKey, /) -> bool:
        """Say whether *key* signed exactly this head.

        Raises:
            InvalidInputError: If *key* is none.
        """
        if not isinstance(key, VerifyingKey):
            raise InvalidInputError(field="key", reason="not a VerifyingKey", hint="see SigningKey.public")
        return signed_by(self.jws, canonical(self.head.to_json()), key, kind=_KIND)

    def to_json(self) -> dict[str, Json]:
        """Return head and signature as JSON."""
        return {**self.head.to_json(), "jws": self.jws}

    @classmethod
    def from_json(cls, form: Mapping[str, object], /) -> SignedTreeHead:
        """Return the head of a JSON form; whether its signature is good, ``verify`` says.

        Raises:
            InvalidInputError: If *form* is none.
        """
        head = TreeHead.from_json(form)
        jws = form.get("jws")
        if not isinstance(jws, str):
            raise InvalidInputError(field="jws", reason="missing", hint="see to_json")
        return cls(head, jws)
