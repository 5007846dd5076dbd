"""Where facts and views are kept: two small protocols, and the stores that come with the library."""

from __future__ import annotations

from unified_profile.storage.commands import Changes, Commit, Find, Get, Load, Put, Read, Scan
from unified_profile.storage.protocols import Session, Store
from unified_profile.storage.tables import TABLES, Table

__all__ = ["TABLES", "Changes", "Commit", "Find", "Get", "Load", "Put", "Read", "Scan", "Session", "Store", "Table"]
