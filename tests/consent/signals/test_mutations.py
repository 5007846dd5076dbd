"""Twenty thousand damaged strings, and a corpus of what fuzzing found: only typed errors, and never a grant."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, strategies as st
from tests.consent.signals.fuzz import CORPUS, heard, try_one
from tests.consent.signals.material import gpp_with, samples

from unified_profile.consent.signals import (
    LENIENT,
    STRICT,
    Ids,
    TCString,
    consent_records,
    decode_signal,
)
from unified_profile.errors import InvalidSignalError
from unified_profile.model import ConsentState, Identifier

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DEVICE = Identifier("device", "d1")
MUTATIONS = 20_000

ALL_YES = TCString(
    created=NOW - timedelta(days=3), last_updated=NOW - timedelta(days=3), cmp_id=7, vendor_list_version=141,
    purpose_consents=range(1, 12), special_feature_opt_ins={1, 2}, vendor_consents=Ids.of(range(1, 900)),
    disclosed_vendors=Ids.of(range(1, 900), written="bits"),
)  # fmt: skip
CONSENTED = [
    ALL_YES.encode(),
    TCString(created=NOW, last_updated=NOW, purpose_consents={1, 2, 3}, disclosed_vendors=Ids.of([755])).encode(),
    gpp_with(2, ALL_YES.encode()),
    gpp_with(9, "BVWqqqqg"[:8]),
    gpp_with(7, "CqqqqqqqqqqqqgAA"[:12] + ".QA"),
    "DBACNY~" + ALL_YES.encode() + "~1YNN",
]
OTHERS = [one["string"] for name in ("tcf_samples", "gpp_samples") for one in samples(name)]


def grants(signal):
    found = consent_records(signal, subject=DEVICE, source="web", received_at=NOW)
    return [one for one in found if one.state in {ConsentState.GIVEN, ConsentState.RENEWED}]


def test_the_undamaged_strings_grant_so_that_there_is_something_to_lose():
    assert len(grants(decode_signal(CONSENTED[0]))) == 11
    assert all(grants(decode_signal(text)) for text in CONSENTED[:3])


BREAKING = {
    "cut short": lambda text, dice: cut(text, dice.randrange(2, len(text) - 4)),
    "padded": lambda text, dice: text + "=" * dice.randint(1, 3),
    "of another version": lambda text, dice: dice.choice("AEFGHXZaz09_-") + text[1:],
    "with a character of no alphabet": lambda text, dice: put(text, dice, dice.choice("+/ =%é\n\x00$")),
    "with a part twice": lambda text, dice: text + "." + text.split(".")[-1].split("~")[-1],
    "with an empty part": lambda text, dice: text + dice.choice(".~"),
    "with a section too many": lambda text, dice: text + "~" + "BAAA",
    "with bits set behind the end": lambda text, dice: text + "AAAA" + dice.choice("BCDEIQg_") + "A",
    "much too long": lambda text, dice: text + "A" * dice.randrange(5, 400),
    "with its parts in another order": lambda text, dice: "I" + "A" * 4 + "." + text,
    "in reverse": lambda text, dice: text[::-1],
    "of nothing but noise": lambda text, dice: "".join(dice.choices("ABCDIQgw_-.~19=", k=dice.randrange(1, 90))),
}


def cut(text, end):
    """Cut within a part: between two, of which the second is optional, it would not be damaged."""
    return text[: end - 1 if text[end] == "." else end]


def put(text, dice, character):
    at = dice.randrange(0, len(text) + 1)
    return text[:at] + character + text[at + dice.randrange(0, 2) :]


@pytest.mark.slow
def test_twenty_thousand_damaged_strings_are_typed_errors_and_no_grants():
    dice = random.Random(20261122)
    kinds = list(BREAKING.items())
    refused = survived = 0
    for at in range(MUTATIONS):
        name, damage = kinds[at % len(kinds)]
        whole = dice.choice(CONSENTED + OTHERS)
        text = damage(whole, dice)
        signal = heard(text, STRICT)
        if isinstance(signal, InvalidSignalError):
            refused += 1
            assert grants(signal) == [], name
            if at % 4 == 0:
                _lenient(text, name)
            continue
        # Only filling was cut off, or noise happened to mean something: it is read as what it says.
        survived += 1
        assert signal.encode() == text, name
        assert grants(signal) == [], name
    assert refused > 0.97 * MUTATIONS
    assert refused + survived == MUTATIONS


def _lenient(text, name):
    """What is repaired grants nothing either."""
    signal = heard(text, LENIENT)
    assert isinstance(signal, InvalidSignalError) or signal.repairs, name
    assert grants(signal) == [], name


@pytest.mark.parametrize("whole", CONSENTED[:3], ids=["tcf", "tcf with one vendor", "gpp"])
def test_every_way_of_cutting_a_string_short_grants_nothing(whole):
    for end in range(1, len(whole)):
        text = whole[:end]
        signal = heard(text, STRICT)
        if grants(signal):
            # Only characters of filling were lost. Without the disclosed vendors, a string of this year does not count.
            assert signal.encode() == text
            assert set(whole[end:]) <= {"A"}


@given(st.sampled_from(CONSENTED + OTHERS), st.data())
def test_a_bit_that_was_flipped_is_an_error_or_says_what_it_says(whole, data):
    at = data.draw(st.integers(0, len(whole) - 1))
    text = whole[:at] + data.draw(st.sampled_from("ABCDEFGHIQgw_-.~019")) + whole[at + 1 :]
    signal = heard(text, STRICT)
    if isinstance(signal, InvalidSignalError):
        assert grants(signal) == []
    else:
        assert signal.encode() == text


@given(st.text(max_size=80))
@example("C")
@example("D~")
@example("DBAA")
@example("1---")
def test_whatever_is_sent_is_an_error_or_says_what_it_says(text):
    for reading in (STRICT, LENIENT):
        try_one(text, reading=reading)


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.txt")), ids=lambda path: path.stem)
def test_the_corpus_of_fuzzing_stays_harmless(path):
    for line in path.read_text().splitlines():
        try_one(line.encode().decode("unicode_escape"))
