"""Counting promoters, passives and detractors, and what a reader must know of so many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from unified_profile.metrics.answers import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEW = 5
"""Fewer answers get a warning; and where a class has fewer, adjusted Wald's interval may be too narrow."""

# Answers that stay in the processor's cache while they are counted.
_MANY = 65_536


@attrs.frozen
class Tally:
    """How many promoters and detractors there are: effective ones, where answers have weights."""

    promoters: float
    detractors: float
    effective_n: float
    n: int
    n_missing: int
    of_sample: tuple[str, ...] = ()

    @property
    def value(self) -> float:
        """The score; weighted counts are rounded, so that all of them may make a hair more than n."""
        return min(100.0, max(-100.0, 100 * (self.promoters - self.detractors) / self.effective_n))

    @property
    def classes(self) -> tuple[float, float, float]:
        """How many there are of each class, the fewest first."""
        fewest, middle, most = sorted(
            (self.promoters, self.detractors, self.effective_n - self.promoters - self.detractors)
        )
        return fewest, middle, most

    @property
    def shares(self) -> tuple[float, float, float] | None:
        """Which share of the answers is of detractors, passives and promoters; weights make shares of another kind."""
        if self.effective_n != self.n:
            return None
        passives = self.n - self.promoters - self.detractors
        return self.detractors / self.n, passives / self.n, self.promoters / self.n

    @property
    def lonely(self) -> bool:
        """Whether all answers fall into one class; weighted counts may miss that by a rounding."""
        return self.classes[2] > self.effective_n * (1 - 1e-12)

    @property
    def every_class(self) -> bool:
        """Whether every class has enough answers for adjusted Wald's interval; effective counts need not be whole."""
        return self.classes[0] >= FEW * (1 - 1e-9)

    def notes(self) -> tuple[str, ...]:
        """Return what a reader must know."""
        found = list(self.of_sample)
        if 1 < self.n < FEW:
            found.append(f"only {self.n} answers")
        if self.n > 1 and self.lonely:
            found.append("all answers fall into one class")
        return tuple(found)


def tally_of(sample: Sample) -> Tally:
    """Return how many of a sample there are of each class."""
    promoters, detractors = sample.count(sample.values >= 9), sample.count(sample.values <= 6)
    return Tally(promoters, detractors, sample.effective_n, sample.n, sample.n_missing, sample.notes())


def quick_tally(numbers: NDArray[Any]) -> Tally | None:
    """Count in one walk through memory; ``None`` if there are few answers, or one that must be told of in detail."""
    import numpy as np

    if len(numbers) < _MANY:
        return None
    promoters = detractors = n_missing = 0
    with np.errstate(invalid="ignore"):  # what a byte cannot hold is not equal to what became of it
        for start in range(0, len(numbers), _MANY):
            part = numbers[start : start + _MANY]
            small = part.astype(np.int8)
            same = small == part
            if not same.all():
                odd = part[~same]
                if odd.dtype.kind != "f" or not np.isnan(odd).all():
                    return None
                n_missing += len(odd)
                small = small[same]
            if small.size and not (small.min() >= 0 and small.max() <= 10):
                return None
            promoters += int(np.count_nonzero(small >= 9))
            detractors += int(np.count_nonzero(small <= 6))
    n = len(numbers) - n_missing
    return Tally(promoters, detractors, n, n, n_missing) if n > 1 else None
