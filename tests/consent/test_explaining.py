"""Explanations: both languages say what happened, and every code, rule and duty has its words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.consent.said import PURPOSES, hour, say

import unified_profile.consent as room
from unified_profile.consent import CODES, LawBook, Ledger, Policy, Request, Situation, decide, permission, wording
from unified_profile.consent.explaining import explain
from unified_profile.errors import InvalidInputError
from unified_profile.model import ConsentState, Identifier, Permission

SAID = [say("yes", 1, identifiers=[Identifier("email", "hanako@example.com")]), say("no", 5, "withdrawn")]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_code_rule_state_and_duty_has_its_words(language):
    assert set(wording.CODES[language]) == set(CODES)
    assert set(wording.STATES[language]) == set(ConsentState)
    source = "".join(path.read_text() for path in Path(room.__file__).parent.glob("*.py") if "wording" not in path.name)
    rules = set(re.findall(r'"(rule:[a-z_]+)"', source)) - {"rule:register"}
    assert rules <= set(wording.RULES[language])
    kinds = set(re.findall(r'Obligation\("([a-z_]+)"', source))
    kinds |= {row.text("duty") for row in LawBook.default() if row.kind == "duty"}
    assert kinds == set(wording.DUTIES[language])
    assert all(wording.SENTENCES["en"].keys() == words.keys() for words in wording.SENTENCES.values())


def test_an_explanation_says_what_because_of_what_and_until_when():
    answer = decide(SAID, "newsletter", "email", purposes=PURPOSES, at=hour(2))
    assert explain(answer, facts=SAID) == (
        "Allowed: newsletter on email. The person consented. Because of consent for newsletter on email at "
        "2026-01-01 01:00 UTC (yes). Rule: a grant in force covers exactly this, and no refusal stands. This changes "
        "by itself at 2026-01-01 05:00 UTC."
    )
    denied = decide(SAID, "newsletter", "email", purposes=PURPOSES, at=hour(6))
    assert explain(denied, language="ja", facts=SAID) == (
        "不許可: newsletter(email)。本人が同意を撤回しています。"
        "根拠: 2026-01-01 05:00 UTCのnewsletter(email)についての撤回(no)。"
        "規則: 拒否は、本人の後の同意があるまで有効。新たな意思表示があるまで、この回答は変わりません。"
    )
    assert explain(denied).count("statement no") == 1


def test_an_explanation_cites_the_law_and_lists_duties():
    book = LawBook.default()
    rules = Policy(purposes=PURPOSES, kinds={"newsletter": {"direct_marketing"}}, law=book, jurisdiction="US")
    yes = say("c", 1, channel="phone")
    answer = permission(Ledger([yes]), Request("newsletter", "phone"), rules, at=hour(3), situation=Situation(
        time_zone="America/New_York"))  # fmt: skip
    text = explain(answer, law=book)
    assert "To be kept: quiet hours until 2026-01-01 13:00 UTC (47 CFR 64.1200(c)(1))." in text
    assert "連絡禁止時間帯、2026-01-01 13:00 UTCまで(47 CFR 64.1200(c)(1))" in explain(answer, language="ja", law=book)
    assert "(tcpa-c-1)" in explain(answer)


def test_an_explanation_names_the_whole_question_and_nobody():
    answer = Permission(False, "p", "c", "consent", "no_consent", ("rule:default_deny",), brand="b", controller="k",  # noqa: FBT003
                        jurisdiction="DE", category="email", recipient="lab")  # fmt: skip
    assert explain(answer).startswith("Denied: p on c, brand b, controller k, in DE, data email, given to lab. Nobody")
    assert "example.com" not in explain(decide(SAID, "newsletter", "email", purposes=PURPOSES, at=hour(2)), facts=SAID)
    with pytest.raises(InvalidInputError):
        explain(answer, language="fr")  # type: ignore[arg-type]  # the point
