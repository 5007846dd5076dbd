"""Receipts say what was consented to, are read back exactly, and cannot be changed once they are signed."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from tests.rights.receipts.made import CANARY, iso_receipts, kantara_receipts, receipts

from unified_profile.errors import InvalidInputError
from unified_profile.model import ConsentRecord, Identifier
from unified_profile.rights.proof import SigningKey, canonical, read_strictly
from unified_profile.rights.proof.signing import detached, signed_by
from unified_profile.rights.receipts import (
    IsoReceipt,
    KantaraReceipt,
    Party,
    SignedReceipt,
    iso_receipt,
    kantara_receipt,
    missing_in,
    receipt_in,
    sign_receipt,
)

KEY = SigningKey(bytes(range(32)))
KAWA = Party(name="Kawa", contact="DPO", email="dpo@kawa.example", phone="+81 3 0000 0000",
             address={"addressCountry": "JP"}, url="https://kawa.example")  # fmt: skip
SAID = ConsentRecord(
    id="c1", source="web", occurred_at=datetime(2026, 1, 31, 9, 30, 0, 5, tzinfo=UTC), purpose="newsletter",
    state="given", identifiers=[Identifier("email", f"{CANARY}@x.example")], notice_id="news", notice_version="3",
    language="ja", controller="Kawa", data_categories=["email"], special_categories=["health"],
    recipients=["mailer"], retention=timedelta(days=730), jurisdiction="JP", collection_method="web form",
    storage_location="JP", withdrawal_method="https://kawa.example/consents", evidence_ref=CANARY,
)  # fmt: skip


def kantara(**more: Any) -> KantaraReceipt:
    return kantara_receipt([SAID], id="r1", principal="p:1", controllers=[KAWA], policy="https://kawa.example/policy",
                           service="Kawa club", **more)  # fmt: skip


def iso(**more: Any) -> IsoReceipt:
    given: Any = {"id": "r1", "principal": "p:1", "publisher": "Kawa", "created": datetime(2026, 2, 1, tzinfo=UTC)}
    return iso_receipt([SAID], **given | more)


def keys(form: Any) -> list[Any]:
    """Return every object in *form*."""
    found = [form] if isinstance(form, dict) else []
    for inner in form.values() if isinstance(form, dict) else form if isinstance(form, list) else ():
        found += keys(inner)
    return found


@given(receipts)
def test_a_receipt_is_read_back_exactly(receipt):
    text = json.dumps(receipt.to_json())
    again = receipt_in(read_strictly(text))
    assert again == receipt
    assert again.to_json() == receipt.to_json()


@given(receipts)
def test_so_is_a_signed_one_and_the_signature_is_still_good(receipt):
    signed = sign_receipt(receipt, KEY)
    again = SignedReceipt.read(signed.text())
    assert again == signed
    assert again.verify(KEY.public)
    assert not again.verify(SigningKey(bytes(32)).public)


@given(iso_receipts)
def test_every_field_that_27560_requires_is_there_and_the_person_is_not(receipt):
    form = receipt.to_json()
    assert missing_in(form) == ()
    assert CANARY not in json.dumps(form)


@given(iso_receipts)
def test_whatever_there_can_be_several_of_is_an_array(receipt):
    """A key that is repeated is dropped by most readers; `@id` and plain texts are one by nature."""
    single = {"@id", "@context", "dct:identifier", "dct:created", "dct:hasVersion", "dct:title"}
    for one in keys(receipt.to_json()):
        for name, value in one.items():
            if name.startswith(("dpv:", "schema:", "@type", "dct:")) and name not in single | {"dpv:isIndicatedAtTime"}:
                if isinstance(value, str) and value.startswith(("http", "urn:")) and "@id" not in one:
                    continue  # the prefixes of the context
                assert isinstance(value, list), name


@pytest.mark.parametrize("drop", [
    "dct:hasVersion", "dct:identifier", "dpv:hasDataSubject", "dpv:hasNotice", "dpv:hasDataController",
    "dpv:hasJurisdiction", "dpv:hasConsentControl", "dpv:hasConsentStatus", "dpv:hasProcess",
])  # fmt: skip
def test_a_record_without_a_required_field_is_seen_to_lack_it_and_is_not_read(drop):
    form: Any = iso().to_json()
    del form["dpv:hasRecordOfActivity"][0][drop]
    assert missing_in(form)
    with pytest.raises(InvalidInputError):
        IsoReceipt.from_json(form)


@pytest.mark.parametrize("field", [
    "notice_id", "notice_version", "language", "controller", "storage_location", "jurisdiction", "withdrawal_method",
    "data_categories", "retention",
])  # fmt: skip
def test_a_receipt_is_not_made_without_what_27560_requires(field):
    """It says which field, and the business may say what is usual."""
    empty: Any = None if field == "retention" else () if field == "data_categories" else ""
    record = attrs.evolve(SAID, special_categories=(), **{field: empty})
    given: Any = {"id": "r", "principal": "p", "publisher": "Kawa", "created": datetime(2026, 2, 1, tzinfo=UTC)}
    with pytest.raises(InvalidInputError, match=field):
        iso_receipt([record], **given)
    usual: Any = timedelta(1) if field == "retention" else ["x"] if field == "data_categories" else "x"
    assert missing_in(iso_receipt([record], **given, **{field: usual}).to_json()) == ()


def test_a_kantara_receipt_says_what_the_record_says():
    form: Any = kantara().to_json()
    assert form["consentTimestamp"] == 1769851800
    assert form["version"] == "KI-CR-v1.1.0"
    assert form["services"][0]["purposes"][0] == {
        "purpose": "newsletter", "purposeCategory": ["newsletter"], "consentType": "EXPLICIT",
        "piiCategory": ["email", "health"], "termination": "730 days", "thirdPartyDisclosure": True,
        "thirdPartyName": "mailer",
    }  # fmt: skip
    assert (form["sensitive"], form["spiCat"], form["language"]) == (True, ["health"], "ja")
    assert CANARY not in json.dumps(form)


REQUIRED = {  # as the specification's table of fields has them; its schema is tried where it can be had
    (): ("version", "jurisdiction", "consentTimestamp", "collectionMethod", "consentReceiptID", "piiPrincipalId",
         "piiControllers", "services", "policyUrl", "sensitive", "spiCat"),
    ("piiControllers", 0): ("piiController", "contact", "address", "email", "phone"),
    ("services", 0): ("service", "purposes"),
    ("services", 0, "purposes", 0): ("consentType", "purposeCategory", "piiCategory", "termination",
                                     "thirdPartyDisclosure", "thirdPartyName"),
}  # fmt: skip


@given(kantara_receipts)
def test_every_field_that_kantara_requires_is_there(receipt):
    form: Any = receipt.to_json()
    assert set(REQUIRED[()]) <= form.keys()
    for party in form["piiControllers"]:
        assert set(REQUIRED["piiControllers", 0]) <= party.keys()
    for service in form["services"]:
        assert set(REQUIRED["services", 0]) <= service.keys()
        for purpose in service["purposes"]:
            assert set(REQUIRED["services", 0, "purposes", 0]) - {"thirdPartyName"} <= purpose.keys()
            assert not purpose["thirdPartyDisclosure"] or purpose["thirdPartyName"]


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, names in REQUIRED.items() for name in names])
def test_a_kantara_receipt_that_lacks_one_is_refused(path, name):
    for change in ("drop", None, 7.5, {"a": 1}):
        form: Any = kantara().to_json()
        at = form
        for step in path:
            at = at[step]
        if change == "drop":
            del at[name]
        elif not (name == "address" and isinstance(change, dict)):
            at[name] = change
        else:
            continue
        with pytest.raises(InvalidInputError):
            KantaraReceipt.from_json(form)


def test_what_nobody_reads_is_not_signed_for():
    for form in (kantara().to_json(), iso().to_json()):
        with pytest.raises(InvalidInputError):
            receipt_in({**form, "more": CANARY})
    inner: Any = iso().to_json()
    inner["dpv:hasRecordOfActivity"][0]["dpv:hasProcess"][0]["more"] = CANARY
    with pytest.raises(InvalidInputError) as caught:
        receipt_in(inner)
    assert CANARY not in str(caught.value)


JUNK: list[str | bytes] = [
    "[]", "{}", "nul", "", b"\xff", '{"receipt": {}, "receipt": {}, "jws": ""}', '{"receipt": NaN, "jws": ""}',
    '{"receipt": {"a": 1, "a": 2}, "jws": ""}',
]  # fmt: skip


@pytest.mark.parametrize("text", JUNK)
def test_a_key_that_stands_twice_and_other_junk_are_refused(text):
    with pytest.raises(InvalidInputError):
        SignedReceipt.read(text)


def test_any_change_of_a_signed_receipt_is_seen():
    for receipt in (kantara(), iso()):
        signed = sign_receipt(receipt, KEY)
        for other in (attrs.evolve(receipt, id="r2"), attrs.evolve(receipt, principal="p:2")):
            assert not SignedReceipt(other, signed.jws).verify(KEY.public)
        head, _, tail = signed.jws.split(".")
        for jws in (f"{head}..", f".{tail}", "..", "", f"{head}.e30.{tail}", f"{head}..{tail}=",
                    f"{head}..{tail[:-2]}AA", f"{b64(b'{}')}..{tail}", f"{head}.{tail}"):  # fmt: skip
            assert not SignedReceipt(receipt, jws).verify(KEY.public)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_signature_of_something_else_never_counts_for_a_receipt():
    receipt = kantara()
    payload = canonical(receipt.to_json())
    assert not SignedReceipt(receipt, detached(payload, KEY, kind="unified-profile-tree-head")).verify(KEY.public)
    assert not SignedReceipt(receipt, detached(payload, KEY)).verify(KEY.public)
    for header in ({"alg": "none", "kid": KEY.key_id}, {"alg": "HS256", "kid": KEY.key_id},
                   {"alg": "EdDSA", "kid": "another"},
                   {"alg": "EdDSA", "kid": KEY.key_id, "crit": ["b64"], "b64": False}):  # fmt: skip
        head = b64(json.dumps(header).encode())
        jws = f"{head}..{b64(KEY.sign(f'{head}.{b64(payload)}'.encode()))}"
        assert not signed_by(jws, payload, KEY.public)


def test_keys_and_signatures_are_those_of_rfc_8037():
    """Appendix A: the private key, its thumbprint, and the signed example, whose header holds nothing but the alg."""
    seed = base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    key = SigningKey(seed)
    assert key.public.jwk["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert key.key_id == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    assert b64(key.sign(signed.encode())) == (
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )


@pytest.mark.parametrize("records", [[], [attrs.evolve(SAID, state="withdrawn")], ["x"], None])
def test_nobody_gets_a_receipt_for_what_was_not_given(records):
    with pytest.raises(InvalidInputError):
        kantara_receipt(records, id="r", principal="p", controllers=[KAWA], policy="x", service="s")


def test_a_receipt_of_several_people_is_no_receipt():
    form: Any = iso().to_json()
    form["dpv:hasRecordOfActivity"] += iso(principal="p:2").to_json()["dpv:hasRecordOfActivity"]
    with pytest.raises(InvalidInputError, match="several people"):
        IsoReceipt.from_json(form)


@settings(max_examples=25)
@given(receipts)
def test_without_a_field_it_is_refused_and_not_half_read(receipt):
    for name in receipt.to_json():
        if name in {"publicKey", "language"}:
            continue
        form = {key: value for key, value in receipt.to_json().items() if key != name}
        with pytest.raises(InvalidInputError):
            (KantaraReceipt if isinstance(receipt, KantaraReceipt) else IsoReceipt).from_json(form)
