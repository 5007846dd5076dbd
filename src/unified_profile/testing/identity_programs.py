"""What an identity engine may be told, as Hypothesis strategies: facts and links that collide, tie and contradict.

Values come from small alphabets and times from few minutes. ``strategies`` is the door through which callers get them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from unified_profile.identity.namespaces import IdentityRules, Keep, Namespace
from unified_profile.model import (
    ConsentRecord,
    ConsentState,
    Event,
    EventType,
    Fact,
    Identifier,
    Judgement,
    Link,
    Retraction,
    Severance,
    SourceRecord,
    Verdict,
)

Kind: TypeAlias = Literal["dense", "contested", "sparse"]
Linking: TypeAlias = SourceRecord | Event | ConsentRecord

START = datetime(2026, 1, 1, tzinfo=UTC)
"""The moment 0 of all made-up facts; they happen whole minutes after it."""
MODELS = ("m1", "m2")
"""The fingerprints of the made-up links; a program adopts one of them."""


def moment(minutes: int, /) -> datetime:
    """Return the moment *minutes* after the start.

    >>> moment(90).isoformat()
    '2026-01-01T01:30:00+00:00'
    """
    return START + timedelta(minutes=minutes)


# --- rules -----------------------------------------------------------------------------------------------------------

_KEEPS: SearchStrategy[Keep] = st.sampled_from(("first", "latest"))
_WINDOWS = st.sampled_from((None, timedelta(minutes=2), timedelta(minutes=5)))
_SHARED = st.sampled_from((None, 1, 1, 2))
_MODES: SearchStrategy[Literal["link", "attribute", "off"]] = st.sampled_from(("link", "link", "attribute", "off"))
_ALIAS: SearchStrategy[Literal["accept", "refuse"]] = st.sampled_from(("accept", "refuse"))


def _dense_rules(keeps: tuple[Keep, Keep], priority: int) -> IdentityRules:
    return IdentityRules((
        Namespace(name="card", priority=priority, limit=1, keep=keeps[0], normalizer="exact"),
        Namespace(name="user", priority=1, limit=1, keep=keeps[1], normalizer="exact"),
    ))  # fmt: skip


def _contested_rules(keeps: tuple[Keep, Keep], limit: int) -> IdentityRules:
    return IdentityRules((
        Namespace(name="user", priority=0, limit=1, normalizer="exact"),
        Namespace(name="mail", priority=1, limit=limit, keep=keeps[0], normalizer="exact"),
        Namespace(name="device", priority=2, keep=keeps[1], normalizer="exact"),
    ))  # fmt: skip


@st.composite
def _sparse_rules(draw: st.DrawFn) -> IdentityRules:
    limit = draw(st.sampled_from((None, 1, 2, 3)))
    return IdentityRules((
        Namespace(name="user", priority=0, limit=1, keep=draw(_KEEPS), normalizer="exact", alias=draw(_ALIAS)),
        Namespace(
            name="number", priority=draw(st.integers(0, 1)), limit=1, keep=draw(_KEEPS), normalizer="upper",
            alias=draw(_ALIAS),
        ),
        Namespace(
            name="mail", priority=2, limit=limit, keep=draw(_KEEPS), normalizer="email", shared_above=draw(_SHARED),
            window=draw(_WINDOWS) if limit else None, blocked={"blocked@x.example"},
        ),
        Namespace(name="card", priority=3, limit=1, keep=draw(_KEEPS), window=draw(_WINDOWS), normalizer="exact"),
        Namespace(name="device", priority=4, keep=draw(_KEEPS), normalizer="exact", shared_above=draw(_SHARED)),
        Namespace(name="kiosk", priority=5, mode="attribute", normalizer="exact"),
        Namespace(name="screen", priority=6, mode=draw(_MODES), keep="latest", normalizer="exact"),
        Namespace(name="tag", priority=7, mode="off", normalizer="exact"),
    ))  # fmt: skip


def identity_rules(kind: Kind = "sparse") -> SearchStrategy[IdentityRules]:
    """Return a strategy of rules.

    ``dense``: two one-per-person namespaces, which make cascades. ``contested``: one of them, a few addresses and
    unlimited devices, which change hands. ``sparse``: every feature (windows, over-shared values, shared devices,
    scopes, unlimited and unused namespaces, aliases accepted or refused).

    >>> from hypothesis import find
    >>> [space.limit for space in find(identity_rules("dense"), lambda rules: True).namespaces]
    [1, 1]
    """
    keeps = st.tuples(_KEEPS, _KEEPS)
    if kind == "dense":
        return st.builds(_dense_rules, keeps, st.integers(0, 2))
    if kind == "contested":
        return st.builds(_contested_rules, keeps, st.integers(1, 2))
    return _sparse_rules()


# --- programs --------------------------------------------------------------------------------------------------------

_RECORDS = tuple(Identifier.record(source, key) for source in ("crm", "shop") for key in "12")


def _spell(letters: str, namespace: str) -> tuple[Identifier, ...]:
    return tuple(Identifier(namespace, letter) for letter in letters.split())


_ALPHABETS: Mapping[Kind, tuple[Identifier, ...]] = {
    "dense": _spell("c1 c2 c3 c4 c5", "card") + _spell("u1 u2 u3 u4 u5", "user"),
    "contested": _spell("u1 u2 u3", "user") + _spell("a b c", "mail") + _spell("d1 d2", "device"),
    "sparse": (
        *_spell("u1 u2 u3 unknown", "user"),
        *(Identifier("number", value, scope) for value, scope in (("n1", "kawa"), ("N2", "kawa"), ("N1", "yama"))),
        *_spell("a@x.example A@X.example b@x.example blocked@x.example", "mail"),
        *_spell("c1 c2", "card"),
        *_spell("d1 d2", "device"),
        *_spell("k1 k2", "kiosk"),
        *_spell("s1", "screen"),
        *_spell("t1", "tag"),
        _RECORDS[0],
    ),
}
_KINDS: Mapping[Kind, tuple[str, ...]] = {
    "dense": ("event",) * 8 + ("record", "judgement", "severance", "retraction"),
    "contested": ("event",) * 9 + ("judgement", "alias", "severance", "retraction"),
    "sparse": (
        *("event", "event", "login", "login", "login", "kiosk", "kiosk", "alias", "record", "record", "consent"),
        *("judgement", "judgement", "judgement", "severance", "retraction"),
    ),
}
# Few nodes are judged, so that judgements meet: a = b, b = c, a != c.
_JUDGED: Mapping[Kind, tuple[Identifier, ...]] = {
    "dense": (*_spell("u1 u2", "user"), *_spell("c1 c2", "card"), _RECORDS[0]),
    "contested": (*_spell("u1 u2", "user"), *_spell("a", "mail"), *_spell("d1", "device")),
    "sparse": (*_RECORDS[:2], *_spell("u1 u2", "user"), *_spell("a@x.example", "mail")),
}
_VERDICTS = (Verdict.SAME, Verdict.DIFFERENT, Verdict.SAME, Verdict.DIFFERENT, Verdict.UNSURE)
_NAMES = ("Viewed", "Signed Out", "Viewed")


@attrs.frozen
class Program:
    """What an identity engine is told: facts in some order of arrival, rules, machine links and the adopted model."""

    rules: IdentityRules
    facts: tuple[Fact, ...]
    links: tuple[Link, ...] = ()
    model: str = ""


@attrs.frozen
class _Draft:
    """A fact before it has an id: small numbers that are read as its kind wants."""

    kind: str
    minute: int
    picks: tuple[int, ...]
    a: int
    b: int

    def linking(self, id: str, alphabet: Sequence[Identifier]) -> Linking | None:
        """Return the fact if it is one of those that link."""
        at = moment(self.minute)
        said = tuple(alphabet[pick % len(alphabet)] for pick in self.picks)
        previous: tuple[Identifier, ...] = ()
        if self.kind in ("judgement", "severance", "retraction"):
            return None
        if self.kind == "record":
            source, _, key = _RECORDS[self.a % len(_RECORDS)].value.partition("/")
            return SourceRecord(id=id, source=source, occurred_at=at, key=key, identifiers=said[self.b % 2 :])
        if self.kind == "consent":
            state = ConsentState.GIVEN
            return ConsentRecord(id=id, source="web", occurred_at=at, purpose="news", state=state, identifiers=said)
        if self.kind == "login":
            strong = [x for x in alphabet if x.namespace in ("user", "number")]
            weak = [x for x in alphabet if x.namespace in ("mail", "card", "device", "screen")]
            said = (weak[self.a % len(weak)], strong[self.b % len(strong)])
        if self.kind == "kiosk":
            shared = [x for x in alphabet if x.namespace in ("kiosk", "screen")]
            said = (shared[self.a % len(shared)], *(said if self.b % 2 else ()))
        if self.kind == "alias":
            same = [x for x in alphabet if x.space == said[0].space]
            said, previous = said[:2], (same[self.a % len(same)],)
        return Event(
            id=id,
            source="web",
            occurred_at=at,
            type=EventType.ALIAS if self.kind == "alias" else EventType.TRACK,
            name=_NAMES[self.b % 3] if self.kind == "kiosk" else "Viewed",
            identifiers=said,
            previous=previous,
        )

    def desk(self, id: str, kind: Kind, linking: Mapping[str, Linking], back: Sequence[str]) -> Fact:
        """Return the judgement, the severance from one of *linking*, or the retraction of one of *back*."""
        at, alphabet, judged = moment(self.minute), _ALPHABETS[kind], _JUDGED[kind]
        if self.kind == "judgement":
            # Now and then a clerk judges whatever there is, unusable values too.
            left = judged[self.a % len(judged)]
            right = judged[self.b % len(judged)] if self.b < 45 else alphabet[self.b % len(alphabet)]
            verdict = _VERDICTS[self.picks[0] % len(_VERDICTS)]
            return Judgement(id=id, source="desk", occurred_at=at, left=left, right=right, verdict=verdict)
        if self.kind == "retraction":
            return Retraction(
                id=id, source="desk", occurred_at=at, fact_id=back[self.a % len(back)] if back else "lost"
            )
        # Of the facts some are severed from what they say, some from what they do not, and some were never told.
        name = [*linking, "lost"][self.a % (len(linking) + 1)]
        said = linking[name].identifiers if name in linking else ()
        severed = said[self.b % len(said)] if said else alphabet[self.b % len(alphabet)]
        return Severance(id=id, source="desk", occurred_at=at, fact_id=name, identifier=severed)


def _built(kind: Kind, drafts: Sequence[_Draft]) -> tuple[Fact, ...]:
    """Give the drafts ids whose order is neither that of arrival nor that of time, and make them facts."""
    alphabet = _ALPHABETS[kind]
    names = {f"f{index * 37 % 101:03}": draft for index, draft in enumerate(drafts)}
    linking = {id: fact for id, draft in names.items() if (fact := draft.linking(id, alphabet))}
    back = [id for id, draft in names.items() if draft.kind in ("judgement", "severance")]
    return tuple(linking.get(id) or draft.desk(id, kind, linking, back) for id, draft in names.items())


def _drafts(kind: Kind, max_facts: int) -> SearchStrategy[list[_Draft]]:
    numbers = st.integers(0, 59)
    picks = st.lists(numbers, min_size=2 if kind == "dense" else 1, max_size=3).map(tuple)
    one = st.builds(_Draft, st.sampled_from(_KINDS[kind]), st.integers(0, 7), picks, numbers, numbers)
    # Lists that may be empty stay short; most programs should be long enough for something to happen.
    long = st.lists(one, min_size=max_facts // 2, max_size=max_facts)
    return st.lists(one, max_size=max_facts) | long | long


def links(*, max_size: int = 3) -> SearchStrategy[tuple[Link, ...]]:
    """Return a strategy of links between the made-up records, by two models, with weights that round to ties.

    >>> from hypothesis import find
    >>> len(find(links(), lambda found: len(found) == 2))
    2
    """
    record = st.sampled_from(_RECORDS)
    weight = st.sampled_from((1.0, 1.04, 2.0, 3.0))
    return st.lists(st.builds(Link, record, record, weight, st.sampled_from(MODELS)), max_size=max_size).map(tuple)


def programs(kind: Kind = "sparse", *, max_facts: int = 16) -> SearchStrategy[Program]:
    """Return a strategy of programs under rules of `identity_rules`, of at most *max_facts* (up to 101) facts.

    Facts of all kinds that concern identity occur: severances and judgements before their facts too, retractions of
    them, and some that point to nothing.

    >>> from hypothesis import find
    >>> found = find(programs("dense", max_facts=2), lambda program: len(program.facts) == 2)
    >>> [type(fact).__name__ for fact in found.facts]
    ['Event', 'Event']
    """
    return st.builds(
        Program,
        rules=identity_rules(kind),
        facts=_drafts(kind, max_facts).map(lambda drafts: _built(kind, drafts)),
        links=links() if kind == "sparse" else st.just(()),
        model=st.sampled_from(MODELS),
    )
