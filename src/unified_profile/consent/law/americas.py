"""Rules of the United States (CCPA and other states, TCPA, CAN-SPAM, COPPA) and of Canada (CASL)."""

from __future__ import annotations

from unified_profile.consent.law.rows import Law, row

_7025 = "https://law.cornell.edu/regulations/california/11-CCR-7025"
_ADVISORI = "https://advisori.com/cpra/"
_TCPA = "http://edocket.access.gpo.gov/cfr_2008/octqtr/47cfr64.1200.htm"
_REVOKED = "https://www.mondaq.com/unitedstates/telecoms-mobile-cable-communications/1610452/"
_UOOM = "https://legalclarity.org/universal-opt-out-mechanisms-state-requirements-and-penalties/"
_CASL = "https://crtc.gc.ca/eng/com500/guide.htm"
_CASL_PERIODS = "https://millsandmills.ca/?p=7537"
_SIGNAL = "signal:opt_out"
_SENSITIVE = [
    "racial_or_ethnic_origin", "religious_beliefs", "trade_union_membership", "genetic", "biometric", "health",
    "sex_life", "sexual_orientation", "precise_location", "government_id", "account_credentials",
]  # fmt: skip

ROWS: tuple[Law, ...] = (
    # California
    row("ccpa-999-315", "US-CA", "opt_out", "2020-08-14", "11 CCR 999.315 (renumbered 7026)",
        "https://regulations.justia.com/states/california/title-11/division-1/chapter-20/article-3/section-999-315/",
        read=True, until="2023-03-29", right=_SIGNAL, kinds=["sale"]),
    row("ccpa-7025-c-1", "US-CA", "opt_out", "2023-03-29", "11 CCR 7025(c)(1); Civ. Code 1798.120, 1798.135", _7025,
        read=True, right=_SIGNAL, kinds=["sale", "share"],
        note="For the browser or device, its pseudonymous profile, and the consumer if known."),
    row("ccpa-1798-121", "US-CA", "opt_out", "2023-01-01", "Civ. Code 1798.121", right="right:limit_sensitive",
        categories=[*_SENSITIVE], note="Exempt is what an average consumer expects of the service: expected_service."),
    row("ccpa-1798-120-c", "US-CA", "child", "2020-01-01", "Civ. Code 1798.120(c); 11 CCR 7070-7071",
        "https://spirion.com/solutions/compliance/ccpa/sales-of-minors-information", read=True, kinds=["sale", "share"],
        age=16, own_from=13, note="Of consumers whose age is known or wilfully disregarded."),
    row("ccpa-7021-a", "US-CA", "deadline", "2020-08-14", "11 CCR 7021(a)", _ADVISORI, read=True,
        question="acknowledge_request", business_days=10),
    row("ccpa-7021-b", "US-CA", "deadline", "2020-01-01", "11 CCR 7021(b)", _ADVISORI, read=True,
        question="respond_to_request", days=45, extension_days=45),
    row("ccpa-7026-f", "US-CA", "deadline", "2020-08-14", "11 CCR 7026(f)",
        "https://www.law.cornell.edu/regulations/california/11-CCR-7026", question="honor_opt_out_of_sale",
        business_days=15),
    row("ccpa-7026-k", "US-CA", "reask", "2020-01-01", "11 CCR 7026(k); Civ. Code 1798.135(c)(4)",
        kinds=["sale", "share"], months=12),
    row("ccpa-7101-a", "US-CA", "retention", "2020-08-14", "11 CCR 7101(a)", _ADVISORI, read=True,
        subject="record_of_requests", months=24, note="At least."),
    # Other states
    row("us-co-1306", "US-CO", "opt_out", "2024-07-01", "C.R.S. 6-1-1306(1)(a)(IV); 4 CCR 904-3, part 5",
        "https://natlawreview.com/article/bookmark-colorado-launches-universal-opt-out-mechanism-list", read=True,
        right=_SIGNAL, kinds=["sale", "targeted_advertising"]),
    row("us-ct-42-520", "US-CT", "opt_out", "2025-01-01", "Conn. Gen. Stat. 42-520(e)(1)(A)(ii)",
        "https://www.eyeonprivacy.com/2022/10/comparing-and-contrasting-the-opt-out-preference-signal-across-states/",
        read=True, right=_SIGNAL, kinds=["sale", "targeted_advertising"]),
    row("us-tx-541-055", "US-TX", "opt_out", "2025-01-01", "Tex. Bus. & Com. Code 541.055(e)", _UOOM, right=_SIGNAL,
        kinds=["sale", "targeted_advertising"]),
    row("us-mt-30-14-2809", "US-MT", "opt_out", "2025-01-01", "Mont. Code 30-14-2809", _UOOM, right=_SIGNAL,
        kinds=["sale", "targeted_advertising"]),
    row("us-nj-56-8-166-11", "US-NJ", "opt_out", "2025-07-15", "N.J.S.A. 56:8-166.11", _UOOM, right=_SIGNAL,
        kinds=["sale", "targeted_advertising"]),
    row("us-or-646a-578", "US-OR", "opt_out", "2026-01-01", "ORS 646A.578(5)", _UOOM, right=_SIGNAL,
        kinds=["sale", "targeted_advertising"]),
    row("us-de-12d-106", "US-DE", "opt_out", "2026-01-01", "6 Del. C. 12D-106(e)(1)", _UOOM, right=_SIGNAL,
        kinds=["sale", "targeted_advertising"]),
    # Federal
    row("coppa-6502", "US", "child", "2000-04-21", "15 U.S.C. 6501-6502; 16 CFR 312.5", age=13, any_basis=True,
        note="Binds operators of services directed to children or with actual knowledge."),
    row("tcpa-a-2", "US", "consent_required", "2013-10-16", "47 CFR 64.1200(a)(2)-(3)", _TCPA,
        kinds=["autodialed_marketing"], channels=["phone", "sms", "automated_call"],
        note="Prior express written consent."),
    row("tcpa-c-1", "US", "quiet_hours", "2003-10-01", "47 CFR 64.1200(c)(1)",
        "https://consumerprotection.uslegal.com/mail-order-purchases-telemarketing/telephone-solicitation/", read=True,
        kinds=["direct_marketing"], channels=["phone", "sms"], weekday=["08:00-21:00"]),
    row("tcpa-c-2", "US", "do_not_call", "2003-10-01", "47 CFR 64.1200(c)(2)", _TCPA, kinds=["direct_marketing"],
        channels=["phone", "sms"], list="National Do Not Call Registry"),
    row("tcpa-d-3-2003", "US", "deadline", "2003-10-01", "47 CFR 64.1200(d)(3)", _TCPA, until="2025-04-11",
        question="honor_revocation", days=30),
    row("tcpa-a-10", "US", "deadline", "2025-04-11", "47 CFR 64.1200(a)(10), (d)(3)", _REVOKED, read=True,
        question="honor_revocation", business_days=10,
        note="Applying one revocation to unrelated messages is waived to 2027-01-31."),
    row("tcpa-d-6", "US", "retention", "2003-10-01", "47 CFR 64.1200(d)(6)", _TCPA, subject="do_not_call_request",
        months=60),
    row("can-spam-3", "US", "duty", "2004-01-01", "15 U.S.C. 7704(a)(3)", duty="offer_opt_out",
        kinds=["direct_marketing"], channels=["email"]),
    row("can-spam-5", "US", "duty", "2004-01-01", "15 U.S.C. 7704(a)(5)", duty="identify_sender",
        value="postal address", kinds=["direct_marketing"], channels=["email"]),
    row("can-spam-4", "US", "deadline", "2004-01-01", "15 U.S.C. 7704(a)(4)", question="honor_unsubscribe",
        business_days=10),
    row("us-fl-501-059-hours", "US-FL", "quiet_hours", "2021-07-01", "Fla. Stat. 501.616(6)(a)",
        kinds=["direct_marketing"], channels=["phone", "sms"], weekday=["08:00-20:00"]),
    row("us-fl-501-059-cap", "US-FL", "frequency_cap", "2021-07-01", "Fla. Stat. 501.616(6)(b)",
        kinds=["direct_marketing"], channels=["phone", "sms"], most=3, hours=24, note="On the same subject."),
    # Canada
    row("casl-6-1", "CA", "consent_required", "2014-07-01", "CASL s. 6(1)(a)", _CASL, read=True,
        kinds=["direct_marketing"], channels=["email", "sms"]),
    row("casl-10-10-a", "CA", "soft_opt_in", "2014-07-01", "CASL s. 10(9)(a), 10(10)(a)-(d)", _CASL_PERIODS, read=True,
        kinds=["direct_marketing"], channels=["email", "sms"], relations=["purchase", "contract"], months=24),
    row("casl-10-10-e", "CA", "soft_opt_in", "2014-07-01", "CASL s. 10(9)(a), 10(10)(e)", _CASL_PERIODS, read=True,
        kinds=["direct_marketing"], channels=["email", "sms"], relations=["inquiry"], months=6),
    row("casl-10-13-a", "CA", "soft_opt_in", "2014-07-01", "CASL s. 10(9)(a), 10(13)(a)",
        "http://www.mondaq.com/canada/x/297816/Charities+Non-Profits/CASL+FAQ+When+Can+Organizations+Rely+on+Implied+Consent",
        read=True, kinds=["direct_marketing"], channels=["email", "sms"], relations=["donation"], months=24),
    row("casl-6-2", "CA", "duty", "2014-07-01", "CASL s. 6(2)(a)-(b)",
        "http://webiis05.mondaq.com/canada/x/379042/Contract+Law/", read=True, duty="identify_sender",
        kinds=["direct_marketing"], channels=["email", "sms"]),
    row("casl-6-2-c", "CA", "duty", "2014-07-01", "CASL s. 6(2)(c), 11(1)",
        "http://webiis05.mondaq.com/canada/x/379042/Contract+Law/", read=True, duty="offer_opt_out",
        kinds=["direct_marketing"], channels=["email", "sms"]),
    row("casl-11-3", "CA", "deadline", "2014-07-01", "CASL s. 11(3)", question="honor_unsubscribe", business_days=10),
    row("crtc-hours", "CA", "quiet_hours", "2008-09-30", "CRTC Unsolicited Telecommunications Rules, Part III, s. 23",
        kinds=["direct_marketing"], channels=["phone"], weekday=["09:00-21:30"], weekend=["10:00-18:00"]),
    row("crtc-dncl", "CA", "do_not_call", "2008-09-30", "CRTC Unsolicited Telecommunications Rules, Part II",
        kinds=["direct_marketing"], channels=["phone"], list="National DNCL"),
)  # fmt: skip
"""All rows of this page."""
