"""Signed receipts: the receipt as it is, and beside it a signature that any JOSE library can check.

A detached JWS over the canonical form (RFC 8785), not an embedded proof: the receipt stays exactly what its
specification says, whoever stores it may format it anew, and nobody needs to understand JSON-LD to check it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.model import Json
from unified_profile.model.soundness import fits
from unified_profile.rights.proof.canonical import canonical, read_strictly
from unified_profile.rights.proof.signing import Signer, VerifyingKey, detached, signed_by
from unified_profile.rights.receipts.iso27560 import IsoReceipt
from unified_profile.rights.receipts.kantara import KantaraReceipt

_KIND = "unified-profile-receipt"


@attrs.frozen
class SignedReceipt:
    """A receipt and who vouches for it.

    .. versionadded:: 0.1
    """

    receipt: KantaraReceipt | IsoReceipt
    jws: str

    def verify(self, key: VerifyingKey, /) -> bool:
        """Say whether *key* signed exactly this receipt.

        Raises:
            InvalidInputError: If *key* is none.
            MissingExtraError: If the extra ``crypto`` is not installed.
        """
        if not isinstance(key, VerifyingKey):
            raise InvalidInputError(field="key", reason="not a VerifyingKey", hint="see SigningKey.public")
        return signed_by(self.jws, canonical(self.receipt.to_json()), key, kind=_KIND)

    def to_json(self) -> dict[str, Json]:
        """Return receipt and signature as JSON."""
        return {"receipt": self.receipt.to_json(), "jws": self.jws}

    def text(self) -> str:
        """Return it as text, to be handed over or kept."""
        return json.dumps(self.to_json(), ensure_ascii=False)

    @classmethod
    def read(cls, given: str | bytes | Mapping[str, object], /) -> SignedReceipt:
        """Return what ``text`` or ``to_json`` wrote; whether the signature is good, ``verify`` says.

        Raises:
            InvalidInputError: If it is something else, or names a key twice.
        """
        form = read_strictly(given, field="receipt") if isinstance(given, (str, bytes)) else given
        if not isinstance(form, Mapping) or set(form) != {"receipt", "jws"} or not isinstance(form["jws"], str):
            raise InvalidInputError(field="receipt", reason="not a signed receipt", hint="pass what was written")
        return cls(receipt_in(form["receipt"]), form["jws"])


def receipt_in(form: object, /) -> KantaraReceipt | IsoReceipt:
    """Return the receipt of a JSON form of either kind.

    Raises:
        InvalidInputError: If it is neither.
    """
    if isinstance(form, Mapping) and "@context" in form:
        return IsoReceipt.from_json(form)
    return KantaraReceipt.from_json(form)


def sign_receipt(receipt: KantaraReceipt | IsoReceipt, signer: Signer, /) -> SignedReceipt:
    """Return *receipt* with the signature of *signer*.

    Raises:
        InvalidInputError: If it is no receipt, or *signer* signs nothing.
        MissingExtraError: If the extra ``crypto`` is not installed.

    .. versionadded:: 0.1
    """
    if not isinstance(receipt, (KantaraReceipt, IsoReceipt)):
        raise InvalidInputError(field="receipt", reason=f"a {type(receipt).__name__}", hint="see kantara_receipt")
    if not fits(signer, Signer):
        raise InvalidInputError(field="signer", reason="signs nothing", hint="SigningKey.fresh()")
    return SignedReceipt(receipt, detached(canonical(receipt.to_json()), signer, kind=_KIND))
