"""Receipts: what somebody consented to, for them to keep and for us to prove; two formats, signed if a key is given."""

from unified_profile.rights.parties import Party as Party
from unified_profile.rights.receipts.iso27560 import (
    IsoReceipt as IsoReceipt,
    iso_receipt as iso_receipt,
)
from unified_profile.rights.receipts.iso27560_records import missing_in as missing_in
from unified_profile.rights.receipts.kantara import (
    KantaraReceipt as KantaraReceipt,
    ReceiptPurpose as ReceiptPurpose,
    ReceiptService as ReceiptService,
)
from unified_profile.rights.receipts.kantara_made import kantara_receipt as kantara_receipt
from unified_profile.rights.receipts.signed import (
    SignedReceipt as SignedReceipt,
    receipt_in as receipt_in,
    sign_receipt as sign_receipt,
)

__all__ = [
    "IsoReceipt",
    "KantaraReceipt",
    "Party",
    "ReceiptPurpose",
    "ReceiptService",
    "SignedReceipt",
    "iso_receipt",
    "kantara_receipt",
    "missing_in",
    "receipt_in",
    "sign_receipt",
]
