"""What all models of purchases have in common: fitting once, predicting per customer, and making customers up."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics.customer_base.fitted import CustomerModel
from unified_profile.metrics.customer_base.fitting import conclude
from unified_profile.metrics.customer_base.kinds import distinct, same_kinds, thinned
from unified_profile.metrics.customer_base.periods import (
    DAYS,
    DiscountRate,
    Horizon,
    PeriodUnit,
    in_unit,
    require_rate,
)
from unified_profile.metrics.customer_base.predictions import Predictions
from unified_profile.metrics.customer_base.quadrature import Floats
from unified_profile.metrics.customer_base.rows import Rows, read_rows, unchecked_rows
from unified_profile.metrics.customer_base.search import maximize
from unified_profile.metrics.customer_base.simulating import Draws, SpendModel, lengths, random_of, require_customers
from unified_profile.metrics.customer_base.summary import CustomerSummary

_CHUNK = 16_384


class TransactionModel(CustomerModel):
    """A model of when customers buy and when, unseen, they stop; a row per customer goes in."""

    times: ClassVar[tuple[str, ...]] = ()  # the parameters that are counted in units of time

    def fit(self, data: object, /, *, unit: PeriodUnit | None = None, weights: object = None) -> Self:
        """Fit by maximum likelihood and return the model itself; `result_` tells how well it went.

        *data* is a `CustomerSummary`, or a frame or mapping with the columns frequency, recency and T; then *unit* must
        say what recency and T are counted in. *weights* says how many customers each row stands for. Customers who are
        alike are counted rather than repeated, which changes nothing but the time it takes.

        Raises:
            InvalidInputError: If a value is missing, negative or impossible (recency after T), or no unit is given.
            InsufficientDataError: If there are no more customers than parameters, or none with a repeat purchase.
        """
        kinds = distinct(unchecked_rows(data, unit=unit, weights=weights))
        n = float(kinds.weights.sum())
        if n <= len(self.names):
            raise InsufficientDataError(metric=f"{self.label}: customers", n=int(n), needed=len(self.names) + 1)
        repeat = float(kinds.weights[kinds.frequency > 0].sum())
        if not repeat:
            raise InsufficientDataError(metric=f"{self.label}: customers with a repeat purchase", n=0, needed=1)
        scale = self._scale(kinds)
        starts = self._starts(kinds, scale)
        few = thinned(kinds)
        # A part of the base tells where the maximum is about; the whole is then looked at a few times only.
        near = None
        if few is not None:
            near = maximize(self._objective(few, scale), starts, total=float(few.weights.sum()))
        found = maximize(self._objective(kinds, scale), starts, total=n, near=near)
        per_time = float((kinds.weights * kinds.frequency).sum()) * math.log(scale)
        notes = list(kinds.notes)
        if repeat < 10:
            notes.append(f"only {repeat:g} customers bought again")
        result = conclude(
            found,
            model=self.label,
            names=self.names,
            scales=np.array([scale if name in self.times else 1.0 for name in self.names]),
            log_likelihood=found.value - per_time,
            n=n,
            n_rows=len(kinds),
            notes=notes,
        )
        return self._keep(result, kinds.unit)

    def log_likelihood(self, data: object, /, *, unit: PeriodUnit | None = None) -> Predictions:
        """Return each customer's logarithm of the likelihood under the parameters, constants included."""
        return self._predict(data, unit, self._log_likelihoods, name="log_likelihood", counted="nats")

    def probability_alive(self, data: object, /, *, unit: PeriodUnit | None = None) -> Predictions:
        """Return for each customer the probability of still being a customer at the end of observation."""
        return self._predict(
            data, unit, self._alive, name="probability_alive", counted="probability", notes=self._alive_notes
        )

    def expected_transactions(
        self, data: object, horizon: Horizon, /, *, unit: PeriodUnit | None = None
    ) -> Predictions:
        """Return how many purchases each customer is expected to make within *horizon* after the end of observation.

        A plain number is counted in the model's own unit; `Periods` and ``timedelta`` are converted.
        """
        t = in_unit(horizon, self.unit_)
        return self._predict(
            data,
            unit,
            lambda *columns: self._expected(np.array([t]), np.ones(1), *columns),
            name="expected_transactions",
            counted=f"purchases in {t:g} {self.unit_}s",
            notes=self._alive_notes,
        )

    def discounted_transactions(
        self, data: object, /, *, discount: DiscountRate, unit: PeriodUnit | None = None
    ) -> Predictions:
        """Return the discounted expected residual transactions (DERT): all future purchases at their present value.

        Each purchase is discounted continuously from the moment of its making, without a horizon.

        Raises:
            InvalidInputError: If the rate is zero: the sum may have no end.
        """
        force = require_rate(discount).force(self.unit_)
        if not force > 0:
            raise InvalidInputError(field="discount", reason="a rate of zero", hint="ask for a horizon instead")
        return self._predict(
            data,
            unit,
            lambda *columns: self._residual(force, *columns),
            name="discounted_transactions",
            counted="purchases, discounted",
            notes=self._alive_notes,
        )

    def expected_by_period(
        self, data: object, /, *, step: float, discounts: Floats, unit: PeriodUnit | None = None
    ) -> Predictions:
        """Return the sum over periods, each *step* of the model's unit long, of what is expected times its discount.

        Discounts may not grow. Summed by parts, so that no two nearly equal expectations are subtracted.
        """
        t = np.asarray(step * np.arange(1, len(discounts) + 1), dtype=np.float64)
        share = np.asarray(discounts - np.append(discounts[1:], 0.0), dtype=np.float64)
        return self._predict(
            data,
            unit,
            lambda *columns: self._expected(t, share, *columns),
            name="discounted_transactions",
            counted="purchases, discounted",
            notes=self._alive_notes,
        )

    def expected_of_new(self, horizon: Horizon | Sequence[Horizon] | Floats, /) -> Floats:
        """Return how many repeat purchases a new customer is expected to make within each *horizon*."""
        each = list(horizon) if isinstance(horizon, (Sequence, np.ndarray)) else [horizon]
        return self._new(np.array([in_unit(one, self.unit_) for one in each]))

    def _predict(
        self,
        data: object,
        unit: PeriodUnit | None,
        one: Callable[[Floats, Floats, Floats], Floats],
        *,
        name: str,
        counted: str,
        notes: Callable[[Rows], tuple[str, ...]] = lambda rows: (),  # noqa: ARG005
    ) -> Predictions:
        own = self.unit_
        rows = read_rows(data, unit=own if unit is None and not _has_unit(data) else unit)
        if rows.unit != own:
            raise InvalidInputError(
                field="unit",
                reason=f"the model counts in {own}s, the rows in {rows.unit}s",
                hint="summarize in one unit",
            )
        kinds, back = same_kinds(rows)
        parts = [one(*kinds.part(slice(at, at + _CHUNK))[:3]) for at in range(0, len(kinds), _CHUNK)]
        values = np.concatenate(parts) if parts else np.empty(0)
        return Predictions(
            values if back is None else values[back],
            name=name,
            unit=counted,
            customers=rows.customers,
            warnings=(*rows.notes, *self._doubts(), *notes(rows)),
        )

    def _alive_notes(self, rows: Rows) -> tuple[str, ...]:
        del rows
        return ()

    def _scale(self, rows: Rows) -> float:
        """Return the unit of time in which the search works, so that its outcome does not depend on the caller's."""
        return float((rows.weights * rows.T).sum() / rows.weights.sum())

    @abstractmethod
    def _objective(self, rows: Rows, scale: float) -> Callable[[Floats], tuple[float, Floats]]: ...

    @abstractmethod
    def _starts(self, rows: Rows, scale: float) -> list[Floats]: ...

    @abstractmethod
    def _log_likelihoods(self, x: Floats, tx: Floats, T: Floats) -> Floats: ...

    @abstractmethod
    def _alive(self, x: Floats, tx: Floats, T: Floats) -> Floats: ...

    @abstractmethod
    def _expected(self, t: Floats, share: Floats, x: Floats, tx: Floats, T: Floats) -> Floats: ...

    @abstractmethod
    def _residual(self, force: float, x: Floats, tx: Floats, T: Floats) -> Floats: ...

    @abstractmethod
    def _new(self, t: Floats) -> Floats: ...

    @abstractmethod
    def _draw(self, draws: Draws) -> None: ...

    def simulate(self, n: int, /, *, T: object, seed: int | np.random.Generator) -> CustomerSummary:
        """Return *n* made-up customers of the model, observed for *T* (one length, or one for each) in its unit."""
        draws = Draws(random_of(seed), n, lengths(n, T))
        self._draw(draws)
        made, due, until = draws.counts()
        return CustomerSummary(made, draws.recency(made, due, until), draws.T, unit=self.unit_)

    def simulate_transactions(
        self,
        n: int,
        /,
        *,
        start: date,
        joining: Horizon,
        length: Horizon,
        seed: int | np.random.Generator,
        spend: SpendModel | None = None,
    ) -> dict[str, NDArray[Any]]:
        """Return the purchases of *n* made-up customers as columns: customer, date and, with *spend*, amount.

        They buy for the first time at any moment within *joining* after the day *start*, and are watched until *length*
        after it.
        """
        unit = self.unit_
        require_customers(n)
        if not isinstance(start, date):
            raise InvalidInputError(field="start", reason="no date", hint="date(2026, 1, 1)")
        random = random_of(seed)
        begins = random.random(n) * in_unit(joining, unit, field="joining")
        whole = in_unit(length, unit, field="length")
        draws = Draws(random, n, lengths(n, np.maximum(whole - begins, 0)))
        self._draw(draws)
        whose, moments = draws.times(*draws.counts())
        customer = np.concatenate((np.arange(n), whose))
        moment = np.concatenate((begins, begins[whose] + moments))
        order = np.lexsort((moment, customer))
        customer, moment = customer[order], moment[order]
        days = np.datetime64(start.isoformat()[:10], "D") + np.floor(moment * DAYS[unit]).astype(np.int64)
        found: dict[str, NDArray[Any]] = {"customer": customer, "date": days}
        if spend is not None:
            found["amount"] = np.round(spend.draw(np.bincount(customer, minlength=n), seed=random), 2)
        return found


def require_model(model: object) -> None:
    """Refuse what is no model of purchases.

    Raises:
        InvalidInputError: If so.
    """
    if not isinstance(model, TransactionModel):
        raise InvalidInputError(
            field="model", reason=f"a {type(model).__name__} is no model of purchases", hint="BgNbd"
        )


def buying_rate(rows: Rows, scale: float) -> float:
    """Return purchases per unit of the search's time, for a first guess."""
    return float((rows.weights * rows.frequency).sum() / (rows.weights * rows.T).sum()) * scale


def _has_unit(data: Any) -> bool:
    return getattr(data, "unit", None) is not None


def log_rising(r: float, x: Floats) -> Floats:
    """Return log gamma(r + x) - log gamma(r)."""
    from scipy.special import gammaln

    found: Floats = gammaln(r + x) - gammaln(r)
    return found
