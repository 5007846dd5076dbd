"""The reference page lists every section and field as the code declares them."""

from pathlib import Path

import attrs
import pytest

from unified_profile.consent.signals import DEFAULT_MEANINGS, PROBLEMS, Reading, tables
from unified_profile.consent.signals.kinds import Choices, Number
from unified_profile.consent.signals.sections import PREFIXES
from unified_profile.consent.signals.us_sections import US_LAYOUTS

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "signals.md"


def test_the_page_is_made_of_the_declarations_as_they_are_now():
    head, marker, made = PAGE.read_text(encoding="utf-8").partition(tables.MARKER)
    assert head
    assert marker
    assert made == "\n\n" + tables.tables(), (
        "python -m unified_profile.consent.signals.tables docs/reference/signals.md"
    )


def test_the_page_can_be_written_anew(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"# Own words\n\n{tables.MARKER}\n\nold", encoding="utf-8")
    tables.main(str(page))
    assert page.read_text(encoding="utf-8") == f"# Own words\n\n{tables.MARKER}\n\n{tables.tables()}"


@pytest.mark.parametrize("layout", US_LAYOUTS, ids=lambda one: f"{one.prefix} {one.version}")
def test_every_choice_says_what_its_values_mean_and_none_stands_twice(layout):
    fields = [field for part in layout.parts for field in part.fields]
    assert len({field.name for field in fields}) == len(fields)
    for field in fields:
        assert field.meaning.endswith(".")
        if isinstance(field.kind, Choices) or field.kind == Number(2, 2):
            assert field.coding.startswith("0 not applicable, 1 ")


def test_the_page_names_every_section_default_and_leniency():
    text = PAGE.read_text(encoding="utf-8")
    for id, prefix in PREFIXES.items():
        assert f"### {id} `{prefix}`" in text
    for meaning in DEFAULT_MEANINGS:
        if not meaning.purpose.startswith("sensitive_"):
            assert f"`{meaning.purpose}`" in text
            assert all(f"`{name}`" in text for name in meaning.needs)
    assert all(f"``{code}``" in text for code in PROBLEMS)
    assert all(one.name in text for one in attrs.fields(Reading) if isinstance(one.default, bool))
