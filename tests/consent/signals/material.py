"""What the tests of signals share: strategies for signals of every kind, and the official samples."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import strategies as st

from unified_profile.consent.signals import (
    European,
    GPPString,
    Ids,
    Publisher,
    Restriction,
    Section,
    TCString,
    Unread,
    us_fields as us,
)
from unified_profile.consent.signals.id_kinds import FibonacciRange, FixedIds, OldIds, OptimizedRange, Restrictions
from unified_profile.consent.signals.kinds import Bits, Choices, Flag, Letters, Moment, Number
from unified_profile.consent.signals.layout import Segment
from unified_profile.consent.signals.tcf_fields import CANADA, CANADA_AS_WRITTEN, TCF_V1
from unified_profile.consent.signals.us_sections import US_LAYOUTS
from unified_profile.consent.signals.usp import USPrivacy

FOLDER = Path(__file__).parent
SAMPLES = FOLDER / "samples"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def samples(name):
    return json.loads((SAMPLES / f"{name}.json").read_text())


def gpp_with(id, text):
    """Return a GPP string that consists of one section, given as text."""
    from unified_profile.consent.signals.gpp import HEADER
    from unified_profile.consent.signals.layout import write_part

    listed = Ids.of([id], written="ranges")
    return write_part(HEADER, {"Type": 3, "Version": 1, "Sections": listed}, where="gpp") + "~" + text


moments = st.integers(0, 2**36 - 1).map(lambda tenths: EPOCH + tenths * timedelta(milliseconds=100))
letters = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
spare_of = st.integers(0, 0)


@st.composite
def ids(draw, *, fibonacci=False, ranges_only=False, bits_only=False):
    """Ids, written bit by bit or as ranges, with room to spare or not."""
    found = draw(st.frozensets(st.one_of(st.integers(1, 40), st.integers(1, 1500)), max_size=12))
    largest = max(found, default=0)
    if ranges_only or (not bits_only and draw(st.booleans())):
        if fibonacci:
            return Ids.of(found, written="ranges")
        width = largest if ranges_only else largest + draw(st.integers(0, 5))
        plain = Ids.of(found, width=width, written="ranges")
        entries = plain.ranges or ()
        cut = [part for entry in entries for part in draw(st.sampled_from(_ways(entry)))]
        return Ids.from_ranges(tuple(draw(st.permutations(cut)) if len(cut) < 6 else cut), width)
    return Ids.of(found, width=largest + draw(st.integers(0, 5)), written="bits")


def _ways(entry):
    """Ways of writing one entry that mean the same."""
    first, last = entry[0], entry[-1]
    ways = [[entry], [(first, last)]]
    if last > first:
        ways.append([(first,), (first + 1, last)])
    return ways


def subsets(size):
    return st.frozensets(st.integers(1, size), max_size=size) if size else st.just(frozenset())


restrictions = st.lists(
    st.builds(Restriction, st.integers(0, 63), st.integers(0, 3), ids(ranges_only=True)), max_size=3
).map(tuple)


@st.composite
def publishers(draw):
    count = draw(st.integers(0, 63))
    return Publisher(
        consents=draw(subsets(24)),
        legitimate_interests=draw(subsets(24)),
        custom_purposes=count,
        custom_consents=draw(subsets(count)),
        custom_legitimate_interests=draw(subsets(count)),
    )


@st.composite
def tc_strings(draw, /, **fixed):
    """Any TC string."""
    fields = {
        "created": moments, "last_updated": moments,
        "cmp_id": st.integers(0, 4095), "cmp_version": st.integers(0, 4095),
        "consent_screen": st.integers(0, 63), "consent_language": letters, "vendor_list_version": st.integers(0, 4095),
        "policy_version": st.integers(0, 63), "is_service_specific": st.booleans(),
        "use_non_standard_texts": st.booleans(),
        "special_feature_opt_ins": subsets(12), "purpose_consents": subsets(24),
        "purpose_legitimate_interests": subsets(24), "purpose_one_treatment": st.booleans(),
        "publisher_country": letters, "vendor_consents": ids(), "vendor_legitimate_interests": ids(),
        "restrictions": restrictions, "disclosed_vendors": st.none() | ids(), "allowed_vendors": st.none() | ids(),
        "publisher": st.none() | publishers(),
    }  # fmt: skip
    return TCString(**{name: draw(fields[name]) if name not in fixed else fixed[name] for name in fields})


def values_of(field, values):
    """A strategy for the values of a declared field."""
    kind = field.kind
    if isinstance(kind, Number):
        return st.integers(0, kind.most if kind.most is not None else 2**kind.size - 1)
    if isinstance(kind, Bits):
        return subsets(values[kind.count] if kind.count else kind.size)
    if isinstance(kind, Choices):
        return st.tuples(*[st.integers(0, 2)] * kind.count)
    simple = {
        Flag: st.booleans(), Letters: letters, Moment: moments, FixedIds: ids(), FibonacciRange: ids(fibonacci=True),
        OptimizedRange: st.one_of(ids(bits_only=True), ids(fibonacci=True, ranges_only=True)),
    }  # fmt: skip
    if isinstance(kind, OldIds):
        return ids().flatmap(
            lambda found: st.tuples(st.sampled_from([False, found.ranges is not None]), st.just(found))
        )
    if isinstance(kind, Restrictions):
        if not kind.fibonacci:
            return restrictions
        vendors = st.one_of(ids(bits_only=True), ids(fibonacci=True, ranges_only=True))
        return st.lists(st.builds(Restriction, st.integers(0, 63), st.integers(0, 3), vendors), max_size=3).map(tuple)
    return simple[type(kind)]


@st.composite
def segments(draw, /, part, **fixed):
    values: dict[str, object] = {}
    for field in part.fields:
        values[field.name] = fixed[field.name] if field.name in fixed else draw(values_of(field, values))
    return Segment(part.name, values)


@st.composite
def us_sections(draw, layout=None):
    layout = layout or draw(st.sampled_from(US_LAYOUTS))
    core, *more = layout.parts
    chosen = [part for part in more if draw(st.booleans())]
    fixed = {"MspaVersion": draw(st.integers(0, 23))} if layout.headed else {"Version": layout.version}
    found = [draw(segments(core, **fixed)), *(draw(segments(part)) for part in chosen)]
    if layout.headed and draw(st.booleans()):
        listed = Ids.of(range(1, len(found)), written="ranges")
        head = {"SectionID": layout.id, "Version": 1, "SubSections": listed}
        found.insert(0, draw(segments(us.header(layout.id), **head)))
    return Section(id=layout.id, version=layout.version, segments=tuple(found))


@st.composite
def canadian(draw, *, as_written=False):
    core, *more = CANADA_AS_WRITTEN if as_written else CANADA
    found = [draw(segments(core, Version=1)), *(draw(segments(part)) for part in more if draw(st.booleans()))]
    return Section(id=5, version=1, segments=tuple(found), form="as_written" if as_written else "")


answers = st.sampled_from("YN-")
usp_strings = st.builds(USPrivacy, notice=answers, opt_out_sale=answers, lspa_covered=answers)
any_section = st.one_of(
    us_sections(),
    canadian(),
    st.builds(European, tc=tc_strings()),
    usp_strings,
    segments(TCF_V1, Version=1).map(lambda one: Section(id=1, version=1, segments=(one,))),
    st.builds(Unread, id=st.just(4), text=st.text("AB-_.", max_size=5)),
)
gpp_strings = st.lists(any_section, max_size=4, unique_by=lambda one: one.id).map(GPPString.of)
