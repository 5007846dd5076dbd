"""The hash tree of RFC 9162, as arithmetic: which parts of the tree a root or a proof is made of.

A tree of *n* leaves is told by ranges ``[start, end)`` of leaves. A *full* range holds a power of two of leaves and
begins at a multiple of it: its hash never changes, however the tree grows. Every other range is made of full ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

Range: TypeAlias = "tuple[int, int]"
"""The leaves from the first, included, to the second, excluded."""

SIZE = hashlib.sha256().digest_size
EMPTY = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(entry: bytes, /) -> bytes:
    """Return the hash of a leaf that holds *entry* (RFC 9162, 2.1.1).

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes, /) -> bytes:
    """Return the hash of an inner node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int, /) -> int:
    """Return the largest power of two that is smaller than *size*: how many leaves the left side of a tree has.

    >>> [split(size) for size in (2, 3, 4, 5, 8, 9)]
    [1, 2, 2, 4, 4, 8]
    """
    return 1 << ((size - 1).bit_length() - 1)


def is_full(part: Range, /) -> bool:
    """Say whether *part* is the whole of one inner node or leaf, whatever comes after it."""
    start, end = part
    size = end - start
    return size > 0 and not size & (size - 1) and not start % size


def full_parts(part: Range, /) -> list[Range]:
    """Return the full ranges that *part* is made of, from the left.

    >>> full_parts((0, 7))
    [(0, 4), (4, 6), (6, 7)]
    """
    start, end = part
    found: list[Range] = []
    while start < end:
        size = end - start
        while not is_full((start, start + size)):
            size = split(size)
        found.append((start, start + size))
        start += size
    return found


def rooted(part: Range, hash_of: Callable[[Range], bytes], /) -> bytes:
    """Return the hash of *part*, where *hash_of* knows those of full ranges."""
    if part[0] == part[1]:
        return EMPTY
    hashes = [hash_of(one) for one in full_parts(part)]
    found = hashes.pop()
    while hashes:  # what is on the right is smaller, and is folded first
        found = node_hash(hashes.pop(), found)
    return found


def inclusion_ranges(index: int, size: int, /) -> list[Range]:
    """Return the ranges whose hashes prove that leaf *index* is in the tree of *size* leaves: PATH of 2.1.3.1.

    >>> inclusion_ranges(4, 7)
    [(5, 6), (6, 7), (0, 4)]
    """
    found: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def consistency_ranges(old: int, new: int, /) -> list[Range]:
    """Return the ranges whose hashes prove that the first *old* of *new* leaves are those of before: PROOF of 2.1.4.1.

    >>> consistency_ranges(3, 7)
    [(2, 3), (3, 4), (0, 2), (4, 7)]
    """
    if old in {0, new}:
        return []
    found: list[Range] = []
    start, end, known = 0, new, True
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start, known = middle, False
    if not known:
        found.append((start, end))
    return found[::-1]


def includes(*, root: bytes, size: int, index: int, leaf: bytes, path: Sequence[bytes]) -> bool:
    """Say whether *path* proves that *leaf* is leaf *index* of the tree with this *root* (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or not _hashes([root, leaf, *path]):
        return False
    at, last, found = index, size - 1, leaf
    for one in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(one, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, one)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def extends(*, old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Say whether *path* proves that the tree of *new* leaves begins with the tree of *old* (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new or not _hashes([old_root, new_root, *path]):
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:  # a tree without leaves is the beginning of every tree
        return not path and old_root == EMPTY
    given = [old_root, *path] if not old & (old - 1) else list(path)
    if not given:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = given[0]
    for one in given[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(one, before), node_hash(one, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, one)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _hashes(found: Iterable[object]) -> bool:
    return all(isinstance(one, bytes) and len(one) == SIZE for one in found)
