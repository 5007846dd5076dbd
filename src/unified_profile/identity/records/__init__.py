"""Records that share no identifier: who is who by names, dates and addresses, with typos, moves and gaps."""

from unified_profile.identity.records.model import RecordModel as RecordModel
from unified_profile.identity.records.resolution import Resolution as Resolution
from unified_profile.identity.records.resolve import resolve as resolve
from unified_profile.identity.records.resolver import RecordResolver as RecordResolver

__all__ = ["RecordModel", "RecordResolver", "Resolution", "resolve"]
