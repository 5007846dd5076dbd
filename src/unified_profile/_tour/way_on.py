"""The lines of Python that open the store again as it was opened, and ask it something."""

from __future__ import annotations

import re
from collections.abc import Iterator

from unified_profile import Identifier, Purpose
from unified_profile._tour.business import Business
from unified_profile._tour.options import Options

_BOUGHT = "Order Completed"
_ROOM = 72


def way_on(options: Options, business: Business, who: Identifier | None, /) -> Iterator[str]:
    """Give the lines; *who* is somebody to ask about."""
    region = f"region={options.region!r}" if options.region else ""
    store = f"SqliteStore({str(options.store)!r})"
    if not options.files:
        yield "from unified_profile import Hub, SqliteStore"
        yield "from unified_profile._tour import sample"
        yield f"hub = Hub({store}, sample.business().setup)"
        return
    names = ["Hub", "Identifier", "IdentityRules", "Purpose", "Segment", "SqliteStore", "default_namespaces", "events"]
    yield "from unified_profile import ("
    yield from _filled(names)
    yield ")"
    yield f"rules = IdentityRules(default_namespaces({region}))"
    yield "purposes = ["
    for purpose in business.setup.purposes:
        yield from _declared(purpose)
    yield "]"
    yield f"hub = Hub({store}, rules=rules, purposes=purposes)"
    if who is not None:
        yield f"who = {_written(who)}"
        yield "print(hub.profile(who, purpose='service').to_dict())"
        yield "print(hub.context(who, purpose='service', channel='chat').last_interactions)"
    yield "print(sum(1 for _ in hub.profiles(purpose='service')), 'people')"
    if any(_BOUGHT in audience.segment.text("en") for audience in business.audiences):
        yield f"bought = events({_BOUGHT!r}).count().within(days=90) >= 1"
        yield "hub.define_segment(Segment('bought lately', bought, purpose='service'))"
    readers = [source for source in business.sources if source.reader]
    if readers:
        yield "from unified_profile.wire import Reader"
    for number, source in enumerate(readers, 1):
        name = "calls" if len(readers) == 1 else f"calls_{number}"
        yield f"# reads what comes as {source.file} came: hub.ingest(payloads, reader={name})"
        yield from _assigned(name, source.reader)


def _assigned(name: str, made: str) -> Iterator[str]:
    """Give ``name = Reader(…)``, over several lines if it is long."""
    if len(name) + len(made) + 3 <= _ROOM:
        yield f"{name} = {made}"
        return
    head, _, parts = made.removesuffix(")").partition("(")
    yield f"{name} = {head}("
    for part in re.split(r", (?=\w+=)", parts):
        yield f"    {part},"
    yield ")"


def _written(who: Identifier) -> str:
    scope = f", {who.scope!r}" if who.scope else ""
    return f"Identifier({who.namespace!r}, {who.value!r}{scope})"


def _declared(purpose: Purpose) -> Iterator[str]:
    """Give a purpose as it is declared, over several lines if it is long."""
    parts = [repr(purpose.name)]
    for name in ("traits", "events"):
        values = sorted(getattr(purpose, name))
        if values:
            parts.append(f"{name}={{{', '.join(map(repr, values))}}}")
    if purpose.basis != "consent":
        parts.append(f"basis={str(purpose.basis)!r}")
    line = f"    Purpose({', '.join(parts)}),"
    if len(line) <= _ROOM:
        yield line
        return
    yield "    Purpose("
    for part in parts:
        name, brace, rest = part.partition("{")
        if len(part) < _ROOM - 8 or not brace:
            yield f"        {part},"
            continue
        yield f"        {name}{{"
        yield from _filled(rest.removesuffix("}").split(", "), indent=12)
        yield "        },"
    yield "    ),"


def _filled(words: list[str], *, indent: int = 4) -> Iterator[str]:
    """Give *words* in lines that fit, each with a comma."""
    line = ""
    for word in words:
        if line and indent + len(line) + len(word) + 2 > _ROOM:
            yield " " * indent + line
            line = ""
        line += ("" if not line else " ") + word + ","
    yield " " * indent + line
