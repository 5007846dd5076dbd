"""What the pages point at is there: files, tests, and every public name."""

import re
from pathlib import Path

import pytest

import unified_profile
from unified_profile import hub, wire

ROOT = Path(__file__).parents[2]
REFERENCE = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "reference").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)(#[^)\s]*)?\)")


def slug(heading):
    """Return the anchor that a heading gets."""
    return "#" + re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_links_to_is_there(page):
    for path, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        target = page.parent / path
        assert target.exists(), path
        if anchor and target.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), flags=re.MULTILINE)
            assert anchor in {slug(heading) for heading in headings}, path + anchor


def test_the_readme_has_exactly_the_two_commands_that_are_run_before_a_merge():
    commands = re.findall(r"^python3 -m venv .*$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [command.partition(" -m ")[2].rpartition(" -m ")[2] for command in commands] == [
        "unified_profile", "pytest -n auto"
    ]  # fmt: skip


@pytest.mark.parametrize("name", [name for name in unified_profile.__all__ if name != "__version__"])
def test_every_public_name_is_in_the_reference_and_on_the_page_of_the_face(name):
    """A name may not come in without a page that says what it means."""
    described = re.findall(rf"^\.\. auto\w+:: unified_profile\.{name}$", REFERENCE, flags=re.MULTILINE)
    listed = f"`~unified_profile.{name}`" in (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    assert (len(described), listed) == (1, True)


@pytest.mark.parametrize("name", hub.__all__)
def test_what_calls_of_the_hub_return_and_take_is_in_the_reference(name):
    """An annotation must not need a name of the inside."""
    assert re.search(rf"^\.\. auto\w+:: unified_profile\.(?:hub\.)?{name}$", REFERENCE, flags=re.MULTILINE)


@pytest.mark.parametrize("name", wire.__all__)
def test_every_name_of_the_door_is_in_the_reference(name):
    assert re.search(rf"^\.\. auto\w+:: unified_profile\.wire\.{name}$", REFERENCE, flags=re.MULTILINE)
