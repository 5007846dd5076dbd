"""How something is locked up so that any change is seen: AES-256-GCM, bound to where it stands."""

from __future__ import annotations

import os
from typing import Protocol

from unified_profile.errors import MissingExtraError, StorageError

KEY = 32
"""How long a key is, in bytes: AES-256."""

_NONCE = 12


def encrypted(key: bytes, content: bytes, context: bytes, /) -> bytes:
    """Return *content* under *key* (AES-256-GCM, a fresh random nonce in front), bound to *context*.

    Raises:
        MissingExtraError: If the extra ``crypto`` is not installed.
    """
    nonce = os.urandom(_NONCE)
    return nonce + _cipher(key).encrypt(nonce, content, context)


def decrypted(key: bytes, sealed: bytes, context: bytes, /) -> bytes:
    """Return what ``encrypted`` locked up.

    Raises:
        StorageError: If it was changed, is bound to something else, or was locked up by another key.
        MissingExtraError: If the extra ``crypto`` is not installed.
    """
    cipher, found = _cipher(key), None
    try:
        found = cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], context)
    except Exception:  # noqa: BLE001  # one answer for whatever is wrong with it
        found = None
    if found is not None:
        return found
    raise StorageError("a sealed value cannot be opened: it was changed, moved, or sealed under another key")


def _cipher(key: bytes) -> _Cipher:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        raise MissingExtraError(extra="crypto", package="cryptography") from None
    return AESGCM(key)


class _Cipher(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...
