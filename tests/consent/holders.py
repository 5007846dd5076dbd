"""Every class of the library that can hold personal data, found by walking it, each made with canaries in it.

A class is found because one of its fields is declared to hide itself, or is of a type that is found already. Its text
fields get the canary too, unless their name is in ``NAMES``: whoever adds a field has to hide it or say that it is a
name. Classes that are no lists of fields (views, folds, ledgers) are made by hand in ``test_leaks``.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import attrs

import unified_profile
from unified_profile.errors import InvalidPayloadError
from unified_profile.model import Identifier, Permission
from unified_profile.storage.tables import META

CANARY = "canary7f3a"
AT = datetime(2026, 1, 1, tzinfo=UTC)

ELSEWHERE = (
    "testing", "_tour", "_sample", "metrics", "statistics", "interop", "aio", "journeys", "__main__",
)  # fmt: skip
"""Rooms without a person in them, and those that are tried beside what they are made for."""

RULES = {
    "consent.notices.NoticeRegistry": "what people were shown",
    "consent.policy.Policy": "purposes, notices and law",
    "consent.precedence.Matter": "a question about rules; what people said is in it as Bearing",
    "consent.purposes.PurposeRegistry": "purposes",
    "hub.courses.Step": "a plan that has not begun",
    "hub.ingest.Setting": "rules of a hub",
    "hub.past.Retold": "a store",
    "hub.setup.Setup": "rules of a hub",
    "hub.statements._Desk": "rules of a hub",
    "identity.namespaces.IdentityRules": "rules",
    "identity.namespaces.Namespace": "rules; blocked values are hidden",
    "model.rows.MetaRow": "the library's own values",
    "profiles.rules.ProfileRules": "rules",
    "rights.erasing.PlannedFact": "ids of facts",
    "rights.holds.ConsentProof": "what a consent said, without identifiers and evidence",
    "rights.proof.entries.Entry": "codes, and pseudonyms under a key of the caller",
    "storage.tables.Table": "a table",
    "wire.door.Reader": "how payloads are read",
    "wire.mappings.RecordMapping": "how a table is read",
    "wire.rows.RowReader": "how a table is read",
}
"""What is found because it holds a hidden field or text, but is written by a developer and holds nobody's data."""

OF_LAW = ("consent.law.", "consent.signals.")
"""Rooms of rules, and of signals that hold codes and bits; their values are hidden where they stand for a device."""

INTERNAL = (
    "model.rows.", "storage.", "identity.", "expressions.subject.Lane", "profiles.statements.",
    "profiles.survivorship.", "profiles.windows.", "consent.cases.", "consent.timeline.", "consent.precedence.",
    "hub.asking.", "hub.door.", "hub.erasing_", "hub.everybody", "hub.ingest.", "hub.past.", "hub.quarantine.",
    "hub.reading.", "hub.rebuilding.", "hub.statements.", "hub.whose.", "hub.neighborhoods.", "hub.replaying.",
    "hub.stamps.", "hub.memberships_", "hub.shredding.",
)  # fmt: skip
"""What no call hands to a caller: it must not show itself, but nobody holds it to pickle it or to take it apart."""

STRICT = ("model.", "profiles.", "engagement.", "hub.", "rights.")
"""Where facts and views are: here every text is personal that is not named in ``NAMES``."""

NAMES = frozenset({
    "action", "basis", "because", "brand", "bundle", "by", "categories", "category", "channel", "code",
    "collection_method", "columns", "controller", "currency", "data_categories", "delimiter", "denied",
    "denied_events", "derived_from", "dropped", "elsewhere", "encoding", "expressed_by", "fact", "fact_id", "facts",
    "field", "fingerprint", "held_by", "id", "ids", "joint_controllers", "jurisdiction", "jws", "key", "kind",
    "language", "left", "left_id", "legal_basis", "loose", "members", "merged", "method", "mint", "model", "name",
    "namespace", "nobody", "notice_id", "notice_sha256", "notice_version", "obligations", "operations",
    "optional_categories", "people", "permissions", "preferences", "principal", "profile", "profiles", "publisher",
    "purpose", "purposes", "reason", "recipient", "recipients", "regime", "register", "requirement", "right",
    "right_id", "roles", "rule", "schema_version", "scope", "segment", "source", "sources", "special_categories",
    "split", "state", "storage_location", "table", "target", "tenant", "traits", "type", "version", "was", "what",
    "withdrawal_method",
})  # fmt: skip
"""Fields of text that hold names and ids: they may be shown. ``key`` and ``reason`` are hidden where they are a
person's."""

GRANTED = Permission(granted=True, purpose="p", channel="c", basis="consent", code="consent_given")


@cache
def modules() -> tuple[Any, ...]:
    found = []
    for module in pkgutil.walk_packages(unified_profile.__path__, "unified_profile."):
        room = module.name.removeprefix("unified_profile.")
        if not any(room == one or room.startswith(one + ".") for one in ELSEWHERE):
            found.append(importlib.import_module(module.name))
    return tuple(found)


@cache
def classes() -> dict[str, type[Any]]:
    """Return every class of the library by its place."""
    return {
        f"{module.__name__.removeprefix('unified_profile.')}.{name}": kind
        for module in modules()
        for name, kind in vars(module).items()
        if inspect.isclass(kind) and kind.__module__ == module.__name__
    }


def fields(kind: type[Any]) -> dict[str, tuple[str, bool]]:
    """Return the fields of a class with their annotations, and whether they hide themselves."""
    if attrs.has(kind):
        return {
            one.name: (re.sub(r"^ForwardRef\('(.*)'\)$", r"\1", str(one.type)), callable(one.repr))
            for one in attrs.fields(kind)
        }
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return {
            name: (re.sub(r"^ForwardRef\('(.*)'.*\)$", r"\1", str(kind.__annotations__[name])), False)
            for name in kind._fields
        }
    return {}


@cache
def holders() -> dict[str, type[Any]]:
    """Return the classes that can hold personal data."""
    all_of_them = {place: (kind, fields(kind)) for place, kind in ((p, k) for p, k in classes().items())}
    personal = {"Json", "Identifier", "PurposeView", *(row for row in names_of_rows())}
    found: dict[str, type[Any]] = {}
    grown = True
    while grown:
        grown = False
        for place, (kind, declared) in all_of_them.items():
            if place in found or place in RULES or place.startswith(OF_LAW) or not declared:
                continue
            told = any(
                (hides and "str" in text) or any(re.search(rf"\b{name}\b", text) for name in personal)
                for text, hides in declared.values()
            )
            if told or kind.__name__ in personal:
                found[place] = kind
                personal.add(kind.__name__)
                grown = True
    return found


def names_of_rows() -> Iterator[str]:
    """Give the rows of stores that hold text about people: those that hide something from their repr."""
    from unified_profile.model import rows

    for name, kind in vars(rows).items():
        if inspect.isclass(kind) and hasattr(kind, "_fields") and kind.__repr__ is not tuple.__repr__:
            yield name


@cache
def filled(place: str) -> Any:
    """Return an instance of the class at *place* with a canary wherever one can be."""
    kind = holders()[place]
    if place in _MAKING:  # a tree of its own kind ends here
        return "x"
    _MAKING.append(place)
    try:
        return _filled(place, kind)
    finally:
        _MAKING.pop()


_MAKING: list[str] = []


def _filled(place: str, kind: type[Any]) -> Any:
    declared = fields(kind)
    strict = place.startswith(STRICT)
    values = {}
    for name, (text, hides) in declared.items():
        named = strict and name in NAMES and not hides
        values[name] = value_of(text.replace("Json", "str") if named else text, hides or (strict and not named))
    if issubclass(kind, tuple):
        return kind._make(values[name] for name in kind._fields)  # type: ignore[attr-defined]  # a named tuple
    made = object.__new__(kind)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made


def value_of(annotation: str, personal: bool) -> Any:  # noqa: FBT001
    """Return a value of the annotated type, with canaries in it; text is one if it is *personal*."""
    try:
        tree = ast.parse(annotation, mode="eval").body
    except SyntaxError:
        return CANARY
    return _value(tree, personal)


def _value(tree: ast.expr, personal: bool) -> Any:  # noqa: FBT001
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        return value_of(tree.value, personal)
    if isinstance(tree, ast.BinOp):
        return _value(tree.left, personal)
    if isinstance(tree, ast.Subscript):
        outer = ast.unparse(tree.value).rpartition(".")[2]
        inner = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
        if outer in {"Mapping", "dict", "Veiled"}:
            return {CANARY if outer == "Veiled" else _key(inner[0], personal): _value(inner[1], personal)}
        if outer in {"tuple", "Sequence", "list", "Collection", "Iterable"}:
            parts = [part for part in inner if not (isinstance(part, ast.Constant) and part.value is ...)]
            return tuple(_value(part, personal) for part in parts)
        if outer == "Container":
            return frozenset({"name"})
        if outer == "Table":
            return META
        if outer in {"frozenset", "set"}:
            return frozenset({_value(inner[0], personal)})
        return AT if outer == "Callable" else CANARY if outer != "Literal" else "x"
    word = ast.unparse(tree).rpartition(".")[2]
    plain: dict[str, Any] = {
        "Table": META, "str": CANARY if personal else "name",
        "int": 7, "float": 0.5, "bool": True, "datetime": AT, "timedelta": timedelta(1), "None": None,
        "Json": CANARY, "R": (CANARY,), "Key": (CANARY,),
        **dict.fromkeys(("Any", "object", "T"), CANARY if personal else "x"),
        "Identifier": Identifier("email", CANARY), "Permission": GRANTED,
        "InvalidPayloadError": InvalidPayloadError(field="f", reason="r"), "Container": frozenset({"name"}),
    }  # fmt: skip
    if word == "Fact":
        return filled("model.facts.Event")
    if word in plain:
        return plain[word]
    for place, kind in holders().items():
        if kind.__name__ == word:
            return filled(place)
    return "x"


def _key(tree: ast.expr, personal: bool) -> Any:  # noqa: FBT001
    """Return a key: text is a name, unless the mapping says that its keys are personal."""
    return "name" if isinstance(tree, ast.Name) and tree.id == "str" else _value(tree, personal)
