"""What people can expect of whoever holds their data: no more of it than is needed, no longer, and only by right."""

from unified_profile.rights.access import AccessReport as AccessReport, Seen as Seen
from unified_profile.rights.anonymising import AnonymousCount as AnonymousCount
from unified_profile.rights.audit import (
    Audited as Audited,
    AuditReport as AuditReport,
    Finding as Finding,
    privacy_audit as privacy_audit,
)
from unified_profile.rights.breach import (
    Affected as Affected,
    BreachScope as BreachScope,
)
from unified_profile.rights.deadlines import (
    AnswerBy as AnswerBy,
    answer_by as answer_by,
    deadline_book as deadline_book,
)
from unified_profile.rights.erasing import (
    Erasure as Erasure,
    ErasurePlan as ErasurePlan,
    ErasureTerms as ErasureTerms,
    Gone as Gone,
    Notice as Notice,
    PlannedFact as PlannedFact,
    Scope as Scope,
)
from unified_profile.rights.holds import (
    ConsentProof as ConsentProof,
    HeldFact as HeldFact,
)
from unified_profile.rights.minimisation import (
    Question as Question,
    Usage as Usage,
    excess_fields as excess_fields,
    next_question as next_question,
    required_fields as required_fields,
    unused_fields as unused_fields,
    usage_of as usage_of,
    without_benefit as without_benefit,
)
from unified_profile.rights.parties import (
    Party as Party,
)
from unified_profile.rights.portability import PortableData as PortableData
from unified_profile.rights.register import (
    Activity as Activity,
    ProcessingRegister as ProcessingRegister,
    processing_register as processing_register,
)
from unified_profile.rights.requests import (
    RightsRequest as RightsRequest,
    Verify as Verify,
)
from unified_profile.rights.retention import (
    Due as Due,
    Kept as Kept,
    LegalHold as LegalHold,
    RetentionPlan as RetentionPlan,
    RetentionRule as RetentionRule,
    RetentionSchedule as RetentionSchedule,
    Swept as Swept,
    retention_plan as retention_plan,
    sweep as sweep,
)
from unified_profile.rights.third_parties import (
    ExternalRow as ExternalRow,
    LinkReport as LinkReport,
    ThirdParty as ThirdParty,
)
from unified_profile.rights.tombstones import (
    KeyRing as KeyRing,
    TombstoneKeys as TombstoneKeys,
)
from unified_profile.rights.verifying import (
    Trace as Trace,
    Verification as Verification,
)

__all__ = [
    "AccessReport",
    "Activity",
    "Affected",
    "AnonymousCount",
    "AnswerBy",
    "AuditReport",
    "Audited",
    "BreachScope",
    "ConsentProof",
    "Due",
    "Erasure",
    "ErasurePlan",
    "ErasureTerms",
    "ExternalRow",
    "Finding",
    "Gone",
    "HeldFact",
    "Kept",
    "KeyRing",
    "LegalHold",
    "LinkReport",
    "Notice",
    "Party",
    "PlannedFact",
    "PortableData",
    "ProcessingRegister",
    "Question",
    "RetentionPlan",
    "RetentionRule",
    "RetentionSchedule",
    "RightsRequest",
    "Scope",
    "Seen",
    "Swept",
    "ThirdParty",
    "TombstoneKeys",
    "Trace",
    "Usage",
    "Verification",
    "Verify",
    "answer_by",
    "deadline_book",
    "excess_fields",
    "next_question",
    "privacy_audit",
    "processing_register",
    "required_fields",
    "retention_plan",
    "sweep",
    "unused_fields",
    "usage_of",
    "without_benefit",
]
