"""Receipts of all shapes, as Hypothesis strategies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from unified_profile.model import ConsentRecord, ConsentState, Identifier
from unified_profile.rights.receipts import IsoReceipt, KantaraReceipt, Party, ReceiptPurpose, ReceiptService

CANARY = "canary7f3a"
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)
maybe = st.one_of(st.just(""), words)
lists = st.lists(words, max_size=3)
EARLY, LATE = datetime(1971, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
times = st.timedeltas(timedelta(0), LATE - EARLY).map(lambda since: EARLY + since)
seconds = times.map(lambda at: at.replace(microsecond=0))
lengths = st.timedeltas(timedelta(0), timedelta(days=20_000))

parties = st.builds(
    Party, name=words, contact=words, email=words, phone=words,
    address=st.dictionaries(words, words, max_size=3), url=maybe, on_behalf=st.sampled_from([None, True, False]),
)  # fmt: skip
kantara_purposes = st.one_of(
    st.builds(ReceiptPurpose, purpose=maybe, categories=lists, data=lists, termination=words, consent_type=words,
              primary=st.sampled_from([None, True, False]), third_party=maybe),
    st.builds(ReceiptPurpose, purpose=maybe, categories=lists, data=lists, termination=words,
              disclosed=st.sampled_from([True]), third_party=words),
)  # fmt: skip
services = st.builds(ReceiptService, name=words, purposes=st.lists(kantara_purposes, max_size=3))
kantara_receipts = st.builds(
    KantaraReceipt, id=words, at=seconds, jurisdiction=words, method=words, principal=words,
    controllers=st.lists(parties, min_size=1, max_size=2), policy=words,
    services=st.lists(services, min_size=1, max_size=2), sensitive=st.booleans(), special=lists, language=maybe,
    public_key=maybe,
)  # fmt: skip

records = st.builds(
    ConsentRecord, id=names, source=names, occurred_at=times, recorded_at=st.none() | times, purpose=words,
    state=st.sampled_from(ConsentState), channel=maybe, brand=maybe, controller=words,
    legal_basis=st.sampled_from(["consent", "contract", "legitimate_interests", "something else"]), notice_id=words,
    notice_version=words, notice_sha256=maybe, language=words, data_categories=st.lists(words, min_size=1, max_size=2),
    special_categories=lists, optional_categories=lists, operations=lists, recipients=lists, joint_controllers=lists,
    collection_method=maybe, storage_location=words, retention=lengths, jurisdiction=words, withdrawal_method=words,
    duration=st.none() | lengths.filter(bool), expressed_by=words, method=maybe, evidence_ref=st.just(CANARY),
    schema_version=words, identifiers=st.just((Identifier("email", f"{CANARY}@x.example"),)),
)  # fmt: skip
iso_receipts = st.builds(
    IsoReceipt, id=words, principal=words, publisher=words, created=times,
    records=st.lists(records, min_size=1, max_size=3),
)  # fmt: skip
receipts: st.SearchStrategy[Any] = st.one_of(kantara_receipts, iso_receipts)
