"""Why two records were, or were not, put together: what each comparison says, and what decided."""

from __future__ import annotations

import html
from typing import Any

import attrs

from unified_profile.model.redaction import hidden


@attrs.frozen
class Contribution:
    """What one comparison says of a pair. *weight* is in bits: above 0 it speaks for one person, below 0 against.

    *left* and *right* are the values in the form in which they were compared, if they were asked for.
    """

    field: str
    role: str
    level: str
    weight: float
    left: str | None = attrs.field(default=None, repr=hidden)
    right: str | None = attrs.field(default=None, repr=hidden)


@attrs.frozen
class PairExplanation:
    """Why two records were, or were not, put together: *prior* and the weights of *contributions* make *weight*.

    *because* says in words what decided, which is not always the weight: a pair may never have met, or others of its
    group may speak against it.
    """

    left: Any = attrs.field(repr=False)
    right: Any = attrs.field(repr=False)
    weight: float
    probability: float
    prior: float
    together: bool
    contributions: tuple[Contribution, ...]
    because: str = ""

    def __str__(self) -> str:
        """Return a table of the comparisons; it shows how alike values are, never the values."""
        rows = [("before anything is compared", "", self.prior)]
        rows += [(one.field, one.level, one.weight) for one in self.contributions]
        lines = [f"{name:<28} {level:<36} {weight:+7.2f}" for name, level, weight in rows]
        lines.append(f"{'match weight':<28} {'probability ' + format(self.probability, '.4f'):<36} {self.weight:+7.2f}")
        return "\n".join([*lines, self._verdict])

    @property
    def _verdict(self) -> str:
        verdict = f"put together: {'one person' if self.together else 'two people'}"
        return f"{verdict}, {self.because}" if self.because else verdict

    def _repr_html_(self) -> str:
        """Return the same table for a notebook; values stand in it if ``explain(…, values=True)`` asked for them."""
        asked = any(one.left is not None or one.right is not None for one in self.contributions)
        heads = ["comparison", "level", *(["left", "right"] if asked else []), "bits"]
        rows = [["before anything is compared", "", "", "", self.prior]]
        rows += [[one.field, one.level, one.left or "", one.right or "", one.weight] for one in self.contributions]
        rows.append(["match weight", f"probability {self.probability:.4f}", "", "", self.weight])
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in (*cells, f"{bits:+.2f}")) + "</tr>"
            for *cells, bits in (row if asked else [*row[:2], row[4]] for row in rows)
        )
        table = f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{body}</table>"
        return f"{table}<p>{html.escape(self._verdict)}</p>"
