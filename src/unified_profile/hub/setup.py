"""What a hub is set up with: rules, purposes, clock, ids. Frozen; plans get it and nothing else from outside."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import attrs

from unified_profile.consent.policy import Policy
from unified_profile.consent.purposes import PurposeRegistry
from unified_profile.errors import InvalidInputError, InvalidRulesError
from unified_profile.hub.arguments import called, many, name, told_by
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.resolver import Resolver, load
from unified_profile.model.facts import DEFAULT_TENANT
from unified_profile.model.soundness import fits
from unified_profile.model.values import Brand, Purpose
from unified_profile.profiles.rules import ProfileRules
from unified_profile.rights.erasing import ErasureTerms
from unified_profile.rights.third_parties import ThirdParty


def utc_now() -> datetime:
    """Return the time it is, in UTC."""
    return datetime.now(UTC)


def new_profile_id() -> str:
    """Return an id for a new profile: random, so that nothing can be told from it.

    >>> new_profile_id()[:4]
    'prf_'
    """
    return f"prf_{secrets.token_hex(10)}"


def _registry(purposes: PurposeRegistry | Iterable[Purpose]) -> PurposeRegistry:
    return purposes if isinstance(purposes, PurposeRegistry) else PurposeRegistry(many(purposes, "purposes"))


def _parties(parties: Iterable[ThirdParty]) -> tuple[ThirdParty, ...]:
    found = tuple(many(parties, "third_parties"))
    if not all(isinstance(one, ThirdParty) for one in found):
        raise InvalidRulesError(field="third_parties", reason="holds something else", hint="see ThirdParty")
    return found


def _resolver(resolver: Resolver | str | None) -> Resolver | None:
    """Take a resolver, or the name under which an installed package offers one."""
    if isinstance(resolver, str):
        return load(resolver)
    if resolver is None or fits(resolver, Resolver):
        return resolver
    raise InvalidInputError(field="resolver", reason="not a Resolver", hint="see unified_profile.Resolver, or name one")


@attrs.frozen
class _Clock:
    """A clock that never tells a time without a zone."""

    clock: Callable[[], datetime]

    def __call__(self) -> datetime:
        return told_by(self.clock)


def _clock(clock: Callable[[], datetime]) -> Callable[[], datetime]:
    called(clock, "clock")
    return clock if isinstance(clock, _Clock) else _Clock(clock)


@attrs.frozen
class _Ids:
    """A maker of ids that can be kept and found again."""

    make: Callable[[], str]

    def __call__(self) -> str:
        return name(self.make(), "new_id")


def _ids(make: Callable[[], str]) -> Callable[[], str]:
    called(make, "new_id")
    return make if isinstance(make, _Ids) else _Ids(make)


def _brands(brands: Iterable[Brand | str]) -> tuple[Brand, ...]:
    """Take brands, or their names."""
    found = [Brand(one) if isinstance(one, str) else one for one in many(brands, "brands")]
    for brand in found:
        if not isinstance(brand, Brand):
            raise InvalidInputError(field="brands", reason="not all are brands", hint='["kawa", "hoshi"]')
        name(brand.name, "brands")
    return tuple(found)


@attrs.frozen(kw_only=True)
class Setup:
    """Everything a plan needs to know beside its input.

    Attributes:
        tenant: Whose rows these are.
        rules: Who is who.
        profile_rules: What becomes of their facts.
        purposes: What values may be read for.
        policy: Register, notices and law that decisions rest on beside; its purposes are those of the hub.
        brands: The names under which the business meets people; others are refused. None declared: any is taken.
        third_parties: Others whose records come in by ``hub.link_external`` alone.
        resolver: Links records that share no identifier, as an object or by the name under which an installed package
            offers it; None: identifiers alone decide. It sees records as they come in; ``hub.rebuild()`` shows it
            those that were there before it.
        erasure: How people are erased: keys of tombstones, how long they hold, what laws keep.
        clock: Tells the time; a test gives its own.
        new_id: Makes profile ids; none twice.

    Raises:
        InvalidInputError: If a part is not what it should be.
        UnknownNameError: If no installed package offers the resolver.
    """

    tenant: str = DEFAULT_TENANT
    rules: IdentityRules = attrs.field(factory=IdentityRules)
    profile_rules: ProfileRules = attrs.field(factory=ProfileRules)
    purposes: PurposeRegistry = attrs.field(factory=PurposeRegistry, converter=_registry)
    policy: Policy | None = None
    brands: tuple[Brand, ...] = attrs.field(default=(), converter=_brands)
    third_parties: tuple[ThirdParty, ...] = attrs.field(default=(), converter=_parties)
    resolver: Resolver | None = attrs.field(default=None, converter=_resolver)
    erasure: ErasureTerms = attrs.field(factory=ErasureTerms)
    clock: Callable[[], datetime] = attrs.field(default=utc_now, converter=_clock)
    new_id: Callable[[], str] = attrs.field(default=new_profile_id, converter=_ids)

    def __attrs_post_init__(self) -> None:
        """Refuse what no plan could work with."""
        name(self.tenant, "tenant")
        if self.policy is not None:
            if not isinstance(self.policy, Policy) or (len(self.purposes) and self.purposes != self.policy.purposes):
                raise InvalidRulesError(
                    field="policy", reason="not a Policy, or of other purposes", hint="drop purposes="
                )
            object.__setattr__(self, "purposes", self.policy.purposes)
        for party in self.third_parties:
            self.purposes[party.purpose]
        if not isinstance(self.rules, IdentityRules):
            raise InvalidRulesError(field="rules", reason="not IdentityRules", hint="see IdentityRules")
        if not isinstance(self.erasure, ErasureTerms):
            raise InvalidRulesError(field="erasure", reason="not ErasureTerms", hint="see ErasureTerms")
        if not isinstance(self.profile_rules, ProfileRules):
            raise InvalidRulesError(field="profile_rules", reason="not ProfileRules", hint="see ProfileRules")
