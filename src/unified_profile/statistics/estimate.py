"""One number that never travels without its *n* and its interval."""

from __future__ import annotations

import html
import math

import attrs

from unified_profile.errors import InvalidInputError

_EVERYWHERE = (-math.inf, math.inf)


def _float(value: float) -> float:
    """Return *value* as a plain float; a minus before a zero is dropped."""
    try:
        return float(value) + 0.0
    except (TypeError, ValueError, OverflowError):
        kind = type(value).__name__
        raise InvalidInputError(field="value", reason=f"a {kind} is no number, or too large") from None


def _comparable(value: float) -> float | None:
    """Two estimates without a value are alike, though ``nan`` is not equal to itself."""
    return None if math.isnan(value) else value


def _pair(bounds: tuple[float, float]) -> tuple[float, float]:
    """Return *bounds* as two plain floats."""
    low, high = bounds
    return float(low), float(high)


def _make_one(shares: object) -> bool:
    return (
        isinstance(shares, tuple)
        and len(shares) == 3
        and all(isinstance(share, float) and 0 <= share <= 1 for share in shares)
        and abs(math.fsum(shares) - 1) < 1e-9
    )


def _sentences(warnings: tuple[str, ...]) -> tuple[str, ...]:
    """Return *warnings* as a tuple, whatever sequence they came in."""
    return tuple(warnings)


@attrs.frozen(repr=False, str=False)
class Estimate:
    """A metric's value, the interval that the data allow, and what both rest on.

    The invariant ``bounds[0] <= low <= value <= high <= bounds[1]`` holds for every estimate; one that breaks it
    cannot be made. A group without a single answer has the value ``nan`` and an interval as wide as the bounds.

    >>> Estimate(value=0.75, low=0.3006, high=0.9544, n=4, method="wilson", bounds=(0, 1))
    Estimate(value=0.75, low=0.301, high=0.954, n=4, n_missing=0, method='wilson')

    Attributes:
        value: The metric itself, in its usual unit.
        low: Lower end of the interval.
        high: Upper end of the interval.
        n: How many observations were counted.
        n_missing: How many were asked for but are missing; they are in no other number.
        method: How the interval was made (``wilson``, ``adjusted_wald``, ``t`` …).
        level: How often such an interval holds the true value.
        warnings: What a reader must know before quoting the number.
        bounds: The range that the metric cannot leave.
        classes: Of a net score, which shares of the answers fall into the lower class, the middle and the upper;
            ``None`` for every other metric, and where answers have weights.

    Raises:
        InvalidInputError: If the invariant does not hold, *level* is not between 0 and 1, a count is negative, or
            classes are no three shares that make up one.

    .. versionadded:: 0.1
    """

    value: float = attrs.field(converter=_float, eq=_comparable)
    low: float = attrs.field(converter=_float)
    high: float = attrs.field(converter=_float)
    n: int = attrs.field(kw_only=True)
    n_missing: int = attrs.field(default=0, kw_only=True)
    method: str = attrs.field(kw_only=True)
    level: float = attrs.field(default=0.95, kw_only=True, converter=_float)
    warnings: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=_sentences)
    bounds: tuple[float, float] = attrs.field(default=_EVERYWHERE, kw_only=True, converter=_pair)
    classes: tuple[float, float, float] | None = attrs.field(default=None, kw_only=True, eq=False)

    def __attrs_post_init__(self) -> None:
        """Refuse an estimate that contradicts itself."""
        if not 0 < self.level < 1:
            raise InvalidInputError(field="level", reason=f"{self.level:g} is not between 0 and 1", hint="try 0.95")
        if self.n < 0 or self.n_missing < 0:
            raise InvalidInputError(field="n", reason="a count is negative")
        if self.classes is not None and not _make_one(self.classes):
            raise InvalidInputError(field="classes", reason="not three shares that make up one")
        value = self.low if math.isnan(self.value) else self.value
        if not self.bounds[0] <= self.low <= value <= self.high <= self.bounds[1]:
            parts = f"{self.bounds[0]:g} <= {self.low:g} <= {self.value:g} <= {self.high:g} <= {self.bounds[1]:g}"
            raise InvalidInputError(field="value", reason=f"an estimate must keep {parts}")

    @classmethod
    def unknown(
        cls, *, bounds: tuple[float, float], n_missing: int = 0, method: str = "none", level: float = 0.95
    ) -> Estimate:
        """Return what is known without a single answer: nothing, and it says so.

        >>> Estimate.unknown(bounds=(-100, 100), n_missing=3)
        Estimate(value=nan, low=-100, high=100, n=0, n_missing=3, method='none', warnings=('no answers',))

        .. versionadded:: 0.1
        """
        low, high = bounds
        return cls(
            value=math.nan,
            low=low,
            high=high,
            n=0,
            n_missing=n_missing,
            method=method,
            level=level,
            warnings=("no answers",),
            bounds=bounds,
        )

    @property
    def known(self) -> bool:
        """Whether there is a value at all."""
        return not math.isnan(self.value)

    def to_dict(self) -> dict[str, object]:
        """Return the parts as JSON takes them: plain numbers, ``None`` for what is not known or without end.

        >>> Estimate(0.75, 0.3, 0.95, n=4, method="wilson").to_dict()["high"]
        0.95

        .. versionadded:: 0.1
        """
        return {
            "value": _json(self.value),
            "low": _json(self.low),
            "high": _json(self.high),
            "n": self.n,
            "n_missing": self.n_missing,
            "method": self.method,
            "level": self.level,
            "warnings": list(self.warnings),
        }

    def __repr__(self) -> str:
        parts = [f"value={short(self.value)}, low={short(self.low)}, high={short(self.high)}"]
        parts.append(f"n={self.n}, n_missing={self.n_missing}, method={self.method!r}")
        if self.level != 0.95:
            parts.append(f"level={self.level:g}")
        if self.warnings:
            parts.append(f"warnings={self.warnings!r}")
        return f"{type(self).__name__}({', '.join(parts)})"

    def __str__(self) -> str:
        missing = f", {self.n_missing} missing" if self.n_missing else ""
        interval = f"{100 * self.level:.4g} % interval {short(self.low)} to {short(self.high)}"
        return f"{short(self.value)} ({interval}, n={self.n}{missing})"

    def _repr_html_(self) -> str:
        """Return one line for a notebook, warnings below it."""
        missing = f", {self.n_missing} missing" if self.n_missing else ""
        interval = f"{100 * self.level:.4g} % interval, {html.escape(self.method)}"
        notes = "".join(f"<br><small>⚠ {html.escape(warning)}</small>" for warning in self.warnings)
        return (
            f"<div><b>{short(self.value)}</b> "
            f"[{short(self.low)}, {short(self.high)}] "
            f"<small>{interval}, n={self.n}{missing}</small>{notes}</div>"
        )


def short(number: float) -> str:
    """Return *number* in about three digits, without making it look whole when it is not.

    >>> short(0.30064), short(47.2222), short(0.9996), short(-100.0), short(12345.6)
    ('0.301', '47.2', '0.9996', '-100', '12345.6')
    """
    if not math.isfinite(number):
        return f"{number:g}"
    if abs(number) >= 1e15:
        return f"{number:.6g}"
    text = f"{number:.3g}" if abs(number) < 100 else f"{number:.1f}"
    if float(text).is_integer():
        return str(int(number)) if float(number).is_integer() else f"{number:.6g}"
    return text


def _json(number: float) -> float | None:
    return number if math.isfinite(number) else None
