"""Explanations: why a permission says yes or no, because of what was said when, by which rule, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from unified_profile.consent.law.book import LawBook
from unified_profile.consent.wording import CODES, DUTIES, RULES, SENTENCES, STATES
from unified_profile.errors import InvalidInputError
from unified_profile.model import ConsentRecord, Fact, Permission
from unified_profile.model.views import Obligation

Language: TypeAlias = Literal["en", "ja"]


def explain(
    permission: Permission,
    /,
    *,
    language: Language = "en",
    facts: Iterable[Fact] = (),
    law: LawBook | None = None,
) -> str:
    """Return in sentences why *permission* says what it says.

    With *facts* the statements are told by what they said and when, else by their ids; with *law* rows are told by
    their citation. No identifier and no value of the person is in it.

    >>> from datetime import UTC
    >>> answer = Permission(
    ...     True,
    ...     "newsletter",
    ...     "email",
    ...     "consent",
    ...     "consent_given",
    ...     ("c1", "rule:grant_in_force"),
    ...     changes_at=datetime(2027, 1, 1, tzinfo=UTC),
    ... )
    >>> explain(answer).split(". ")[:2]
    ['Allowed: newsletter on email', 'The person consented']
    >>> explain(answer, language="ja").split("。")[:2]
    ['許可: newsletter(email)', '本人が同意しています']

    Raises:
        InvalidInputError: If the language is neither English nor Japanese.

    .. versionadded:: 0.1
    """
    if language not in SENTENCES:
        raise InvalidInputError(field="language", reason="neither 'en' nor 'ja'", hint="choose one")
    words = SENTENCES[language]
    known = {fact.id: fact for fact in facts if isinstance(fact, ConsentRecord)}
    found = [
        words["allowed" if permission.granted else "denied"].format(what=_what(permission, words)),
        CODES[language].get(permission.code, permission.code) + words["stop"],
    ]
    told = [
        _statement(known.get(name), name, language) for name in permission.because if not name.startswith(_NO_STATEMENT)
    ]
    if told:
        found.append(words["because"].format(told=words["join"].join(told)))
    rules = [
        RULES[language].get(name, name.removeprefix("rule:")) for name in permission.because if name.startswith("rule:")
    ]
    if rules:
        found.append(words["rules"].format(rules=words["join"].join(rules)))
    rows = [_cited(name, law) for name in permission.because if name.startswith("law:")]
    if rows:
        found.append(words["law"].format(rows=words["join"].join(rows)))
    if permission.obligations:
        duties = [_duty(one, language, law) for one in permission.obligations]
        found.append(words["duties"].format(duties=words["join"].join(duties)))
    until = permission.changes_at
    found.append(words["stays"] if until is None else words["changes"].format(when=_when(until)))
    return words["space"].join(found)


_NO_STATEMENT = ("rule:", "law:")


def _what(permission: Permission, words: Mapping[str, str]) -> str:
    asked = words["asked"].format(purpose=permission.purpose, channel=permission.channel)
    parts = [
        words[name].format(value=value)
        for name in ("brand", "controller", "jurisdiction", "category", "recipient")
        if (value := getattr(permission, name))
    ]
    return asked + "".join(parts)


def _statement(record: ConsentRecord | None, name: str, language: Language) -> str:
    words = SENTENCES[language]
    if record is None:
        return words["statement"].format(name=name)
    return words["said"].format(
        state=STATES[language].get(record.state.value, record.state.value),
        purpose=record.purpose,
        channel=record.channel,
        when=_when(record.occurred_at),
        name=name,
    )


def _cited(name: str, law: LawBook | None) -> str:
    key = name.removeprefix("law:")
    row = next((row for row in law or () if row.id == key), None)
    return key if row is None else row.citation


def _duty(duty: Obligation, language: Language, law: LawBook | None) -> str:
    words = SENTENCES[language]
    text = DUTIES[language].get(duty.kind, duty.kind)
    if duty.value and duty.value != "until":
        text += words["detail"].format(value=duty.value)
    if duty.until is not None:
        text += words["until"].format(when=_when(duty.until))
    return text + (words["detail"].format(value=_cited(duty.because, law)) if duty.because.startswith("law:") else "")


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M %Z}"
