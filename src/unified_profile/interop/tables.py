"""Reports as publication tables, by Great Tables."""

from __future__ import annotations

import math
from typing import Any

from unified_profile.errors import MissingExtraError
from unified_profile.metrics.report import CxReport


def great_table(report: CxReport, /) -> Any:
    """Return a report as a table of Great Tables: a stub per period and group, every value with its interval.

    >>> from unified_profile.metrics import cx_report, measure
    >>> report = cx_report({"score": [10, 9, 3]}, [measure("nps", "score", label="NPS")])
    >>> "NPS" in great_table(report).as_raw_html()
    True

    Raises:
        MissingExtraError: If Great Tables or pandas is not installed (extra ``notebook``).

    .. versionadded:: 0.1
    """
    try:
        import pandas as pd  # what Great Tables reads
        from great_tables import GT  # an extra
    except ImportError as error:
        raise MissingExtraError(extra="notebook", package=error.name or "great_tables") from None
    rows = []
    for row in report.rows:
        each, scale = row.estimate, 100.0 if row.percent else 1.0
        where = " · ".join(str(key) for key in (row.period, row.group) if key is not None) or "all"
        value, low, high = (_shown(number * scale) for number in (each.value, each.low, each.high))
        rows.append((row.measure.label, where, value, f"{low} to {high}", each.n, each.n_missing))
    columns = ["measure", "where", "value", f"{100 * report.level:g} % interval", "n", "missing"]
    table = GT(pd.DataFrame(rows, columns=columns), rowname_col="where", groupname_col="measure")
    if report.title:
        table = table.tab_header(title=report.title)
    for line in report.measures:
        unit = " In per cent." if any(row.percent for row in report.rows if row.measure == line) else ""
        table = table.tab_source_note(
            f"{line.label}: {line.definition.text}{unit} {line.definition.name}, version {line.definition.version}."
        )
    return table


def _shown(number: float) -> str:
    if math.isinf(number):
        return "∞" if number > 0 else "-∞"
    return "–" if math.isnan(number) else f"{number:.1f}"
