"""Know your customers as one person each, with their permission: facts in, views out.

Names are loaded when they are first used, so that importing the library costs almost nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from unified_profile.errors import MissingExtraError

if TYPE_CHECKING:
    # Twice the same name says to a type checker that it is public.
    from unified_profile.consent import (
        Preference as Preference,
        PurposeRegistry as PurposeRegistry,
        PurposeView as PurposeView,
    )
    from unified_profile.errors import (
        ConflictError as ConflictError,
        ErasedError as ErasedError,
        InsufficientDataError as InsufficientDataError,
        InvalidInputError as InvalidInputError,
        PurposeDeniedError as PurposeDeniedError,
        StorageError as StorageError,
        UnifiedProfileError as UnifiedProfileError,
        UnifiedProfileWarning as UnifiedProfileWarning,
        UnknownNameError as UnknownNameError,
        UnknownProfileError as UnknownProfileError,
    )
    from unified_profile.hub import (
        Hub as Hub,
        IngestReport as IngestReport,
        ProfileMerged as ProfileMerged,
        ProfileSplit as ProfileSplit,
        Setup as Setup,
    )
    from unified_profile.identity.namespaces import (
        IdentityRules as IdentityRules,
        Namespace as Namespace,
        default_namespaces as default_namespaces,
    )
    from unified_profile.identity.records import (
        RecordModel as RecordModel,
        RecordResolver as RecordResolver,
        Resolution as Resolution,
        resolve as resolve,
    )
    from unified_profile.identity.resolver import Resolver as Resolver
    from unified_profile.metrics import (
        ces as ces,
        churn_rate as churn_rate,
        csat as csat,
        nps as nps,
        weakest_link as weakest_link,
    )
    from unified_profile.model import (
        Account as Account,
        ConsentRecord as ConsentRecord,
        ConsentState as ConsentState,
        ErasureOrder as ErasureOrder,
        Event as Event,
        EventType as EventType,
        Identifier as Identifier,
        Judgement as Judgement,
        Link as Link,
        Membership as Membership,
        ModelAdopted as ModelAdopted,
        Permission as Permission,
        Profile as Profile,
        Provenance as Provenance,
        Purpose as Purpose,
        Retraction as Retraction,
        Severance as Severance,
        SourceRecord as SourceRecord,
        Trait as Trait,
        Verdict as Verdict,
    )
    from unified_profile.profiles import ProfileRules as ProfileRules, computed as computed, diff as diff
    from unified_profile.segments import Segment as Segment, events as events, trait as trait
    from unified_profile.statistics import Estimate as Estimate
    from unified_profile.storage.memory import MemoryStore as MemoryStore
    from unified_profile.storage.sql import SqlStore as SqlStore
    from unified_profile.storage.sqlite import SqliteStore as SqliteStore

__version__ = "0.1.0"

_HOMES = {
    "consent": ("Preference", "PurposeRegistry", "PurposeView"),
    "errors": (
        "ConflictError", "ErasedError", "InsufficientDataError", "InvalidInputError", "PurposeDeniedError",
        "StorageError", "UnifiedProfileError", "UnifiedProfileWarning", "UnknownNameError", "UnknownProfileError",
    ),
    "hub": ("Hub", "IngestReport", "ProfileMerged", "ProfileSplit", "Setup"),
    "identity.namespaces": ("IdentityRules", "Namespace", "default_namespaces"),
    "identity.records": ("RecordModel", "RecordResolver", "Resolution", "resolve"),
    "identity.resolver": ("Resolver",),
    "metrics": ("ces", "churn_rate", "csat", "nps", "weakest_link"),
    "model": (
        "Account", "ConsentRecord", "ConsentState", "ErasureOrder", "Event", "EventType", "Identifier", "Judgement",
        "Link", "Membership", "ModelAdopted", "Permission", "Profile", "Provenance", "Purpose", "Retraction",
        "Severance", "SourceRecord", "Trait", "Verdict",
    ),
    "profiles": ("ProfileRules", "computed", "diff"),
    "segments": ("Segment", "events", "trait"),
    "statistics": ("Estimate",),
    "storage.memory": ("MemoryStore",),
    "storage.sql": ("SqlStore",),
    "storage.sqlite": ("SqliteStore",),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [  # noqa: PLE0604  # names of the map above, so that there is one list
    "__version__",
    *sorted(_HOME_OF),
]


def __getattr__(name: str) -> object:
    """Load *name* from its room."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f"{__name__}.{home}")
    except MissingExtraError as error:
        return _unavailable(name, error)  # not kept: the extra may be installed later
    found = getattr(module, name)
    globals()[name] = found
    return found


def _unavailable(name: str, error: MissingExtraError) -> type:
    """Return a class that says, when it is called, which extra it needs; so that ``import *`` and ``help`` go on."""

    def refuse(self: object, *_: object, **__: object) -> None:  # noqa: ARG001  # whatever is passed
        raise error

    return type(name, (), {"__init__": refuse, "__doc__": str(error)})


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
