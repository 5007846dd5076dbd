"""What breaks other tools, one case each: a warning in the result or a typed error, never a silent number."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics import (
    ces,
    consistency,
    csat,
    lift,
    net_revenue_retention,
    nps,
    nps_difference,
    over_time,
    parity,
    proportion,
    resolution_time,
    retention,
    rfm,
    sla_attainment,
    survival,
    weakest_link,
)

NOW = datetime(2026, 5, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
rate: Any = csat

REFUSED = {
    "a fractional score": lambda: nps([6.5, 9]),
    "a score outside the scale": lambda: nps([11]),
    "a negative score": lambda: nps([-1]),
    "a rating outside its scale": lambda: csat([0, 5], scale=(1, 5), satisfied_from=4),
    "a method that was not stated": lambda: rate([4, 5], scale=(1, 5)),
    "a scale that is none": lambda: rate([4, 5], scale=5, method="mean"),
    "a direction that was not stated": lambda: ces([4], scale=(1, 7), high_is="up", method="mean"),  # type: ignore[call-overload]  # meant
    "text for a score": lambda: nps(["9"]),  # type: ignore[list-item]  # meant
    "a truth value for a score": lambda: nps([True, 9]),
    "weights that do not fit": lambda: nps([9, 9], weights=[1]),
    "a negative weight": lambda: nps([9, 9], weights=[1, -1]),
    "groups that do not fit": lambda: nps([9, 9], by=["a"]),
    "dates as text": lambda: rfm(["a"], ["2026-05-04"], as_of=NOW),
    "a time without a zone": lambda: rfm(["a"], [NOW.replace(tzinfo=None)], as_of=NOW),
    "a case done before it was opened": lambda: resolution_time([NOW], [NOW - HOUR], as_of=NOW),
    "a negative duration": lambda: survival([-1], [True]),
    "activity in a month that is not over": lambda: retention(["a"], [5], last=4),
    "more lost than there were": lambda: proportion(3, 2),
    "links of two scales": lambda: weakest_link({"a": nps([9, 3]), "b": proportion(1, 2)}),
}
TOO_FEW = {
    "no answer": lambda: nps([]),
    "only missing answers": lambda: nps([None, float("nan")]),
    "no answer in any group": lambda: nps([], by=[]),
    "one side empty": lambda: nps_difference([9], []),
    "nothing due yet": lambda: sla_attainment([NOW], [None], within=HOUR, as_of=NOW),
    "one value in a group": lambda: lift([1.0], [1.0, 2.0], kind="mean"),
    "three periods": lambda: over_time({i: proportion(1, 2) for i in range(3)}),
    "one channel": lambda: weakest_link({"a": nps([9, 3])}),
    "channels of four answers": lambda: consistency({"a": nps([9] * 4), "b": nps([9] * 4)}),
    "one tier": lambda: parity(nps, [9, 3, 8, 9, 10], by=["a"] * 5),
    "a base without revenue": lambda: net_revenue_retention([0, 0], [1, 1]),
    "only refunds": lambda: rfm(["a"], [NOW], [-5], as_of=NOW),
}
WARNED = {
    "one answer": (lambda: nps([9]), "a single answer"),
    "two answers": (lambda: nps([9, 3]), "only 2 answers"),
    "all in one class": (lambda: nps([9] * 20), "all answers fall into one class"),
    "all ratings equal": (lambda: csat([4] * 9, scale=(1, 5), method="mean"), "all ratings are equal"),
    "one observation": (lambda: proportion([True]), "a single observation"),
    "an empty group": (lambda: nps([9, None], by=["a", "b"])["b"], "no answers"),
    "unequal weights": (lambda: nps([9, 3, 8], weights=[9, 1, 1]), "unequal weights"),
    "weights of zero": (lambda: nps([9, 3, 8], weights=[1, 1, 0]), "have weight 0"),
    "open cases": (lambda: resolution_time([NOW] * 3, [NOW, None, None], as_of=NOW + HOUR), "are still open"),
    "too few for a percentile": (
        lambda: resolution_time([NOW] * 3, [NOW + HOUR] * 3, as_of=NOW + HOUR, q=0.9), "too few to bound"
    ),
    "nobody has left yet": (lambda: survival([1, 2], [False, False]).at(1), "nobody has ended yet"),
    "new customers": (lambda: net_revenue_retention([1, 2, 0], [1, 1, 9]), "new customers are left out"),
    "one giant customer": (lambda: net_revenue_retention([99, 1, 1], [90, 1, 2]), "one customer has"),
    "an unknown amount": (lambda: rfm(["a"], [NOW], [None], as_of=NOW), "unknown amount"),
}  # fmt: skip


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_meant_is_refused(call):
    with pytest.raises(InvalidInputError):
        call()


@pytest.mark.parametrize("call", TOO_FEW.values(), ids=TOO_FEW)
def test_too_little_is_refused(call):
    with pytest.raises(InsufficientDataError):
        call()


@pytest.mark.parametrize(("call", "note"), WARNED.values(), ids=WARNED)
def test_what_is_thin_says_so_in_the_result(call, note):
    assert any(note in each for each in call().warnings)
