"""The reason codes that a permission can carry, and which of them mean yes."""

from __future__ import annotations

CODES = (
    "consent_given",
    "basis_declared",
    "soft_opt_in",
    "no_consent",
    "not_covered",
    "not_by_subject",
    "expired",
    "pending_confirmation",
    "unknown",
    "refused",
    "withdrawn",
    "revoked",
    "invalidated",
    "objected",
    "opted_out",
    "restricted",
    "tombstoned",
    "special_category",
    "child_without_parent",
    "not_in_register",
    "not_in_entry",
    "basis_not_recognized",
    "basis_swapped",
    "do_not_call",
    "unverifiable_signal",
    "unknown_purpose",
    "unknown_channel",
    "unknown_category",
    "unknown_recipient",
    "unknown_jurisdiction",
    "malformed",
)
"""Every code that a permission can carry."""

ALLOWING = frozenset({"consent_given", "basis_declared", "soft_opt_in"})
"""The codes that mean yes."""

OBJECTIONABLE = frozenset({"legitimate_interests", "public_task"})
"""The bases to which a person can object (GDPR 21(1)): a refusal of such a purpose is an objection."""
