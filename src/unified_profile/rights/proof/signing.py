"""Who vouches for it: Ed25519 keys, and signatures that any JOSE library can check."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Protocol, runtime_checkable

import attrs

from unified_profile.errors import InvalidInputError, MissingExtraError
from unified_profile.model.redaction import Closed, closed, hidden
from unified_profile.rights.keeping import read_secret, write_secret

ALGORITHM = "EdDSA"
_SEED = 32


@runtime_checkable
class Signer(Protocol):
    """Somebody who signs: a key in this process, or one in a key service that never leaves it."""

    @property
    def key_id(self) -> str:
        """The name of the key, by which whoever checks finds the public part."""
        ...

    def sign(self, data: bytes, /) -> bytes:
        """Return the Ed25519 signature of *data* (RFC 8032)."""
        ...


def b64(data: bytes, /) -> str:
    """Return *data* as base64url without padding, as JOSE writes it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: object, /, *, field: str) -> bytes:
    """Return the bytes of base64url *text* without padding, in their only spelling.

    Raises:
        InvalidInputError: If it is none.
    """
    try:
        found = base64.b64decode(f"{text}{'=' * (-len(str(text)) % 4)}", altchars=b"-_", validate=True)
        if isinstance(text, str) and b64(found) == text:  # one signature must not have two spellings
            return found
    except (ValueError, TypeError):
        pass
    raise InvalidInputError(field=field, reason="not base64url", hint="pass what was written")


def _ed25519() -> ModuleType:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise MissingExtraError(extra="crypto", package="cryptography") from None
    return ed25519


@attrs.frozen
class VerifyingKey:
    """The public part of a key: 32 bytes that anybody may have.

    .. versionadded:: 0.1
    """

    data: bytes

    def __attrs_post_init__(self) -> None:
        """Refuse what is no key."""
        if not isinstance(self.data, bytes) or len(self.data) != _SEED:
            raise InvalidInputError(
                field="key", reason="not the 32 bytes of an Ed25519 key", hint="see SigningKey.public"
            )

    @property
    def jwk(self) -> dict[str, str]:
        """The key as a JWK (RFC 8037)."""
        return {"crv": "Ed25519", "kty": "OKP", "x": b64(self.data)}

    @property
    def key_id(self) -> str:
        """The thumbprint of the key (RFC 7638)."""
        text = json.dumps(self.jwk, sort_keys=True, separators=(",", ":"))
        return b64(hashlib.sha256(text.encode()).digest())

    def verifies(self, signature: bytes, data: bytes, /) -> bool:
        """Say whether *signature* of *data* was made by the key.

        Raises:
            MissingExtraError: If the extra ``crypto`` is not installed.
        """
        from_bytes = _ed25519().Ed25519PublicKey.from_public_bytes
        try:
            from_bytes(self.data).verify(signature, data)
        except Exception:  # noqa: BLE001  # whatever is wrong with it, it is no signature of ours
            return False
        return True


@closed
@attrs.frozen
class SigningKey(Closed):
    """A key that signs. Keep it where the data is not: whoever has both can rewrite the log.

    >>> key = SigningKey.fresh()
    >>> key.public.verifies(key.sign(b"a root"), b"a root"), key.public.verifies(key.sign(b"a root"), b"another")
    (True, False)

    Raises:
        InvalidInputError: If *seed* is not 32 bytes.

    .. versionadded:: 0.1
    """

    seed: bytes = attrs.field(repr=hidden)

    def __attrs_post_init__(self) -> None:
        """Refuse what is no seed."""
        if not isinstance(self.seed, bytes) or len(self.seed) != _SEED:
            raise InvalidInputError(field="seed", reason="not 32 bytes", hint="SigningKey.fresh()")

    @classmethod
    def fresh(cls) -> SigningKey:
        """Return a new key."""
        return cls(os.urandom(_SEED))

    @classmethod
    def load(cls, file: str | os.PathLike[str], /) -> SigningKey:
        """Return the key in *file*.

        Raises:
            InvalidInputError: If there is none, or others may read it.
        """
        return cls(unb64(read_secret(file).decode("ascii", "replace").strip(), field="file"))

    def save(self, file: str | os.PathLike[str], /) -> Path:
        """Write the key to the new *file*, for its owner alone (mode 0600).

        Raises:
            InvalidInputError: If the file is there already: a key that is overwritten is lost.
        """
        return write_secret(file, b64(self.seed).encode(), replace=False)

    @property
    def public(self) -> VerifyingKey:
        """The public part."""
        found: bytes = _ed25519().Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifyingKey(found)

    @property
    def key_id(self) -> str:
        """See ``VerifyingKey.key_id``."""
        return self.public.key_id

    def sign(self, data: bytes, /) -> bytes:
        """See ``Signer.sign``."""
        found: bytes = _ed25519().Ed25519PrivateKey.from_private_bytes(self.seed).sign(data)
        return found


def detached(payload: bytes, signer: Signer, /, *, kind: str = "") -> str:
    """Return a detached JWS (RFC 7515, appendix F) of *payload*: header and signature, without what was signed.

    *kind* goes into the header as ``typ``, so that a signature of one kind of thing never counts for another.
    """
    header = {"alg": ALGORITHM, "kid": signer.key_id} | ({"typ": kind} if kind else {})
    head = b64(json.dumps(header, separators=(",", ":"), sort_keys=True).encode())
    return f"{head}..{b64(signer.sign(f'{head}.{b64(payload)}'.encode()))}"


def signed_by(jws: str, payload: bytes, key: VerifyingKey, /, *, kind: str = "") -> bool:
    """Say whether the detached *jws* is a signature of *payload* by *key*, for this *kind* of thing."""
    try:
        head, nothing, tail = jws.split(".")
        header = json.loads(unb64(head, field="jws"))
        signature = unb64(tail, field="jws")
    except (AttributeError, ValueError):
        return False
    if nothing or not isinstance(header, dict) or "crit" in header:
        return False
    if (header.get("alg"), header.get("kid"), header.get("typ", "")) != (ALGORITHM, key.key_id, kind):
        return False
    return key.verifies(signature, f"{head}.{b64(payload)}".encode())
