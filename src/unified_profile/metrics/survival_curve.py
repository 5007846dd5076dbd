"""A survival curve as an answer: the share still there at any time, and the time after which a share has ended."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.log_ranks import LogRank
from unified_profile.statistics import Estimate, GroupedEstimates, group_order, lies_between

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def require_quantile(q: object) -> None:
    """Refuse what is no share between 0 and 1.

    Raises:
        InvalidInputError: If so.
    """
    if not lies_between(q, 0, 1):
        raise InvalidInputError(field="q", reason="not between 0 and 1", hint="for the median 0.5")


def _sorted(curves: Mapping[Hashable, SurvivalCurve]) -> dict[Hashable, SurvivalCurve]:
    """Return an own copy in an order that does not depend on the order of the rows."""
    return {key: curves[key] for key in sorted(curves, key=group_order)}


@attrs.frozen(eq=False, repr=False)
class SurvivalCurve:
    """The share still there after a time, with an interval at each moment at which somebody ended.

    Attributes:
        times: The moments at which somebody ended, in the unit of the durations.
        at_risk: How many were there until then.
        events: How many ended then.
        survival: The share still there right after.
        low: Lower ends of its intervals, each at *level* by itself.
        high: Upper ends.
        n: How many were observed.
        n_missing: How many had no known duration, or were not known to have ended or not.
        last: The longest time observed; later than that the data say nothing.
        level: How often an interval holds the true share.
        warnings: What a reader must know.

    .. versionadded:: 0.1
    """

    times: NDArray[np.float64]
    at_risk: NDArray[np.float64]
    events: NDArray[np.float64]
    survival: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: int
    n_missing: int
    last: float
    level: float
    warnings: tuple[str, ...] = ()
    _before: tuple[NDArray[np.float64], NDArray[np.float64]] | None = attrs.field(default=None, alias="before")

    def at(self, time: float) -> Estimate:
        """Return the share still there after *time*; unknown later than anybody was observed.

        .. versionadded:: 0.1
        """
        import numpy as np

        if not lies_between(time, -1, math.inf) or time < 0:
            raise InvalidInputError(field="time", reason="negative or missing")
        if not self.n:
            return Estimate.unknown(bounds=(0, 1), n_missing=self.n_missing, method="kaplan_meier", level=self.level)
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        warnings = self.warnings
        value, low, high = (
            (1.0, self._low_before_any(float(time)), 1.0)
            if place < 0
            else (float(self.survival[place]), float(self.low[place]), float(self.high[place]))
        )
        if time > self.last and value > 0:
            value, low, warnings = math.nan, 0.0, (*warnings, "nobody was observed for that long")
        return Estimate(
            value, low, high, n=self.n, n_missing=self.n_missing, method="kaplan_meier", level=self.level,
            warnings=warnings, bounds=(0, 1),
        )  # fmt: skip

    def quantile(self, q: float = 0.5) -> Estimate:
        """Return the time after which the share *q* has ended; without a value where that was not reached.

        The interval holds the moments at which the curve's own interval holds ``1 - q`` (Brookmeyer and Crowley 1982,
        Biometrics 38).

        .. versionadded:: 0.1
        """
        require_quantile(q)
        if not self.n:
            none = (0.0, math.inf)
            return Estimate.unknown(bounds=none, n_missing=self.n_missing, method="kaplan_meier", level=self.level)
        left = 1 - q + 1e-12

        def first(curve: NDArray[np.float64], otherwise: float) -> float:
            below = curve <= left
            return float(self.times[below.argmax()]) if below.any() else otherwise

        value, low, high = first(self.survival, math.nan), first(self.low, math.nan), first(self.high, math.inf)
        low = min(low, value) if not math.isnan(low) else (self.last if math.isnan(value) else value)
        low = min(low, self._surely_later(left))
        warnings = self.warnings
        if math.isnan(value):
            warnings = (*warnings, f"fewer than {100 * q:.4g} % have ended: no such time is known")
        return Estimate(
            value, low, high, n=self.n, n_missing=self.n_missing, method="kaplan_meier", level=self.level,
            warnings=warnings, bounds=(0, math.inf),
        )  # fmt: skip

    @property
    def median(self) -> Estimate:
        """The time after which half have ended."""
        return self.quantile(0.5)

    def rows(self) -> list[dict[str, float]]:
        """Return one flat dictionary per moment, as any data frame takes them.

        .. versionadded:: 0.1
        """
        names = ("times", "at_risk", "events", "survival", "low", "high")
        columns = [getattr(self, name).tolist() for name in names]
        return [dict(zip(("time", *names[1:]), row, strict=True)) for row in zip(*columns, strict=True)]

    def to_dict(self) -> dict[str, object]:
        """Return the parts as JSON takes them.

        .. versionadded:: 0.1
        """
        return {
            "curve": self.rows(), "n": self.n, "n_missing": self.n_missing, "last": self.last, "level": self.level,
            "method": "kaplan_meier", "warnings": list(self.warnings),
        }  # fmt: skip

    def _low_before_any(self, time: float) -> float:
        """Nobody has ended: if more than this share did by then, so many without one would be too rare."""
        import numpy as np

        starts, seen = self._quiet()
        place = int(np.searchsorted(starts, time, side="left")) - 1
        return float(self._bound(seen[max(0, place)]))

    def _surely_later(self, left: float) -> float:
        """Until when the bound before anybody ended is above that share: the time in question is surely later."""
        starts, seen = self._quiet()
        below = self._bound(seen) <= left
        return float(starts[below.argmax()]) if below.any() else math.inf

    def _quiet(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the moments, from 0, after each of which fewer are seen, and how many, until the first one ends."""
        import numpy as np

        times, seen = self._before or (np.zeros(0), np.zeros(0))
        if len(self.at_risk):
            seen = np.append(seen, self.at_risk[0])
        if not len(seen):
            return np.zeros(1), np.array([float(self.n)])
        return np.concatenate([[0.0], times])[: len(seen)], seen

    def _bound(self, seen: Any) -> Any:
        """Return the least share still there that so many without an end allow (a fraction of one counts as one)."""
        import numpy as np

        return np.exp(math.log((1 - self.level) / 2) / np.maximum(seen, 1.0))

    def __repr__(self) -> str:
        ended = round(float(self.events.sum()))
        return f"{type(self).__name__}(n={self.n}, ended={ended}, n_missing={self.n_missing}, median={self.median})"


@attrs.frozen(repr=False, eq=False)
class SurvivalCurves(Mapping[Hashable, SurvivalCurve]):
    """A curve per group, and the log-rank test of whether they differ; rows without a group stand under ``None``.

    Attributes:
        test: The test of all groups; ``None`` with weights, or if there are not two groups to compare.

    .. versionadded:: 0.1
    """

    _curves: dict[Hashable, SurvivalCurve] = attrs.field(converter=_sorted)
    test: LogRank | None

    def __getitem__(self, key: Hashable) -> SurvivalCurve:
        return self._curves[key]

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._curves)

    def __len__(self) -> int:
        return len(self._curves)

    def at(self, time: float) -> GroupedEstimates:
        """Return each group's share still there after *time*."""
        return GroupedEstimates({key: curve.at(time) for key, curve in self._curves.items()})

    def quantile(self, q: float = 0.5) -> GroupedEstimates:
        """Return each group's time after which the share *q* has ended."""
        return GroupedEstimates({key: curve.quantile(q) for key, curve in self._curves.items()})

    def to_dict(self) -> dict[str, object]:
        """Return the parts as JSON takes them, given names that JSON takes.

        .. versionadded:: 0.1
        """
        curves = {key: curve.to_dict() for key, curve in self._curves.items()}
        return {"curves": curves, "test": None if self.test is None else self.test.to_dict()}

    def __repr__(self) -> str:
        inside = ",\n".join(f"  {key!r}: {curve!r}" for key, curve in self._curves.items())
        return f"{type(self).__name__}({{\n{inside}\n}}, test={self.test})"
