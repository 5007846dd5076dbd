"""Values leave by the listed ways only: found by reading the library's own syntax tree and signatures."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import unified_profile
from unified_profile import Hub
from unified_profile.aio import AsyncHub

ROOT = Path(unified_profile.__file__).parent

REACHES = {
    ("model.codec", "decode"): {
        "hub.connected", "hub.deciding", "hub.erasing_found", "hub.erasing_kept", "hub.golden",
        "hub.memberships_conditions", "hub.memberships_touched", "hub.neighborhoods", "hub.past", "hub.raw",
        "hub.reading", "hub.rebuilding", "hub.records", "hub.renaming", "hub.replaying", "hub.simulating",
        "hub.statements",
    },
    ("profiles.fold", "fold"): {"profiles"},
    ("profiles.history", "history"): {"profiles"},
    ("profiles.fold", "FoldState"): {"profiles", "hub.memberships_seen", "hub.parts", "hub.reading"},
    ("hub.reading", "people"): {
        "hub.courses", "hub.deciding", "hub.external", "hub.golden", "hub.memberships", "hub.permitting", "hub.seeing",
        "hub.segments", "hub.write_back",
        "hub.answers", "hub.proving", "_tour.crowd",
    },
    ("hub.reading", "present"): {"hub.courses", "hub.memberships_accounts", "hub.segments_compared"},
    ("hub.reading", "people_then"): {"hub.courses", "hub.features"},
    ("hub.reading", "raw"): {"hub.seeing"},
    ("hub.raw", "raw_item"): {"hub.erasing_quarantine", "hub.quarantine"},
    ("hub.golden", "golden_json"): {"hub.bulk"},
}  # fmt: skip
"""Every function that turns rows into facts, facts into profiles, or finds both; and the modules that may call it.

Rows become facts so that who is who can be computed (``rebuilding``, ``statements``, ``past`` and their like keep none
of it); people are made in ``reading`` and handed on in four ways: a view, a subject, a context, and ``raw``.
"""

TAKES_APART = {
    "hub.golden": "keeps golden values for search and write-back, behind a purpose",
    "hub.memberships_touched": "sees which traits and properties an event speaks of, so that segments are tried again",
    "hub.memberships_seen": "looks at one person as time goes by, as a subject",
    "hub.memberships_planned": "reads the names of traits in what segments ask for",
    "hub.memberships_settled": "reads the names of traits in what segments ask for",
    "hub.segments_defined": "reads the names of traits in what a segment asks for",
    "hub.reading": "looks whether somebody is a child",
    "hub.measuring": "makes columns of the events that a purpose may use",
    "hub.subjects": "makes subjects: what a purpose may use, and what is denied",
}
"""The modules of the hub that touch the values of a profile or a fact."""

VALUES = re.compile(
    r"\b(Profile|Trait|SourceRecord|Event|ConsentRecord|Fact|Person|PurposeView|Subject|Context|GoldenChange|Account|"
    r"Release|AccessReport|PortableData|Answers|Labeled|Any|Identifier|Step|ReviewItem|IdentityConflict)\b"
)
"""Return types that hold somebody's values."""

BY_OTHER_RIGHT = {
    "raw": "reason",
    "consent_records": "reason",
    "release": "permit",
    "joined": "connection",
    "access": "verify",
    "portable": "verify",
}
"""Calls that need something else than a purpose, and what."""

OF_IDENTITY = {"explain_identity", "review", "conflicts"}
"""Calls for clerks, who decide who is who by identifiers: they give identifiers and no other value, for a reason."""


@cache
def trees() -> tuple[tuple[str, ast.Module], ...]:
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append((name, ast.parse(path.read_text(encoding="utf-8"))))
    return tuple(found)


def used(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Give what a module takes from others: by name, or as an attribute of an imported module."""
    modules = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("unified_profile"):
            home = (node.module or "").removeprefix("unified_profile").removeprefix(".")
            for one in node.names:
                yield home, one.name
                modules[one.asname or one.name] = f"{home}.{one.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield modules[node.value.id], node.attr


@pytest.mark.slow
def test_only_the_listed_modules_reach_for_the_values_of_people():
    found: dict[tuple[str, str], set[str]] = {reach: set() for reach in REACHES}
    for module, tree in trees():
        for reach in used(tree):
            if reach in found and module != reach[0] and not module.startswith("testing"):
                found[reach].add(module)
    for reach, modules in found.items():
        assert modules <= REACHES[reach], f"{modules - REACHES[reach]} may not use {'.'.join(reach)}"


def test_only_the_listed_modules_of_the_hub_take_profiles_and_facts_apart():
    found = {
        module
        for module, tree in trees()
        if module.startswith(("hub", "aio"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"traits", "attributes", "properties", "losers"}
        and not (isinstance(node.value, ast.Name) and node.value.id in {"known", "purpose"})  # names of a purpose
    }
    assert found <= set(TAKES_APART)


def calls(kind: type) -> list[str]:
    return [name for name in dir(kind) if not name.startswith("_") and callable(getattr(kind, name))]


@pytest.mark.parametrize("kind", [Hub, AsyncHub])
def test_every_call_that_gives_values_says_what_for(kind):
    giving = set()
    for name in calls(kind):
        signature = inspect.signature(getattr(kind, name))
        if not VALUES.search(str(signature.return_annotation)):
            continue
        giving.add(name)
        needed = "reason" if name in OF_IDENTITY else BY_OTHER_RIGHT.get(name, "purpose")
        if name in OF_IDENTITY:
            assert re.search("Step|ReviewItem|IdentityConflict", str(signature.return_annotation))
        assert needed in signature.parameters, f"{kind.__name__}.{name} gives values and does not ask what for"
        assert signature.parameters[needed].default is inspect.Parameter.empty
    assert giving >= {"profile", "profiles", "raw", "subjects", "context", "search", "to_frame", "features", "release"}


@pytest.mark.parametrize(
    ("module", "name"),
    [("reading", "raw"), ("knowing", "explain_identity"), ("knowing", "review"), ("knowing", "conflicts")],
)
def test_a_read_for_a_reason_is_kept_before_it_answers(module, name):
    """The last thing it does before it returns; tests/hub/test_accesses.py tries that it is done."""
    tree = ast.parse((ROOT / "hub" / f"{module}.py").read_text(encoding="utf-8"))
    call = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    assert isinstance(call.body[-1], ast.Return)
    assert re.match(r"yield from (recorded|_kept)\(", ast.unparse(call.body[-2]))
