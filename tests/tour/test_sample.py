"""The main job on the bundled sample: it runs, it is quick enough, and its numbers are those of the library."""

import io
import itertools
import os
import re
import subprocess
import sys
import time
from collections import Counter

import pytest

from unified_profile import Identifier, ProfileMerged, ces, churn_rate, csat, nps, weakest_link
from unified_profile._tour import sample
from unified_profile._tour.options import Options
from unified_profile._tour.tour import main, tour
from unified_profile._tour.width import width

SECTIONS = (
    "Records in, profiles out",
    "One person, seen for two purposes",
    "Why this is one person",
    "Consent: who may be met for what, where",
    "Segments, and their next change",
    "How are we doing? Each number with its 95 % interval",
    "The weakest link of the chain",
)


def number(text):
    return int(text.replace(",", ""))


@pytest.fixture(scope="module")
def subjects(run):
    """Give everybody as metrics may ask about them, through the public face."""
    return list(run.hub.subjects(purpose="quality"))


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    """Give what the command does in a process of its own and an empty folder, as after an install, and how long."""
    folder = tmp_path_factory.mktemp("nowhere")
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "unified_profile"],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False, timeout=300,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "TMPDIR": str(folder), "COLUMNS": "160"},
    )  # fmt: skip
    return done, folder, time.monotonic() - began


def test_the_command_runs_from_anywhere_and_says_everything(command):
    done, folder, seconds = command
    assert (done.returncode, done.stderr) == (0, "")
    for count, title in enumerate(SECTIONS, 1):
        assert f"\n{count}. {title}\n" in done.stdout
    assert seconds < 120, "the bound is for slow machines"
    assert list(folder.iterdir()) == []  # the temporary store is gone, and nothing else was left


def test_every_line_fits(run):
    assert max(map(len, run.text.splitlines())) <= 160


def test_records_in_are_accepted_repeated_or_quarantined(run):
    rows = run.rows("Records in, profiles out", "source")
    assert [row[0] for row in rows] == ["crm", "shop", "desk", "survey", "web", "consent"]
    for _, _, _, read, accepted, repeated, quarantined, *_ in rows:
        assert number(read) == number(accepted) + number(repeated) + number(quarantined)
    assert sum(number(row[7]) for row in rows) == sum(isinstance(one, ProfileMerged) for one in run.hub.changes())


def test_the_people_are_those_of_the_hub(run):
    people = len(list(run.hub.ids()))
    assert f"{people:,} people" in run.section("Records in, profiles out")
    counts = {row[0]: number(row[1]) for row in run.rows("Records in, profiles out", "of them")}
    assert sum(count for name, count in counts.items() if name.startswith("known from")) == people
    assert sum(count for name, count in counts.items() if " fact" in name) == people


def test_shared_values_and_refused_ties_are_told_with_their_reason(run):
    rows = {row[0]: (number(row[1]), row[2]) for row in run.rows("Records in, profiles out", "what")}
    assert rows["phone: value no longer links"][0] > 0
    assert any("too many of customer_number@" in because for _, because in rows.values())
    assert rows["fact of nobody"][0] > 0


def test_the_person_was_withdrawn_and_is_shown_once_and_denied_once(run):
    lines = run.section("One person, seen for two purposes")
    space, value = lines[1].partition(": ")[0].split(" ", 1)
    who = Identifier(space.partition("@")[0], value, space.partition("@")[2])
    seen = run.hub.profile(who, purpose="service")
    denied = run.hub.profile(who, purpose="newsletter", channel="email", brand="kawa")
    assert (seen["country"], denied.permission.code, len(denied)) == ("JP", "withdrawn", 0)
    shown = {row[0]: row[1:] for row in run.rows("One person, seen for two purposes", "trait")}
    assert set(shown) == set(seen)
    assert "newsletter sees none of it: denied (withdrawn)." in lines
    assert {len(row) for row in shown.values()} == {3}
    assert shown["phone"][2] == ""  # another spelling of the same number contradicts nothing
    assert shown["email"][0] == seen["email"]
    because = next(line for line in lines if line.startswith("newsletter by email at kawa: denied (withdrawn)"))
    assert denied.permission.because[0] in because
    assert run.hub.accesses()[0].reason == "shown in the tour: what holds this profile together"


def test_the_path_leads_from_one_identifier_to_another(run):
    steps = run.rows("Why this is one person", "step")
    assert len(steps) >= 2
    for before, after in itertools.pairwise(steps):
        assert before[2].split()[0] == after[1].split()[0]


@pytest.mark.slow
def test_consent_is_what_the_hub_says_of_each_brand(run):
    rows = run.rows("Consent: who may be met for what, where", "purpose")
    told = {(row[0], row[1], row[2]): (number(row[3]), row[5]) for row in rows}
    assert len(told) == len(sample.business().covered)
    checked = 0
    for brand in sample.BRANDS:
        for cell in run.hub.coverage(channels=["email", "sms", "phone", "any"], brand=brand):
            granted, others = told.get((cell.purpose, cell.channel, brand), (None, ""))
            if granted is None:
                continue
            checked += 1
            expected = {code: count for code, count in cell.codes.items() if code != "consent_given"}
            parts = [part.split() for part in others.split(", ")]
            assert (granted, {code: number(count) for code, count in parts}) == (cell.granted, expected)
    assert checked == len(told) - 2  # service and quality are no brand's


@pytest.mark.slow
def test_segments_are_those_of_subjects_as_their_purpose_may_see_them(run):
    rows = {row[0]: row for row in run.rows("Segments, and their next change", "segment")}
    for audience in sample.business().audiences:
        segment = audience.segment
        everybody = run.hub.subjects(purpose=segment.purpose, channel=audience.channel, brand=audience.brand)
        found = [segment.matches(one, sample.NOW) for one in everybody]
        counts = Counter(one.member for one in found)
        row = rows[segment.name]
        assert [number(cell) for cell in row[2:5]] == [counts[True], counts[False], counts[None]]
        turns = [one.next_change_at for one in found if one.member is not None and one.next_change_at is not None]
        assert row[5].split(": ")[0] == (f"{min(turns):%Y-%m-%d %H:%M}" if turns else "none")
    assert any(row[2] != "0" and row[5] != "none" for row in rows.values())


def answers(subjects, name):
    found = [(one, event) for one in subjects for event in one.events if event.name == "Survey Answered"]
    return [event.properties.get(name) for _, event in found], [event.channel for _, event in found]


@pytest.mark.parametrize(
    ("title", "name", "measure"),
    (
        ("NPS (0-10)", "nps", nps),
        ("CSAT (4-5 of 5)", "csat", lambda found, **by: csat(found, scale=(1, 5), satisfied_from=4, **by)),
        (
            "CES (5-7 of 7 easy)", "ces",
            lambda found, **by: ces(found, scale=(1, 7), high_is="easy", method="top_box", easy_from=5, **by),
        ),
    ),
)  # fmt: skip
def test_metrics_are_those_of_the_library_with_their_intervals(run, subjects, title, name, measure):
    values, channels = answers(subjects, name)
    expected = {"all": measure(values), **measure(values, by=channels)}
    scale, unit = (1, "") if name == "nps" else (100, " %")
    rows = {row[1]: row[2:] for row in run.rows("How are we doing? Each number with its 95 % interval", "metric")
            if row[0] == title}  # fmt: skip
    assert set(rows) == set(expected)
    for channel, each in expected.items():
        shown = [f"{part * scale:.1f}{unit}" for part in (each.value, each.low, each.high)]
        assert rows[channel] == [*shown, f"{each.n:,}", f"{each.n_missing:,}"]


def test_churn_is_by_the_definition_that_stands_below_it(run, subjects):
    churn = sample.business().churn
    begin = sample.NOW - churn.period
    before = after = 0
    for one in subjects:
        times = [event.occurred_at for event in one.events if event.name == "Order Completed"]
        if any(begin - churn.base <= at < begin for at in times):
            before += 1
            after += not any(begin <= at <= sample.NOW for at in times)
    expected = churn_rate(after, before)
    (row,) = [row for row in run.rows("How are we doing? Each number with its 95 % interval", "metric")
              if row[0] == "churn"]  # fmt: skip
    assert row[2:] == [f"{expected.value:.1%}".replace("%", " %"), f"{expected.low:.1%}".replace("%", " %"),
                       f"{expected.high:.1%}".replace("%", " %"), str(before), "0"]  # fmt: skip
    assert f"Churn: of {before:,} people with Order Completed" in run.text


def test_the_weakest_link_is_the_channel_that_was_made_worse(run, subjects):
    values, channels = answers(subjects, "csat")
    verdict = weakest_link(csat(values, scale=(1, 5), satisfied_from=4, by=channels))
    assert verdict.weakest == "phone"
    worst = verdict.comparisons[0]
    told = f"CSAT (4-5 of 5): phone is the weakest link: {worst.estimate.value:.1%}".replace("%", " %")
    said = " ".join(run.section("The weakest link of the chain"))
    assert told in said  # in the units of the table above
    assert f"n={worst.estimate.n}), {worst.gap * 100:.1f} points worse than the others together" in said


@pytest.mark.slow
def test_a_second_run_on_the_same_store_takes_nothing_twice(run, capsys):
    before = set(run.hub.ids())
    assert main(["--store", str(run.hub.store.path)]) == 0
    assert f"\n0 facts, {len(before):,} people, " in capsys.readouterr().out
    assert set(run.hub.ids()) == before


@pytest.mark.slow
def test_headings_can_be_japanese(tmp_path, capsys):
    assert main(["--lang", "ja"]) == 0
    out = capsys.readouterr().out
    for heading in ("1. 記録からプロファイルへ", "4. 同意: 誰に、何のため、どこで", "7. 鎖の最も弱い輪"):
        assert f"\n{heading}\n" in out
    assert "最も弱いのは phone" in out


def test_a_withdrawal_takes_effect_everywhere(run):
    """Each call that gave something before gives nothing after one more record; the store was told nothing."""
    rows = run.rows("Consent: who may be met for what, where", "call")
    assert [row[0] for row in rows] == [
        "hub.permission", "hub.profile", "hub.subjects", "hub.context", "hub.golden_changes", "hub.coverage",
    ]  # fmt: skip
    assert rows[0][1:] == ["the answer", "consent_given", "withdrawn"]
    for _, _, before, after in rows[1:]:
        assert (number(before) > 0, after) == (True, "0")
    assert "tour-withdrawal" in run.text


def test_every_answer_is_in_a_number_or_told_to_be_in_none(run):
    """What the survey took in is what is measured, and what belongs to nobody."""
    taken = next(number(row[4]) for row in run.rows("Records in, profiles out", "source") if row[0] == "survey")
    text = " ".join(run.section("How are we doing? Each number with its 95 % interval"))
    (measured,) = map(number, re.findall(r"together are the ([\d,]+) answers", text))
    (of_nobody,) = map(number, re.findall(r"([\d,]+) more answers belong to nobody", text))
    assert measured + of_nobody == taken
    for row in run.rows("How are we doing? Each number with its 95 % interval", "metric"):
        if row[:2] == [row[0], "all"] and row[0] != "churn":
            assert number(row[5]) + number(row[6]) == measured


def test_two_runs_write_the_same_but_for_the_time(run, command):
    """The other one is in another process, where hashes are others."""
    ours, theirs = (text.rpartition(" people, ")[0] for text in (run.text, command[0].stdout))
    assert ours == theirs
    assert len(ours) > 10_000


@pytest.mark.slow
def test_eighty_columns_hold_every_table_as_one(tmp_path):
    stream = io.StringIO()
    assert tour(Options(), stream, columns=80) == 0
    lines = stream.getvalue().splitlines()
    assert all(width(line) <= 80 for line in lines)
    assert not [line for line in lines if line.startswith("- source: ")]
    assert len(lines) < 280
