"""JSON as strangers send it: bounded, copied, and free of what no store could keep."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import attrs

from unified_profile.errors import InvalidPayloadError, InvalidRulesError
from unified_profile.model import Json

_LARGEST_INTEGER = 2**64
_LONGEST_TEXT_OF_ANY_NUMBER = 24
_PLAIN_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$ -]{0,63}\Z")
_PLAIN = (str, bool, int, float, type(None))


@attrs.frozen(kw_only=True)
class Limits:
    """How large a payload may be: so many bytes, nested so deep.

    Of a payload that comes as Python objects the characters are counted, which is about the same.

    >>> Limits(max_depth=4).max_bytes
    1048576
    """

    max_bytes: int = 1 << 20
    max_depth: int = 32

    def __attrs_post_init__(self) -> None:
        """Refuse limits that nothing keeps."""
        for name in ("max_bytes", "max_depth"):
            number = getattr(self, name)
            if type(number) is not int or number < 1:
                raise InvalidRulesError(field=f"limits.{name}", reason="not a number above 0", hint="leave it out")
        if self.max_depth > 200:
            raise InvalidRulesError(field="limits.max_depth", reason="above 200", hint="flatten the payload")


DEFAULT_LIMITS = Limits()
WIDE_LIMITS = Limits(max_bytes=1 << 24, max_depth=64)
"""The limits of what we wrote ourselves: a payload and all that was put around it."""


class Unfit(Exception):
    """Something is not as it usually is; who catches it looks closely and says what."""


class _RepeatedKeyError(ValueError):
    """An object names one key twice."""


def parsed(text: str | bytes | bytearray, /, *, field: str = "payload", limits: Limits = DEFAULT_LIMITS) -> Json:
    """Return the value of a JSON *text*.

    Duplicate keys, NaN and Infinity are refused rather than guessed at, as are texts that are too large. What it
    holds is checked by ``checked``.

    >>> parsed(b'{"a": [1, null]}')
    {'a': [1, None]}

    Raises:
        InvalidPayloadError: If it is not such a text.
    """
    raw = _decoded(text, field=field, limits=limits)
    try:
        value: Json = json.loads(raw, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        reason = f"not JSON (line {error.lineno}, column {error.colno})"
    except _RepeatedKeyError as error:
        reason = str(error)
    except (ValueError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else "holds a number that is not JSON"
    else:
        return value
    raise InvalidPayloadError(field=field, reason=reason, hint="send one JSON value in UTF-8")


def _decoded(text: str | bytes | bytearray, *, field: str, limits: Limits) -> str:
    """Return *text* as characters, if it is not too large."""
    if len(text) > limits.max_bytes:
        raise _too_large(field, limits)
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return bytes(text).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = error.start
    raise InvalidPayloadError(field=field, reason=f"not UTF-8 (byte {place})", hint="send JSON in UTF-8")


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # add returns None, which is false
        raise _RepeatedKeyError(f"the key {shown(twice)} stands twice in one object")
    return found


def _refuse_constant(name: str) -> Json:
    raise ValueError(name)


def shown(key: object, /) -> str:
    """Return *key* as it may stand in a message: a name as it is, anything else only as its kind.

    >>> shown("order_id"), shown("taro@example.com")
    ("'order_id'", 'that is not a plain name')
    """
    return repr(key) if isinstance(key, str) and _PLAIN_NAME.match(key) else "that is not a plain name"


def step(path: str, key: object, position: int, /) -> str:
    """Return *path* with one more step; a key that may be a personal value shows as its position."""
    name = key if isinstance(key, str) and _PLAIN_NAME.match(key) else f"#{position}"
    return f"{path}.{name}" if path else str(name)


def checked(value: object, /, *, field: str = "payload", limits: Limits = DEFAULT_LIMITS) -> Json:
    """Return a copy of *value* made of plain JSON types.

    Mappings, lists and tuples are taken, and subclasses of text and numbers. NaN, infinity, integers beyond 64 bits,
    NUL characters, lone surrogates, and whatever goes over *limits* are refused.

    >>> checked({"a": (1, 2)})
    {'a': [1, 2]}

    Raises:
        InvalidPayloadError: With the path of the first value that is not JSON.
    """
    budget = [limits.max_bytes]
    try:
        copy: Json = copied(value, limits.max_depth, budget)
    except Unfit:
        pass
    else:
        return copy
    raise complaint(value, field=field, limits=limits)


def copied(value: Any, room: int, budget: list[int], /) -> Any:  # noqa: PLR0911 - the fast way has many ends
    """Return a plain copy of *value*, nested at most *room* deep; its size is taken off *budget*.

    Raises:
        Unfit: If it is no such value. Nothing more is told here, because this is the fast way.
    """
    kind = type(value)
    if kind is str:
        if "\0" in value or not (value.isascii() or _encodable(value)):
            raise Unfit
        left = budget[0] - len(value)
        if left < 0:
            raise Unfit
        budget[0] = left
        return value
    if kind is dict:
        return _copied_object(value, room, budget)
    if kind is list:
        if room <= 0 or budget[0] < len(value):
            raise Unfit
        budget[0] -= len(value)
        return [copied(item, room - 1, budget) for item in value]
    if value is None or kind is bool:
        return value
    if kind is int:
        if -_LARGEST_INTEGER < value < _LARGEST_INTEGER:
            return value
        raise Unfit
    if kind is float:
        if math.isfinite(value):
            return value
        raise Unfit
    return copied(_plain(value), room, budget)


def _copied_object(value: dict[Any, Any], room: int, budget: list[int]) -> dict[str, Any]:
    if room <= 0 or budget[0] < len(value):
        raise Unfit
    copy = {}
    spent = 2
    for key, item in value.items():
        if type(key) is not str or "\0" in key or not (key.isascii() or _encodable(key)):
            raise Unfit
        if type(item) is str:
            # The most frequent case, without a call.
            if "\0" in item or not (item.isascii() or _encodable(item)):
                raise Unfit
            spent += len(item)
            copy[key] = item
        else:
            copy[key] = copied(item, room - 1, budget)
        spent += len(key) + 4
    left = budget[0] - spent
    if left < 0:
        raise Unfit
    budget[0] = left
    return copy


def storable(text: str, /) -> bool:
    r"""Return whether every store can keep *text*: no NUL, no half of a surrogate pair.

    >>> storable("東京"), storable("a\0b")
    (True, False)
    """
    return "\0" not in text and (text.isascii() or _encodable(text))


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _plain(value: object) -> object:
    """Return *value* as the plain type it is a kind of."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (list, tuple)):
        return list(value)
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value)
    raise Unfit


def complaint(value: object, /, *, field: str, limits: Limits = DEFAULT_LIMITS) -> InvalidPayloadError:
    """Return the error that says where *value* is not JSON that can be kept."""
    found = _first_flaw(value, field, limits.max_depth)
    if found is None:
        return _too_large(field, limits)
    place, reason, hint = found
    return InvalidPayloadError(field=place or "payload", reason=reason, hint=hint)


def _too_large(field: str, limits: Limits) -> InvalidPayloadError:
    return InvalidPayloadError(
        field=field or "payload",
        reason=f"larger than {limits.max_bytes} bytes",
        hint="send less, or raise Limits.max_bytes",
    )


def _first_flaw(value: object, path: str, room: int) -> tuple[str, str, str] | None:
    """Return path, reason and hint of the first value that is not JSON that can be kept."""
    if not isinstance(value, _PLAIN):
        try:
            value = _plain(value)
        except Unfit:
            return path, "not a JSON value", "pass null, true, false, numbers, text, lists or objects"
    flaw = _flaw_of_scalar(value)
    if flaw is not None:
        return path, *flaw
    if not isinstance(value, (dict, list)):
        return None
    if room <= 0:
        return path.split(".", maxsplit=1)[0], "nested too deep", "flatten it"
    items = value.items() if isinstance(value, dict) else ((str(at), item) for at, item in enumerate(value))
    for position, (key, item) in enumerate(items):
        place = step(path, key, position) if isinstance(value, dict) else f"{path}.{position}"
        bad = _flaw_of_text(key) if isinstance(key, str) else ("has a key that is not text", "name every value")
        found = (path, f"a key: {bad[0]}", bad[1]) if bad is not None else _first_flaw(item, place, room - 1)
        if found is not None:
            return found
    return None


def _flaw_of_scalar(value: object) -> tuple[str, str] | None:
    if isinstance(value, str):
        return _flaw_of_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN or infinite", "leave the value out, or send null"
    if isinstance(value, int) and not -_LARGEST_INTEGER < value < _LARGEST_INTEGER:
        return "an integer beyond 64 bits", "send it as text"
    return None


def _flaw_of_text(text: str) -> tuple[str, str] | None:
    if "\0" in text:
        return "holds a NUL character", "remove it"
    return None if _encodable(text) else ("holds half of a surrogate pair", "send valid Unicode")


def canonical(value: object, /) -> bytes:
    r"""Return *value* as the one text that equal JSON values have.

    >>> canonical({"b": 1, "a": "é"})
    b'{"a":"\xc3\xa9","b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
