"""A second, slow reading of the JSON form of rules, written from the semantics alone, to compare the library with."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

NOWHERE = object()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment):
    return (moment - EPOCH) // timedelta(microseconds=1)


def length(text):
    found = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?", text)
    assert found
    hours, minutes, seconds = (Fraction(part or 0) for part in found.groups())
    return int(((hours * 60 + minutes) * 60 + seconds) * 1_000_000)


def instant(value):
    if not isinstance(value, str) or "T" not in value or not re.search(r"(Z|[+-]\d\d:\d\d)$", value):
        return None
    try:
        return micros(datetime.fromisoformat(value))
    except ValueError:
        return None


def no(value):
    return None if value is None else not value


def every(values):
    values = list(values)
    return False if False in values else None if None in values else True


def some(values):
    return no(every(no(value) for value in values))


def sort(value):
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, str):
        return "text"
    if isinstance(value, (int, float, Fraction)) and value - value == 0:
        return "number"
    return "other"


def folded(text, case):
    if case == "exact":
        return text
    text = unicodedata.normalize("NFKC", text).casefold()
    if case == "fold":
        kept = [mark for mark in unicodedata.normalize("NFD", text) if unicodedata.combining(mark) < 200]
        text = unicodedata.normalize("NFC", "".join(kept))
    return text


def base(op):
    return op.removesuffix("_or_missing").removeprefix("not_").replace("ne", "eq") if negative(op) else op


def negative(op):
    return op.startswith(("ne", "not_"))


def one(op, value, constant, case, now):
    """Compare one value that is there with a constant."""
    if op in {"within_last", "within_next", "older_than"}:
        at, wide = instant(value), length(constant)
        if at is None:
            return None
        return {
            "within_last": now - wide <= at <= now,
            "within_next": now <= at <= now + wide,
            "older_than": at < now - wide,
        }[op]
    if op == "matches":
        if sort(value) != "text":
            return None
        return re.search(constant, value, re.IGNORECASE if case == "ci" else 0) is not None
    if op.startswith("version_"):
        found, wanted = version(value), version(constant)
        if found is None or wanted is None:
            return None
        order = older(found, wanted) - older(wanted, found)
        return {"eq": not order, "lt": order > 0, "le": order >= 0, "gt": order < 0, "ge": order <= 0}[op[8:]]
    if op in {"at", "before", "at_or_before", "after", "at_or_after"}:
        at, mark = instant(value), instant(constant)
        if at is None:
            return None
        return {
            "at": at == mark,
            "before": at < mark,
            "at_or_before": at <= mark,
            "after": at > mark,
            "at_or_after": at >= mark,
        }[op]
    if op == "in":
        if sort(value) == "other" or (constant and sort(constant[0]) != sort(value)):
            return None
        return any(one("eq", value, each, case, now) for each in constant)
    if sort(value) != sort(constant):
        return None
    if sort(value) == "text":
        value, constant = folded(value, case), folded(constant, case)
    return {
        "eq": lambda: value == constant,
        "lt": lambda: value < constant,
        "le": lambda: value <= constant,
        "gt": lambda: value > constant,
        "ge": lambda: value >= constant,
        "contains": lambda: constant in value,
        "starts": lambda: value[: len(constant)] == constant,
        "ends": lambda: value[len(value) - len(constant) :] == constant and len(value) >= len(constant),
    }[op]()


def version(text):
    found = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)(?:-([a-z0-9.]+))?", text) if isinstance(text, str) else None
    return found and [*map(int, found.groups()[:3]), found[4]]


def older(one, other):
    """Say whether a version comes before another, part by part."""
    if one[:3] != other[:3]:
        return one[:3] < other[:3]
    if one[3] is None or other[3] is None:
        return one[3] is not None and other[3] is None
    left, right = one[3].split("."), other[3].split(".")
    for a, b in zip(left, right, strict=False):
        if a != b:
            return int(a) < int(b) if a.isdigit() and b.isdigit() else a.isdigit() or (not b.isdigit() and a < b)
    return len(left) < len(right)


def compared(rule, value, now):
    op = rule["op"]
    if op == "exists":
        return value is not NOWHERE and value is not None
    if op == "missing":
        return value is NOWHERE
    if op == "null":
        return value is None
    if op == "empty":
        return value in ("", [], {}) and value is not NOWHERE

    def answer(each):
        if each is None or each is NOWHERE:
            return True if op.endswith("_or_missing") else None
        found = one(base(op), each, rule["value"], rule.get("case", "exact"), now)
        return no(found) if negative(op) else found

    if rule.get("over") == "size":
        return answer(value if value is None or value is NOWHERE else len(listed(value)))
    answers = [answer(each) for each in (value if isinstance(value, list) else [value])]
    over = rule.get("over", "every" if negative(op) else "any")
    return every(answers) if over == "every" else some(answers) if over == "any" else no(some(answers))


def walk(value, path):
    path = [path] if isinstance(path, str) else list(path)
    for place, name in enumerate(path):
        if isinstance(value, dict):
            value = value.get(name, NOWHERE)
        elif isinstance(value, list) and place:
            reached = [NOWHERE if isinstance(each, list) else walk(each, path[place:]) for each in value]
            if value and all(each is NOWHERE for each in reached):
                return NOWHERE
            spread: list[Any] = []
            for each in reached:
                spread += each if isinstance(each, list) else [None if each is NOWHERE else each]
            return spread
        elif value is not None:
            return NOWHERE
    return value


def happened(data, person, now):
    """The events that a filter speaks of up to now, oldest first; None when any may not be used."""
    names = data["events"]
    if any(name in person["denied_events"] for name in names) or (not names and person["denied_events"]):
        return None
    if any(name in person["denied"] for name in personal(data.get("where", {}))):
        return None
    unique = {event["id"]: event for event in person["events"]}
    return sorted(
        (
            event
            for event in unique.values()
            if event["at"] <= now
            and (not names or event["name"] in names)
            and data.get("type", "track") in {"", event["type"]}
            and ("where" not in data or evaluate(data["where"], {**event, "person": person}, now) is True)
        ),
        key=lambda event: (event["at"], event["id"]),
    )


def listed(value):
    return value if isinstance(value, list) else [value]


def measured(rule, person, now):  # noqa: PLR0912  # each limit is one
    found = happened(rule, person, now)
    if found is None:
        return None
    if "since_entry" in rule:
        if rule["since_entry"] not in person["entered"]:
            return None
        found = [event for event in found if event["at"] >= person["entered"][rule["since_entry"]]]
    if "since" in rule:
        found = [event for event in found if event["at"] >= instant(rule["since"])]
    if "before" in rule:
        found = [event for event in found if event["at"] < instant(rule["before"])]
    if "until" in rule:
        found = [event for event in found if event["at"] <= now - length(rule["until"])]
    if "session" in rule:
        # Those that a chain of small enough gaps ties to the newest.
        told = {**rule, "where": {"all": []}}
        everything = [event["at"] for event in happened(told, person, now)]
        everything = [at for at in everything if "since" not in rule or at >= instant(rule["since"])]
        everything = [at for at in everything if "before" not in rule or at < instant(rule["before"])]
        tied = everything[-1:]
        for at in reversed(everything):
            if min(tied) - at <= length(rule["session"]):
                tied.append(at)
        found = [event for event in found if event["at"] in tied]
    if "within" in rule:
        found = [event for event in found if event["at"] >= now - length(rule["within"])]
    kind = rule["measure"]
    reads = [walk(event["properties"], rule["of"]) for event in found] if "of" in rule else []
    numbers = [each for read in reads for each in listed(read) if sort(each) == "number"]
    scalars = [each for read in reads for each in listed(read) if sort(each) != "other"]
    single = [read for read in reads if sort(read) != "other"]
    total = {
        "count": lambda: len(found) or None,
        "distinct": lambda: len({(sort(each), each) for each in scalars}) or None,
        "sum": lambda: sum(Fraction(repr(each)) for each in numbers) if numbers else None,
        "avg": lambda: sum(Fraction(repr(each)) for each in numbers) / len(numbers) if numbers else None,
        "most_frequent": lambda: most(scalars),
        "min": lambda: min(numbers, default=None),
        "max": lambda: max(numbers, default=None),
        "first": lambda: (single if "of" in rule else [event["told"] for event in found] or [None])[:1],
        "last": lambda: (single if "of" in rule else [event["told"] for event in found] or [None])[-1:],
    }[kind]()
    if isinstance(total, list):
        total = total[0] if total else None
    if total is None and rule["zero"] == "compared":
        total = 0
    if total is None:
        return False if rule["zero"] == "false" else None
    if kind in {"sum", "avg"}:
        total = Fraction(total)
        shown = rule["value"]
        written = [Fraction(repr(each)) for each in shown] if isinstance(shown, list) else Fraction(repr(shown))
        return compared(rule | {"value": written}, total, now)
    return compared(rule, total, now)


def most(values):
    keys = [(sort(value), value) for value in values]
    best = sorted(keys, key=lambda key: (-sum(sort(v) == key[0] and v == key[1] for v in values), key))
    return best[0][1] if best else None


def path(rule, person, now):
    stages = [happened(stage, person, now) for stage in rule["path"]]
    order, between = rule.get("order", "ordered"), None
    if "session" in rule or order == "strict":
        between = happened({"events": [], "type": ""}, person, now)
    if None in stages or ((("session" in rule) or order == "strict") and between is None):
        return None

    def place(event):
        return event["at"], event["id"]

    for chosen in product(*stages):
        places = [place(event) for event in chosen]
        first, last = min(places), max(places)
        if len(set(places)) < len(places) or (order != "any" and places != sorted(places)):
            continue
        if "within" in rule and last[0] - first[0] > length(rule["within"]):
            continue
        if "during" in rule and first[0] < now - length(rule["during"]):
            continue
        inside = [place(event) for event in between or [] if first <= place(event) <= last]
        if order == "strict" and len(inside) > len(places):
            continue
        gaps = [later[0] - earlier[0] for earlier, later in pairwise(inside)]
        if "session" in rule and any(gap > length(rule["session"]) for gap in gaps):
            continue
        return True
    return False


def again(rule, person, now):
    found = happened(rule["again"], person, now)
    if found is None:
        return None
    recent = now - length(rule["during"]) if "during" in rule else -(10**30)
    return any(
        one["at"] - max(other["at"] for other in found[:place]) > length(rule["after"]) and one["at"] >= recent
        for place, one in enumerate(found)
        if place
    )


def fields(rule, scope, person):
    def read(data):
        if "trait" in data:
            return NOWHERE if head(data["trait"]) in person["denied"] else walk(person["traits"], data["trait"])
        return walk(scope["properties"], data["property"])

    left, right = read(rule["field"]), read(rule["other"])
    if left is NOWHERE or right is NOWHERE or left is None or right is None:
        return None

    def pair(one_value, other):
        if rule["op"] not in {"eq", "ne", "lt", "le", "gt", "ge"}:
            return None if instant(other) is None else one(rule["op"], one_value, other, "exact", 0)
        if sort(one_value) == "other" or (sort(one_value) == "flag" and rule["op"] not in {"eq", "ne"}):
            return None
        return one("eq" if rule["op"] == "ne" else rule["op"], one_value, other, rule.get("case", "exact"), 0)

    answer = some(pair(a, b) for a in listed(left) for b in listed(right))
    return no(answer) if rule["op"] == "ne" else answer


def head(name):
    return name if isinstance(name, str) else name[0]


def elements(rule, scope, person):
    field = rule["elements"]
    if "trait" in field:
        value = NOWHERE if head(field["trait"]) in person["denied"] else walk(person["traits"], field["trait"])
    else:
        value = walk(scope["properties"], field["property"])
    if value is NOWHERE or value is None:
        return None
    answers = [
        evaluate(rule["match"], {"properties": each}, 0) if isinstance(each, dict) else None for each in listed(value)
    ]
    over = rule.get("over", "any")
    return every(answers) if over == "every" else some(answers) if over == "any" else no(some(answers))


def personal(rule):
    """Return the traits that a where-clause compares with."""
    if isinstance(rule, dict):
        own = [head(rule["trait"])] if "trait" in rule else []
        return own + [name for part in rule.values() for name in personal(part)]
    return [name for part in rule for name in personal(part)] if isinstance(rule, list) else []


def sequence(rule, person, now):
    firsts, thens = happened(rule["first"], person, now), happened(rule["then"], person, now)
    if firsts is None or thens is None:
        return None
    wait = length(rule["within"])

    def keys(event, place):
        if "same" not in rule:
            return {("all",)}
        read = walk(event["properties"], rule["same"][place])
        return {(sort(each), each) for each in listed(read) if sort(each) != "other"}

    for first in firsts:
        if "during" in rule and first["at"] < now - length(rule["during"]):
            continue
        for key in keys(first, 0):
            came = any(
                first["at"] <= then["at"] <= first["at"] + wait and then["id"] != first["id"] and key in keys(then, 1)
                for then in thens
            )
            if rule["followed"] and came:
                return True
            if not rule["followed"] and not came and now > first["at"] + wait:
                return True
    return False


def evaluate(rule, person, now):
    """Answer *rule* (JSON data) of a person (or, inside where, of an event), both plain dictionaries."""
    if "all" in rule:
        return every([evaluate(part, person, now) for part in rule["all"]])
    if "any" in rule:
        return some([evaluate(part, person, now) for part in rule["any"]])
    if "none" in rule:
        return no(some([evaluate(part, person, now) for part in rule["none"]]))
    if "not" in rule:
        return no(evaluate(rule["not"], person, now))
    if "field" in rule:
        return fields(rule, person, person.get("person", person))
    if "elements" in rule:
        return elements(rule, person, person.get("person", person))
    if "path" in rule:
        return path(rule, person, now)
    if "again" in rule:
        return again(rule, person, now)
    if "held" in rule:
        return every(evaluate(rule["held"], person, at) for at in range(now - length(rule["for"]), now + 1))
    if "trait" in rule:
        name = rule["trait"] if isinstance(rule["trait"], str) else rule["trait"][0]
        return None if name in person["denied"] else compared(rule, walk(person["traits"], rule["trait"]), now)
    if "property" in rule:
        return compared(rule, walk(person["properties"], rule["property"]), now)
    if "attribute" in rule:
        return compared(rule, person[rule["attribute"]] or NOWHERE, now)
    return sequence(rule, person, now) if "first" in rule else measured(rule, person, now)
