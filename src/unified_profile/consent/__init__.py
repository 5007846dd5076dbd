"""May we?  The consent ledger, its decisions, and profiles as a purpose may see them. Default: no."""

from unified_profile.consent.codes import CODES as CODES
from unified_profile.consent.columnar import ConsentColumns as ConsentColumns
from unified_profile.consent.coverage import Coverage as Coverage, coverage as coverage
from unified_profile.consent.decision import decide as decide, permission as permission
from unified_profile.consent.evidence import Decision as Decision, decision as decision, replayed as replayed
from unified_profile.consent.explaining import explain as explain
from unified_profile.consent.labels import (
    Aggregates as Aggregates,
    GroupAggregate as GroupAggregate,
    Labeled as Labeled,
    derive as derive,
    purposes_of as purposes_of,
)
from unified_profile.consent.law import (
    Due as Due,
    Law as Law,
    LawBook as LawBook,
    deadline as deadline,
    kept_until as kept_until,
    may_ask_again as may_ask_again,
)
from unified_profile.consent.ledger import Ledger as Ledger
from unified_profile.consent.merging import Conflict as Conflict, Ledgers as Ledgers, Tie as Tie
from unified_profile.consent.notices import Notice as Notice, NoticeRegistry as NoticeRegistry
from unified_profile.consent.permits import (
    Bound as Bound,
    Disclosure as Disclosure,
    Permit as Permit,
    Release as Release,
)
from unified_profile.consent.policy import Policy as Policy
from unified_profile.consent.preferences import Preference as Preference, preferences as preferences
from unified_profile.consent.purposes import PurposeRegistry as PurposeRegistry
from unified_profile.consent.register import RegisterEntry as RegisterEntry
from unified_profile.consent.roles import HIDDEN as HIDDEN, WHOLE as WHOLE, Mask as Mask, Role as Role
from unified_profile.consent.scopes import Request as Request, Scope as Scope
from unified_profile.consent.situation import Sale as Sale, Situation as Situation
from unified_profile.consent.typed import (
    TypedTrait as TypedTrait,
    TypedView as TypedView,
    Use as Use,
    for_use as for_use,
)
from unified_profile.consent.view import PurposeView as PurposeView, view as view

__all__ = [
    "CODES",
    "HIDDEN",
    "WHOLE",
    "Aggregates",
    "Bound",
    "Conflict",
    "ConsentColumns",
    "Coverage",
    "Decision",
    "Disclosure",
    "Due",
    "GroupAggregate",
    "Labeled",
    "Law",
    "LawBook",
    "Ledger",
    "Ledgers",
    "Mask",
    "Notice",
    "NoticeRegistry",
    "Permit",
    "Policy",
    "Preference",
    "PurposeRegistry",
    "PurposeView",
    "RegisterEntry",
    "Release",
    "Request",
    "Role",
    "Sale",
    "Scope",
    "Situation",
    "Tie",
    "TypedTrait",
    "TypedView",
    "Use",
    "coverage",
    "deadline",
    "decide",
    "decision",
    "derive",
    "explain",
    "for_use",
    "kept_until",
    "may_ask_again",
    "permission",
    "preferences",
    "purposes_of",
    "replayed",
    "view",
]
