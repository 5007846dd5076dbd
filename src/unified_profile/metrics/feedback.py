"""Is the loop closed?  Who answers when asked, whose feedback is acted on, and which promises are kept."""

from __future__ import annotations

from typing import SupportsIndex

from unified_profile.metrics.answers import Answers
from unified_profile.metrics.flags import Flags, count, counted_or_listed, rate, share_of_counts
from unified_profile.metrics.groups import By, Correction
from unified_profile.statistics import Estimate, GroupedEstimates


@counted_or_listed
def response_rate(
    answered: Flags | SupportsIndex,
    asked: SupportsIndex | None = None,
    *,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return the share of those *asked* who answered, from 0 to 1.

    Either two counts, or a column that says of each one asked whether an answer came (then with *by*, *weights* and
    *correction* as for `nps`). Invitations that never arrived are missing, not refused. A low rate is a warning
    about every score of the same survey: its interval knows nothing of those who kept silent.

    >>> response_rate(120, 900)
    Estimate(value=0.133, low=0.113, high=0.157, n=900, n_missing=0, method='wilson')

    Source: Wilson (1927), JASA 22, for the interval.

    Raises:
        InvalidInputError: If a count is negative or not whole, more answered than were asked, or a column holds
            something that is neither true nor false.
        InsufficientDataError: If nobody was asked.

    .. versionadded:: 0.1
    """
    return rate(
        "response_rate",
        ("answered", "asked"),
        answered,
        asked,
        by=by,
        weights=weights,
        correction=correction,
        level=level,
    )


@counted_or_listed
def closed_loop_rate(
    closed: Flags | SupportsIndex,
    owed: SupportsIndex | None = None,
    *,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return the share of feedback that was *owed* an action and got one, from 0 to 1.

    Either two counts, or a column that says of each piece of feedback whether the customer was told what was done
    (then with *by*, *weights* and *correction* as for `nps`). What is not yet due is missing (``None``): it is left
    out and counted in ``n_missing``; `time_to_action` counts it as censored instead.

    >>> closed_loop_rate([True, True, True, False, None, None])
    Estimate(value=0.75, low=0.301, high=0.954, n=4, n_missing=2, method='wilson')

    Source: Wilson (1927), JASA 22, for the interval.

    Raises:
        InvalidInputError: If a count is negative or not whole, more were closed than owed, or a column holds
            something that is neither true nor false.
        InsufficientDataError: If nothing was owed.

    .. versionadded:: 0.1
    """
    return rate(
        "closed_loop_rate",
        ("closed", "owed"),
        closed,
        owed,
        by=by,
        weights=weights,
        correction=correction,
        level=level,
    )


def promise_kept(
    kept: SupportsIndex, broken: SupportsIndex, *, still_open: SupportsIndex = 0, level: float = 0.95
) -> Estimate:
    """Return the share of promises that were kept among those that came due, with Wilson's interval.

    A promise that is *still_open* is neither kept nor broken; it is counted in ``n_missing``. Source of the interval:
    Wilson (1927).

    >>> promise_kept(18, 2, still_open=5)
    Estimate(value=0.9, low=0.699, high=0.972, n=20, n_missing=5, method='wilson')

    Raises:
        InvalidInputError: If a count is negative or not whole.
        InsufficientDataError: If no promise has come due.

    .. versionadded:: 0.1
    """
    due = count("kept", kept) + count("broken", broken)
    return share_of_counts(
        "promise_kept", ("kept", "due"), kept, due, n_missing=count("still_open", still_open), level=level
    )
