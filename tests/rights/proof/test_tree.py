"""The tree against a slow reading of RFC 9162: the recursive definitions, written down as they stand there."""

from __future__ import annotations

import hashlib
from functools import cache

import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InvalidInputError
from unified_profile.rights.proof.log import MerkleLog
from unified_profile.rights.proof.merkle import (
    EMPTY,
    consistency_ranges,
    extends,
    includes,
    inclusion_ranges,
    leaf_hash,
    node_hash,
)
from unified_profile.rights.proof.tiles import edge_keys, grown, hashes_of, tile_keys

MOST = 1_000
LEAVES = [leaf_hash(f"entry {at}".encode()) for at in range(MOST)]
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [  # of the first n inputs: known answers of the reference implementation (google/certificate-transparency)
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def k(n: int) -> int:
    """The largest power of two smaller than n."""
    found = 1
    while found * 2 < n:
        found *= 2
    return found


@cache
def mth(start: int, end: int) -> bytes:
    """Merkle Tree Hash of D[start:end], 2.1.1."""
    n = end - start
    if n == 0:
        return hashlib.sha256().digest()
    if n == 1:
        return LEAVES[start]
    return hashlib.sha256(b"\x01" + mth(start, start + k(n)) + mth(start + k(n), end)).digest()


def path(m: int, start: int, end: int) -> list[bytes]:
    """PATH(m, D[start:end]), 2.1.3.1."""
    n = end - start
    if n == 1:
        return []
    if m < k(n):
        return [*path(m, start, start + k(n)), mth(start + k(n), end)]
    return [*path(m - k(n), start + k(n), end), mth(start, start + k(n))]


def proof(m: int, n: int) -> list[bytes]:
    """PROOF(m, D_n), 2.1.4.1."""
    return subproof(m, 0, n, whole=True)


def subproof(m: int, start: int, end: int, *, whole: bool) -> list[bytes]:
    n = end - start
    if m == n:
        return [] if whole else [mth(start, end)]
    if m <= k(n):
        return [*subproof(m, start, start + k(n), whole=whole), mth(start + k(n), end)]
    return [*subproof(m - k(n), start + k(n), end, whole=False), mth(start, start + k(n))]


@pytest.fixture(scope="module")
def tiles():
    """Return the tiles of a thousand leaves that came one by one."""
    found: dict[tuple[int, int], bytes] = {}
    for at, leaf in enumerate(LEAVES):
        found |= grown(at, found, [leaf])
    return found


def test_roots_are_those_of_the_reference_implementation():
    log = MerkleLog("known")
    for text, root in zip(INPUTS, ROOTS, strict=True):
        log.append_hashes([leaf_hash(bytes.fromhex(text))])
        assert hashes_of([(0, len(log))], log._tiles)[0].hex() == root
    assert hashes_of([(0, 0)], {}) == (EMPTY,)
    assert EMPTY.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_roots_of_all_sizes_are_those_of_the_definition(tiles):
    for size in range(MOST + 1):
        assert hashes_of([(0, size)], tiles) == (mth(0, size),)


def test_inclusion_is_proven_in_trees_of_all_sizes(tiles):
    """Every leaf of every tree up to 70, and of every size the first, the last and some between."""
    for size in range(1, MOST + 1):
        root = mth(0, size)
        for index in range(size) if size <= 70 else {0, size // 3, size // 2, k(size) - 1, k(size), size - 1}:
            found = hashes_of(inclusion_ranges(index, size), tiles)
            assert list(found) == path(index, 0, size)
            assert includes(root=root, size=size, index=index, leaf=LEAVES[index], path=found)


def test_growth_is_proven_between_trees_of_all_sizes(tiles):
    """Every pair of sizes up to 70, and of every larger size some smaller ones."""
    for new in range(MOST + 1):
        for old in range(new + 1) if new <= 70 else {0, 1, 2, new // 3, new // 2, k(new), k(new) + 1, new - 1, new}:
            found = hashes_of(consistency_ranges(old, new), tiles)
            if old > 0:
                assert list(found) == proof(old, new)
            assert extends(old=old, old_root=mth(0, old), new=new, new_root=mth(0, new), path=found)


@given(st.integers(1, MOST), st.data())
def test_any_leaf_of_any_tree_is_proven(size, data):
    index = data.draw(st.integers(0, size - 1))
    found = path(index, 0, size)
    assert includes(root=mth(0, size), size=size, index=index, leaf=LEAVES[index], path=found)


@given(st.integers(0, 300), st.lists(st.integers(0, 70), max_size=6))
def test_it_does_not_matter_in_which_batches_the_leaves_came(first, sizes):
    one, other = MerkleLog("one"), MerkleLog("other")
    total = first + sum(sizes)
    one.append_hashes(LEAVES[:total])
    at = 0
    for size in (first, *sizes):
        other.append_hashes(LEAVES[at : at + size])
        at += size
    assert one._tiles == other._tiles


@given(st.integers(0, MOST))
def test_a_tree_grows_from_its_unfinished_tiles_alone(size):
    whole = grown(0, {}, LEAVES[:size])
    edge = {key: whole[key] for key in edge_keys(size)}
    more = grown(size, edge, LEAVES[:40])
    assert hashes_of([(0, size + 40)], whole | more) == hashes_of(
        [(0, size + 40)], grown(0, {}, [*LEAVES[:size], *LEAVES[:40]])
    )


@given(st.integers(1, MOST), st.data())
def test_a_proof_names_every_tile_that_it_needs_and_few(size, data):
    whole = grown(0, {}, LEAVES[:size])
    parts = inclusion_ranges(data.draw(st.integers(0, size - 1)), size)
    keys = tile_keys(parts)
    hashes_of(parts, {key: whole[key] for key in keys})
    assert len(keys) <= 2 * 4, "two a level, and a thousand leaves make three levels"


# --- what was tampered with is refused -------------------------------------------------------------------------------

SIZES = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 255, 256, 257, 999, 1_000)


def flipped(value: bytes, bit: int) -> bytes:
    found = bytearray(value)
    found[bit // 8] ^= 1 << bit % 8
    return bytes(found)


@pytest.mark.parametrize("size", SIZES)
def test_an_inclusion_proof_with_any_bit_of_any_part_changed_is_refused(size):
    for index in {0, size // 2, size - 1}:
        good = {"root": mth(0, size), "size": size, "index": index, "leaf": LEAVES[index],
                "path": path(index, 0, size)}  # fmt: skip
        assert includes(**good)
        for bit in range(256):
            assert not includes(**good | {"root": flipped(good["root"], bit)})
            assert not includes(**good | {"leaf": flipped(good["leaf"], bit)})
            for at in range(len(good["path"])):
                changed = [flipped(one, bit) if at == here else one for here, one in enumerate(good["path"])]
                assert not includes(**good | {"path": changed})


@pytest.mark.parametrize("size", SIZES)
def test_an_inclusion_proof_with_another_shape_is_refused(size):
    for index in range(size) if size < 40 else (0, size // 2, size - 1):
        right = path(index, 0, size)
        good = {"root": mth(0, size), "size": size, "index": index, "leaf": LEAVES[index], "path": right}
        assert includes(**good)
        longer = [[*right[:at], other, *right[at:]] for at in range(len(right) + 1) for other in (mth(0, size), EMPTY)]
        shorter = [right[:at] + right[at + 1 :] for at in range(len(right))]
        swapped = [
            [*right[:at], right[at + 1], right[at], *right[at + 2 :]] for at in range(len(right) - 1)
        ]  # fmt: skip
        for changed in [*longer, *shorter, *swapped]:
            assert not includes(**good | {"path": changed})
        for other in {-1, size, size + 1, index + 1, index - 1} - {index}:
            assert not includes(**good | {"index": other})
        assert not includes(**good | {"size": -size})
        assert not includes(**good | {"path": [one[:-1] for one in right] or [b""]})


@pytest.mark.parametrize("new", [size for size in SIZES if size > 1])
def test_a_proof_of_growth_with_anything_changed_is_refused(new):
    for old in {1, new // 2, k(new), new - 1}:
        right = proof(old, new)
        good = {"old": old, "old_root": mth(0, old), "new": new, "new_root": mth(0, new), "path": right}
        assert extends(**good)
        for bit in range(0, 256, 5):
            assert not extends(**good | {"old_root": flipped(good["old_root"], bit)})
            assert not extends(**good | {"new_root": flipped(good["new_root"], bit)})
            for at in range(len(right)):
                changed = [flipped(one, bit) if at == here else one for here, one in enumerate(right)]
                assert not extends(**good | {"path": changed})
        for at in range(len(right)):
            assert not extends(**good | {"path": right[:at] + right[at + 1 :]})
        assert not extends(**good | {"path": [*right, mth(0, new)]})
        assert not extends(**good | {"path": [mth(0, new), *right]})
        assert not extends(**good | {"old": old + 1, "new": new + 1, "old_root": mth(0, new)})
        assert not extends(**good | {"old": new, "new": old})


def test_a_path_that_goes_on_beyond_the_root_proves_nothing_for_the_root_that_it_leads_to():
    """Whoever may name the root must still not be able to put the tree that he shows below another one."""
    for size in SIZES:
        for index in {0, size // 2, size - 1}:
            for more in (LEAVES[0], EMPTY):
                for root in (node_hash(more, mth(0, size)), node_hash(mth(0, size), more)):
                    right = path(index, 0, size)
                    assert not includes(root=root, size=size, index=index, leaf=LEAVES[index], path=[*right, more])
        for old in {1, size // 2, size - 1} - {0, size}:
            more, right = LEAVES[0], proof(old, size)
            assert not extends(
                old=old, old_root=node_hash(more, mth(0, old)), new=size, new_root=node_hash(more, mth(0, size)),
                path=[*right, more],
            )  # fmt: skip


def test_a_tree_that_was_rewritten_proves_no_growth():
    """Of all trees of nine leaves that differ in one of the first five, none goes on from the tree of five."""
    for at in range(5):
        other = MerkleLog("other")
        other.append_hashes([EMPTY if here == at else leaf for here, leaf in enumerate(LEAVES[:9])])
        root = hashes_of([(0, 9)], other._tiles)[0]
        for path_ in (hashes_of(consistency_ranges(5, 9), other._tiles), tuple(proof(5, 9))):
            assert not extends(old=5, old_root=mth(0, 5), new=9, new_root=root, path=path_)


def test_the_empty_tree_and_the_same_tree_need_no_hashes():
    assert extends(old=0, old_root=EMPTY, new=7, new_root=mth(0, 7), path=[])
    assert not extends(old=0, old_root=mth(0, 7), new=7, new_root=mth(0, 7), path=[])
    assert extends(old=7, old_root=mth(0, 7), new=7, new_root=mth(0, 7), path=[])
    assert not extends(old=7, old_root=mth(0, 6), new=7, new_root=mth(0, 7), path=[])
    assert not extends(old=7, old_root=mth(0, 7), new=7, new_root=mth(0, 7), path=[EMPTY])


def test_a_leaf_is_never_taken_for_a_node():
    """Two leaves hashed together are no leaf: the second pre-image that the prefixes are there against."""
    both = LEAVES[0] + LEAVES[1]
    assert leaf_hash(both) != node_hash(LEAVES[0], LEAVES[1])


def test_a_log_gives_no_proof_of_what_it_never_held():
    log = MerkleLog("small")
    log.append([{"n": n} for n in range(3)])
    for ask in (
        lambda: log.inclusion(3), lambda: log.inclusion(-1), lambda: log.inclusion(2, size=2),
        lambda: log.inclusion(0, size=4), lambda: log.consistency(4), lambda: log.consistency(2, 1),
    ):  # fmt: skip
        with pytest.raises(InvalidInputError):
            ask()
