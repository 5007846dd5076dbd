"""What a hub is set up with: rules, purposes, clock, ids. Frozen; plans get it and nothing else from outside."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import attrs

from unified_profile.consent.purposes import PurposeRegistry
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.resolver import Resolver
from unified_profile.model.facts import DEFAULT_TENANT
from unified_profile.model.values import Purpose
from unified_profile.profiles.rules import ProfileRules


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
    return purposes if isinstance(purposes, PurposeRegistry) else PurposeRegistry(purposes)


@attrs.frozen(kw_only=True)
class Setup:
    """Everything a plan needs to know beside its input.

    Attributes:
        tenant: Whose rows these are.
        rules: Who is who.
        profile_rules: What becomes of their facts.
        purposes: What values may be read for.
        resolver: Links records that share no identifier; None: identifiers alone decide.
        clock: Tells the time; a test gives its own.
        new_id: Makes profile ids.
    """

    tenant: str = DEFAULT_TENANT
    rules: IdentityRules = attrs.field(factory=IdentityRules)
    profile_rules: ProfileRules = attrs.field(factory=ProfileRules)
    purposes: PurposeRegistry = attrs.field(factory=PurposeRegistry, converter=_registry)
    resolver: Resolver | None = None
    clock: Callable[[], datetime] = utc_now
    new_id: Callable[[], str] = new_profile_id
