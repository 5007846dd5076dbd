"""Law as dated, cited rows: engineering readings that decide, and not legal advice."""

from unified_profile.consent.law.book import LawBook as LawBook
from unified_profile.consent.law.rows import KINDS as KINDS, Law as Law

__all__ = ["KINDS", "Law", "LawBook"]
