"""A business declared from the files of a stranger: purposes and segments that make sense without knowing more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import attrs

from unified_profile import (
    ConsentRecord,
    ConsentState,
    Event,
    IdentityRules,
    Purpose,
    Segment,
    default_namespaces,
    events,
    trait,
)
from unified_profile._tour.business import Asked, Audience, Business, Source
from unified_profile._tour.options import Options, UsageError
from unified_profile.errors import UnifiedProfileError
from unified_profile.hub.setup import Setup
from unified_profile.model import Fact
from unified_profile.wire import Rejected

_CONTACT = {"email", "phone", "name", "given_name", "family_name", "language"}
_ORDERED = "Order Completed"
_MOST_CELLS = 24
_HINT = "If one person may have several of a number, say so: --map COLUMN=external_id@NAME links without a limit."
NOTE = (
    "Purposes are assumed here: service (contract, sees everything), quality (legitimate interests, sees events), and "
    "each purpose of the consent log (consent, sees how to reach somebody). Declare your own in Python."
)


@attrs.define
class Heard:
    """What went by while the files were taken in: which consents are asked for, and what happens."""

    consents: Counter[Asked] = attrs.field(factory=Counter)
    refusals: Counter[Asked] = attrs.field(factory=Counter)
    events: set[str] = attrs.field(factory=set)

    def listen(self, facts: Iterable[Fact | Rejected]) -> Iterator[Fact | Rejected]:
        """Yield *facts* unchanged."""
        for fact in facts:
            if isinstance(fact, ConsentRecord):
                asked = Asked(fact.purpose, fact.channel, fact.brand)
                self.consents[asked] += 1
                self.refusals[asked] += fact.state not in {ConsentState.GIVEN, ConsentState.RENEWED}
            elif isinstance(fact, Event):
                self.events.add(fact.name)
            yield fact


def rules(options: Options) -> IdentityRules:
    """Return who is who, with the country of phone numbers as it was said.

    Raises:
        UsageError: If there is no such country.
    """
    try:
        return IdentityRules(default_namespaces(region=options.region))
    except UnifiedProfileError:
        raise UsageError(field="--region", reason="not a country", hint="two letters, for example JP or US") from None


def business(sources: tuple[Source, ...], setup: Setup, heard: Heard) -> Business:
    """Return the declaration: what a service and a survey need, and every purpose that was heard of, by consent."""
    cells = [asked for asked, _ in heard.consents.most_common(_MOST_CELLS)] or [Asked("newsletter", "email")]
    refused = [asked for asked in cells if heard.refusals[asked]]
    compared = max(refused or cells, key=lambda asked: heard.refusals[asked])
    purposes = {
        "service": Purpose("service", traits={"*"}, basis="contract", events={"*"}),
        "quality": Purpose("quality", basis="legitimate_interests", events={"*"}),
    }
    for asked in cells:
        purposes.setdefault(asked.purpose, Purpose(asked.purpose, traits=_CONTACT, events={_ORDERED}))
    return Business(
        sources=sources,
        setup=attrs.evolve(setup, purposes=tuple(purposes.values())),
        seen=Asked("service"),
        compared=compared,
        covered=(Asked("service"), Asked("quality"), *sorted(cells, key=attrs.astuple)),
        audiences=tuple(_audiences(compared, heard)),
        measured=Asked("quality"),
        notes=(NOTE,),
        hint=_HINT,
    )


def _audiences(compared: Asked, heard: Heard) -> Iterator[Audience]:
    ordered = events(_ORDERED).count()
    yield Audience(
        Segment("can be written to", trait("email").exists(), purpose=compared.purpose),
        channel=compared.channel,
        brand=compared.brand,
    )
    if _ORDERED in heard.events:
        yield Audience(Segment("bought lately", ordered.within(days=90) >= 1, purpose="service"))
        yield Audience(
            Segment(
                "slipping away", (ordered.within(days=365) >= 1) & (ordered.within(days=90) == 0), purpose="service"
            )
        )
        yield Audience(
            Segment("may be asked to come back", ordered.within(days=90) == 0, purpose=compared.purpose),
            channel=compared.channel,
            brand=compared.brand,
        )
