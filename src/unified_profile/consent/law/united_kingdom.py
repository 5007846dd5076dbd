"""Rules of the United Kingdom: the UK GDPR, PECR, and what the Data (Use and Access) Act 2025 changed."""

from __future__ import annotations

from unified_profile.consent.law.rows import Law, row

_GDPR = "2018-05-25"
_PECR = "2003-12-11"
_ICO = "https://ico.org.uk/for-organisations/direct-marketing-and-privacy-and-electronic-communications/"
_CHARITY = "https://www.mondaq.com/uk/social-media/1755702/soft-opt-in-now-in-force-for-uk-charities"
_PECR_TEXT = "https://www.legislation.gov.uk/uksi/2003/2426"

ROWS: tuple[Law, ...] = (
    row("uk-gdpr-6-1", "GB", "basis", _GDPR, "UK GDPR Art. 6(1)(a)-(f)", "https://www.legislation.gov.uk/eur/2016/679",
        bases=["consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"]),
    row("uk-gdpr-6-1-ea", "GB", "basis", "2026-02-05", "UK GDPR Art. 6(1)(ea), Annex 1 (DUAA 2025 s. 70)",
        bases=["recognised_legitimate_interests"]),
    row("uk-gdpr-9-1", "GB", "special_category", _GDPR, "UK GDPR Art. 9(1)",
        categories=["racial_or_ethnic_origin", "political_opinions", "religious_beliefs", "trade_union_membership",
                    "genetic", "biometric", "health", "sex_life", "sexual_orientation"]),
    row("uk-gdpr-9-2", "GB", "special_condition", _GDPR, "UK GDPR Art. 9(2), DPA 2018 Sch. 1",
        conditions=["explicit_consent", "employment", "vital_interests", "not_for_profit_body", "made_public",
                    "legal_claims", "substantial_public_interest", "health_care", "public_health",
                    "archiving_research_statistics"]),
    row("uk-dpa-9", "GB", "child", _GDPR, "UK GDPR Art. 8(1), DPA 2018 s. 9", age=13),
    row("uk-gdpr-18-2", "GB", "right", _GDPR, "UK GDPR Art. 18(2)", right="right:restriction"),
    row("uk-gdpr-21-2", "GB", "right", _GDPR, "UK GDPR Art. 21(2)-(3)", right="right:objection_to_marketing"),
    row("uk-pecr-6", "GB", "consent_required", "2011-05-26", "PECR reg. 6", _PECR_TEXT, kinds=["device_access"],
        note="Exceptions of Sch. A1 (DUAA 2025) are not device_access here."),
    row("uk-pecr-19", "GB", "consent_required", _PECR, "PECR reg. 19", _PECR_TEXT, kinds=["direct_marketing"],
        channels=["automated_call"]),
    row("uk-pecr-22-2", "GB", "consent_required", _PECR, "PECR reg. 22(2)", _ICO, read=True,
        kinds=["direct_marketing"], channels=["email", "sms"]),
    row("uk-pecr-22-3", "GB", "soft_opt_in", _PECR, "PECR reg. 22(3)", _ICO, read=True, kinds=["direct_marketing"],
        channels=["email", "sms"], relations=["purchase", "negotiation"], similar=True, offered=True),
    row("uk-pecr-22-3a", "GB", "soft_opt_in", "2026-02-05", "PECR reg. 22(3A) (DUAA 2025 s. 114)", _CHARITY, read=True,
        kinds=["charitable_purpose"], channels=["email", "sms"], relations=["donation", "support"], offered=True),
    row("uk-pecr-22-3-c", "GB", "duty", _PECR, "PECR reg. 22(3)(c)", _ICO, read=True, duty="offer_opt_out",
        codes=["soft_opt_in"]),
    row("uk-pecr-21", "GB", "do_not_call", _PECR, "PECR reg. 21", _PECR_TEXT, kinds=["direct_marketing"],
        channels=["phone"], list="TPS"),
    row("uk-pecr-23", "GB", "duty", _PECR, "PECR reg. 23", _PECR_TEXT, duty="identify_sender",
        kinds=["direct_marketing"], channels=["email", "sms"]),
    row("uk-gdpr-12-3", "GB", "deadline", _GDPR, "UK GDPR Art. 12(3), 12A", question="respond_to_request", months=1,
        extension_months=2, rolls=True,
        note="The regulator counts to the next working day where the last one is none."),
    row("uk-gdpr-33-1", "GB", "deadline", _GDPR, "UK GDPR Art. 33(1)", question="report_breach", hours=72),
)  # fmt: skip
"""All rows of this page."""
