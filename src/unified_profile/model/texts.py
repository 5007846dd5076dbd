"""JSON text as stores keep it: compact, in any script, and never with NaN."""

from __future__ import annotations

import json
from collections.abc import Callable
from json import encoder as _encoder
from typing import Any


def _made() -> Callable[[Any], str]:
    """Return the fastest way to write JSON that this Python has.

    ``JSONEncoder.encode`` prepares the C encoder anew at every call, which costs as much as writing a small object; one
    that is kept does the same work. Where there is none (PyPy), the plain way is taken.
    """
    plain = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
    make = getattr(_encoder, "c_make_encoder", None)
    if make is None:
        return plain
    # markers, default, encoder, indent, key separator, item separator, sort_keys, skipkeys, allow_nan
    kept = make(None, _refuse, _encoder.encode_basestring, None, ":", ",", False, False, False)  # noqa: FBT003  # positional in C
    join = "".join

    def fast(value: Any) -> str:
        return join(kept(value, 0))

    return fast if fast({"a": ["é", 1, None]}) == plain({"a": ["é", 1, None]}) else plain


def _refuse(value: object) -> object:
    raise TypeError(f"a {type(value).__name__} is not JSON")


compact: Callable[[Any], str] = _made()
"""Return *value* as compact JSON text.

>>> compact({"city": "大阪", "n": 1})
'{"city":"大阪","n":1}'
"""
