"""A plot for each answer of the metrics, in one library; every number is drawn with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import singledispatch
from typing import Any

from unified_profile.errors import InvalidInputError
from unified_profile.interop.charts import (
    BLUE,
    GRAY,
    RED,
    WIDTH,
    altair,
    data,
    interval_rows,
    intervals_chart,
    vertical,
    within_chart,
)
from unified_profile.metrics.across import Consistency, Parity
from unified_profile.metrics.chain import WeakestLink
from unified_profile.metrics.cohorts import RetentionTable
from unified_profile.metrics.comparing import Benchmark, Equivalence
from unified_profile.metrics.course import OverTime
from unified_profile.metrics.experiences import BadExperiences
from unified_profile.metrics.holdouts import SampleRatio
from unified_profile.metrics.log_ranks import LogRank
from unified_profile.metrics.recency_frequency import Rfm
from unified_profile.metrics.report import CxReport
from unified_profile.metrics.sequential import AlwaysValid
from unified_profile.metrics.survival_curve import SurvivalCurve, SurvivalCurves
from unified_profile.metrics.targets import Overdue
from unified_profile.metrics.uplift import Lift
from unified_profile.statistics import Estimate, GroupedEstimates


@singledispatch
def plot(answer: object, /, *, title: str = "") -> Any:
    """Return an Altair chart of an answer of `unified_profile.metrics`: estimates, curves, tables, verdicts, reports.

    Every number is drawn with its interval; one without an end stops at an arrow, and an unknown number has no dot.
    Models of the customer base have plots of their own in `unified_profile.interop.customer_base_plots`.

    >>> from unified_profile import nps
    >>> plot(nps([10, 9, 3, 8], by=["chat", "chat", "mail", "mail"])).to_dict()["layer"][0]["mark"]["type"]
    'rule'

    Raises:
        InvalidInputError: If there is no plot for this.
        MissingExtraError: If Altair is not installed (extra ``notebook``).

    .. versionadded:: 0.1
    """
    if isinstance(answer, Mapping) and answer and all(isinstance(each, Estimate) for each in answer.values()):
        return intervals_chart(interval_rows(answer), title=title)
    if isinstance(answer, list) and all(isinstance(each, Overdue) for each in answer):
        return _overdue(answer, title)
    raise InvalidInputError(
        field="answer", reason=f"no plot for a {type(answer).__name__}", hint="pass what a metric returned"
    )


@plot.register
def _(answer: Estimate, /, *, title: str = "") -> Any:
    return intervals_chart(interval_rows({answer.method: answer}), title=title)


@plot.register
def _(answer: GroupedEstimates, /, *, title: str = "") -> Any:
    return intervals_chart(interval_rows(answer), title=title)


@plot.register
def _(answer: SurvivalCurve, /, *, title: str = "") -> Any:
    return _curves({"all": answer}, title)


@plot.register
def _(answer: SurvivalCurves, /, *, title: str = "") -> Any:
    return _curves({str(key): curve for key, curve in answer.items()}, title)


def _curves(curves: Mapping[str, SurvivalCurve], title: str) -> Any:
    alt = altair()
    rows: list[dict[str, object]] = []
    for name, curve in curves.items():
        rows.append(
            {"group": name, "time": 0.0, "survival": 1.0, "low": curve.at(0).low if curve.n else 0.0, "high": 1.0}
        )
        rows += [{"group": name, **row} for row in curve.rows()]
        if curve.n and len(curve.times):
            end = {"survival": float(curve.survival[-1]), "low": float(curve.low[-1]), "high": float(curve.high[-1])}
            rows.append({"group": name, "time": max(curve.last, float(curve.times[-1])), **end})
    share = alt.Scale(domain=[0, 1])
    base = alt.Chart(data(rows)).encode(
        x=alt.X("time:Q", title="time"),
        color=alt.Color("group:N", title=None, legend=None if len(curves) < 2 else alt.Legend()),
    )
    band = base.mark_area(opacity=0.2, interpolate="step-after").encode(
        y=alt.Y("low:Q", title="still there", scale=share), y2="high:Q"
    )
    line = base.mark_line(interpolate="step-after").encode(y=alt.Y("survival:Q", scale=share))
    return (band + line).properties(width=WIDTH, title=title)


@plot.register
def _(answer: RetentionTable, /, *, title: str = "") -> Any:
    alt = altair()
    base = alt.Chart(data(answer.rows())).encode(
        x=alt.X("age:O", title="periods since the first"), y=alt.Y("cohort:O", title="cohort")
    )
    cells = base.mark_rect().encode(
        color=alt.Color("value:Q", title="active", scale=alt.Scale(scheme="blues", domain=[0, 1])),
        tooltip=["cohort:O", "age:O", "value:Q", "low:Q", "high:Q", "n:Q"],
    )
    words = base.mark_text(fontSize=10).encode(
        text=alt.Text("value:Q", format=".0%"),
        color=alt.condition("datum.value > 0.6", alt.value("white"), alt.value("black")),
    )
    return (cells + words).properties(title=title, width=alt.Step(40))


@plot.register
def _(answer: OverTime, /, *, title: str = "") -> Any:
    alt = altair()
    rows = [
        {"period": str(point.period), "value": point.estimate.value, "low": point.estimate.low,
         "high": point.estimate.high, "lower": point.low, "upper": point.high, "out": point.out,
         "n": point.estimate.n, "center": answer.center}
        for point in answer.points
    ]  # fmt: skip
    base = alt.Chart(data(rows)).encode(x=alt.X("period:O", title=None, sort=[str(row["period"]) for row in rows]))
    free = alt.Scale(zero=False)
    limits = base.mark_area(opacity=0.15, color=GRAY).encode(
        y=alt.Y("lower:Q", title="value", scale=free), y2="upper:Q"
    )
    center = base.mark_line(color=GRAY, strokeDash=[4, 4]).encode(y="center:Q")
    ends = base.mark_rule(color=BLUE).encode(y="low:Q", y2="high:Q")
    dots = base.mark_point(filled=True, size=70).encode(
        y="value:Q",
        color=alt.Color("out:N", legend=None, scale=alt.Scale(domain=[False, True], range=[BLUE, RED])),
        tooltip=["period:O", "value:Q", "low:Q", "high:Q", "n:Q"],
    )
    return (limits + center + ends + dots).properties(width=WIDTH, title=title or answer.course)


@plot.register
def _(answer: Consistency, /, *, title: str = "") -> Any:
    alt = altair()
    rows = interval_rows(answer.raw, kind="raw") + interval_rows(answer.shrunken, kind="shrunken")
    order = [str(row["group"]) for row in rows[: len(answer.raw)]]
    base = alt.Chart(data(within_chart(rows))).encode(
        y=alt.Y("group:N", title=None, sort=order), yOffset="kind:N",
        color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=["raw", "shrunken"], range=[BLUE, GRAY])),
    )  # fmt: skip
    lines = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("from:Q", title="value", scale=alt.Scale(zero=False)), x2="to:Q"
    )
    dots = base.mark_point(filled=True, size=60).encode(x="value:Q", tooltip=["group:N", "kind:N", "value:Q", "n:Q"])
    mean = vertical(answer.spread.mean)
    return (lines + dots + mean).properties(width=WIDTH, title=title or answer.verdict)


@plot.register
def _(answer: Parity, /, *, title: str = "") -> Any:
    groups = answer.baseline.raw
    marks = {**dict.fromkeys(answer.favored, "favored"), **dict.fromkeys(answer.neglected, "neglected")}
    shown = {f"{key} ({marks[key]})" if key in marks else key: each for key, each in groups.items()}
    return intervals_chart(interval_rows(shown), title=title or answer.baseline.verdict)


@plot.register
def _(answer: WeakestLink, /, *, title: str = "") -> Any:
    alt = altair()
    links = {each.link: each.estimate for each in answer.comparisons}
    rows = interval_rows(links)
    named = {str(link) for link in answer.candidates}
    chart = intervals_chart(rows, title=title or answer.status)
    worst = [row for row in rows if row["group"] in named]
    marked = alt.Chart(data(worst)).mark_point(filled=True, size=110, color=RED).encode(x="value:Q", y="group:N")
    return (chart + marked) if worst else chart


@plot.register
def _(answer: Lift, /, *, title: str = "") -> Any:
    groups = intervals_chart(interval_rows({"control": answer.control, "treated": answer.treated}), title=title)
    gap = intervals_chart(interval_rows({"difference": answer.difference}), x="treated less control") + vertical(0.0)
    return altair().vconcat(groups, gap)


@plot.register
def _(answer: AlwaysValid, /, *, title: str = "") -> Any:
    found = intervals_chart(interval_rows({"difference": answer.difference}), x="treated less control", title=title)
    return found + vertical(0.0)


@plot.register
def _(answer: Equivalence, /, *, title: str = "") -> Any:
    found = intervals_chart(interval_rows({"difference": answer.difference}), title=title or answer.verdict)
    return found + vertical(-answer.margin, color=RED) + vertical(answer.margin, color=RED)


@plot.register
def _(answer: Benchmark, /, *, title: str = "") -> Any:
    found = intervals_chart(interval_rows({"here": answer.estimate}), title=title or answer.standing)
    return found + vertical(answer.reference, color=RED)


@plot.register
def _(answer: Rfm, /, *, title: str = "") -> Any:
    alt = altair()
    scores = answer.scores()
    counts: dict[tuple[int, int], int] = {}
    for pair in zip(scores["recency"].tolist(), scores["frequency"].tolist(), strict=True):
        counts[pair] = counts.get(pair, 0) + 1
    rows = [{"recency": r, "frequency": f, "customers": count} for (r, f), count in sorted(counts.items())]
    base = alt.Chart(data(rows)).encode(
        x=alt.X("recency:O", title="recency (5 is latest)"),
        y=alt.Y("frequency:O", title="frequency (5 is most)", sort="descending"),
    )
    cells = base.mark_rect().encode(color=alt.Color("customers:Q", scale=alt.Scale(scheme="blues")))
    return (cells + base.mark_text().encode(text="customers:Q")).properties(title=title, width=alt.Step(60))


@plot.register
def _(answer: CxReport, /, *, title: str = "") -> Any:
    charts = []
    for each in answer.measures:
        shown = {
            " · ".join(str(key) for key in (row.period, row.group) if key is not None) or "all": row.estimate
            for row in answer.rows
            if row.measure == each
        }
        charts.append(intervals_chart(interval_rows(shown), title=each.label))
    return altair().vconcat(*charts).resolve_scale(x="independent").properties(title=title or answer.title)


@plot.register
def _(answer: SampleRatio, /, *, title: str = "") -> Any:
    verdict = "not the planned sizes" if answer.mismatch else "as planned, as far as chance lets tell"
    return _beside(answer.observed, answer.expected, "people", title or f"{verdict} (p={answer.p_value:.2g})")


@plot.register
def _(answer: LogRank, /, *, title: str = "") -> Any:
    return _beside(answer.observed, answer.expected, "ended", title or f"log-rank test: p={answer.p_value:.2g}")


def _beside(observed: Mapping[Any, float], expected: Mapping[Any, float], what: str, title: str) -> Any:
    """Return what was counted in each group beside what was to be expected."""
    alt = altair()
    rows = [
        {"group": "(none)" if key is None else str(key), "kind": kind, what: float(counts[key])}
        for key in observed
        for kind, counts in (("observed", observed), ("expected", expected))
    ]
    color = alt.Color("kind:N", title=None, scale=alt.Scale(domain=["observed", "expected"], range=[BLUE, GRAY]))
    bars = alt.Chart(data(rows)).mark_bar()
    return bars.encode(
        y=alt.Y("group:N", title=None, sort=None), yOffset=alt.YOffset("kind:N", sort=["observed", "expected"]),
        x=alt.X(f"{what}:Q"), color=color, tooltip=["group:N", "kind:N", f"{what}:Q"],
    ).properties(width=WIDTH, title=title)  # fmt: skip


@plot.register
def _(answer: BadExperiences, /, *, title: str = "") -> Any:
    alt = altair()
    rows = [
        {"kind": kind, "experiences": count, "place": place}
        for place, (kind, count) in enumerate((("bad", answer.count), ("unknown", answer.n_missing)))
    ]
    color = alt.Color("kind:N", title=None, scale=alt.Scale(domain=["bad", "unknown"], range=[RED, GRAY]))
    bar = (
        alt.Chart(data(rows))
        .mark_bar()
        .encode(x=alt.X("experiences:Q", title="experiences"), color=color, order="place:Q")
    )
    at_risk = "at risk" if answer.at_risk else f"{answer.left} more until the limit"
    return (bar + vertical(float(answer.limit))).properties(width=WIDTH, title=title or at_risk)


def _overdue(cases: list[Overdue], title: str) -> Any:
    alt = altair()
    rows: list[dict[str, object]] = [
        {"case": str(each.case), "part": part, "hours": length / timedelta(hours=1), "place": place}
        for each in cases
        for place, (part, length) in enumerate((("promised", each.waited - each.late), ("late", each.late)))
    ]
    color = alt.Color("part:N", title=None, scale=alt.Scale(domain=["promised", "late"], range=[GRAY, RED]))
    bars = alt.Chart(data(rows)).mark_bar()
    return bars.encode(
        y=alt.Y("case:N", title=None, sort=[str(each.case) for each in cases]), x=alt.X("hours:Q", title="hours open"),
        color=color, order="place:Q", tooltip=["case:N", "part:N", "hours:Q"],
    ).properties(width=WIDTH, title=title or f"{len(cases)} overdue")  # fmt: skip
