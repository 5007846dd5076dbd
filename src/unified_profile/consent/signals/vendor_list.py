"""The global vendor list, as the caller downloads it: what each vendor declares, and which were deleted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from unified_profile.errors import InvalidInputError, InvalidPayloadError


@attrs.frozen(kw_only=True)
class Vendor:
    """What one vendor declares: purposes by consent, by legitimate interest, and those where it may be either.

    .. versionadded:: 0.1
    """

    id: int
    purposes: frozenset[int] = frozenset()
    legitimate_interests: frozenset[int] = frozenset()
    flexible: frozenset[int] = frozenset()
    deleted_at: datetime | None = None


@attrs.frozen(kw_only=True)
class VendorList:
    """A global vendor list; ``from_json`` reads the file that IAB Europe publishes.

    >>> body = {"vendorListVersion": 141, "tcfPolicyVersion": 5, "vendors": {"8": {"id": 8, "purposes": [1, 3]}}}
    >>> sorted(VendorList.from_json(body).vendors[8].purposes)
    [1, 3]

    .. versionadded:: 0.1
    """

    version: int
    policy_version: int
    vendors: Mapping[int, Vendor] = attrs.field(repr=lambda found: f"<{len(found)}>")

    @classmethod
    def from_json(cls, body: object, /) -> VendorList:
        """Return the list of its published JSON.

        Raises:
            InvalidPayloadError: With the path of what is missing or misshapen.
        """
        if not isinstance(body, Mapping) or not isinstance(body.get("vendors"), Mapping):
            raise _unfit("vendors", "not an object")
        vendors = {}
        for key, entry in body["vendors"].items():
            where = f"vendors.{str(key)[:8]}"
            if not isinstance(entry, Mapping):
                raise _unfit(where, "not an object")
            id = _number(entry, "id", where)
            vendors[id] = Vendor(
                id=id,
                purposes=_numbers(entry, "purposes", where),
                legitimate_interests=_numbers(entry, "legIntPurposes", where),
                flexible=_numbers(entry, "flexiblePurposes", where),
                deleted_at=_moment(entry.get("deletedDate"), f"{where}.deletedDate"),
            )
        return cls(
            version=_number(body, "vendorListVersion", ""),
            policy_version=_number(body, "tcfPolicyVersion", ""),
            vendors=vendors,
        )


def _unfit(field: str, reason: str) -> InvalidInputError:
    return InvalidPayloadError(field=field, reason=reason, hint="pass the vendor list as it is published")


def _number(entry: Mapping[str, Any], name: str, where: str) -> int:
    found = entry.get(name)
    if type(found) is int:
        return found
    raise _unfit(f"{where}.{name}" if where else name, "not a whole number")


def _numbers(entry: Mapping[str, Any], name: str, where: str) -> frozenset[int]:
    found = entry.get(name, [])
    if isinstance(found, list) and all(type(one) is int for one in found):
        return frozenset(found)
    raise _unfit(f"{where}.{name}", "not a list of whole numbers")


def _moment(found: object, field: str) -> datetime | None:
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        moment = None
    if moment is None:
        raise _unfit(field, "not an ISO 8601 time")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
