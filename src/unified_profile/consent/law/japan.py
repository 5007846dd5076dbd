"""Rows."""

from __future__ import annotations

from unified_profile.consent.law.rows import Law

ROWS: tuple[Law, ...] = ()
