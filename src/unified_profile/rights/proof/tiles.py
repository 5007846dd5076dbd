"""How the tree is kept: in tiles of sixteen hashes, so that a million entries grow fast and a proof reads ten rows.

Tile ``(level, place)`` holds the hashes of sixteen neighboring ranges of ``16 ** level`` leaves each. Only the last
tile of each level is unfinished; all others never change. Hashes between the levels are computed when asked for: at
most fifteen a tile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from unified_profile.rights.proof.merkle import SIZE, Range, full_parts, node_hash, rooted

HEIGHT = 4
WIDTH = 1 << HEIGHT

TileKey: TypeAlias = "tuple[int, int]"
"""Level and place of a tile."""


def edge_keys(size: int, /) -> list[TileKey]:
    """Return the unfinished tiles of a tree of *size* leaves: what it needs to grow.

    >>> edge_keys(16), edge_keys(37)
    ([(1, 0)], [(0, 2), (1, 0)])
    """
    found = []
    level, count = 0, size
    while count:
        if count % WIDTH:
            found.append((level, count // WIDTH))
        level, count = level + 1, count // WIDTH
    return found


def grown(size: int, edge: Mapping[TileKey, bytes], leaves: Sequence[bytes], /) -> dict[TileKey, bytes]:
    """Return the tiles that *leaves*, added to a tree of *size* leaves with this *edge*, make or change."""
    changed: dict[TileKey, bytes] = {}
    level, count, hashes = 0, size, list(leaves)
    while hashes:
        rising: list[bytes] = []
        place, there = divmod(count, WIDTH)
        tile = edge[level, place] if there else b""
        taken = 0
        while taken < len(hashes):
            some = hashes[taken : taken + WIDTH - there]
            tile += b"".join(some)
            changed[level, place] = tile
            if there + len(some) == WIDTH:
                rising.append(_folded(_parted(tile)))
            taken += len(some)
            place, there, tile = place + 1, 0, b""
        level, count, hashes = level + 1, count // WIDTH, rising
    return changed


def tile_keys(parts: Iterable[Range], /) -> list[TileKey]:
    """Return the tiles from which the hashes of *parts* can be computed."""
    return sorted({_where(one)[0] for part in parts for one in full_parts(part)})


def hashes_of(parts: Iterable[Range], tiles: Mapping[TileKey, bytes], /) -> tuple[bytes, ...]:
    """Return the hashes of *parts*, from the *tiles* that ``tile_keys`` names.

    Raises:
        KeyError: If a tile is missing.
    """

    def hash_of(part: Range) -> bytes:
        key, first, last = _where(part)
        tile = tiles[key]
        if len(tile) < last * SIZE:
            raise KeyError(key)
        return _folded(_parted(tile[first * SIZE : last * SIZE]))

    return tuple(rooted(part, hash_of) for part in parts)


def _where(part: Range) -> tuple[TileKey, int, int]:
    """Return the tile of a full range, and from which to which of its hashes."""
    start, end = part
    level = ((end - start).bit_length() - 1) // HEIGHT
    unit = WIDTH**level
    place, first = divmod(start // unit, WIDTH)
    return (level, place), first, first + (end - start) // unit


def _parted(tile: bytes) -> list[bytes]:
    return [tile[at : at + SIZE] for at in range(0, len(tile), SIZE)]


def _folded(hashes: list[bytes]) -> bytes:
    """Return the root over a power of two of hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]
