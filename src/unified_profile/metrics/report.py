"""The metrics side by side, by period and group, with what they mean: the same answers give the same bytes."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Hashable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import attrs

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.frames import columns as columns_of
from unified_profile.metrics.definitions import Measure
from unified_profile.metrics.groups import Correction, level_of_each
from unified_profile.metrics.numbering import group_of, objects
from unified_profile.metrics.periods_of import Every, periods_of
from unified_profile.statistics import Estimate, group_order, z_for

FORMAT = 1
"""Raised when the same answers give other bytes though no definition changed."""

_ALL = "all"
_NONE = "(none)"


@attrs.frozen
class ReportRow:
    """One number: of which measure, in which period and group (``None`` is all of them), and the estimate."""

    measure: Measure
    period: Hashable
    group: Hashable
    estimate: Estimate

    @property
    def percent(self) -> bool:
        """Whether the number is a share, to be shown per cent."""
        return self.measure.definition.percent or self.estimate.bounds == (0.0, 1.0)


@attrs.frozen(repr=False)
class CxReport:
    """A report: its rows in a fixed order, and the definitions of what they show.

    .. versionadded:: 0.1
    """

    rows: tuple[ReportRow, ...]
    measures: tuple[Measure, ...]
    title: str
    level: float
    correction: Correction

    def to_json(self) -> str:
        """Return the report as JSON: sorted keys, twelve digits, no time of its own, so that equal reports are equal.

        .. versionadded:: 0.1
        """
        text = json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return text.encode("utf-8", "backslashreplace").decode("utf-8")  # half a surrogate pair has no bytes

    def to_dict(self) -> dict[str, object]:
        """Return the parts as JSON takes them.

        .. versionadded:: 0.1
        """
        return {
            "format": FORMAT,
            "title": self.title,
            "level": self.level,
            "correction": self.correction,
            "measures": [
                {
                    "label": each.label, "metric": each.definition.name, "version": each.definition.version,
                    "definition": each.definition.text, "columns": list(each.columns),
                    "options": {name: _plain(value) for name, value in each.options.items()},
                }
                for each in self.measures
            ],
            "rows": self.table(),
        }  # fmt: skip

    def table(self) -> list[dict[str, object]]:
        """Return one flat dictionary per row, as any data frame takes them.

        .. versionadded:: 0.1
        """
        return [
            {
                "measure": row.measure.label, "period": _plain(row.period), "group": _plain(row.group),
                **{name: _plain(value) for name, value in row.estimate.to_dict().items()},
            }
            for row in self.rows
        ]  # fmt: skip

    def to_text(self) -> str:
        """Return the report as plain text, every number with its interval and *n*.

        .. versionadded:: 0.1
        """
        lines = [self.title, ""] if self.title else []
        cells = [("measure", "period", "group", "value", "interval", "n", "missing"), *map(_cells, self.rows)]
        widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
        for row in cells:
            padded = [
                cell.ljust(width) if i < 3 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            lines.append("  ".join(padded).rstrip())
        lines += ["", f"Intervals: level {self.level:g}, correction {self.correction}."]
        lines += [f"{each.label}: {_defined(each)}" for each in self.measures]
        lines += [f"Note on {_where(row)}: {note}." for row in self.rows for note in row.estimate.warnings]
        return "\n".join(lines) + "\n"

    def to_html(self) -> str:
        """Return the report as a plain HTML table without style or script.

        .. versionadded:: 0.1
        """
        names = ("measure", "period", "group", "value", "interval", "n", "missing")
        head = "".join(f"<th>{name}</th>" for name in names)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(row)) + "</tr>" for row in self.rows
        )
        notes = [f"{each.label}: {_defined(each)}" for each in self.measures]
        notes += [f"{_where(row)}: {note}" for row in self.rows for note in row.estimate.warnings]
        listed = "".join(f"<li>{html.escape(note)}</li>" for note in notes)
        caption = f"<caption>{html.escape(self.title)}</caption>" if self.title else ""
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><ul>{listed}</ul>"

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.rows)} rows of {len(self.measures)} measures)"


def cx_report(
    data: object,
    measures: Sequence[Measure],
    *,
    period: str | None = None,
    every: Every | None = None,
    zone: str | None = None,
    group: str | None = None,
    title: str = "",
    correction: Correction = "none",
    level: float = 0.95,
) -> CxReport:
    """Return the *measures* of a table side by side: of all rows, by *period*, by *group*, and by both.

    *data* is a mapping of columns or a frame of any library. *period* and *group* name columns of it; with *every*
    (and the *zone* in which days begin) the period column holds times, and the report names their months, weeks … The
    *title* stands above it.
    Rows without a period or group stand under ``(none)``; missing answers are counted as each metric does. A measure
    without a single answer has rows without a value.
    Each row's interval holds at *level* alone, or with ``correction="bonferroni"`` together with the others of its
    measure at the same depth. The rows do not depend on the order of the data, and equal data give equal bytes in
    `CxReport.to_json`; each definition carries a version, which is raised when that may change. Source: each metric's
    own.

    >>> from unified_profile.metrics import measure
    >>> answers = {"score": [10, 9, 3, 8, None, 10], "channel": ["chat", "chat", "mail", "mail", "mail", "chat"]}
    >>> report = cx_report(answers, [measure("nps", "score", label="NPS")], group="channel")
    >>> [(row.group, row.estimate.value, row.estimate.n) for row in report.rows]
    [(None, 40.0, 5), ('chat', 100.0, 3), ('mail', -50.0, 2)]

    Raises:
        InvalidInputError: If there is no such column, there is nothing to show, or as the metrics themselves do.
        MissingExtraError: If *data* is a frame and narwhals is not installed.

    .. versionadded:: 0.1
    """
    lines: tuple[Measure, ...] = tuple(objects(measures, field="measures"))
    if not lines or not all(isinstance(each, Measure) for each in lines):
        raise InvalidInputError(field="measures", reason="nothing to show", hint='[measure("nps", "score")]')
    if len({each.label for each in lines}) < len(lines):
        raise InvalidInputError(field="measures", reason="two have one label", hint="label=")
    if every is not None and (period is None or zone is None):
        raise InvalidInputError(field="every", reason="needs period= and zone=", hint="zone='Europe/Berlin'")
    for field, name in (("period", period), ("group", group), ("title", title)):
        if not (name is None or isinstance(name, str)):
            raise InvalidInputError(field=field, reason=f"a {type(name).__name__} is no text", hint="a column's name")
    z_for(level)
    level_of_each(level, 1, correction)
    names = {name for each in lines for name in each.reads} | {name for name in (period, group) if name is not None}
    found: dict[str, Any] = dict(columns_of(data, sorted(names)))
    periods = None if period is None else list(map(group_of, objects(found[period])))
    if period is not None and every is not None and zone is not None:
        periods = list(periods_of(found[period], every, zone=zone, field=period))
    groups = None if group is None else list(map(group_of, objects(found[group])))
    none = _NONE
    while none in {*(periods or ()), *(groups or ())}:
        none = f"({none})"
    rows: list[ReportRow] = []
    for each in lines:
        rows += _rows(each, found, periods, groups, none=none, level=level, correction=correction)
    return CxReport(tuple(rows), lines, title, float(level), correction)


def _rows(
    each: Measure,
    columns: Mapping[str, Any],
    periods: list[Any] | None,
    groups: list[Any] | None,
    *,
    none: str,
    level: float,
    correction: Correction,
) -> list[ReportRow]:
    rows = [ReportRow(each, None, None, _whole(each, columns, level))]
    both = None if periods is None or groups is None else list(zip(periods, groups, strict=True))
    for depth, split in (("group", groups), ("period", periods), ("both", both)):
        if split is None:
            continue
        try:
            found = each.compute(columns, by=split, level=level, correction=correction)
        except InsufficientDataError:
            continue  # the row of all says so
        if depth == "both":
            ordered = sorted(found, key=lambda key: (group_order(key[0]), group_order(key[1])))
            rows += [ReportRow(each, _shown(key[0], none), _shown(key[1], none), found[key]) for key in ordered]
        elif depth == "period":
            rows += [ReportRow(each, _shown(key, none), None, estimate) for key, estimate in found.items()]
        else:
            rows += [ReportRow(each, None, _shown(key, none), estimate) for key, estimate in found.items()]
    return rows


def _whole(each: Measure, columns: Mapping[str, Any], level: float) -> Estimate:
    try:
        found: Estimate = each.compute(columns, level=level)
    except InsufficientDataError:
        return Estimate.unknown(bounds=(-math.inf, math.inf), level=level)
    return found


def _shown(key: Hashable, none: str) -> Hashable:
    """A row without a period or group belongs to none, which is not all."""
    return none if key is None else key


def _cells(row: ReportRow) -> tuple[str, ...]:
    each = row.estimate
    scale, unit = (100.0, " %") if row.percent else (1.0, "")

    def shown(number: float) -> str:
        if math.isnan(number):
            return "–"
        return f"{number:g}" if math.isinf(number) else f"{number * scale:.1f}{unit}"

    where = [_ALL if key is None else " ".join(str(key).split()) for key in (row.period, row.group)]
    nothing = math.isinf(each.low) and math.isinf(each.high)
    interval = "–" if nothing else f"[{shown(each.low)}, {shown(each.high)}]"
    return (row.measure.label, *where, shown(each.value), interval, f"{each.n:,}", f"{each.n_missing:,}")


def _defined(each: Measure) -> str:
    options = ", ".join(f"{name}={_plain(value)}" for name, value in sorted(each.options.items()))
    stated = f" Options: {options}." if options else ""
    return f"{each.definition.text} Definition {each.definition.name}, version {each.definition.version}.{stated}"


def _where(row: ReportRow) -> str:
    return ", ".join([row.measure.label, *(str(key) for key in (row.period, row.group) if key is not None)])


def _plain(value: object) -> Any:
    """Return *value* as JSON takes it, numbers to twelve digits: sums depend on the order of rows in the last ones."""
    if isinstance(value, float):
        return float(f"{value:.12g}") if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, str, int)):
        return value
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    return _plain_object(value)


def _plain_object(value: object) -> Any:
    if isinstance(value, date):  # datetimes as well
        return value.isoformat()
    if type(value).__module__ == "numpy" and hasattr(value, "item"):
        return _plain(value.item())
    if isinstance(value, frozenset):
        return sorted(_plain(each) for each in value)
    kind: type[Any] = type(value)
    if attrs.has(kind):
        kept = [field.name for field in attrs.fields(kind) if field.init]
        return {name: _plain(getattr(value, name)) for name in kept}
    return str(value)
