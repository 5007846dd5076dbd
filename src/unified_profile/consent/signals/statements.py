"""Statements of a signal, by name: yes, no, nothing said, or a yes that cannot be relied on."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final, TypeAlias

import attrs

from unified_profile.consent.signals.answers import Answer, strictest
from unified_profile.consent.signals.gpc import GPC
from unified_profile.consent.signals.gpp import GPPString
from unified_profile.consent.signals.sections import AnySection, European, Section
from unified_profile.consent.signals.tcf import TCString
from unified_profile.consent.signals.tcf_rules import POLICY_VERSIONS, tc_problems, vendor_may
from unified_profile.consent.signals.us_answers import USAnswers, us_answers
from unified_profile.consent.signals.usp import USPrivacy
from unified_profile.consent.signals.vendor_list import VendorList

Signal: TypeAlias = TCString | GPPString | USPrivacy | GPC
"""A decoded signal."""


@attrs.frozen(kw_only=True)
class Judging:
    """By what signals are judged: the moment, and what the caller knows of policies and vendors."""

    at: datetime
    policy_versions: Collection[int] = POLICY_VERSIONS
    vendor_list: VendorList | None = None


def statement(signal: Signal, name: str, judging: Judging, /) -> Answer:
    """Return what *signal* says by the statement *name*.

    A yes that only means that nobody opted out is ``UNSAID``: it is no consent.
    """
    scheme, _, rest = name.partition(".")
    if isinstance(signal, TCString):
        return _tcf(signal, rest, judging) if scheme == "tcf" else Answer.UNSAID
    if isinstance(signal, GPC):
        heard = scheme == "gpc" or (scheme == "us" and rest in _GPC)
        return Answer.NO if signal.enabled and heard else Answer.UNSAID
    if isinstance(signal, USPrivacy):
        return _relied(_us(us_answers(signal), rest), signal.repairs) if scheme == "us" else Answer.UNSAID
    return _gpp(signal, scheme, rest, judging)


_GPC: Final = frozenset({"sell", "share", "target"})


def _relied(answer: Answer, doubts: Collection[str]) -> Answer:
    return Answer.UNKNOWN if answer is Answer.YES and doubts else answer


def _gpp(gpp: GPPString, scheme: str, rest: str, judging: Judging) -> Answer:
    found = [_section(one, scheme, rest, judging) for one in gpp.sections]
    said = [one for one in found if one is not Answer.UNSAID]
    return _relied(strictest(*said), gpp.repairs)


def _section(section: AnySection, scheme: str, rest: str, judging: Judging) -> Answer:
    """Return what one section says; sections that do not speak of it say nothing."""
    if isinstance(section, European) and scheme == "tcf":
        return _tcf(section.tc, rest, judging)
    if isinstance(section, USPrivacy) and scheme == "us":
        return _us(us_answers(section), rest)
    if not isinstance(section, Section):
        return Answer.UNSAID
    if section.id == _CANADA and scheme == "tcfca":
        return _canada(section, rest, judging)
    if section.layout is not None and scheme == "us":
        return _relied(_us(us_answers(section), rest), section.form)
    return Answer.NO if scheme == "gpc" and section.get("Gpc", False) else Answer.UNSAID


_CANADA: Final = 5


def _us(answers: USAnswers, rest: str) -> Answer:
    kind, _, category = rest.partition(".")
    if kind == "sensitive":
        answer = answers.sensitive.get(category, Answer.UNSAID)
    else:
        answer = getattr(answers, kind, Answer.UNSAID)
    return Answer.UNSAID if answer is Answer.YES and kind not in answers.opt_in else answer


def _tcf(tc: TCString, rest: str, judging: Judging) -> Answer:
    kind, *more = rest.split(".")
    if kind == "vendor":
        return vendor_may(
            tc, int(more[0]), int(more[2]), at=judging.at, vendor_list=judging.vendor_list,
            policy_versions=judging.policy_versions,
        ).answer  # fmt: skip
    if kind == "publisher" and tc.publisher is None:
        return Answer.UNSAID
    number = int(more[-1])
    said = {
        "purpose": lambda: tc.purpose_consents,
        "special_feature": lambda: tc.special_feature_opt_ins,
        "publisher": lambda: _publisher(tc, more[0]),
    }[kind]()
    if kind == "purpose" and number == 1 and tc.purpose_one_treatment:
        return Answer.UNKNOWN  # it was not disclosed, so that there is nothing to rely on
    problems = tc_problems(tc, at=judging.at, policy_versions=judging.policy_versions, vendor_list=judging.vendor_list)
    return _relied(Answer.YES if number in said else Answer.NO, problems)


def _publisher(tc: TCString, kind: str) -> frozenset[int]:
    if tc.publisher is None:
        return frozenset()
    return tc.publisher.consents if kind == "purpose" else tc.publisher.custom_consents


def _canada(section: Section, rest: str, judging: Judging) -> Answer:
    """Return what the Canadian section says; implied consent is no yes."""
    kind, *more = rest.split(".")
    number = int(more[-1])
    get: Callable[[str], Collection[int]] = lambda name: section.get(name, ())  # noqa: E731  # short, and used at once
    if kind == "vendor":
        if section.get("DisclosedVendors") is not None and int(more[0]) not in section["DisclosedVendors"]:
            return Answer.NO
        barred = any(
            one.kind != 1 for one in section["PubRestrictions"] if one.purpose == number and int(more[0]) in one.vendors
        )
        agreed = number in get("PurposesExpressConsent") and int(more[0]) in get("VendorExpressConsent")
        answer = Answer.YES if agreed and not barred else Answer.NO
    elif kind == "publisher":
        name = "PubPurposesExpressConsent" if more[0] == "purpose" else "CustomPurposesExpressConsent"
        if section.get(name) is None:
            return Answer.UNSAID
        answer = Answer.YES if number in get(name) else Answer.NO
    else:
        name = "PurposesExpressConsent" if kind == "purpose" else "SpecialFeatureExpressConsent"
        answer = Answer.YES if number in get(name) else Answer.NO
    return _relied(answer, ("later",) if section["LastUpdated"] > judging.at else ())
