"""Many questions asked of the same data find something by chance; this is the correction for it."""

from __future__ import annotations

from collections.abc import Sequence

from unified_profile.errors import InvalidInputError


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return *p_values* adjusted by Holm's step-down method, in the same order.

    Calling everything at or below 0.05 a finding keeps the chance of even one false finding at 5 %, whatever the
    dependence between the tests, and never finds less than Bonferroni. Nothing may be missing: leave a test that
    was not made out of the list.

    Source: Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6.

    >>> holm([0.01, 0.04, 0.03, 0.005])
    (0.03, 0.06, 0.06, 0.02)

    Raises:
        InvalidInputError: If a p-value is not between 0 and 1.

    .. versionadded:: 0.1
    """
    for position, p in enumerate(p_values):
        if not 0 <= p <= 1:
            raise InvalidInputError(field=f"p_values.{position}", reason=f"{p:g} is not a probability")
    m = len(p_values)
    adjusted = [0.0] * m
    so_far = 0.0
    for rank, index in enumerate(sorted(range(m), key=p_values.__getitem__)):
        so_far = max(so_far, min(1.0, (m - rank) * p_values[index]))
        adjusted[index] = so_far
    return tuple(adjusted)
