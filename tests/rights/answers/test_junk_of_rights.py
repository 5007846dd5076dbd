"""Junk at every entry of the rooms of proof, receipts, sealing and answers: typed errors, no personal value in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.hub.junk import anything
from tests.hub.test_junk import arguments
from tests.hub.test_junk_everywhere import refuses
from tests.hub.worlds import some

from unified_profile import MemoryStore
from unified_profile.hub import SealedStore, shred
from unified_profile.rights import Party, answer_by, processing_register
from unified_profile.rights.proof import (
    ConsistencyProof,
    InclusionProof,
    MerkleLog,
    Pseudonyms,
    SignedTreeHead,
    SigningKey,
    TreeHead,
    VerifyingKey,
    canonical,
    read_strictly,
)
from unified_profile.rights.receipts import (
    IsoReceipt,
    KantaraReceipt,
    ReceiptPurpose,
    ReceiptService,
    SignedReceipt,
    iso_receipt,
    kantara_receipt,
    missing_in,
    receipt_in,
    sign_receipt,
)
from unified_profile.rights.sealing import EnvelopeKeys, FileKeys, LocalWrapper, MemoryKeys
from unified_profile.testing.identity_programs import moment

KEYS = Pseudonyms({"a": b"k" * 16})


def log() -> MerkleLog:
    found = MerkleLog("log")
    found.append([{"n": n} for n in range(3)])
    return found


ENTRIES: list[Callable[..., Any]] = [
    answer_by, processing_register, Party, ReceiptPurpose, ReceiptService, KantaraReceipt, IsoReceipt, kantara_receipt,
    iso_receipt, sign_receipt, receipt_in, missing_in, SignedReceipt.read, KantaraReceipt.from_json,
    IsoReceipt.from_json, canonical, read_strictly, TreeHead, TreeHead.from_json, SignedTreeHead.from_json,
    InclusionProof.from_json, ConsistencyProof.from_json, Pseudonyms, Pseudonyms.load, KEYS.plus, KEYS.without,
    SigningKey, SigningKey.load, VerifyingKey, shred, SealedStore, FileKeys, EnvelopeKeys, LocalWrapper, log().append,
    log().inclusion, log().consistency, TreeHead("log", 0, bytes(32), moment(0)).signed,
]  # fmt: skip


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.__qualname__)
def test_junk_is_refused_by_a_typed_error(entry, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    @some(0.2)
    @given(st.data())
    def law(data):
        args, kwargs = arguments(data, entry)
        refuses(entry, args, kwargs)

    law()


@some(0.5)
@given(st.data())
def test_a_forged_or_broken_form_is_refused_wherever_it_is_read(data):
    junk = data.draw(anything)
    for read in (receipt_in, KantaraReceipt.from_json, IsoReceipt.from_json, TreeHead.from_json,
                 SignedTreeHead.from_json, InclusionProof.from_json, ConsistencyProof.from_json):  # fmt: skip
        refuses(read, [junk], {})
        refuses(read, [{"receipt": junk, "jws": junk, "log": junk, "size": junk, "root": junk, "at": junk,
                        "index": junk, "path": junk, "old": junk, "new": junk}], {})  # fmt: skip


@some(0.3)
@given(anything)
def test_whatever_a_store_below_gives_back_is_opened_or_refused(junk):
    from unified_profile.model.rows import FactRow
    from unified_profile.rights.sealing import Sealer
    from unified_profile.rights.sealing.sealer import MARK

    sealer = Sealer(MemoryKeys(), {"income"})
    sealer.keys.make(["t/bundle/b"])
    for body in (
        junk,
        f'{{"attributes":{{"income":{{"{MARK}":"1.{junk!s:.20}"}}}}}}' if isinstance(junk, str) else "{}",
    ):
        if isinstance(body, str):
            row = FactRow("f", "record", "crm", "b", 1, 2, body, 3)
            refuses(sealer.opened, ["fact", [row], "t"], {})
            refuses(sealer.sealed, ["fact", [row], "t"], {})
    assert SealedStore(MemoryStore(), sealer.keys, fields=sealer.fields).sealer == sealer
