"""When a TC string counts, and what it lets a vendor do: the rules of the framework, with their dates and sources.

Sources: IAB Europe, Transparency & Consent Framework Policies; IAB Tech Lab, "Consent string and vendor list formats
v2" (publisher restrictions; ``IsServiceSpecific``); IAB Europe, "All you need to know about the transition to TCF v2.3"
(disclosed vendors), as summarized in prebid/prebid-server issue 4750.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import attrs

from unified_profile.consent.signals.answers import Answer
from unified_profile.consent.signals.tcf import TCString
from unified_profile.consent.signals.vendor_list import VendorList
from unified_profile.model.times import aware

DISCLOSURE_REQUIRED_FROM: Final = datetime(2026, 3, 1, tzinfo=UTC)
"""A string made from here on (after 2026-02-28) must say which vendors were disclosed (TCF 2.3)."""
POLICY_VERSIONS: Final = frozenset({4, 5})
"""The policies whose strings count by default: 4 (TCF 2.2) and 5 (TCF 2.3)."""
NO_INTEREST: Final = frozenset({1, 3, 4, 5, 6})
"""Purposes for which there is no legitimate interest: 1 ever, 3 to 6 since TCF 2.2."""
PROBLEMS: Final = {
    "repaired": "A lenient reading had to repair it.",
    "policy_version": "Of a version of the policies that is not among those that count.",
    "no_disclosed_vendors": "Made after 2026-02-28, and does not say which vendors were disclosed (TCF 2.3).",
    "not_service_specific": "Of global scope, which no longer exists.",
    "from_the_future": "Made or changed after the moment that is asked about.",
    "changed_before_made": "Last changed before it was made.",
    "vendor_list_too_old": "Made by a newer vendor list, or under a newer policy, than the one that is given.",
}
"""Why a string does not count, by code."""
_CLOCKS = timedelta(hours=1)


def tc_problems(
    tc: TCString,
    /,
    *,
    at: datetime,
    policy_versions: Collection[int] = POLICY_VERSIONS,
    vendor_list: VendorList | None = None,
) -> tuple[str, ...]:
    """Return why *tc* does not count at the moment *at*, as codes of ``PROBLEMS``; none: it counts.

    A string with a problem still tells what was refused. It grants nothing.

    >>> from unified_profile.consent.signals.tcf import decode_tc
    >>> tc = decode_tc("CQd924AQd924AASACCENCNFsAP_gAEIAACiQAAAAAAAA.IAAA")
    >>> tc_problems(tc, at=datetime(2026, 2, 1, tzinfo=UTC))
    ()

    Raises:
        InvalidFactError: If *at* has no time zone.

    .. versionadded:: 0.1
    """
    moment = aware(at, field="at") + _CLOCKS
    lists = vendor_list is not None and (
        vendor_list.version < tc.vendor_list_version or vendor_list.policy_version < tc.policy_version
    )
    found = {
        "repaired": bool(tc.repairs),
        "policy_version": tc.policy_version not in policy_versions,
        "no_disclosed_vendors": tc.disclosed_vendors is None and tc.created >= DISCLOSURE_REQUIRED_FROM,
        "not_service_specific": not tc.is_service_specific,
        "from_the_future": max(tc.created, tc.last_updated) > moment,
        "changed_before_made": tc.last_updated < tc.created,
        "vendor_list_too_old": lists,
    }
    return tuple(code for code, wrong in found.items() if wrong)


@attrs.frozen(kw_only=True)
class VendorAnswer:
    """Whether a vendor may act for a purpose, on which basis, and because of what.

    .. versionadded:: 0.1
    """

    answer: Answer
    basis: Literal["", "consent", "legitimate_interest"] = ""
    because: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Say whether it may."""
        return bool(self.answer)


def vendor_may(
    tc: TCString,
    vendor: int,
    purpose: int,
    /,
    *,
    at: datetime,
    vendor_list: VendorList | None = None,
    policy_versions: Collection[int] = POLICY_VERSIONS,
) -> VendorAnswer:
    """Return whether *vendor* may act for *purpose*, both by their numbers.

    The string must count (``tc_problems``). The vendor must have been disclosed, where the string says who was; it must
    not be restricted, nor be unknown to or deleted from the list. Without a list it is not known what the vendor
    declares: then only consent counts, unless the publisher restricts it to legitimate interest.

    >>> from unified_profile.consent.signals.tcf import decode_tc
    >>> tc = decode_tc("CQd924AQd924AASACCENCNFsAP_gAEIAACiQAAAAAAAA.IAAA")
    >>> vendor_may(tc, 755, 1, at=datetime(2026, 2, 1, tzinfo=UTC)).because
    ('not_disclosed',)

    Raises:
        InvalidFactError: If *at* has no time zone.

    .. versionadded:: 0.1
    """
    problems = tc_problems(tc, at=at, policy_versions=policy_versions, vendor_list=vendor_list)
    if tc.disclosed_vendors is not None and vendor not in tc.disclosed_vendors:
        return VendorAnswer(answer=Answer.NO, because=("not_disclosed",))
    bases, reason = _bases(tc, vendor, purpose, at, vendor_list)
    if not bases:
        return VendorAnswer(answer=Answer.NO, because=(reason,))
    for basis in bases:
        if basis == "consent" and purpose in tc.purpose_consents and vendor in tc.vendor_consents:
            return _allowed("consent", problems)
        if basis == "legitimate_interest" and _interest(tc, vendor, purpose):
            return _allowed("legitimate_interest", problems)
    return VendorAnswer(answer=Answer.NO, because=("no_" + bases[0],))


def _allowed(basis: Literal["consent", "legitimate_interest"], problems: tuple[str, ...]) -> VendorAnswer:
    return VendorAnswer(answer=Answer.UNKNOWN if problems else Answer.YES, basis=basis, because=problems or (basis,))


def _interest(tc: TCString, vendor: int, purpose: int) -> bool:
    return (
        purpose not in NO_INTEREST
        and purpose in tc.purpose_legitimate_interests
        and vendor in tc.vendor_legitimate_interests
    )


def _bases(
    tc: TCString, vendor: int, purpose: int, at: datetime, vendor_list: VendorList | None
) -> tuple[tuple[str, ...], str]:
    """Return on which bases the vendor may act by its declaration and the publisher's restrictions; or why on none."""
    kinds = {one.kind for one in tc.restrictions if one.purpose == purpose and vendor in one.vendors}
    if kinds & {0, 3} or {1, 2} <= kinds:
        return (), "restricted"
    if vendor_list is None:
        return (("legitimate_interest",) if 2 in kinds else ("consent",)), ""
    known = vendor_list.vendors.get(vendor)
    if known is None or (known.deleted_at is not None and known.deleted_at <= aware(at, field="at")):
        return (), "not_in_vendor_list" if known is None else "deleted"
    default = next(
        (
            basis
            for basis, declared in (("consent", known.purposes), ("legitimate_interest", known.legitimate_interests))
            if purpose in declared
        ),
        "",
    )
    wanted = {1: "consent", 2: "legitimate_interest"}.get(next(iter(kinds), -1), default)
    if not default or (wanted != default and purpose not in known.flexible):
        return (), "restricted" if default else "not_declared"
    return (wanted,), ""
