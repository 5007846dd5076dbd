"""A read for the wrong purpose does not pass the type checker: this file does, and each line of `WRONG` fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import assert_type

import pytest

from unified_profile.consent.typed import TypedTrait, TypedView, Use, for_use
from unified_profile.consent.view import view
from unified_profile.errors import InvalidInputError, InvalidRulesError, PurposeDeniedError
from unified_profile.model import Json, Permission, Profile, Purpose, Trait


class Marketing(Use, purpose="marketing"):
    """What is read to win people."""


class Newsletter(Marketing, purpose="newsletter"):
    """A part of marketing."""


class Analytics(Use, purpose="analytics"):
    """Another purpose altogether."""


CITY = TypedTrait[Marketing, str]("city", str)
EMAIL = TypedTrait[Newsletter, str]("email", str)
AGE = TypedTrait[Use, int]("age", int)

VALUES: dict[str, Json] = {"city": "Osaka", "email": "a@b.example", "age": True, "gone": None}
PERSON = Profile("p1", {name: Trait(name, value, (), "most_recent") for name, value in VALUES.items()})


def seen(use: type[Newsletter]) -> TypedView[Newsletter]:
    """Return a person for the newsletter."""
    purpose = Purpose(use.purpose, traits={"city", "email", "age", "gone"})
    granted = Permission(granted=True, purpose=use.purpose, channel="email", basis="consent", code="consent_given")
    return for_use(view(PERSON, purpose, granted), use)


def test_a_narrower_purpose_reads_what_the_broader_one_may() -> None:
    letter = seen(Newsletter)
    assert_type(letter[EMAIL], str)
    assert_type(letter.require(CITY), str)
    assert_type(letter.get(EMAIL), str | None)
    assert_type(letter.get(CITY, 0), str | int)
    assert (letter[EMAIL], letter[CITY], letter.state(EMAIL)) == ("a@b.example", "Osaka", "present")
    assert letter.get(TypedTrait[Marketing, str]("gone", str), "-") == "-"


def test_what_the_checker_cannot_see_is_checked_when_it_is_read() -> None:
    letter = seen(Newsletter)
    with pytest.raises(InvalidInputError, match="a bool, not a int"):
        letter.require(AGE)
    with pytest.raises(PurposeDeniedError):
        letter.require(TypedTrait[Newsletter, str]("birth_date", str))
    with pytest.raises(InvalidInputError, match="another purpose"):
        for_use(letter.view, Analytics)
    with pytest.raises(InvalidRulesError):
        type("Nameless", (Use,), {}, purpose="")


WRONG = {
    "analytics[EMAIL]": "index",
    "analytics.require(CITY)": "arg-type",
    "analytics.get(EMAIL)": "arg-type",
    "analytics.state(EMAIL)": "arg-type",
    "marketing[EMAIL]": "index",
    "length: int = letter[EMAIL]": "assignment",
}
"""What a caller may write by mistake, and the code of the error that mypy answers with."""

HEADER = """
from unified_profile.consent.typed import TypedTrait, TypedView, Use

class Marketing(Use, purpose="marketing"): ...
class Newsletter(Marketing, purpose="newsletter"): ...
class Analytics(Use, purpose="analytics"): ...

CITY = TypedTrait[Marketing, str]("city", str)
EMAIL = TypedTrait[Newsletter, str]("email", str)
AGE = TypedTrait[Use, int]("age", int)

def right(analytics: TypedView[Analytics], marketing: TypedView[Marketing], letter: TypedView[Newsletter]) -> None:
    letter[EMAIL], letter[CITY], marketing[CITY], analytics[AGE], letter.get(EMAIL, None)

def wrong(analytics: TypedView[Analytics], marketing: TypedView[Marketing], letter: TypedView[Newsletter]) -> None:
"""


@pytest.mark.slow
def test_mypy_refuses_every_read_for_the_wrong_purpose_and_nothing_else(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    page = tmp_path / "uses.py"
    page.write_text(HEADER + "".join(f"    {line}\n" for line in WRONG), encoding="utf-8")
    ran = subprocess.run(
        [
            sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--no-error-summary",
            "--cache-dir", str(tmp_path / "cache"), "--config-file", "", str(page),
        ],
        capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "MYPYPATH": str(root / "src")}, check=False,
    )  # fmt: skip
    first = HEADER.count("\n") + 1
    found = {int(line): code for line, code in re.findall(r"uses\.py:(\d+):.*error:.*\[([\w-]+)\]", ran.stdout)}
    assert found == dict(enumerate(WRONG.values(), start=first)), ran.stdout + ran.stderr
