"""Global Privacy Control: a browser's standing opt-out, by header or by property. Its absence says nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from unified_profile.consent.signals.reading import fault

HEADER = "Sec-GPC"


@attrs.frozen
class GPC:
    """Whether Global Privacy Control is on. Off is no opt-in: nobody said anything.

    Source: W3C, Global Privacy Control (w3.org/TR/gpc): the header is ``Sec-GPC: 1`` or not sent.

    .. versionadded:: 0.1
    """

    enabled: bool = False
    via: Literal["header", "property"] = "header"

    def encode(self) -> str:
        """Return the value of the header; an empty text means that it is not sent."""
        return "1" if self.enabled else ""


def decode_gpc(value: str | bool | None, /) -> GPC:  # noqa: FBT001  # the property is a bool
    """Return what the value of ``Sec-GPC``, or of ``navigator.globalPrivacyControl``, says.

    >>> decode_gpc("1").enabled, decode_gpc(None).enabled, decode_gpc(True)
    (True, False, GPC(enabled=True, via='property'))

    Raises:
        InvalidSignalError: If it is neither; such a value is no grant, and no opt-out that could be relied on.

    .. versionadded:: 0.1
    """
    if isinstance(value, bool):
        return GPC(value, "property")
    if value is None or (isinstance(value, str) and value.strip() in {"", "0"}):
        return GPC()
    if isinstance(value, str) and value.strip() == "1":
        return GPC(enabled=True)
    del value  # a report that shows the locals of this error must not show it
    raise fault("value", "neither 1 nor absent", "gpc", field=HEADER, bit=0, hint="take it for no grant")


def gpc_of(headers: Mapping[str, str] | Mapping[bytes, bytes], /) -> GPC:
    """Return what the *headers* of a request say; names are compared without regard to case.

    Names and values may be text, or bytes as ASGI servers hand them on: an opt-out is not lost over that.

    >>> gpc_of({"sec-gpc": "1"}).enabled
    True

    Raises:
        InvalidSignalError: If the header has another value than 1.

    .. versionadded:: 0.1
    """
    found = [_text(value) for name, value in headers.items() if str(_text(name)).lower() == HEADER.lower()]
    if len(found) > 1:
        return decode_gpc("1" if any(isinstance(one, str) and one.strip() == "1" for one in found) else found[0])
    return decode_gpc(found[0] if found else None)


def _text(value: Any) -> Any:
    return value.decode("latin-1") if isinstance(value, bytes) else value
