"""Rules of Japan: the Act on the Protection of Personal Information, and the act on specified electronic mail."""

from __future__ import annotations

from unified_profile.consent.law.rows import Law, row

_APPI = "2022-04-01"
_MAIL = "2008-12-01"
_THIRD = "http://yamiyomi.com/articles/kojin-joho-hogo%2Fkadai-1/gaikoku-kiroku"
_RECORDS = (
    "https://houritsushoku.com/archives/"
    "obligations-to-verify-and-record-on-providing-personal-data-comprising-the-database-to-third-parties.html"
)
_PPC = "https://www.ppc.go.jp/personalinfo/legal/guidelines_thirdparty"
_LABEL = "https://houritsushoku.com/archives/labeling-obligations-imposed-on-senders-of-specified-email.html"
_OPT_IN = "https://blog.takaoffice.jp/?p=217"
_BREACH = "https://www.businesslawyers.jp/practices/1433"

ROWS: tuple[Law, ...] = (
    row("appi-18-1", "JP", "consent_required", _APPI, "個人情報保護法18条1項", kinds=["other_purpose"],
        except_bases=["legal_obligation", "vital_interests", "public_task"]),
    row("appi-27-1", "JP", "consent_required", _APPI, "個人情報保護法27条1項",
        "https://yamiyomi.com/articles/kojin-joho-hogo/kadai-1/daisan-sha-teikyou/_payload.json", read=True,
        third_party=True, except_bases=["legal_obligation", "vital_interests", "public_task"],
        note="Opt-out under 27(2) and joint use are not decided here; processors (27(5)) are no third parties."),
    row("appi-28-1", "JP", "consent_required", _APPI, "個人情報保護法28条1項", _THIRD, read=True,
        kinds=["transfer_abroad"], except_bases=["legal_obligation", "vital_interests", "public_task"],
        note="Countries and systems of equal protection are not known here: do not call them transfer_abroad."),
    row("appi-31-1", "JP", "consent_required", _APPI, "個人情報保護法31条1項", kinds=["personal_related_information"],
        note="The receiver needs the person's consent; the giver confirms it."),
    row("appi-2-3", "JP", "special_category", _APPI, "個人情報保護法2条3項, 20条2項",
        categories=["race", "creed", "social_status", "medical_history", "criminal_record", "crime_victim",
                    "disability", "health_check"]),
    row("appi-20-2", "JP", "special_condition", _APPI, "個人情報保護法20条2項各号",
        conditions=["explicit_consent", "legal_obligation", "vital_interests", "public_health", "public_task",
                    "made_public"]),
    row("appi-35", "JP", "right", _APPI, "個人情報保護法35条", right="right:restriction",
        note="Cease of use is granted on conditions; a record of it says that they were met."),
    row("appi-29", "JP", "duty", _APPI, "個人情報保護法29条", _RECORDS, read=True, duty="record_provision",
        third_party=True),
    row("appi-29-kept", "JP", "retention", _APPI, "個人情報保護法29条2項, 規則21条", _PPC,
        subject="record_of_provision", months=36, note="In general; one year in some cases."),
    row("appi-26-first", "JP", "deadline", _APPI, "個人情報保護法26条, 規則8条1項; 通則ガイドライン3-5-3-3", _BREACH,
        read=True, question="report_breach", days=5, note="Without delay: about three to five days."),
    row("appi-26-final", "JP", "deadline", _APPI, "個人情報保護法26条, 規則8条2項", _BREACH, read=True,
        question="report_breach_final", days=30, extension_days=30, note="60 days where malice may be behind it."),
    row("mail-3-1", "JP", "consent_required", _MAIL, "特定電子メール法3条1項1号", _OPT_IN, read=True,
        kinds=["direct_marketing"], channels=["email", "sms"]),
    row("mail-3-1-3", "JP", "soft_opt_in", _MAIL, "特定電子メール法3条1項3号", _OPT_IN, read=True,
        kinds=["direct_marketing"], channels=["email", "sms"], relations=["purchase", "contract"]),
    row("mail-3-2", "JP", "retention", _MAIL, "特定電子メール法3条2項, 規則4条", subject="proof_of_consent_to_mail",
        months=1, note="From the last message; a year after an order."),
    row("mail-4-1", "JP", "duty", _MAIL, "特定電子メール法4条1号", _LABEL, read=True, duty="identify_sender",
        kinds=["direct_marketing"], channels=["email", "sms"]),
    row("mail-4-2", "JP", "duty", _MAIL, "特定電子メール法4条2号", _LABEL, read=True, duty="offer_opt_out",
        kinds=["direct_marketing"], channels=["email", "sms"]),
)  # fmt: skip
"""All rows of this page."""
