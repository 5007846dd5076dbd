"""What a US section lets a business do: sell, share, target, use sensitive data, and what it knows of children."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from unified_profile.consent.signals.answers import Answer, strictest
from unified_profile.consent.signals.sections import Section
from unified_profile.consent.signals.us_sections import UsLayout
from unified_profile.consent.signals.usp import USPrivacy
from unified_profile.errors import InvalidInputError
from unified_profile.model.redaction import hidden

_ANSWERS: Final = {0: Answer.UNSAID, 1: Answer.NO, 2: Answer.YES}
_SENSITIVE_NOTICES: Final = (
    "SensitiveDataProcessingOptOutNotice",
    "SensitiveDataOptOutNotice",
    "SensitiveDataLimitUseNotice",
)


@attrs.frozen(kw_only=True)
class USAnswers:
    """The answers of one US section. ``may_*`` is True for a clear yes only.

    Attributes:
        jurisdiction: Under whose law, for example ``US-CA``.
        sell: Whether personal data may be sold.
        share: Whether it may be shared for advertising across contexts. States that know no such opt-out answer by
            those for sale and targeting together.
        target: Whether it may be used for targeted advertising; in California this is sharing.
        sensitive: By category of sensitive data, for those that the section speaks of.
        known_child: Whether the person is known to be a child or a minor.
        first_party_use: Whether the business may use the data itself, for what it was collected for.
        secondary_use: Whether it may use them for something else.
        gpc: Whether the browser's Global Privacy Control was passed on.
        opt_in: The answers whose yes is a consent. Elsewhere a yes only means that nobody opted out.

    .. versionadded:: 0.1
    """

    jurisdiction: str
    sell: Answer
    share: Answer
    target: Answer
    sensitive: Mapping[str, Answer] = attrs.field(repr=hidden)
    known_child: bool = attrs.field(repr=hidden)
    first_party_use: Answer
    secondary_use: Answer
    gpc: bool = False
    opt_in: frozenset[str] = frozenset()

    @property
    def may_sell(self) -> bool:
        """Whether personal data may be sold."""
        return bool(self.sell)

    @property
    def may_share(self) -> bool:
        """Whether it may be shared for advertising."""
        return bool(self.share)

    @property
    def may_target(self) -> bool:
        """Whether it may be used for targeted advertising."""
        return bool(self.target)

    def may_process_sensitive(self, category: str, /) -> bool:
        """Say whether data of a *category* (``health``, ``geolocation``) may be used; no for what is not spoken of."""
        return bool(self.sensitive.get(category, Answer.UNSAID))


def us_answers(section: Section | USPrivacy, /) -> USAnswers:
    """Return what a US section, or a US Privacy string, lets a business do.

    An opt-out, Global Privacy Control, the agreement's service provider mode, and a child without consent make a no. A
    yes needs that the person was told of the right to opt out. What does not apply is no yes.

    >>> from unified_profile.consent.signals.gpp import decode_gpp
    >>> answers = us_answers(decode_gpp("DBABLA~BVQqAAAAAgA.QA").section("usnat"))
    >>> answers.may_sell, answers.may_process_sensitive("health"), answers.known_child
    (True, False, False)

    Raises:
        InvalidInputError: If it is no US section.

    .. versionadded:: 0.1
    """
    if isinstance(section, USPrivacy):
        return _of_usp(section)
    layout = section.layout
    if layout is None:
        raise InvalidInputError(field="section", reason="not a US section", hint="pass usnat, usca, ... or uspv1")
    children = _children(section, layout)
    gpc = section.get("Gpc", False) is True
    own = section.get("MspaServiceProviderMode") == 1 or section.get("MspaMode") == 2
    stop = Answer.NO if gpc or own else Answer.YES
    process = Answer.NO if "process" in children else Answer.YES
    barred = {name: strictest(stop, process, Answer.NO if name in children else Answer.YES) for name in _ACTS}
    sale = _choice(section, "SaleOptOutNotice", "SaleOptOut")
    target = _choice(section, "TargetedAdvertisingOptOutNotice", "TargetedAdvertisingOptOut")
    share = _choice(section, "SharingOptOutNotice", "SharingOptOut")
    share = share if share is not None else strictest(*(one for one in (sale, target) if one is not None))
    target = target if target is not None else share
    return USAnswers(
        jurisdiction=layout.jurisdiction,
        sell=strictest(barred["sell"], Answer.UNSAID if sale is None else sale),
        share=strictest(barred["share"], share),
        target=strictest(barred["target"], target),
        sensitive=_sensitive(section, layout, process),
        known_child=_known_child(section),
        first_party_use=strictest(process, _first_party(section)),
        secondary_use=strictest(process, _secondary(section, layout)),
        gpc=gpc,
        opt_in=frozenset({"secondary_use"} if layout.opt_out else {"secondary_use", "sensitive"}),
    )


_ACTS: Final = ("sell", "share", "target")


def _choice(section: Section, notice: str, choice: str) -> Answer | None:
    """Return the answer of an opt-out; None where the section has none."""
    chosen = section.get(choice)
    if chosen is None:
        return None
    told = section.get(notice)
    if chosen == 2 and told != 1:
        return Answer.NO  # nobody told the person that there is a choice
    if chosen == 0 and told == 2:
        return Answer.NO
    return _ANSWERS[chosen]


def _children(section: Section, layout: UsLayout) -> set[str]:
    """Return for which acts there is a known child without consent."""
    found = section.get("KnownChildSensitiveDataConsents", 0)
    choices = found if isinstance(found, tuple) else (found,)
    return {act.split()[1] for act, one in zip(layout.children, choices, strict=False) if one == 1}


def _known_child(section: Section) -> bool:
    found = section.get("KnownChildSensitiveDataConsents", 0)
    return any(found) if isinstance(found, tuple) else bool(found)


def _sensitive(section: Section, layout: UsLayout, process: Answer) -> Mapping[str, Answer]:
    choices = section.get("SensitiveDataProcessing", ())
    told = next((section[name] for name in _SENSITIVE_NOTICES if section.get(name) is not None), 1)
    found: dict[str, Answer] = {}
    for place, choice in zip(layout.sensitive, choices, strict=False):
        answer = Answer.NO if layout.opt_out and choice == 2 and told != 1 else _ANSWERS[choice]
        for category in place.split("/"):
            found[category] = strictest(process, answer)
    return found


def _first_party(section: Section) -> Answer:
    told = section.get("ProcessingNotice", section.get("SharingNotice"))
    return {None: Answer.YES, 0: Answer.UNSAID, 1: Answer.YES, 2: Answer.NO}[told]


def _secondary(section: Section, layout: UsLayout) -> Answer:
    chosen = section.get("PersonalDataConsents", section.get("AdditionalDataProcessingConsent", 0))
    # A string does not tell by which edition it was written: where 1 and 2 changed places, neither is taken for a yes.
    return Answer.NO if layout.disputed and chosen else _ANSWERS[chosen]


def _of_usp(usp: USPrivacy) -> USAnswers:
    sale = {"Y": Answer.NO, "N": Answer.YES, "-": Answer.UNSAID}[usp.opt_out_sale]
    if sale and usp.notice != "Y":
        sale = Answer.NO
    return USAnswers(
        jurisdiction="US-CA", sell=sale, share=sale, target=sale, sensitive={}, known_child=False,
        first_party_use=Answer.YES, secondary_use=Answer.UNSAID,
    )  # fmt: skip
