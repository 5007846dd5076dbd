"""Made-up customers of a model, drawn with a seed: to check fits, to try a plan, and to teach without real people."""

from __future__ import annotations

from typing import Any, Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.customer_base.quadrature import Floats

_MOST = 10**9


class SpendModel(Protocol):
    """Something that draws the amounts of so many purchases for each customer, one customer after the other."""

    def draw(self, count: NDArray[np.int64], /, *, seed: np.random.Generator) -> Floats:
        """Return one amount per purchase."""


@attrs.define(eq=False)
class Draws:
    """Customers while they are drawn: a rate each, and when they stop (after so many purchases, or at a time)."""

    random: np.random.Generator
    n: int
    T: Floats
    rate: Floats = attrs.field(factory=lambda: np.empty(0))
    last_purchase: Floats | None = None
    leaves_at: Floats | None = None

    def counts(self) -> tuple[Floats, Floats, Floats]:
        """Return how many purchases each makes within T, and, before stopping counts, how many were due and by when."""
        until = self.T if self.leaves_at is None else np.minimum(self.T, self.leaves_at)
        due = self.random.poisson(np.minimum(self.rate * until, 1e9)).astype(np.float64)
        made = due if self.last_purchase is None else np.minimum(due, self.last_purchase)
        return made, due, until

    def recency(self, made: Floats, due: Floats, until: Floats) -> Floats:
        """Return the time of the last purchase made: the order statistic of uniform times, which is beta."""
        some = made > 0
        found = np.zeros(self.n)
        found[some] = until[some] * self.random.beta(made[some], due[some] - made[some] + 1)
        return found

    def times(self, made: Floats, due: Floats, until: Floats) -> tuple[NDArray[Any], Floats]:
        """Return whose purchase it is and when, for every purchase made."""
        if float(due.sum()) > _MOST:
            raise InvalidInputError(field="length", reason="more purchases than fit into memory", hint="a shorter one")
        whose = np.repeat(np.arange(self.n), due.astype(np.int64))
        moments = self.random.random(len(whose)) * until[whose]
        order = np.lexsort((moments, whose))
        whose, moments = whose[order], moments[order]
        starts = np.concatenate(([0], np.cumsum(due.astype(np.int64))[:-1])) if self.n else np.zeros(0, dtype=np.int64)
        rank = np.arange(len(whose)) - starts[whose]
        kept = rank < made[whose]
        return whose[kept], moments[kept]


def first_success(random: np.random.Generator, p: Floats) -> Floats:
    """Return at which trial each first succeeds: geometric, inverted by hand, for *p* may be tiny."""
    with np.errstate(divide="ignore"):
        trial = np.ceil(np.log1p(-random.random(len(p))) / np.log1p(-np.clip(p, 1e-300, 1 - 1e-16)))
    found: Floats = np.maximum(np.nan_to_num(trial, posinf=1e18), 1)
    return found


def require_customers(n: int) -> None:
    """Refuse what is no number of customers that fits into memory.

    Raises:
        InvalidInputError: If so.
    """
    if type(n) is not int or not 1 <= n <= _MOST:
        raise InvalidInputError(field="n", reason="not a whole number of customers", hint="draw at least one")


def random_of(seed: int | np.random.Generator) -> np.random.Generator:
    """Return the generator of random numbers that *seed* is or begins.

    Raises:
        InvalidInputError: If it is neither a generator nor a whole number from 0 on.
    """
    if isinstance(seed, np.random.Generator):
        return seed
    if type(seed) is not int or seed < 0:
        raise InvalidInputError(field="seed", reason="not a whole number from 0 on", hint="seed=1")
    return np.random.default_rng(seed)


def lengths(n: int, T: object) -> Floats:
    """Return *T* for each of *n* customers.

    Raises:
        InvalidInputError: If it is negative, missing, or not one for each.
    """
    require_customers(n)
    try:
        given = np.asarray(T, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InvalidInputError(field="T", reason="no length of time") from None
    if given.ndim > 1 or (given.ndim == 1 and len(given) != n):
        raise InvalidInputError(field="T", reason="not one length for all, nor one for each")
    if not (np.isfinite(given).all() and (given >= 0).all()):
        raise InvalidInputError(field="T", reason="negative, missing or not finite")
    return np.broadcast_to(given, (n,)).copy()
