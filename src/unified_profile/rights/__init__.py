"""What people can expect of whoever holds their data: no more of it than is needed, no longer, and only by right."""

from unified_profile.rights.access import (
    AccessReport as AccessReport,
    PortableData as PortableData,
    Seen as Seen,
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
from unified_profile.rights.parties import (
    Party as Party,
)
from unified_profile.rights.register import (
    Activity as Activity,
    ProcessingRegister as ProcessingRegister,
    processing_register as processing_register,
)
from unified_profile.rights.requests import (
    RightsRequest as RightsRequest,
    Verify as Verify,
)
from unified_profile.rights.audit import (
    Audited as Audited,
    AuditReport as AuditReport,
    Finding as Finding,
    privacy_audit as privacy_audit,
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
from unified_profile.rights.retention import (
    Due as Due,
    Kept as Kept,
    LegalHold as LegalHold,
    RetentionPlan as RetentionPlan,
    RetentionRule as RetentionRule,
    RetentionSchedule as RetentionSchedule,
    retention_plan as retention_plan,
    sweep as sweep,
)
from unified_profile.rights.third_parties import (
    ExternalRow as ExternalRow,
    LinkReport as LinkReport,
    ThirdParty as ThirdParty,
)

__all__ = [
    "AccessReport",
    "PortableData",
    "Seen",
    "Affected",
    "BreachScope",
    "AnswerBy",
    "answer_by",
    "deadline_book",
    "Party",
    "Activity",
    "ProcessingRegister",
    "processing_register",
    "RightsRequest",
    "Verify",
    "AuditReport",
    "Audited",
    "Due",
    "ExternalRow",
    "Finding",
    "Kept",
    "LegalHold",
    "LinkReport",
    "Question",
    "RetentionPlan",
    "RetentionRule",
    "RetentionSchedule",
    "ThirdParty",
    "Usage",
    "excess_fields",
    "next_question",
    "privacy_audit",
    "required_fields",
    "retention_plan",
    "sweep",
    "unused_fields",
    "usage_of",
    "without_benefit",
]
