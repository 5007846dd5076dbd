"""What `resolve` is given beside the records, looked at before it is used."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.model.soundness import offers

_STAGES: Mapping[str, str] = {
    "normalizer": "normalize", "blocking": "blocks", "clusterer": "clusters", "comparators": "items",
    "scorer": "weights",
}  # fmt: skip
"""The method by which an object for a stage is known."""


def checked(
    *,
    record_id: object,
    link_only: object,
    threshold: object,
    seed: object,
    stages: Mapping[str, object],
    progress: object = None,
) -> None:
    """Refuse options of another kind than they must be.

    Raises:
        InvalidInputError: If one is; ``field`` names it.
    """
    for name, value in (("record_id", record_id), ("link_only", "" if link_only is None else link_only)):
        if not isinstance(value, str):
            raise InvalidInputError(field=name, reason=f"a {type(value).__name__}", hint="the name of a column")
    bits(threshold)
    known(stages)
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InvalidInputError(field="seed", reason="not a whole number from 0 on", hint="e.g. seed=0")
    if progress is not None and not callable(progress):
        raise InvalidInputError(field="progress", reason=f"a {type(progress).__name__}", hint="something to be called")


def counted(workers: object, /) -> None:
    """Refuse a number of *workers* that is none; None is for the default.

    Raises:
        InvalidInputError: If it is.
    """
    if workers is not None and (isinstance(workers, bool) or not isinstance(workers, int) or not 0 < workers <= 256):
        raise InvalidInputError(field="workers", reason="not a whole number from 1 to 256", hint="1 starts no thread")


def alone(model: object, stages: Mapping[str, object], /) -> None:
    """Refuse stages beside a *model* that holds its own.

    Raises:
        InvalidInputError: If there are any; ``field`` names the first.
    """
    for name in ("blocking", "comparators"):
        if model is not None and stages[name] is not None:
            raise InvalidInputError(field=name, reason="given beside a model, which has its own", hint="leave one out")


def known(stages: Mapping[str, object], /) -> None:
    """Refuse what is no object for its stage, of which the name is the key; None is for the default.

    Raises:
        InvalidInputError: If one is; ``field`` names it.
    """
    for name, stage in stages.items():
        method = _STAGES[name]
        if stage is not None and (isinstance(stage, type) or not offers(stage, method)):
            raise InvalidInputError(field=name, reason=f"a {type(stage).__name__}", hint=f"an object with {method}(…)")


def signed(stages: Mapping[str, object], /) -> str:
    """Return what tells objects for stages from others: their ``fingerprint``, else what they are.

    >>> from unified_profile.identity.records.clusters import AverageLinked, Connected
    >>> signed({"clusterer": AverageLinked(1.0)})
    'clusterer=AverageLinked(threshold=1.0, before=None)'
    """
    told = []
    for name, stage in sorted(stages.items()):
        if stage is not None:
            kind = type(stage)
            plain = repr(stage) if attrs.has(kind) else f"{kind.__module__}.{kind.__qualname__}"
            told.append(f"{name}={getattr(stage, 'fingerprint', plain)}")
    return ", ".join(told)


def bits(threshold: object, /) -> float:
    """Return *threshold* as a match weight.

    Raises:
        InvalidInputError: If it is no finite number.
    """
    if not isinstance(threshold, bool) and isinstance(threshold, (int, float)) and -1e6 < threshold < 1e6:
        return float(threshold)
    raise InvalidInputError(field="threshold", reason="not a number of bits", hint="0 is as likely as not")
