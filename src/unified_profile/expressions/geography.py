"""Places on the earth: how far apart they are, and whether one lies in a box or a polygon."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from unified_profile.errors import InvalidRulesError

Place: TypeAlias = tuple[float, float]
"""Latitude and longitude in degrees."""

RADIUS_KM = 6371.0088
"""The earth's mean radius (IUGG); distances are on a sphere of it, at most 0.6 % off."""

NAMES = (("latitude", "longitude"), ("lat", "lon"), ("lat", "lng"))


def place_of(value: object, /) -> Place | None:
    """Return where *value*, an object with latitude and longitude, lies; None if it says no place.

    >>> place_of({"lat": 35.68, "lon": 139.77})
    (35.68, 139.77)
    """
    if not isinstance(value, Mapping):
        return None
    for north, east in NAMES:
        if north in value and east in value:
            return _place(value[north], value[east])
    return None


def _place(north: Any, east: Any) -> Place | None:
    """Return two numbers that are degrees."""
    for each in (north, east):
        if isinstance(each, bool) or not isinstance(each, (int, float)):
            return None
    if not (-90 <= north <= 90 and -180 <= east <= 180):
        return None
    return float(north), float(east)


def kilometers(one: Place, other: Place, /) -> float:
    """Return how far apart two places are, in kilometers along the surface (haversine formula).

    Source: Sinnott (1984), Virtues of the Haversine, Sky and Telescope 68.

    >>> round(kilometers((35.6812, 139.7671), (34.7025, 135.4959)))  # Tokyo and Osaka stations
    403
    """
    (north, east), (norther, easter) = ((math.radians(each[0]), math.radians(each[1])) for each in (one, other))
    half = math.sin((norther - north) / 2) ** 2
    half += math.cos(north) * math.cos(norther) * math.sin((easter - east) / 2) ** 2
    return 2 * RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))


def in_box(place: Place, box: Sequence[float], /) -> bool:
    """Say whether *place* lies in a box of south, west, north, east, its edges included; west may lie beyond 180°.

    >>> in_box((0, 179), (-1, 170, 1, -170)), in_box((0, 0), (-1, 170, 1, -170))
    (True, False)
    """
    south, west, north, east = box
    if not south <= place[0] <= north:
        return False
    return west <= place[1] <= east if west <= east else place[1] >= west or place[1] <= east


def in_polygon(place: Place, corners: Sequence[float], /) -> bool:
    """Say whether *place* lies in a polygon of corners (latitude, longitude …), its edges straight in degrees.

    A place on an edge to the south or west is inside, one on an edge to the north or east is not, so that of two
    polygons that share an edge one has it. A polygon across the 180th meridian must be cut in two.

    >>> square = (0, 0, 0, 2, 2, 2, 2, 0)
    >>> in_polygon((1, 1), square), in_polygon((3, 1), square), in_polygon((0, 0), square), in_polygon((2, 2), square)
    (True, False, True, False)
    """
    points = [(corners[index], corners[index + 1]) for index in range(0, len(corners), 2)]
    inside = False
    for (south, west), (north, east) in zip(points, [*points[1:], points[0]], strict=True):
        if (south > place[0]) is not (north > place[0]):
            crossing = west + (place[0] - south) * (east - west) / (north - south)
            if place[1] < crossing:
                inside = not inside
    return inside


def checked_numbers(value: object, op: str, /) -> tuple[float, ...]:
    """Return what a place is compared with: center and radius, a box, or the corners of a polygon.

    Raises:
        InvalidRulesError: If it is none of that.
    """
    shapes = {
        "near": "[latitude, longitude, kilometers]",
        "in_box": "[south, west, north, east]",
        "in_polygon": "[latitude, longitude, latitude, longitude, …] of at least three corners",
    }
    found = tuple(value) if isinstance(value, (list, tuple)) else ()
    numbers = tuple(
        float(each)
        for each in found
        if isinstance(each, (int, float)) and not isinstance(each, bool) and abs(each) < 1e9
    )
    sizes = {"near": len(found) == 3, "in_box": len(found) == 4, "in_polygon": 6 <= len(found) <= 2_000}
    fits = sizes[op] and len(numbers) == len(found) and (op != "in_polygon" or len(found) % 2 == 0)
    pairs = numbers[:2] if op == "near" else numbers
    fits = fits and all(_place(*pairs[index : index + 2]) is not None for index in range(0, len(pairs), 2))
    if not fits or (op == "near" and numbers[2] < 0) or (op == "in_box" and numbers[0] > numbers[2]):
        raise InvalidRulesError(field="value", reason=f"no shape for {op!r}", hint=shapes[op] + " in degrees")
    return tuple(int(each) if each.is_integer() else each for each in numbers)
