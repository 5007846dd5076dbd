"""A slow decision, written from the documentation alone: no ledger, no index, no sharing with the code under test."""

from unified_profile.model import ConsentRecord

NO = {"refused", "withdrawn", "revoked", "invalidated"}
YES = {"given", "renewed"}
BROADER = {"newsletter": {"marketing"}, "weekly": {"newsletter", "marketing"}, "ads": {"marketing"}}


def end(record: ConsentRecord):
    return None if record.duration is None else record.occurred_at + record.duration


def real(record: ConsentRecord) -> bool:
    """Whether a record is a yes of the person (or a parent) on the basis of consent."""
    return (
        record.state.value in YES and record.legal_basis == "consent" and record.expressed_by in {"subject", "parent"}
    )


def second_hand(record: ConsentRecord) -> bool:
    return record.method in {"import", "backfill", "enrichment", "inferred", "third_party"}


def same_scope(one: ConsentRecord, other: ConsentRecord) -> bool:
    return (one.purpose, one.channel, one.brand) == (other.purpose, other.channel, other.brand)


def outdated(grant: ConsentRecord, records, at) -> bool:
    """Whether something newer (at the same instant: stricter, then shorter) was said in exactly its scope."""
    for other in records:
        if other.id == grant.id or not same_scope(grant, other) or other.occurred_at > at:
            continue
        answers = other.state.value in NO | {"unknown", "pending_confirmation"}
        if real(other) and not (second_hand(other) and not second_hand(grant)):
            answers = True
        if not answers:
            continue
        if other.occurred_at > grant.occurred_at:
            return True
        if other.occurred_at == grant.occurred_at:
            if not real(other):
                return True
            far = grant.occurred_at.replace(year=9999)
            mine, theirs = end(grant) or far, end(other) or far
            if theirs < mine or (theirs == mine and other.id > grant.id):
                return True
    return False


def in_force(grant: ConsentRecord, records, at) -> bool:
    return (
        real(grant)
        and grant.occurred_at <= at
        and (end(grant) is None or at < end(grant))
        and not outdated(grant, records, at)
    )


def narrower_or_same(purpose: str, than: str) -> bool:
    return purpose == than or than in BROADER.get(purpose, set())


def touches(refusal: ConsentRecord, purpose, channel, brand) -> bool:
    """Whether a refusal and a request have anything in common."""
    return (
        (narrower_or_same(purpose, refusal.purpose) or narrower_or_same(refusal.purpose, purpose))
        and (refusal.channel == channel or "any" in {refusal.channel, channel})
        and refusal.brand in {"", brand}
    )


def lifts(grant: ConsentRecord, refusal: ConsentRecord, purpose, channel, brand) -> bool:
    """Whether a grant takes a refusal back, where both speak of the request."""
    if second_hand(grant) or grant.occurred_at <= refusal.occurred_at:
        return False
    notices = [(one.notice_id, one.notice_version) for one in (grant, refusal)]
    if refusal.state.value == "invalidated" and refusal.notice_id and notices[0] == notices[1]:
        return False
    common = purpose if narrower_or_same(purpose, refusal.purpose) else refusal.purpose
    if grant.purpose != common or grant.brand != brand:
        return False
    if refusal.channel == "any":
        return grant.channel in {"any", channel}
    return grant.channel == refusal.channel


def allowed(records, purpose, channel, brand, at, *, known_at=None) -> bool:
    """Whether one person's records allow the request."""
    basis = {"delivery": "contract", "improvement": "legitimate_interests"}.get(purpose, "consent")
    if basis == "contract":
        return True
    seen = [one for one in records if known_at is None or (one.recorded_at or one.occurred_at) <= known_at]
    grants = [one for one in seen if in_force(one, seen, at)]
    for refusal in seen:
        if refusal.state.value not in NO or not touches(refusal, purpose, channel, brand):
            continue
        if refusal.occurred_at > at and refusal.state.value != "invalidated":
            continue
        if not any(lifts(grant, refusal, purpose, channel, brand) for grant in grants):
            return False
    if basis != "consent":
        return True
    return any(
        grant.purpose == purpose and grant.brand == brand and grant.channel in {channel, "any"} for grant in grants
    )
