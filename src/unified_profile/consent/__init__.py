"""May we?  The consent ledger, its decisions, and profiles as a purpose may see them. Default: no."""

from unified_profile.consent.coverage import Coverage as Coverage, coverage as coverage
from unified_profile.consent.decision import CODES as CODES, decide as decide
from unified_profile.consent.ledger import Ledger as Ledger, Scope as Scope
from unified_profile.consent.preferences import Preference as Preference, preferences as preferences
from unified_profile.consent.purposes import PurposeRegistry as PurposeRegistry
from unified_profile.consent.view import PurposeView as PurposeView, view as view

__all__ = [
    "CODES",
    "Coverage",
    "Ledger",
    "Preference",
    "PurposeRegistry",
    "PurposeView",
    "Scope",
    "coverage",
    "decide",
    "preferences",
    "view",
]
