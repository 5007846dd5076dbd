"""From how alike the fields of a pair are to one match weight: by the classes of pairs, or plainly field by field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import attrs
import numpy as np

from unified_profile.errors import InvalidInputError
from unified_profile.identity.records.answered import numbers
from unified_profile.identity.records.comparing import MISSING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from unified_profile.identity.records.comparing import Levels
    from unified_profile.identity.records.fields import Codes, Field
    from unified_profile.identity.records.model import RecordModel

    Floats = NDArray[np.float64]


class Scorer(Protocol):
    """Weighs pairs."""

    def weights(  # noqa: PLR0917 - what is known of pairs
        self,
        model: RecordModel,
        fields: Sequence[Field],
        rarity: Sequence[Floats],
        levels: Sequence[Levels],
        left: Codes,
        right: Codes,
        /,
    ) -> Floats:
        """Return the match weight of each pair in bits: 0 is as likely as not.

        *levels* are those of the pairs in each of *fields* (`MISSING`: a value is missing), *left* and *right* their
        records, and *rarity* says how much likelier strangers share each value than they share any.
        """
        ...


@attrs.frozen
class ByClasses:
    """The model's classes of pairs (households, namesakes, people who moved) and how common values are: the default."""

    def weights(  # noqa: PLR0917 - see `Scorer`
        self,
        model: RecordModel,
        fields: Sequence[Field],
        rarity: Sequence[Floats],
        levels: Sequence[Levels],
        left: Codes,
        right: Codes,
        /,
    ) -> Floats:
        """Return the match weights."""
        return model.weighed(fields, rarity, levels, left, right)


@attrs.frozen
class ByLevels:
    """The plain sum of Fellegi and Sunter (1969): each field by itself, all values alike, two classes of pairs.

    It takes fields as independent and values as equally common. It is easily told to others, and less right: those who
    share a home look like one person to it.
    """

    def weights(  # noqa: PLR0917 - see `Scorer`
        self,
        model: RecordModel,
        fields: Sequence[Field],  # noqa: ARG002 - values do not matter to it
        rarity: Sequence[Floats],  # noqa: ARG002
        levels: Sequence[Levels],
        left: Codes,
        right: Codes,  # noqa: ARG002
        /,
    ) -> Floats:
        """Return the match weights."""
        bits: dict[str, list[float]] = {}
        for row in model.level_table():
            bits.setdefault(str(row["field"]), []).append(float(str(row["bits"])))
        found = np.full(len(left), model.prior)
        for known, level in zip(model.fields, levels, strict=True):
            found += np.where(level == MISSING, 0.0, np.array(bits[known.name])[level])
        return found


def scored(  # noqa: PLR0917 - see `Scorer`
    scorer: Scorer,
    model: RecordModel,
    fields: Sequence[Field],
    rarity: Sequence[Floats],
    levels: Sequence[Levels],
    left: Codes,
    right: Codes,
    /,
) -> Floats:
    """Return what *scorer* says of pairs, if these are weights.

    Raises:
        InvalidInputError: If they are not.
    """
    said: object = scorer.weights(model, fields, rarity, levels, left, right)
    if numbers(said, len(left), "f") and not np.isnan(said).any():
        return said
    raise InvalidInputError(field="scorer", reason="not one number of bits a pair", hint="see Scorer.weights")
