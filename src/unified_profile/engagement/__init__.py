"""What now?  What must be at hand at the moment in which a person and the business meet."""

from unified_profile.engagement.context import (
    TICKETS as TICKETS,
    Context as Context,
    Interaction as Interaction,
    context as context,
)
from unified_profile.engagement.threads import Promised as Promised, Thread as Thread, ThreadRule as ThreadRule

__all__ = ["TICKETS", "Context", "Interaction", "Promised", "Thread", "ThreadRule", "context"]
