"""The table of what is said in SQL and what is left to memory, made by compiling an example of each kind.

``python -m unified_profile.segments.sql.table`` prints it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from unified_profile.expressions import (
    EventPath,
    Expression,
    attribute,
    events,
    held_for,
    in_share,
    member_of,
    members_any,
    permitted,
    prop,
    trait,
)
from unified_profile.segments.sql.dialects import DIALECTS
from unified_profile.segments.sql.layout import Column, EventTable, Layout, ListTable, MembershipTable
from unified_profile.segments.sql.query import membership_query

_ITEMS = ListTable("items", "event", {"sku": Column("sku"), "n": Column("n", "integer")})
_LAYOUT = Layout(
    "people",
    "id",
    {
        "text": Column("a", ci="a_ci", fold="a_fold", version="a_version"),
        "plain": Column("b"),
        "whole": Column("c", "integer"),
        "other": Column("d", "integer"),
        "double": Column("e", "float"),
        "flag": Column("f", "flag"),
        "day": Column("g", "date"),
        "instant": Column("h", "instant"),
        ("place", "lat"): Column("i", "float"),
        ("place", "lon"): Column("j", "float"),
    },
    lists={
        "list": ListTable("tags", "person", {(): Column("tag")}),
        "objects": ListTable("x", "person", _ITEMS.columns),
    },
    events=EventTable(
        "events",
        "person",
        "id",
        Column("at", "instant"),
        name=Column("name"),
        properties={
            "text": Column("k"),
            "whole": Column("l", "integer"),
            "decimal": Column("m", "decimal", scale=2),
            "double": Column("n", "float"),
        },
        lists={"items": _ITEMS},
    ),
    memberships=MembershipTable("members", "person", "segment", entered=Column("entered", "instant")),
    elsewhere={"sealed"},
    founding="founding",
)
_DAY = timedelta(days=1)
_SOME, _THEN = events("a"), events("b")
_EXAMPLES: dict[str, Expression] = {
    "a comparison (text by code point, numbers, flags, days, instants)": trait("whole") >= 1,
    "text without case or accents, with companion columns": trait("text").fold == "a",
    "the same without companion columns": trait("plain").ci == "a",
    "a pattern": trait("text").matches("a"),
    "a version, with a companion column": trait("text").version("ge", "1.0.0"),
    "the same without one": trait("plain").version("ge", "1.0.0"),
    "an instant in a column of text": trait("plain").before(datetime(2026, 1, 1, tzinfo=UTC)),
    "what is sealed, or in no table": trait("sealed").exists(),
    "any, every or none of a list; its size": (trait("list").every == "a") & (trait("list").size >= 1),
    "one element that meets all of a rule": trait("objects").elem_match(prop("sku") == "a", prop("n") > 1),
    "a field against another of its kind": trait("whole").compared_with("lt", trait("other")),
    "a double against an exact number": trait("whole").compared_with("lt", trait("double")),
    "a property against a trait": _SOME.where(prop("whole").compared_with("gt", trait("other"))).count() >= 1,
    "a box, a polygon": trait("place").in_box(south=0, west=0, north=1, east=1),
    "a distance": trait("place").near(0, 0, kilometers=1),
    "this week, last month … of an instant, in any zone": trait("instant").in_period("week", zone="Europe/Berlin"),
    "the same in the person's own zone": trait("instant").in_period("week", zone=trait("text")),
    "a birthday of a date, in any zone": trait("day").in_period("week", yearly=True, zone="Europe/Berlin"),
    "weekday, month, day, year of a date": trait("day").calendar("weekday", [1], zone="Europe/Berlin"),
    "the same, and the hour, of an instant, in a zone that keeps its clocks": attribute("occurred_at").calendar(
        "hour", [1], zone="Asia/Tokyo"
    ),
    "the same in a zone that changes them": attribute("occurred_at").calendar("hour", [1], zone="Europe/Berlin"),
    "count, distinct, min, max, first, last, most frequent": _SOME.most_frequent("text") == "a",
    "sum and mean of whole numbers": _SOME.avg("whole") > 1.5,
    "sum and mean of decimals": _SOME.avg("decimal") > 1.5,
    "sum and mean of doubles": _SOME.sum("double") > 1.5,
    "totals over the elements of lists": _SOME.avg("items", "n") > 1.5,
    "windows: sliding, rolling between, between instants": _SOME.count().within(days=2).until(days=1) >= 1,
    "the last session": _SOME.count().in_last_session() >= 1,
    "since entry, with a table of memberships": _SOME.count().since_entry("s") >= 1,
    "followed, or not followed, by the same thing": _SOME.not_followed_by(_THEN, within=_DAY, same="text"),
    "paths: in order, without others between, in one session": _SOME.then(_THEN, order="strict", session=_DAY),
    "paths of two or three events in any order": _SOME.then(_THEN, _SOME, order="any", within=_DAY),
    "paths of more events in any order": EventPath((_SOME.filter,) * 4, order="any"),
    "k of n periods, came again": _SOME.regular(3, of=4, zone="Europe/Berlin") & _SOME.again_after(_DAY),
    "held for a while: of what time alone does not change": held_for(trait("whole") >= 1, _DAY),
    "held for a while: of what it does": held_for(_SOME.count().within(_DAY) >= 1, _DAY),
    "a share of people": in_share("a", 10),
    "member of a segment, with a table of memberships": member_of("s"),
    "people of an account": members_any(trait("whole") >= 1),
    "a permission": permitted("p"),
}


def push_down_table() -> str:
    """Return the table of all kinds of conditions, in Markdown.

    >>> print(push_down_table().splitlines()[0])
    | condition | in SQL | left to memory |
    """
    return "\n".join(("| condition | in SQL | left to memory |", "| --- | --- | --- |", *_rows()))


def _rows() -> Iterator[str]:
    for said, rule in _EXAMPLES.items():
        asked = rule
        if asked.scope == "event":
            asked = events("a").where(rule).count() >= 1
        reasons: dict[str, list[str]] = {}
        partly = False
        for name in DIALECTS:
            query = membership_query("x", asked, name, _LAYOUT)
            partly = partly or (bool(query.residual) and not query.sql.endswith(" WHERE TRUE"))
            for reason in dict.fromkeys(query.residual.values()):
                reasons.setdefault(reason, []).append(name)
        left = {name for names in reasons.values() for name in names}
        shown = "; ".join(
            reason if len(names) == len(DIALECTS) else f"{', '.join(names)}: {reason}"
            for reason, names in reasons.items()
        )
        everywhere = len(left) == len(DIALECTS)
        how = "yes" if not left else "others" if not everywhere else "for who is surely outside" if partly else "no"
        yield f"| {said} | {how} | {shown} |"


if __name__ == "__main__":
    sys.stdout.write(push_down_table() + "\n")
