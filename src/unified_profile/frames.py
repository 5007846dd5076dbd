"""Frames of the caller's kind, made from columns and read into columns; a frame library is loaded when it is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from unified_profile.errors import InvalidInputError, MissingExtraError, UnknownNameError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
    nw = _narwhals()
    try:
        return nw.from_dict({name: list(values) for name, values in columns.items()}, backend=backend).to_native()
    except ModuleNotFoundError:
        raise MissingExtraError(extra="frames", package=backend) from None


def columns(table: object, names: Sequence[str], /, *, field: str = "data") -> dict[str, NDArray[Any]]:
    """Return the columns of that *names* as numpy arrays; *table* is a mapping of columns or a frame of any library.

    What is missing is ``None``, NaN or NaT, as the column's kind has it; whole numbers with gaps stay whole numbers
    (as objects). A mapping of lists and numpy arrays needs no frame library.

    >>> columns({"T": [1, 2], "name": ["a", None]}, ["name"])["name"].tolist()
    ['a', None]

    Raises:
        InvalidInputError: If it is no table, or has no such column.
        MissingExtraError: If narwhals is needed and not installed.
    """
    return {name: _array(column) for name, column in _series(table, names, field=field).items()}


def cells(table: object, name: str, /, *, field: str = "data") -> NDArray[Any] | list[Any]:
    r"""Return the cells of a column just as they are: whole numbers and flags without gaps as an array, else a list.

    In arrays of text numpy drops NUL at the end, and in those of numbers a gap and NaN are one.

    >>> cells({"name": ["a\0", None]}, "name")
    ['a\x00', None]

    Raises:
        InvalidInputError: If it is no table, or has no such column.
        MissingExtraError: If narwhals is needed and not installed.
    """
    import numpy as np

    column = _series(table, [name], field=field)[name]
    dtype = getattr(column, "dtype", None)
    if isinstance(column, np.ndarray) or (hasattr(column, "null_count") and dtype is not None and dtype.is_integer()):
        found = _array(column)
        return found if found.dtype.kind in "iub" else found.tolist()
    return [each.item() if isinstance(each, np.generic) else each for each in _listed(column)]


def distinct_texts(table: object, name: str, /) -> tuple[list[str], NDArray[np.int64]] | None:
    """Return the distinct texts of a column in the order in which they come, and the number of each row's (-1: none).

    The frame's own library finds them, without Python, and for several columns at once. None if *table* is no frame of
    polars, pyarrow or pandas, or the column is none of texts alone: then somebody has to look at every cell.

    >>> import polars
    >>> texts, numbers = distinct_texts(polars.DataFrame({"city": ["Nara", None, "Kobe", "Nara"]}), "city")
    >>> texts, numbers.tolist()
    (['Nara', 'Kobe'], [0, -1, 1, 0])
    """
    import numpy as np

    made: Any = table
    library = backend_of(table)
    if library == "polars" and str(made[name].dtype) in {"String", "Utf8"}:
        rows = made[name].alias("text").to_frame().with_row_index("row").drop_nulls()
        groups = rows.group_by("text", maintain_order=True).agg("row")
        numbers = np.full(len(made), -1)
        sizes = groups["row"].list.len().to_numpy()
        numbers[groups["row"].explode().to_numpy()] = np.repeat(np.arange(len(groups)), sizes)
        return groups["text"].to_list(), numbers
    if library == "pandas" and str(made[name].dtype) in {"str", "string"}:
        codes, texts = made[name].array.factorize()
        return texts.to_numpy(dtype=object).tolist(), codes.astype(np.int64)
    if library == "pyarrow" and str(made[name].type) in {"string", "large_string"}:
        whole = made[name].combine_chunks()
        if hasattr(whole, "dictionary_encode") and not hasattr(whole, "chunks"):  # texts that one array can hold
            found = whole.dictionary_encode()
            codes = found.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            return found.dictionary.to_numpy(zero_copy_only=False).tolist(), codes.astype(np.int64)
    return None


def _listed(column: Any) -> list[Any]:
    return list(column.to_list() if hasattr(column, "to_list") else column)


def column_names(table: object, /, *, field: str = "data") -> list[str]:
    """Return the names of the columns of *table*, a mapping of columns or a frame of any library.

    >>> column_names({"T": [1, 2], "name": ["a", None]})
    ['T', 'name']

    Raises:
        InvalidInputError: If it is no table.
        MissingExtraError: If narwhals is needed and not installed.
    """
    if isinstance(table, Mapping):
        return [str(name) for name in table]
    return [str(name) for name in _framed(table, field).collect_schema().names()]


def backend_of(table: object, /) -> Backend | None:
    """Return which library made *table*: None if it is no frame of a library that `frame` can make."""
    made = type(table).__module__.partition(".")[0]
    return next((known for known in get_args(Backend) if known == made), None)


def local_times(table: object, name: str, /, *, zone: str | None, field: str = "data") -> tuple[NDArray[Any], bool]:
    """Return a column of times as a numpy array, and whether the frame knew its zone.

    Times that a frame knows with their zone come out as the clock on the wall in *zone* shows them, and without one.

    Raises:
        InvalidInputError: If there is no such column, or the times have a zone and *zone* does not say which days to
            count in.
        MissingExtraError: If narwhals is needed and not installed.
    """
    column = _series(table, [name], field=field)[name]
    if getattr(getattr(column, "dtype", None), "time_zone", None) is None:
        return _array(column), False
    if zone is None:
        raise InvalidInputError(
            field=f"{field}.{name}",
            reason="times with a zone",
            hint="say in which zone a day begins: zone='Asia/Tokyo'",
        )
    return _array(column.dt.convert_time_zone(zone).dt.replace_time_zone(None)), True


def _series(table: object, names: Sequence[str], *, field: str) -> dict[str, Any]:
    """Return columns as narwhals series where they are of a frame library, else as they are."""
    if isinstance(table, Mapping):
        known = [str(name) for name in table]
        found = {name: _wrapped(table[name]) for name in names if name in table}
    else:
        frame_of = _framed(_plain_relation(table, names), field)
        known = list(frame_of.collect_schema().names())
        chosen = frame_of.select([name for name in names if name in known])
        chosen = chosen.collect() if hasattr(chosen, "collect") else chosen
        found = {name: chosen[name] for name in names if name in known}
    for name in names:
        if name not in found:
            raise InvalidInputError(
                field=f"{field}.{name}", reason="no such column", hint=f"there are: {', '.join(known[:20]) or 'none'}"
            )
    return found


def _plain_relation(table: Any, names: Sequence[str]) -> Any:
    """Return a relation of DuckDB as an arrow table of *names*: not every narwhals understands every DuckDB."""
    if type(table).__module__.partition(".")[0] not in {"duckdb", "_duckdb"} or not hasattr(table, "to_arrow_table"):
        return table
    if not set(names) <= set(table.columns):
        return table.limit(0).to_arrow_table()  # enough to say what is missing
    return table.select(*('"' + name.replace('"', '""') + '"' for name in names)).to_arrow_table()


def _framed(table: object, field: str) -> Any:
    try:
        return _narwhals().from_native(table)
    except TypeError:
        kind = type(table).__name__
        raise InvalidInputError(field=field, reason=f"a {kind} is no table", hint="pass a frame or columns") from None


def _wrapped(column: Any) -> Any:
    if isinstance(column, (list, tuple)) or type(column).__module__ == "numpy":
        return column
    return _narwhals().from_native(column, series_only=True, pass_through=True)


def _array(column: Any) -> NDArray[Any]:
    import numpy as np

    if isinstance(column, np.ndarray):
        return column
    dtype = getattr(column, "dtype", None)
    if dtype is not None and hasattr(column, "null_count"):
        if dtype.is_integer() and column.null_count():
            return np.array(column.to_list(), dtype=object)  # as floats, long numbers would lose their last digits
        return np.asarray(column.to_numpy())
    items = column if isinstance(column, (list, tuple)) else list(column)
    kinds = set(map(type, items))
    return np.array(items) if len(kinds) == 1 and kinds <= {int, float, str} else _objects(items)


def _objects(items: Sequence[Any]) -> NDArray[Any]:
    import numpy as np

    if items and set(map(type, items)) <= {int, float}:
        return np.array(items, dtype=np.float64)
    found = np.empty(len(items), dtype=object)
    found[:] = items
    return found


def _narwhals() -> Any:
    try:
        import narwhals  # an extra
    except ImportError:
        raise MissingExtraError(extra="frames", package="narwhals") from None
    return narwhals
