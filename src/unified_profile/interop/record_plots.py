"""What a resolution of records looks like, as Altair charts; no value of a record stands in any of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from unified_profile.errors import InvalidInputError, UnknownNameError
from unified_profile.interop.charts import BLUE, GRAY, RED, WIDTH, altair, data, vertical

if TYPE_CHECKING:
    from unified_profile.identity.records import RecordModel, Resolution
    from unified_profile.identity.records.explaining import PairExplanation

_CUT = 40.0


def waterfall(said: PairExplanation, /) -> Any:
    """Return a chart of the weights that make the match weight of a pair: what `Resolution.explain` says.

    Raises:
        InvalidInputError: If *said* is something else.
        MissingExtraError: If altair is not installed.

    .. versionadded:: 0.1
    """
    _have(said, "contributions", "what Resolution.explain returns")
    alt = altair()
    rows: list[dict[str, object]] = [{"step": "before", "level": "", "from": 0.0, "to": said.prior, "bits": said.prior}]
    at = said.prior
    for one in said.contributions:
        rows.append({"step": one.field, "level": one.level, "from": at, "to": at + one.weight, "bits": one.weight})
        at += one.weight
    rows.append({"step": "match weight", "level": "", "from": 0.0, "to": said.weight, "bits": said.weight})
    color = alt.condition("datum.bits >= 0", alt.value(BLUE), alt.value(RED))
    bars = (
        alt.Chart(data(rows))
        .mark_bar()
        .encode(
            y=alt.Y("step:N", sort=[str(row["step"]) for row in rows], title=None),
            x=alt.X("from:Q", title="bits"),
            x2="to:Q",
            color=color,
            tooltip=["step:N", "level:N", alt.Tooltip("bits:Q", format="+.2f")],
        )
    )
    verdict = "one person" if said.together else "two people"
    return (bars + vertical(0.0)).properties(width=WIDTH, title=f"put together: {verdict}")


def weights(found: Resolution, /, *, threshold: float | None = None, bins: int = 60) -> Any:
    """Return a chart of how many compared pairs have which match weight, with the *threshold*; few bars stand near it.

    Weights beyond 40 bits are counted at 40. Without a *threshold* it is the one from which pairs were linked.

    Raises:
        InvalidInputError: If *found* is something else.
        MissingExtraError: If altair is not installed.

    .. versionadded:: 0.1
    """
    _have(found, "match_weights", "what resolve returns")
    alt = altair()
    threshold = found.threshold if threshold is None else threshold
    counts, edges = np.histogram(np.clip(found.match_weights, -_CUT, _CUT), bins=bins, range=(-_CUT, _CUT))
    rows = [
        {"from": float(low), "to": float(high), "pairs": int(count)}
        for count, low, high in zip(counts, edges[:-1], edges[1:], strict=True)
    ]
    bars = (
        alt.Chart(data(rows))
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("from:Q", bin="binned", title="match weight, bits"),
            x2="to:Q",
            y=alt.Y("pairs:Q", scale=alt.Scale(type="symlog")),
            tooltip=["from:Q", "to:Q", "pairs:Q"],
        )
    )
    return (bars + vertical(threshold, color=RED)).properties(width=WIDTH, title="match weights of compared pairs")


def cluster_graph(found: Resolution, record: object, /) -> Any:
    """Return a chart of the cluster of the *record* with that id: a dot a record, a line a link, heavier ones darker.

    Records stand in a circle and are numbered in their order, so that no id is shown.

    Raises:
        InvalidInputError: If *found* is something else.
        UnknownNameError: If there is no such record.
        MissingExtraError: If altair is not installed.

    .. versionadded:: 0.1
    """
    _have(found, "cluster_of", "what resolve returns")
    alt = altair()
    members, links = found.cluster_of(record)
    if not members:
        raise UnknownNameError(kind="record", name="(not shown)", known=())
    place = {
        one: (float(np.cos(turn)), float(np.sin(turn)))
        for one, turn in zip(members, np.linspace(0.0, 2.0 * np.pi, len(members), endpoint=False), strict=True)
    }
    number = {one: count for count, one in enumerate(members, start=1)}
    lines = [
        {
            "x": place[a][0],
            "y": place[a][1],
            "x2": place[b][0],
            "y2": place[b][1],
            "bits": bits,
            "records": f"{number[a]}-{number[b]}",
        }
        for a, b, bits in links
    ]
    dots = [{"x": x, "y": y, "record": number[one]} for one, (x, y) in place.items()]
    bare = {"axis": None, "scale": alt.Scale(domain=[-1.3, 1.3])}
    edges = (
        alt.Chart(data(lines))
        .mark_rule(strokeWidth=2)
        .encode(
            x=alt.X("x:Q", **bare),
            y=alt.Y("y:Q", **bare),
            x2="x2:Q",
            y2="y2:Q",
            color=alt.Color("bits:Q", scale=alt.Scale(scheme="blues", domainMin=-10), title="bits"),
            tooltip=["records:N", "bits:Q"],
        )
    )
    spots = alt.Chart(data(dots)).encode(x=alt.X("x:Q", **bare), y=alt.Y("y:Q", **bare))
    return (
        edges + spots.mark_circle(size=400, color=GRAY, opacity=1.0) + spots.mark_text().encode(text="record:N")
    ).properties(width=WIDTH, height=WIDTH, title=f"{len(members)} records")


def comparison_levels(model: RecordModel, /) -> Any:
    """Return a chart of the weight of every level of every field: what it says that values are alike, or differ.

    Raises:
        InvalidInputError: If *model* is something else.
        MissingExtraError: If altair is not installed.

    .. versionadded:: 0.1
    """
    _have(model, "level_table", "the model of what resolve returns")
    alt = altair()
    rows = model.level_table()
    return (
        alt.Chart(data(rows))
        .mark_bar()
        .encode(
            x=alt.X("bits:Q"),
            y=alt.Y("level:N", title=None, sort=None),
            row=alt.Row("field:N", sort=None, title=None),
            color=alt.condition("datum.bits >= 0", alt.value(BLUE), alt.value(RED)),
            tooltip=["field:N", "level:N", "bits:Q", "one_person:Q", "two_people:Q"],
        )
        .resolve_scale(y="independent")
        .properties(width=WIDTH, title="what each level of agreement says")
    )


def _have(thing: object, name: str, hint: str) -> None:
    """Refuse what is something else than what is drawn."""
    if isinstance(thing, type) or not hasattr(thing, name):
        raise InvalidInputError(field="the first argument", reason=f"a {type(thing).__name__}", hint=hint)
