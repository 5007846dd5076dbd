"""Rules of member states of the European Union, and of Norway, where they differ from the Union's."""

from __future__ import annotations

from unified_profile.consent.law.rows import Law, row

_TRACKER = "https://www.twobirds.com/en/capabilities/practices/privacy-and-data-protection/general-data-protection-regulation/gdpr-tracker/children"
_GDPR = "2018-05-25"
_LEXBASE = "https://www.lexbase.fr/index/source/88904522-decret-n-20221313-du-13-octobre-2022"

ROWS: tuple[Law, ...] = (
    row("at-dsg-4-4", "AT", "child", _GDPR, "DSG § 4(4)", _TRACKER, read=True, age=14),
    row("be-2018-7", "BE", "child", "2018-09-05", "Loi du 30 juillet 2018, art. 7", _TRACKER, read=True, age=13),
    row("bg-zzld-25v", "BG", "child", "2019-03-02", "ZZLD Art. 25v", age=14),
    row("cy-125-2018-8", "CY", "child", "2018-07-31", "Law 125(I)/2018, s. 8", age=14),
    row("cz-110-2019-7", "CZ", "child", "2019-04-24", "Zákon č. 110/2019 Sb., § 7", _TRACKER, read=True, age=15),
    row("dk-dbl-6-3-2018", "DK", "child", _GDPR, "Databeskyttelsesloven § 6(3)", _TRACKER, read=True, age=13,
        until="2024-01-01"),
    row("dk-dbl-6-3-2024", "DK", "child", "2024-01-01", "Databeskyttelsesloven § 6(3), as amended 2023", age=15),
    row("ee-iks-8", "EE", "child", "2019-01-15", "Isikuandmete kaitse seadus § 8", age=13),
    row("fi-tsl-5", "FI", "child", "2019-01-01", "Tietosuojalaki (1050/2018) 5 §", _TRACKER, read=True, age=13),
    row("fr-lil-45", "FR", "child", "2018-06-22", "Loi n° 78-17, art. 45 (formerly 7-1)", _TRACKER, read=True, age=15,
        note="Below 15 the consent of child and parent together."),
    row("gr-4624-21", "GR", "child", "2019-08-29", "Law 4624/2019, Art. 21", age=15),
    row("it-codice-2-quinquies", "IT", "child", "2018-09-19", "D.lgs. 196/2003, art. 2-quinquies", _TRACKER, read=True,
        age=14),
    row("lt-adtai-6", "LT", "child", "2018-07-16", "ADTAĮ, Art. 6", age=14),
    row("lv-fpdal-33", "LV", "child", "2018-07-05", "FPDAL, s. 33", age=13),
    row("mt-586-11", "MT", "child", "2018-05-28", "S.L. 586.11, reg. 4", age=13),
    row("no-pol-5", "NO", "child", "2018-07-20", "Personopplysningsloven § 5", age=13),
    row("pt-58-2019-16", "PT", "child", "2019-08-09", "Lei n.º 58/2019, art. 16", age=13),
    row("se-dsl-2-4", "SE", "child", _GDPR, "Lag (2018:218) 2 kap. 4 §", _TRACKER, read=True, age=13),
    row("si-zvop2-8", "SI", "child", "2023-01-26", "ZVOP-2, 8. člen", age=15),
    row("es-lopdgdd-7", "ES", "child", "2018-12-07", "LO 3/2018, art. 7", _TRACKER, read=True, age=14),
    row("de-uwg-7-2-1", "DE", "consent_required", "2009-08-04", "UWG § 7(2) Nr. 1 (formerly Nr. 2)",
        "https://lxgesetze.de/uwg/7", read=True, kinds=["direct_marketing"], channels=["phone"],
        note="Consumers; other market participants may be presumed to agree."),
    row("de-uwg-7a-2", "DE", "retention", "2021-10-01", "UWG § 7a(2)", "https://www.lexetius.com/UWG/7a", read=True,
        subject="proof_of_consent_to_calls", months=60, note="From each use of the consent anew."),
    row("de-double-opt-in", "DE", "double_opt_in", "2011-02-10", "BGH, 10.02.2011, I ZR 164/09 (guidance of DSK)",
        kinds=["direct_marketing"], channels=["email"],
        note="Proof of consent rather than a statute: a confirmed sign-up is what courts accept."),
    row("fr-d223-9-hours", "FR", "quiet_hours", "2023-03-01", "Code de la consommation, art. D. 223-9", _LEXBASE,
        read=True, channels=["phone"], kinds=["direct_marketing"], weekday=["10:00-13:00", "14:00-20:00"], weekend=[],
        except_codes=["consent_given"], note="Public holidays are not known here."),
    row("fr-d223-9-cap", "FR", "frequency_cap", "2023-03-01", "Code de la consommation, art. D. 223-9", _LEXBASE,
        read=True, channels=["phone"], kinds=["direct_marketing"], most=4, hours=720),
    row("fr-d223-9-reask", "FR", "reask", "2023-03-01", "Code de la consommation, art. D. 223-9", _LEXBASE, read=True,
        channels=["phone"], kinds=["direct_marketing"], days=60),
    row("fr-l223-1-2026", "FR", "consent_required", "2026-08-11",
        "Code de la consommation, art. L. 223-1 (loi 2025-594)", channels=["phone"], kinds=["direct_marketing"],
        except_bases=["contract"]),
    row("fr-cnil-trackers", "FR", "consent_lapses", "2020-10-01", "CNIL, délibération n° 2020-092 (recommandation)",
        kinds=["device_access"], months=6, note="Good practice, no statute."),
    row("es-aepd-cookies", "ES", "consent_lapses", "2020-07-01", "AEPD, Guía sobre el uso de las cookies",
        kinds=["device_access"], months=24, note="Guidance, no statute."),
    row("it-garante-banner", "IT", "reask", "2022-01-10", "Garante, linee guida cookie, 10.06.2021",
        "https://www.daimonart.it/gdpr-cookies-adeguamenti/", read=True, kinds=["device_access"], months=6),
)  # fmt: skip
"""All rows of this page."""
