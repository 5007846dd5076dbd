"""Makes a Kantara receipt of the records of consents that are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC

from unified_profile.errors import InvalidInputError
from unified_profile.model import ConsentRecord, ConsentState
from unified_profile.model.soundness import sound
from unified_profile.rights.parties import Party
from unified_profile.rights.receipts.kantara import KantaraReceipt, ReceiptPurpose, ReceiptService

_TYPES = {ConsentState.GIVEN: "EXPLICIT", ConsentState.RENEWED: "EXPLICIT"}


@sound
def kantara_receipt(
    records: Iterable[ConsentRecord],
    /,
    *,
    id: str,
    principal: str,
    controllers: Iterable[Party],
    policy: str,
    service: str,
    jurisdiction: str = "",
    method: str = "",
    termination: str = "",
    categories: Mapping[str, Iterable[str]] | None = None,
    public_key: str = "",
) -> KantaraReceipt:
    """Return the receipt for *records*: what one person consented to in one go, a record for each purpose.

    What a record does not say is taken from the arguments. The receipt tells the earliest of the records' moments.

    Args:
        records: Given or renewed consents.
        id: The id of the receipt.
        principal: What stands for the person, such as ``Pseudonyms.of("receipt", profile)``.
        controllers: Who answers for it.
        policy: Where the notice can be read.
        service: What the purposes belong to.
        jurisdiction: Where a record names none.
        method: How it was collected, where a record does not say.
        termination: When use ends, where a record has no retention.
        categories: The specification's categories of each purpose; its own name where there is none.
        public_key: Whose signature to expect.

    Raises:
        InvalidInputError: If there is nothing to give a receipt for, or something required is missing.

    .. versionadded:: 0.1
    """
    found = tuple(records)
    if not found or not all(isinstance(one, ConsentRecord) and one.state in _TYPES for one in found):
        raise InvalidInputError(field="records", reason="not given consents", hint="receipts are for what was given")
    kinds = {} if categories is None else categories
    purposes = [
        ReceiptPurpose(
            purpose=one.purpose,
            categories=kinds.get(one.purpose, (one.purpose,)),
            data=(*one.data_categories, *one.special_categories),
            termination=termination if one.retention is None else f"{one.retention.days} days",
            consent_type=_TYPES[one.state],
            disclosed=bool(one.recipients),
            third_party=", ".join(one.recipients),
        )
        for one in found
    ]
    special = tuple(dict.fromkeys(name for one in found for name in one.special_categories))
    return KantaraReceipt(
        id=id,
        at=min(one.occurred_at for one in found).astimezone(UTC).replace(microsecond=0),
        jurisdiction=next((one.jurisdiction for one in found if one.jurisdiction), jurisdiction),
        method=next(
            (one.collection_method or one.method for one in found if one.collection_method or one.method), method
        ),
        principal=principal,
        controllers=controllers,
        policy=policy,
        services=[ReceiptService(name=service, purposes=purposes)],
        sensitive=bool(special),
        special=special,
        language=next((one.language for one in found if one.language), ""),
        public_key=public_key,
    )
