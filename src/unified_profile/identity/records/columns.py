"""A column of texts as frames can give it cheaply: every distinct text once, and for each row the number of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, overload

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]

_AT_ONCE = 10_000


class Column(Sequence["str | None"]):
    """The texts of a column, one a row (None: missing); *distinct* in the order in which they come, none of them empty.

    *codes* are the numbers of the rows' texts (-1: missing).

    >>> column = Column(["b", "a"], np.array([0, -1, 1, 0]))
    >>> list(column), column[1:3], len(column)
    (['b', None, 'a', 'b'], [None, 'a'], 4)
    """

    def __init__(self, distinct: list[str], codes: Codes) -> None:
        """Keep *distinct* texts and *codes*; an empty text is taken out, for it is missing."""
        if "" in distinct:
            place = distinct.index("")
            distinct = distinct[:place] + distinct[place + 1 :]
            codes = np.where(codes == place, -1, codes - (codes > place))
        self.distinct, self.codes = distinct, codes

    def __repr__(self) -> str:
        """Tell no value."""
        return f"Column({len(self.codes)} rows, {len(self.distinct)} distinct)"

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, place: int) -> str | None: ...

    @overload
    def __getitem__(self, place: slice) -> list[str | None]: ...

    def __getitem__(self, place: int | slice) -> str | list[str | None] | None:
        if isinstance(place, slice):
            return self._texts(self.codes[place])
        code = int(self.codes[place])
        return self.distinct[code] if code >= 0 else None

    def __iter__(self) -> Iterator[str | None]:
        parts = (self.codes[begin : begin + _AT_ONCE] for begin in range(0, len(self.codes), _AT_ONCE))
        return chain.from_iterable(map(self._texts, parts))

    def _texts(self, codes: Codes) -> list[str | None]:
        return [self.distinct[code] if code >= 0 else None for code in codes.tolist()]
