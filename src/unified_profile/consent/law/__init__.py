"""Law as dated, cited rows: engineering readings that decide, and not legal advice."""

from unified_profile.consent.law.book import LawBook as LawBook
from unified_profile.consent.law.deadlines import (
    Due as Due,
    deadline as deadline,
    kept_until as kept_until,
    may_ask_again as may_ask_again,
)
from unified_profile.consent.law.rows import KINDS as KINDS, Law as Law

__all__ = ["KINDS", "Due", "Law", "LawBook", "deadline", "kept_until", "may_ask_again"]
