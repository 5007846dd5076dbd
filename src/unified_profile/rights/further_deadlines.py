"""By when requests are answered in further places, beside those of the law book.

They are no part of ``LawBook.default()``: a use is decided only where the book knows the law, and of these places it
knows nothing else. None of these rows was checked against the text of the law.
"""

from __future__ import annotations

from unified_profile.consent.law.rows import Law, row

_QUESTION = "respond_to_request"

ROWS: tuple[Law, ...] = (
    row("lgpd-19-ii", "BR", "deadline", "2020-09-18", "LGPD (Lei 13.709/2018) Art. 19 II", question=_QUESTION, days=15,
        note="A complete answer; confirmation in a simple form is given at once (Art. 19 I)."),
    row("ch-dsg-25-7", "CH", "deadline", "2023-09-01", "DSG (SR 235.1) Art. 25(7), DSV Art. 18", question=_QUESTION,
        days=30, note="If it takes longer, that and the new date are told within the 30 days; no limit is set."),
    row("ca-pipeda-8-3", "CA", "deadline", "2004-01-01", "PIPEDA s. 8(3)-(4)", question=_QUESTION, days=30,
        extension_days=30),
    row("jp-appi-33-2", "JP", "deadline", "2022-04-01", "個人情報保護法33条2項", question=_QUESTION,
        note="Without delay (遅滞なく); no number of days is set."),
    row("kr-pipa-35-3", "KR", "deadline", "2011-09-30", "PIPA Art. 35(3), Enforcement Decree Art. 41", days=10,
        question=_QUESTION),
    row("sg-pdpr-5", "SG", "deadline", "2021-02-01", "Personal Data Protection Regulations 2021, reg. 5", days=30,
        question=_QUESTION, note="Or to say within it by when."),
    row("us-va-59-1-577", "US-VA", "deadline", "2023-01-01", "Va. Code 59.1-577(B)(1)", question=_QUESTION, days=45,
        extension_days=45),
    row("us-co-1306-2", "US-CO", "deadline", "2023-07-01", "C.R.S. 6-1-1306(2)", question=_QUESTION, days=45,
        extension_days=45),
    row("us-ct-42-518", "US-CT", "deadline", "2023-07-01", "Conn. Gen. Stat. 42-518(c)(1)", question=_QUESTION, days=45,
        extension_days=45),
    row("us-tx-541-052", "US-TX", "deadline", "2024-07-01", "Tex. Bus. & Com. Code 541.052", question=_QUESTION,
        days=45, extension_days=45),
)  # fmt: skip
"""All rows of this page."""
