"""What one person may have: how many values of a namespace, and within which span."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from unified_profile.identity.bundles import space_of, value_of
from unified_profile.identity.namespaces import IdentityRules, Namespace

Summary = dict[str, list[str]]


def limited(node: str, rules: IdentityRules, /) -> Namespace | None:
    """Return the namespace of *node* if it limits how many a person has."""
    space = rules.space(node)
    return space if space is not None and space.limit is not None else None


def summary_of(nodes: Iterable[str], rules: IdentityRules, /) -> Summary:
    """Return the limited values of a profile by space, sorted."""
    found: dict[str, set[str]] = {}
    for node in nodes:
        if limited(node, rules) is not None:
            found.setdefault(space_of(node), set()).add(value_of(node))
    return {space: sorted(values) for space, values in sorted(found.items())}


def joined(parts: Iterable[Summary], rules: IdentityRules, /) -> Summary | None:
    """Return the union of summaries, or None when a limit would break. For profiles without aliases or windows."""
    union: dict[str, set[str]] = {}
    for part in parts:
        for space, values in part.items():
            union.setdefault(space, set()).update(values)
    for space, found in union.items():
        limit = rules.namespace(space.partition("@")[0]).limit
        if limit is not None and len(found) > limit:
            return None
    return {space: sorted(values) for space, values in sorted(union.items())}


def dump(summary: Summary, /) -> str:
    """Return the text of a summary as stored."""
    return json.dumps(summary, ensure_ascii=False, separators=(",", ":"))


def parse(text: str, /) -> Summary:
    """Return the summary of a stored text."""
    summary: Summary = json.loads(text)
    return summary


class Component:
    """A set of joined nodes during a walk: what its limits, enemies and size are."""

    __slots__ = ("enemies", "nodes", "spaces")

    def __init__(self, node: str, value: tuple[str, str] | None, enemies: set[str]) -> None:
        """Start with one node; *value* is its (space, class) when its namespace is limited."""
        self.nodes = [node]
        self.spaces: dict[str, set[str]] = {} if value is None else {value[0]: {value[1]}}
        self.enemies = enemies


class Limits:
    """Decides whether two components may be joined."""

    def __init__(self, rules: IdentityRules, first_seen: Mapping[str, int], aliases: Mapping[str, str]) -> None:
        """Know when nodes were first seen, and the alias class of each (itself when it has none)."""
        self._rules = rules
        self._first = first_seen
        self._aliases = aliases
        self._micros = {
            space.name: round(space.window.total_seconds() * 1_000_000)
            for space in rules.namespaces
            if space.window is not None
        }

    def start(self, node: str, enemies: set[str]) -> Component:
        """Return the component of a single node."""
        space = limited(node, self._rules)
        return Component(node, None if space is None else (space_of(node), self._aliases.get(node, node)), enemies)

    def allow(self, one: Component, other: Component) -> bool:
        """Say whether the union of two components keeps every limit."""
        if len(one.spaces) > len(other.spaces):
            one, other = other, one
        for space, classes in one.spaces.items():
            others = other.spaces.get(space)
            if others is None:
                continue
            name = space.partition("@")[0]
            limit = self._rules.namespace(name).limit
            union = classes | others
            if limit is None or len(union) <= limit:
                continue
            if name not in self._micros or self._crowded(union, limit, self._micros[name]):
                return False
        return True

    def _crowded(self, nodes: set[str], limit: int, span: int) -> bool:
        """Say whether more than *limit* of these were first seen within less than *span*."""
        times = sorted(self._first[node] for node in nodes if node in self._first)
        return any(times[i + limit] - times[i] < span for i in range(len(times) - limit))
