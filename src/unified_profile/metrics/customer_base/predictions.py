"""One number per customer, with its unit and with what must be known before it is used."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from unified_profile.frames import Backend, frame
from unified_profile.metrics.customer_base.quadrature import Floats


@attrs.frozen(eq=False, repr=False)
class Predictions:
    """A prediction per customer, in the order of the rows that were asked about; numpy takes it as an array.

    Attributes:
        values: The predictions, shape ``(n,)``. NaN where a model has no answer, and a warning says so.
        name: What is predicted.
        unit: What it is counted in.
        customers: The caller's ids, if the rows had any.
        warnings: What a reader must know.

    .. versionadded:: 0.1
    """

    values: Floats
    name: str = attrs.field(kw_only=True)
    unit: str = attrs.field(kw_only=True)
    customers: NDArray[Any] | None = attrs.field(default=None, kw_only=True)
    warnings: tuple[str, ...] = attrs.field(default=(), kw_only=True)

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[float]:
        return iter(self.values.tolist())

    def __getitem__(self, index: int) -> float:
        return float(self.values[index])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: FBT001 - numpy's protocol
        return np.array(self.values, dtype=dtype, copy=True if copy is None else copy)

    def to_frame(self, *, backend: Backend = "pandas") -> Any:
        """Return a frame with the customers, if known, and the prediction under its name."""
        ids = {} if self.customers is None else {"customer": self.customers.tolist()}
        return frame({**ids, self.name: self.values.tolist()}, backend=backend)

    def __repr__(self) -> str:
        notes = f", warnings={self.warnings!r}" if self.warnings else ""
        mean = f", mean {np.nanmean(self.values):.4g}" if np.isfinite(self.values).any() else ""
        return f"{type(self).__name__}({self.name} in {self.unit} for {len(self)} customers{mean}{notes})"

    def _repr_html_(self) -> str:
        """Return one line for a notebook, warnings below it."""
        notes = "".join(f"<br><small>⚠ {html.escape(note)}</small>" for note in self.warnings)
        return f"<div>{html.escape(repr(attrs.evolve(self, warnings=())))}{notes}</div>"
