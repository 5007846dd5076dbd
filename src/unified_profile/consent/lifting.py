"""Which grants take a refusal back: later ones, of the person's own, as broad as what was refused."""

from __future__ import annotations

from collections.abc import Iterable

from unified_profile.consent.law.places import within
from unified_profile.consent.policy import Policy
from unified_profile.consent.reach import NONE, listed
from unified_profile.consent.scopes import ANY, Request, categories_of
from unified_profile.consent.spelling import one_name
from unified_profile.consent.statements import is_later
from unified_profile.consent.states import SECOND_HAND
from unified_profile.consent.timeline import Terms
from unified_profile.model import ConsentRecord, ConsentState


class Lifting:
    """What lifts what, for one question before one ledger."""

    __slots__ = ("_below", "_policy", "_request", "_terms")

    def __init__(self, request: Request, policy: Policy, terms: Terms) -> None:
        """Take the question, and the rules that bind it."""
        self._request, self._policy, self._terms = request, policy, terms
        self._below = {one_name(name): name for name in policy.purposes.descendants(request.purpose)}

    def lifted(self, refusal: ConsentRecord, grants: Iterable[tuple[ConsentRecord, ConsentRecord]], /) -> bool:
        """Say whether one of *grants*, each with what it was asked for by, takes *refusal* back."""
        said = refusal.occurred_at
        for asked, grant in grants:
            if asked.occurred_at > said and self.could(grant, refusal) and self._later(asked, grant, refusal):
                return True
        return False

    def purpose(self, refusal: ConsentRecord, /) -> str:
        """Return the purpose that a grant must name to lift *refusal*: of a part that was refused, that part."""
        return (
            self._below.get(one_name(refusal.purpose), self._request.purpose) if self._below else self._request.purpose
        )

    def could(self, grant: ConsentRecord, refusal: ConsentRecord, /) -> bool:
        """Say whether a grant would take a refusal back if it were later."""
        request = self._request
        if grant.purpose != self.purpose(refusal) or grant.brand != request.brand:
            return False
        # What is asked about is the narrower of both channels; a grant as broad as the refusal will do as well.
        if grant.channel != refusal.channel and not (refusal.channel == ANY and grant.channel == request.channel):
            return False
        return self._as_particular(grant, refusal)

    def _as_particular(self, grant: ConsentRecord, refusal: ConsentRecord) -> bool:
        """Say whether a grant names what the refusal named: controller, jurisdiction, categories."""
        request, home = self._request, self._policy
        controllers = {grant.controller or home.names.controller, *grant.joint_controllers}
        if request.controller:
            if request.controller not in controllers:
                return False
        elif grant.controller != refusal.controller:
            return False
        if not self._in_place(grant.jurisdiction, refusal.jurisdiction):
            return False
        if request.category:
            return True  # grants that do not list it were left out
        refused = categories_of(refusal)
        return not refused or refused <= (listed(grant, home) or NONE)

    def _in_place(self, granted: str, refused: str) -> bool:
        """Say whether a grant names the place of the refusal, where both are about the place asked for."""
        asked, place = self._request.jurisdiction, granted or self._policy.names.jurisdiction
        if not asked:
            return granted == refused
        if refused != asked and within(refused, asked):  # asked for more than was refused
            return place == refused
        return bool(place) and within(asked, place) and (not refused or within(place, refused))

    def _later(self, asked: ConsentRecord, grant: ConsentRecord, refusal: ConsentRecord) -> bool:
        """Say whether a grant is later and the person's own; after an invalidation, on a new notice."""
        if grant.method in SECOND_HAND or not is_later(asked, refusal, self._policy.tolerance):
            return False
        return refusal.state is not ConsentState.INVALIDATED or self._terms.new_notice(grant, refusal)
