"""The register of processing says what the hub was set up with, and what is still missing in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from unified_profile import Purpose
from unified_profile.consent import Policy, PurposeRegistry, RegisterEntry
from unified_profile.errors import InvalidInputError
from unified_profile.rights import RetentionRule, RetentionSchedule
from unified_profile.rights.receipts import Party
from unified_profile.rights.register import processing_register

NOW = datetime(2026, 5, 1, tzinfo=UTC)
KAWA = Party(name="Kawa", contact="DPO", email="dpo@kawa.example", phone="1", address={"addressCountry": "JP"})
POLICY = Policy(
    purposes=PurposeRegistry([
        Purpose("news", traits={"email"}, description="a letter"),
        Purpose("service", traits={"city"}, basis="contract", events={"Order"}, description="to | serve"),
        Purpose("fraud"),
    ]),
    register=[
        RegisterEntry(purpose="fraud", basis="legitimate_interests", categories=["risk"], recipients=["bank"],
                      because="balancing 7", valid_from=NOW - timedelta(days=9)),
        RegisterEntry(purpose="fraud", basis="legal_obligation", valid_from=NOW - timedelta(days=99),
                      valid_to=NOW - timedelta(days=9)),
    ],
    processors={"mailer"},
)  # fmt: skip
SCHEDULE = RetentionSchedule(rules=[RetentionRule("contact", "news", timedelta(days=365))])


def made(**more: Any) -> Any:
    return processing_register(POLICY, at=NOW, controllers=[KAWA], schedule=SCHEDULE, transfers=["US"],
                               security="sealed", **more)  # fmt: skip


def test_there_is_a_line_for_each_purpose_and_basis_in_force():
    fraud, news, service = made().activities
    assert (fraud.purpose, fraud.basis, fraud.data, fraud.recipients, fraud.because) == (
        "fraud", "legitimate_interests", ("risk",), ("bank", "mailer"), "balancing 7",
    )  # fmt: skip
    assert (news.basis, news.periods) == ("consent", (("contact", 365),))
    assert (service.basis, service.data) == ("contract", ("city", "event:Order"))
    before = processing_register(POLICY, at=NOW - timedelta(days=30))
    assert before.activities[0].basis == "legal_obligation"


def test_everything_that_article_30_asks_for_is_in_the_json():
    form = json.loads(json.dumps(made().to_json()))
    assert form["controllers"][0]["contact"] == "DPO"
    assert form["security"] == "sealed"
    for one in form["activities"]:
        assert one.keys() >= {"purpose", "subjects", "data", "recipients", "transfers", "periods"}
        assert one["subjects"] == ["customers"]


def test_the_table_has_a_row_for_each_and_survives_what_stands_in_it():
    table = made().table().splitlines()
    assert len(table) == 2 + 3
    assert all(line.replace("\\|", "").count("|") == 6 for line in table)


def test_what_is_missing_is_told():
    assert set(made().gaps()) == {"fraud: no description", "fraud: no periods", "service: no periods"}
    assert "no controller" in processing_register(POLICY, at=NOW).gaps()


@pytest.mark.parametrize("junk", [{"controllers": ["Kawa"]}, {"controllers": 7}, {"subjects": "customers"},
                                  {"transfers": [7]}, {"at": datetime(2026, 1, 1)}])  # noqa: DTZ001  # fmt: skip
def test_junk_is_refused_by_a_typed_error(junk):
    with pytest.raises(InvalidInputError):
        processing_register(POLICY, **{"at": NOW} | junk)
    with pytest.raises(InvalidInputError):
        processing_register("policy", at=NOW)  # type: ignore[arg-type]  # junk
