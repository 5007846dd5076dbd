"""Frames of the caller's kind, made from columns; the frame libraries are loaded when one is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

from unified_profile.errors import MissingExtraError, UnknownNameError

Backend: TypeAlias = Literal["pandas", "polars", "pyarrow"]


def frame(columns: Mapping[str, Sequence[Any]], /, *, backend: Backend = "pandas") -> Any:
    """Return *columns* as a frame of *backend*.

    >>> frame({"city": ["Osaka", None]}, backend="polars").columns
    ['city']

    Raises:
        UnknownNameError: If *backend* is none of those known.
        MissingExtraError: If narwhals or the frame library is not installed.
    """
    if backend not in get_args(Backend):
        raise UnknownNameError(kind="frame backend", name=str(backend), known=get_args(Backend))
    try:
        import narwhals as nw  # an extra
    except ImportError:
        raise MissingExtraError(extra="frames", package="narwhals") from None
    try:
        return nw.from_dict({name: list(values) for name, values in columns.items()}, backend=backend).to_native()
    except ModuleNotFoundError:
        raise MissingExtraError(extra="frames", package=backend) from None
