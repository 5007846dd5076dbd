"""The bounds that spare a closer look are bounds, whatever the texts."""

import re
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler

from unified_profile.identity.records import cleaning, wholesale
from unified_profile.identity.records.comparing import COMPARATORS
from unified_profile.identity.records.fields import Field, encoded
from unified_profile.identity.records.keys import PARTS
from unified_profile.identity.records.shapes import Shapes

LETTERS = st.text("abcde 12é森", max_size=9)
ANY = st.text(max_size=12)


@given(st.lists(st.tuples(LETTERS | ANY, LETTERS | ANY), min_size=1, max_size=40))
@settings(max_examples=60)
def test_no_pair_is_more_alike_than_its_shapes_allow(pairs):
    texts = [text for pair in pairs for text in pair]
    left = np.arange(0, len(texts), 2)
    between = Shapes.of(texts).between(left, left + 1)
    same_start = np.array([one[:1] == two[:1] for one, two in pairs])
    alike = between.jaro_winkler(same_start=same_start)
    for number, (one, two) in enumerate(pairs):
        assert JaroWinkler.normalized_similarity(one, two) <= alike[number] or not one + two
        assert fuzz.ratio(one, two) <= between.ratio()[number] or not one + two
        if one and two:
            assert fuzz.partial_ratio(one, two) <= between.partial_ratio()[number]
        assert between.edits(OSA.distance(one, two))[number]


@given(st.lists(st.sampled_from(["mori", "moro", "mary", "marie", "m", "tom", "mot", "aaaa", "aaa", "bob", "robert",
                                 "annamori"]),
                min_size=2, max_size=12, unique=True))  # fmt: skip
@settings(max_examples=40)
def test_names_get_the_level_that_a_look_at_every_letter_gives_them(names):
    field = Field.of("name", "given_name", names)
    left, right = (np.array(side) for side in np.triu_indices(len(names), 1))
    found = COMPARATORS["given_name"].levels(field, left, right)
    for level, one, two in zip(found.tolist(), left.tolist(), right.tolist(), strict=True):
        first, second = names[one], names[two]
        alike = JaroWinkler.normalized_similarity(first, second)
        near = min(len(first), len(second)) >= 4 and OSA.distance(first, second) <= 1
        initial = min(len(first), len(second)) == 1 and first[0] == second[0]
        short = {first, second} == {"bob", "robert"}
        ends = min(len(first), len(second)) >= 4 and (first.endswith(second) or second.endswith(first))
        assert level == (2 if alike >= 0.9 or near or initial or short else int(alike >= 0.8 or ends))


def levels_of_dates(one, two):
    """Return the level of a pair of dates of eight digits, digit by digit."""
    other = [a != b for a, b in zip(one, two, strict=True)]
    same = [one[:4] == two[:4], one[4:6] == two[4:6], one[6:] == two[6:]]
    swapped = same[0] and one[4:6] == two[6:] and one[6:] == two[4:6]
    crossed = any(one[n] == two[n + 1] and one[n + 1] == two[n] and other[n] for n in range(7))
    if sum(other) <= 1 or swapped or (crossed and sum(other) == 2):
        return 3
    if sum(same) >= 2:
        return 2
    return int(sum(other) <= 2 or (same[0] and sum(other) <= 3))


@given(st.lists(st.text("0129", min_size=8, max_size=8), min_size=2, max_size=12, unique=True))
@settings(max_examples=60)
def test_dates_get_the_level_that_a_look_at_every_digit_gives_them(dates):
    field = Field.of("born", "birth_date", dates)
    left, right = (np.array(side) for side in np.triu_indices(len(dates), 1))
    found = COMPARATORS["birth_date"].levels(field, left, right).tolist()
    assert found == [levels_of_dates(dates[a], dates[b]) for a, b in zip(left, right, strict=True)]


# --- the fast ways to clean ------------------------------------------------------------------------------------------


def slow_name(text):
    """Return what `cleaning.name` did before it had a fast way."""
    found = re.sub(r"[\d_]", "", re.sub(r"[^\w\s]", " ", cleaning.folded(text).replace("'", ""))).split()
    return "".join([word for word in found if word not in cleaning._TITLE] or found) or None


def slow_words(text):
    """Return what `cleaning.words` did before it had a fast way."""
    plain = re.sub(r"[^\w\s]|_", " ", cleaning.folded(text).replace("'", ""))
    return (
        " ".join(cleaning._SHORT.get(word, word) for word in re.sub(r"(\d)(st|nd|rd|th)\b", r"\1", plain).split())
        or None
    )


def slow_digits(text):
    """Return what `cleaning.digits` did before it had a fast way."""
    found = re.sub(r"\D", "", unicodedata.normalize("NFKC", text))[-9:]
    return found if len(found) > 4 and len(set(found)) > 1 else None


PLAIN = st.text(st.characters(max_codepoint=127), max_size=14)
WRITTEN = st.sampled_from(
    ["Dr. O'Brien", "12 North 3rd Street", "+1 (351) 396-2981", "mr", "_", "1990-01-02", "1990-00-02"]
)


@given(PLAIN | WRITTEN)
@settings(max_examples=200)
def test_the_fast_ways_to_clean_give_what_the_slow_ones_give(text):
    assert cleaning.name(text) == slow_name(text)
    assert cleaning.words(text) == slow_words(text)
    assert cleaning.digits(text) == slow_digits(text)
    assert cleaning.code(text) == (re.sub(r"[\W_]", "", text.lower()) or None)
    assert cleaning.date(text) == cleaning.date(f" {text}")


ODD = st.sampled_from(
    ["a\0b", "\0", "", " ", "n/a", " NoEmail ", "1900-01-01", "no-reply@x.org", " Mori@X.org ", "<a@b.org>",
     "Müller@x.de", "12 3rd\x1dst", "1st 2nd", "三丁目2-1", "٣٣٣٣٣1", "x" * 310 + "@x.org", "1" * 310 + "2"]
)  # fmt: skip


@given(st.lists(PLAIN | WRITTEN | ODD | ANY, max_size=20))
@settings(max_examples=60)
def test_many_values_are_cleaned_as_each_of_them(values):
    cleaner = cleaning.Cleaning()
    for role in cleaning.CLEANERS:
        singly = [cleaner.normalize(role, [value])[0] for value in values]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cleaning, "_MANY", 0)
            patch.setattr(wholesale, "_AT_ONCE", 7)
            assert cleaner.normalize(role, values) == singly


@given(st.text("abehwylnns", min_size=1, max_size=10))
def test_what_misspellings_leave_alone_is_the_first_letter_and_the_next_consonants(text):
    (sound,) = (part for part in PARTS["given_name"] if part.name == "sound")
    bare = re.sub(r"(.)\1+", r"\1", re.sub("[aeiouyhw]", "", text[1:]))
    assert sound.cut(text) == text[0] + bare[:3]


@pytest.mark.parametrize("values", [[], [None], ["", None], ["a", None, "b", "", "a"], ["b", "b"]])
def test_values_are_numbered_in_the_order_in_which_they_come(values):
    distinct, codes = encoded(values)
    assert [distinct[code] if code >= 0 else None for code in codes.tolist()] == [value or None for value in values]
    assert distinct == list(dict.fromkeys(filter(None, values)))
