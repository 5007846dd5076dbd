"""What each number in a report means, in words that change only together with their version."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import attrs

from unified_profile.errors import InvalidInputError, UnknownNameError


@attrs.frozen
class Definition:
    """One metric as a report states it.

    Attributes:
        name: The function of `unified_profile.metrics` that computes it.
        version: Raised whenever the same answers may give another number; old reports keep the old one.
        text: What the number is.
        columns: What the columns mean that it is made of, in order.
        percent: Whether it is a share, to be shown per cent.
        better: Which direction is good; empty where that depends on the options.

    .. versionadded:: 0.1
    """

    name: str
    version: int
    text: str
    columns: tuple[str, ...]
    percent: bool = False
    better: str = "higher"

    def function(self) -> Callable[..., Any]:
        """Return the function itself.

        .. versionadded:: 0.1
        """
        found: Callable[..., Any] = getattr(import_module("unified_profile.metrics"), self.name)
        return found


def _share(name: str, text: str, column: str, better: str = "higher") -> Definition:
    return Definition(name, 1, text, (column,), percent=True, better=better)


def _time(name: str, text: str) -> Definition:
    return Definition(name, 1, text, ("opened", "done"), better="lower")


DEFINITIONS: Mapping[str, Definition] = {
    each.name: each
    for each in (
        Definition("nps", 2, "Percentage of answers 9-10 less that of answers 0-6, of whole answers 0-10.", ("score",)),
        Definition("csat", 1, "Share of ratings from the stated cut upwards, or the mean rating.", ("rating",)),
        Definition(
            "ces", 1, "Share of ratings on the easy side of the stated cut, or the mean rating.", ("rating",), better=""
        ),
        _share("churn_rate", "Share of the opening customers that were lost in the period.", "lost", "lower"),
        _share("complaint_rate", "Share of customers with at least one complaint.", "complained", "lower"),
        _share("churn_after_complaint", "Share of customers lost after they complained.", "lost", "lower"),
        _share("repeat_rate", "Share of customers who bought more than once.", "repeated"),
        _share("engagement", "Share of customers with a declared act of engagement.", "engaged"),
        _share("proportion", "Share of rows that are true.", "true"),
        _share("conversion", "Share of visitors who converted.", "converted"),
        _share("abandonment_rate", "Share of what was started that was abandoned.", "abandoned", "lower"),
        _share("response_rate", "Share of those asked who answered.", "answered"),
        _share("closed_loop_rate", "Share of feedback that was owed an action and got one.", "closed"),
        Definition(
            "gross_revenue_retention", 1,
            "Revenue at the end, of no customer more than at the start, over revenue at the start.",
            ("at_start", "at_end"), percent=True,
        ),
        Definition(
            "net_revenue_retention", 1, "Revenue at the end of the customers of the start over revenue at the start.",
            ("at_start", "at_end"), percent=True,
        ),
        _time("first_response_time", "Time within which the stated share of cases was answered, open ones included."),
        _time("resolution_time", "Time within which the stated share of cases was solved, open ones included."),
        _time("time_to_action", "Time within which the stated share of feedback led to an action, open ones included."),
        Definition(
            "sla_attainment", 1, "Share of cases that came due and were done within the stated time.",
            ("opened", "done"), percent=True,
        ),
        Definition(
            "promises_kept", 1, "Share of promises that came due and were kept by then.", ("due", "done"), percent=True
        ),
    )
}  # fmt: skip
"""Every metric that a report can show."""


@attrs.frozen
class Measure:
    """A line of a report: a metric, the columns it is made of, and its options.

    .. versionadded:: 0.1
    """

    definition: Definition
    columns: tuple[str, ...]
    options: dict[str, Any]
    label: str

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that it is made of, that of the weights included."""
        return (*self.columns, *([self.options["weights"]] if "weights" in self.options else []))

    def compute(self, columns: Mapping[str, Any], **grouping: Any) -> Any:
        """Return the estimate, or one per group."""
        options = dict(self.options)
        if "weights" in options:
            options["weights"] = columns[options["weights"]]
        return self.definition.function()(*(columns[name] for name in self.columns), **options, **grouping)


def _require_options(definition: Definition, options: Mapping[str, Any]) -> None:
    known = {
        name: each.default is each.empty
        for name, each in inspect.signature(definition.function()).parameters.items()
        if each.kind is each.KEYWORD_ONLY and name not in {"by", "level", "correction"}
    }
    for name in options:
        if name not in known:
            hint = f"it takes {', '.join(known)}"
            raise InvalidInputError(field=name, reason=f"{definition.name} has no such option", hint=hint)
    for name, needed in known.items():
        if needed and name not in options:
            raise InvalidInputError(field=name, reason="missing", hint=f"{definition.name} needs it")


def measure(metric: str, /, *columns: str, label: str = "", **options: Any) -> Measure:
    """Return a line of a report: *metric* of these *columns*, with the options that its function takes.

    ``weights=`` names the column of the weights. What is missing in a column is treated as the metric does. Source:
    that of the metric.

    >>> measure("csat", "rating", scale=(1, 5), satisfied_from=4, weights="customers").label
    'csat (rating)'

    Raises:
        UnknownNameError: If no such metric is in `DEFINITIONS`.
        InvalidInputError: If it is made of another number of columns, an option is unknown or missing, or groups are
            given here.

    .. versionadded:: 0.1
    """
    if not isinstance(metric, str) or metric not in DEFINITIONS:
        raise UnknownNameError(kind="metric", name=str(metric), known=DEFINITIONS)
    definition = DEFINITIONS[metric]
    if len(columns) != len(definition.columns):
        raise InvalidInputError(
            field="columns", reason=f"{len(columns)} given", hint=f"{metric} takes {', '.join(definition.columns)}"
        )
    for name in ("by", "level", "correction"):
        if name in options:
            raise InvalidInputError(field=name, reason="is the whole report's", hint="hand it to cx_report")
    if not all(isinstance(name, str) for name in (*columns, label, options.get("weights", ""))):
        raise InvalidInputError(field="columns", reason="not the name of a column", hint="the data go to cx_report")
    _require_options(definition, options)
    return Measure(definition, columns, options, label or f"{metric} ({', '.join(columns)})")
