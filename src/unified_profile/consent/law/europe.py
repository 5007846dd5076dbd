"""Rules of the European Union: the GDPR (in the whole EEA) and the ePrivacy Directive (as transposed)."""

from __future__ import annotations

from unified_profile.consent.law.rows import Law, row

_GDPR = "2018-05-25"
_ART6 = "https://moodle.gdprism.eu/mod/page/view.php?id=262"
_ART9 = "https://privacy-web.nl/en/wetgeving/algemene-verordening-gegevensbescherming-avg-2/artikel-9"
_ART9_TEN = "https://cippe.thesmios.com/topics/article-9-exceptions-the-ten-conditions/"
_ART21 = "https://gdprhub.eu/Article_21_GDPR"
_EPRIVACY = "https://eur-lex.europa.eu/eli/dir/2002/58/oj"
_TRANSPOSED = "2003-10-31"
_AS_TRANSPOSED = "A directive: the law of the member state transposes it, and may differ."
_IN_EEA = "In Iceland, Liechtenstein and Norway since 2018-07-20."

_BASES = (("a", "consent"), ("b", "contract"), ("c", "legal_obligation"), ("d", "vital_interests"),
          ("e", "public_task"), ("f", "legitimate_interests"))  # fmt: skip
_CONDITIONS = (
    ("a", "explicit_consent"), ("b", "employment"), ("c", "vital_interests"), ("d", "not_for_profit_body"),
    ("e", "made_public"), ("f", "legal_claims"), ("g", "substantial_public_interest"), ("h", "health_care"),
    ("i", "public_health"), ("j", "archiving_research_statistics"),
)  # fmt: skip

ROWS: tuple[Law, ...] = (
    *(
        row(f"gdpr-6-1-{letter}", "EEA", "basis", _GDPR, f"GDPR Art. 6(1)({letter})", _ART6, read=True, note=_IN_EEA,
            basis=basis)
        for letter, basis in _BASES
    ),
    row("gdpr-9-1", "EEA", "special_category", _GDPR, "GDPR Art. 9(1)", _ART9, read=True, note=_IN_EEA,
        categories=["racial_or_ethnic_origin", "political_opinions", "religious_beliefs", "trade_union_membership",
                    "genetic", "biometric", "health", "sex_life", "sexual_orientation"]),
    *(
        row(f"gdpr-9-2-{letter}", "EEA", "special_condition", _GDPR, f"GDPR Art. 9(2)({letter})", _ART9_TEN, read=True,
            note="Several conditions need a law of the Union or of the member state; that there is one is not checked.",
            condition=condition)
        for letter, condition in _CONDITIONS
    ),
    row("gdpr-8-1", "EEA", "child", _GDPR, "GDPR Art. 8(1)",
        "https://platform.dataguidance.com/opinion/eu-age-consent-children", read=True, age=16,
        note="Binds for information society services offered to a child; here every consent of a child is held to it."),
    row("gdpr-18-2", "EEA", "right", _GDPR, "GDPR Art. 18(2)", "https://odo24.pl/en/rodo-nawigator-online/rodo/18",
        read=True, right="right:restriction",
        note="Protection of others and important public interest are not decided here: declare them as legal claims."),
    row("gdpr-21-2", "EEA", "right", _GDPR, "GDPR Art. 21(2)-(3)", _ART21, read=True,
        right="right:objection_to_marketing"),
    row("gdpr-22-2-c", "EEA", "consent_required", _GDPR, "GDPR Art. 22(2)", "https://gdprhub.eu/Article_22_GDPR",
        kinds=["automated_decision"], except_bases=["contract", "legal_obligation"],
        note="Explicit consent is meant; decisions without legal or similar effect are not."),
    row("gdpr-49-1-a", "EEA", "consent_required", _GDPR, "GDPR Art. 49(1)(a)", "https://gdprhub.eu/Article_49_GDPR",
        kinds=["transfer_without_safeguards"], except_bases=["contract", "vital_interests"]),
    row("gdpr-7-3", "EEA", "duty", _GDPR, "GDPR Art. 7(3)", "https://gdprhub.eu/Article_7_GDPR",
        duty="offer_withdrawal", codes=["consent_given"]),
    row("gdpr-21-4", "EEA", "duty", _GDPR, "GDPR Art. 21(4)", _ART21, duty="inform_right_to_object",
        kinds=["direct_marketing"]),
    row("gdpr-12-3", "EEA", "deadline", _GDPR, "GDPR Art. 12(3)", "https://iswlegal.com/gdpr/articles/article-12",
        read=True, question="respond_to_request", months=1, extension_months=2, rolls=True,
        note="Rolls to the next working day by Regulation (EEC, Euratom) No 1182/71 Art. 3(4)."),
    row("gdpr-14-3-a", "EEA", "deadline", _GDPR, "GDPR Art. 14(3)(a)", "https://gdprhub.eu/Article_14_GDPR",
        question="inform_when_obtained_elsewhere", months=1,
        note="Earlier if they are used to communicate or are disclosed."),
    row("gdpr-33-1", "EEA", "deadline", _GDPR, "GDPR Art. 33(1)", "https://gdprhub.eu/Article_33_GDPR",
        question="report_breach", hours=72),
    row("eprivacy-5-3", "EU", "consent_required", "2009-12-19",
        "Directive 2002/58/EC Art. 5(3), as amended by 2009/136/EC", _EPRIVACY, kinds=["device_access"],
        note=_AS_TRANSPOSED + " What a service asked for strictly needs is exempt: do not call it device_access."),
    row("eprivacy-13-1", "EU", "consent_required", _TRANSPOSED, "Directive 2002/58/EC Art. 13(1)", _EPRIVACY,
        kinds=["direct_marketing"], channels=["email", "sms", "fax", "automated_call"], note=_AS_TRANSPOSED),
    row("eprivacy-13-2", "EU", "soft_opt_in", _TRANSPOSED, "Directive 2002/58/EC Art. 13(2)", _EPRIVACY,
        kinds=["direct_marketing"], channels=["email", "sms"], relations=["purchase"], similar=True, offered=True,
        note=_AS_TRANSPOSED),
    row("eprivacy-13-2-duty", "EU", "duty", _TRANSPOSED, "Directive 2002/58/EC Art. 13(2)", _EPRIVACY,
        duty="offer_opt_out", codes=["soft_opt_in"], note=_AS_TRANSPOSED),
    row("eprivacy-13-4", "EU", "duty", _TRANSPOSED, "Directive 2002/58/EC Art. 13(4)", _EPRIVACY,
        duty="identify_sender", kinds=["direct_marketing"], channels=["email", "sms"], note=_AS_TRANSPOSED),
)  # fmt: skip
"""All rows of this page."""
