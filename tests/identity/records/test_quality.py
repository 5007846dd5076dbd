"""On made-up people with households, moves, nicknames and junk, who is who is right, and the estimate says so."""

import importlib.util
from pathlib import Path

import pytest

from unified_profile import resolve
from unified_profile.errors import InvalidInputError
from unified_profile.identity.records.scoring import ByLevels

MADE = Path(__file__).parents[3] / "benchmarks" / "made_up_records.py"


def made_up(count, seed):
    """Return records and who they are, as the benchmark makes them."""
    spec = importlib.util.spec_from_file_location("made_up_records", MADE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    columns = module.columns(list(module.made_up(count, seed=seed)))
    truth = dict(zip(columns["record_id"], columns.pop("cluster_id"), strict=True))
    return columns, truth


@pytest.fixture(scope="module", params=[3, 11])
def resolved(request):
    """Resolve two towns of people."""
    columns, truth = made_up(4_000, request.param)
    return resolve(columns), truth, columns


def test_people_are_found_without_labels_and_without_configuration(resolved):
    found, truth, _ = resolved
    scores = found.evaluate(truth)
    assert scores.pairwise.f1 > 0.97
    assert scores.b_cubed.f1 > 0.98


def test_the_estimate_without_labels_is_near_the_truth(resolved):
    found, truth, _ = resolved
    true = found.evaluate(truth).pairwise
    assert found.estimated.precision == pytest.approx(true.precision, abs=0.04)
    assert found.estimated.recall == pytest.approx(true.recall, abs=0.04)


def test_a_few_of_the_rules_find_the_same_people(resolved):
    found, truth, columns = resolved
    lean = found.lean_model()
    assert len(lean.rules) < len(found.model.rules) / 2
    again = resolve(columns, model=lean)
    assert len(again.match_weights) < 0.6 * len(found.match_weights)
    assert again.evaluate(truth).pairwise.f1 > found.evaluate(truth).pairwise.f1 - 0.003
    one, two = (again.links[name][-1] for name in ("record_id_l", "record_id_r"))
    assert again.explain(one, two).weight == pytest.approx(found.explain(one, two).weight)


def test_a_plain_sum_of_fields_may_weigh_instead_and_takes_households_for_people(resolved):
    found, truth, columns = resolved
    plain = resolve(columns, model=found.model, scorer=ByLevels())
    one, two = (plain.links[name][0] for name in ("record_id_l", "record_id_r"))
    said = plain.explain(one, two)
    assert said.weight == pytest.approx(plain.links["match_weight"][0])
    assert said.prior + sum(part.weight for part in said.contributions) == pytest.approx(said.weight)
    scores = plain.evaluate(truth).pairwise
    assert 0.5 < scores.f1 < found.evaluate(truth).pairwise.f1
    with pytest.raises(InvalidInputError, match="scorer"):
        resolve(columns, scorer="plain")  # type: ignore[arg-type]  # that is what is tried


@pytest.mark.parametrize("share", [0, 1.5, True, "much", float("nan")])
def test_a_share_that_is_none_is_refused(resolved, share):
    with pytest.raises(InvalidInputError, match="share"):
        resolved[0].lean_model(share=share)


@pytest.mark.parametrize("without", ["phone", "email", "street", "city", "dob"])
def test_no_single_column_is_what_keeps_strangers_apart(without):
    columns, truth = made_up(2_000, 7)
    del columns[without]
    assert resolve(columns).evaluate(truth).pairwise.precision > 0.93
