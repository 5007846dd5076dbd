"""What all plots share: the one plotting library, loaded when a plot is asked for, and how intervals are drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from unified_profile.errors import MissingExtraError
from unified_profile.statistics import Estimate

WIDTH = 420
BLUE, RED, GRAY = "#2a6f97", "#c1121f", "#8d99ae"


def altair() -> Any:
    """Return the plotting library.

    Raises:
        MissingExtraError: If it is not installed.
    """
    try:
        import altair as alt  # an extra
    except ImportError:
        raise MissingExtraError(extra="notebook", package="altair") from None
    return alt


def data(rows: Sequence[Mapping[str, object]]) -> Any:
    """Return *rows* as the chart's own data; what is no finite number is missing there."""
    return altair().Data(values=[{name: _plain(value) for name, value in row.items()} for row in rows])


def interval_rows(estimates: Mapping[Any, Estimate], **more: object) -> list[dict[str, object]]:
    """Return one row per estimate."""
    rows = []
    for key, each in estimates.items():
        shown = {
            "group": "(none)" if key is None else str(key),
            "value": each.value,
            "low": each.low,
            "high": each.high,
        }
        rows.append({**shown, "n": each.n, "note": "; ".join(each.warnings), **more})
    return rows


def intervals_chart(
    rows: Sequence[Mapping[str, object]], *, title: str = "", color: str = BLUE, x: str = "value"
) -> Any:
    """Return dots with their intervals, a line per group; an interval without an end stops at an arrow."""
    alt = altair()
    order = [str(row["group"]) for row in rows]
    base = alt.Chart(data(within_chart(rows))).encode(y=alt.Y("group:N", title=None, sort=order))
    tips = ["group:N", "value:Q", "low:Q", "high:Q", "n:Q", "note:N"]
    lines = base.mark_rule(color=color, strokeWidth=2).encode(
        x=alt.X("from:Q", title=x, scale=alt.Scale(zero=False)), x2="to:Q"
    )
    dots = base.mark_point(filled=True, size=70, color=color).encode(x="value:Q", tooltip=tips)
    return alt.layer(lines, dots, *arrows(base, color)).properties(width=WIDTH, title=title)


def within_chart(rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Return *rows* with the ends between which each line is drawn: where there is none, a little outside of all."""
    numbers = [float(str(row[name])) for row in rows for name in ("value", "low", "high")]
    finite = [number for number in numbers if math.isfinite(number)] or [0.0]
    pad = 0.15 * (max(finite) - min(finite)) or 1.0
    found = []
    for row in rows:
        low, high = float(str(row["low"])), float(str(row["high"]))
        below, above = math.isfinite(low), math.isfinite(high)
        ends = {"from": low if below else min(finite) - pad, "to": high if above else max(finite) + pad}
        found.append({**row, **ends, "endless_down": not below, "endless_up": not above})
    return found


def arrows(base: Any, color: str) -> list[Any]:
    """Return the layers that mark where a line goes on without an end."""
    alt = altair()
    return [
        base.transform_filter(alt.datum[flag])
        .mark_point(filled=True, size=90, shape=shape, color=color)
        .encode(x=f"{end}:Q")
        for flag, shape, end in (("endless_down", "triangle-left", "from"), ("endless_up", "triangle-right", "to"))
    ]


def vertical(at: float, *, color: str = GRAY, dash: bool = True) -> Any:
    """Return a line at one value."""
    alt = altair()
    return (
        alt.Chart(data([{"at": at}]))
        .mark_rule(color=color, strokeDash=[4, 4] if dash else [1, 0])
        .encode(x=alt.X("at:Q"))
    )


def _plain(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
