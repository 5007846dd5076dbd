"""A broken string is refused with the place where it breaks, and never repeated; what is forgiven is named."""

import pickle
import traceback

import pytest
from hypothesis import given, strategies as st
from tests.consent.signals.material import gpp_with, samples, tc_strings

from unified_profile.consent.signals import (
    LENIENT,
    STRICT,
    Ids,
    Reading,
    TCString,
    Unread,
    decode_gpc,
    decode_gpp,
    decode_signal,
    decode_tc,
    decode_usp,
)
from unified_profile.consent.signals.bits import BitWriter
from unified_profile.errors import InvalidInputError, InvalidSignalError

TC = samples("tcf_samples")[2]["string"]
CORE, DISCLOSED, ALLOWED = TC.split(".")
GPP = "DBACNYA~" + samples("gpp_samples")[1]["string"].split("~", 1)[1]
NATIONAL = "DBABLA~BAAAVVVVUQA.QA"
WIDE = "BQ" + CORE[2:]


def told(decode, text, **options):
    """Return how a string is refused; nothing that the library raises holds the string."""
    with pytest.raises(InvalidSignalError) as caught:
        decode(text, **options)
    error = caught.value
    assert isinstance(error, ValueError)
    shown = str(error) + repr(error)
    if isinstance(text, str) and len(text) > 6:
        assert text[:12] not in shown
        assert text[-8:] not in shown
        # No frame of the library is left holding the string for a report of locals to show.
        stack = traceback.TracebackException.from_exception(error, capture_locals=True).stack
        assert not any(text[:12] in str(frame.locals) for frame in stack if "test_refusals" not in frame.filename)
        assert error.__context__ is None
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    return error.code, error.segment, error.bit


@pytest.mark.parametrize(
    ("text", "code", "segment", "bit"),
    [
        (CORE[:40], "truncated", "core", 230),
        (CORE[:8], "truncated", "core", 42),
        (CORE + "AAAAA", "over_long", "core", 486),
        (CORE[:-1] + "B", "trailing_bits", "core", 491),
        (CORE + "==", "padded", "part 1", 492),
        (CORE.replace("-", "+", 1), "alphabet", "part 1", 156),
        (CORE[:30] + "/" + CORE[31:], "alphabet", "part 1", 180),
        (CORE[:9] + "=" + CORE[10:], "alphabet", "part 1", 54),
        (CORE[:9] + " " + CORE[10:], "alphabet", "part 1", 54),
        (CORE[:9] + "é" + CORE[10:], "alphabet", "part 1", 54),
        ("D" + CORE[1:], "wrong_version", "core", 0),
        ("B" + CORE[1:], "wrong_version", "core", 0),
        (f"{DISCLOSED}.{CORE}", "wrong_order", "part 1", 0),
        (f"{CORE}.{DISCLOSED}.{DISCLOSED}", "duplicate", "disclosed_vendors", 0),
        (f"{CORE}.wAAA", "unknown_segment", "part 2", 0),
        (f"{CORE}.{CORE}", "unknown_segment", "part 2", 0),
        (f"{CORE}.", "empty", "part 2", 0),
        (f"{CORE}.I", "truncated", "disclosed_vendors", 3),
        ("", "empty", "", None),
        ("C" * 70_000, "over_long", "", None),
        (None, "not_text", "", None),
        (b"CO", "not_text", "", None),
    ],
)
def test_a_broken_tc_string_is_refused_where_it_breaks(text, code, segment, bit):
    assert told(decode_tc, text) == (code, segment, bit)


@pytest.mark.parametrize(
    ("text", "code", "segment", "bit"),
    [
        (GPP[:-5], "count", "header", None),
        (GPP + "~1YNN", "count", "header", None),
        (GPP[:-1], "truncated", "", 3),
        (GPP + "N", "over_long", "", 4),
        ("DBABTA~2YNN", "wrong_version", "", 0),
        ("DBABTA~1yNN", "value", "", 1),
        ("DBABTA~1Y?N", "value", "", 2),
        ("DCABTA~1YNN", "wrong_version", "header", 6),
        (TC, "wrong_version", "header", 0),
        ("DBAB", "truncated", "header", 24),
        ("DBABTAAAAA~1YNN", "over_long", "header", 30),
        ("DBABTB~1YNN", "trailing_bits", "header", 35),
        ("DBABT=~1YNN", "padded", "header", 30),
        (gpp_with(99, "AAAA"), "unknown_section", "header", None),
        (gpp_with(3, "AAAA"), "unknown_section", "header", None),
        (gpp_with(7, "BAAAVVVVU"), "truncated", "core", 54),
        (gpp_with(8, "BVWS"), "truncated", "core", 16),
        (gpp_with(8, "CVWSSSVY.YA"), "wrong_version", "core", 0),
        (gpp_with(8, "BVWSSSVY.YAAAA"), "over_long", "gpc", 3),
        (gpp_with(8, "BVWSSSVY.YA.YA"), "over_long", "part 3", 0),
        (gpp_with(8, "BVWSSSVY.IA"), "wrong_order", "gpc", 0),
        (gpp_with(8, "QA.BVWSSSVY"), "wrong_order", "core", 0),
        (gpp_with(8, "B_WSSSVY"), "value", "core", 6),
        (gpp_with(8, "BVW_SSVY"), "value", "core", 18),
        (gpp_with(8, ""), "empty", "core", 0),
        (gpp_with(25, "ZBABYA.BVVV"), "count", "header", 12),
        (gpp_with(25, "ZBAA"), "truncated", "core", None),
        (gpp_with(25, "ZCABYA.BVVV.kkk"), "wrong_version", "header", 6),
        (gpp_with(5, "CPSG_8APSG_8AAAAAAENAACAAAAAAAAAAAAAAAAAAA"), "wrong_version", "core", 0),
    ],
)
def test_a_broken_gpp_string_is_refused_where_it_breaks(text, code, segment, bit):
    assert told(decode_gpp, text) == (code, segment, bit)


def test_a_range_that_leaves_its_room_is_refused():
    for entries in (((3, 2),), ((0,),), ((9,),), ((1, 9),)):
        writer = BitWriter("test")
        for value, size in ((8, 16), (1, 1), (len(entries), 12)):
            writer.number(value, size)
        for entry in entries:
            writer.number(len(entry) - 1, 1)
            for one in entry:
                writer.number(one, 16)
        text = f"{CORE}." + "".join(_with_type(1, writer.parts))
        assert told(decode_tc, text)[0] == "value"


def _with_type(kind, parts):
    whole = BitWriter("test")
    whole.number(kind, 3)
    whole.parts.extend(parts)
    return whole.text(None)


@pytest.mark.parametrize("text", ["", "1", "1Y", "1YN", "1YNNN", "0YNN", "1YNX", "YYNN", "１YNN"])
def test_a_broken_us_privacy_string_is_refused(text):
    assert told(decode_usp, text)[0] in {"empty", "truncated", "over_long", "wrong_version", "value"}


@pytest.mark.parametrize("value", ["true", "yes", "2", "1; mode=1", 1])
def test_a_broken_gpc_header_is_refused(value):
    assert told(decode_gpc, value)[0] == "value"


@pytest.mark.parametrize("text", ["", "x", "E123", "2YNN", "BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA", "…"])
def test_what_is_no_known_kind_of_string_is_refused(text):
    assert told(decode_signal, text)[0] in {"empty", "wrong_version"}


FORGIVEN = [
    ("padded", "padding", decode_tc, CORE + "=="),
    ("alphabet", "alphabet", decode_tc, CORE.replace("-", "+")),
    ("whitespace", "whitespace", decode_tc, f" {TC}\n"),
    ("trailing_bits", "trailing", decode_tc, CORE[:-1] + "B"),
    ("over_long", "trailing", decode_tc, CORE + "AAAAAAAA"),
    ("wrong_order", "order", decode_tc, f"{DISCLOSED}.{CORE}.{ALLOWED}"),
    ("wrong_order", "order", decode_gpp, gpp_with(8, "QA.BVWSSSVY")),
    ("wrong_order", "order", decode_signal, f"{DISCLOSED}.{CORE}.{ALLOWED}"),
    ("whitespace", "whitespace", decode_signal, f"{TC}\n"),
    ("whitespace", "whitespace", decode_signal, f"\t{NATIONAL}"),
    ("whitespace", "whitespace", decode_signal, " 1YNN "),
    ("padded", "padding", decode_signal, f"{TC}="),
    ("unknown_section", "unknown", decode_gpp, gpp_with(99, "AAAA")),
    ("case", "case", decode_usp, "1ynn"),
]


@pytest.mark.parametrize(("code", "option", "decode", "text"), FORGIVEN)
def test_each_fault_is_forgiven_by_its_own_option_and_told_of(code, option, decode, text):
    with pytest.raises(InvalidSignalError):
        decode(text)
    others = dict.fromkeys(("padding", "alphabet", "whitespace", "trailing", "order", "unknown", "case"), True)
    with pytest.raises(InvalidSignalError):
        decode(text, reading=Reading(**(others | {option: False})))
    found = decode(text, reading=Reading(**{option: True}))
    assert found.repairs == (code,)
    assert decode(text, reading=LENIENT).repairs == (code,)
    # What comes out of a repair is a sound string: it encodes to one that is read strictly.
    if code != "unknown_section":
        assert decode(found.encode(), reading=STRICT).repairs == ()


def test_what_cannot_be_known_is_never_forgiven():
    for text in (CORE[:40], "D" + CORE[1:], f"{CORE}.wAAA", f"{CORE}.{DISCLOSED}.{DISCLOSED}"):
        with pytest.raises(InvalidSignalError):
            decode_tc(text, reading=LENIENT)


def test_unknown_sections_are_kept_unread():
    gpp = decode_gpp(gpp_with(99, "AAAA"), reading=LENIENT)
    assert gpp[99] == Unread(id=99, text="AAAA")
    assert gpp.encode() == gpp_with(99, "AAAA")


@given(tc_strings(), st.integers(1, 400))
def test_a_string_that_ends_too_early_is_never_read(tc, cut):
    text = tc.encode().split(".")[0]
    shorter = text[: max(1, len(text) - cut - 4)]
    with pytest.raises(InvalidSignalError) as caught:
        decode_tc(shorter)
    assert caught.value.code in {"truncated", "wrong_version", "trailing_bits"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"cmp_id": 4096}, {"cmp_id": -1}, {"consent_language": "e"}, {"consent_language": "éé"},
        {"purpose_consents": {25}},
        {"purpose_consents": {0}}, {"vendor_consents": {1}}, {"publisher_country": "de"}, {"restrictions": (1,)},
        {"is_service_specific": 1}, {"policy_version": 64},
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_refused_with_its_field(wrong):
    tc = decode_tc(TC)
    broken = TCString(**{name: getattr(tc, name) for name in ("created", "last_updated")} | wrong)
    with pytest.raises(InvalidInputError) as caught:
        broken.encode()
    assert caught.value.field.startswith("tcf.core.")


@pytest.mark.parametrize(("found", "width"), [([0], None), ([65_536], None), ([5], 4), (["1"], None), ([True], None)])
def test_ids_outside_of_their_room_are_refused(found, width):
    with pytest.raises(InvalidInputError):
        Ids.of(found, width=width)
