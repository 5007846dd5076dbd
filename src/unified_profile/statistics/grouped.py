"""One estimate per group: what a metric returns when it is asked ``by=``."""

from __future__ import annotations

import html
from collections.abc import Hashable, Iterator, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from unified_profile.statistics.estimate import Estimate


def _plain(groups: Mapping[Any, Estimate]) -> dict[Hashable, Estimate]:
    """Return an own copy in an order that does not depend on the order of the rows."""
    return {key: groups[key] for key in sorted(groups, key=group_order)}


def group_order(key: object) -> tuple[bool, str, Real | int, str]:
    """Numbers by size, everything else by kind and text; the group of the rows without a key comes last."""
    if isinstance(key, Real):
        return (False, "", key, "")  # as it is: ids beyond 2**53 are alike as floats
    return (key is None, type(key).__name__, 0, str(key))


@attrs.frozen(repr=False, eq=False)
class GroupedEstimates(Mapping[Hashable, "Estimate"]):
    """A mapping from group to its estimate, one row per group; rows without a group stand under ``None``.

    Groups are in sorted order, so the same answers in any order give the same rows. Each interval holds at its own
    level; nobody may pick the lowest of many groups and quote its interval: ask
    `unified_profile.metrics.weakest_link` for that.

    >>> from unified_profile.statistics import Estimate
    >>> groups = GroupedEstimates({"mail": Estimate(0.5, 0.1, 0.9, n=4, method="wilson")})
    >>> groups["mail"].n
    4
    >>> groups.rows()[0]["group"]
    'mail'

    .. versionadded:: 0.1
    """

    _groups: dict[Hashable, Estimate] = attrs.field(converter=_plain)

    def __getitem__(self, key: Hashable) -> Estimate:
        return self._groups[key]

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._groups)

    def __len__(self) -> int:
        return len(self._groups)

    def rows(self) -> list[dict[str, object]]:
        """Return one flat dictionary per group, as any data frame takes them.

        .. versionadded:: 0.1
        """
        return [{"group": key, **estimate.to_dict()} for key, estimate in self._groups.items()]

    def __repr__(self) -> str:
        inside = ",\n".join(f"  {key!r}: {estimate!r}" for key, estimate in self._groups.items())
        return f"{type(self).__name__}({{\n{inside}\n}})" if inside else f"{type(self).__name__}({{}})"

    def _repr_html_(self) -> str:
        """Return a small table for a notebook."""
        rows = "".join(
            f"<tr><th>{html.escape(str(key))}</th><td>{estimate._repr_html_()}</td></tr>"
            for key, estimate in self._groups.items()
        )
        return f"<table>{rows}</table>"
