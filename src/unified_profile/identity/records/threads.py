"""Clusters that hang together by a thread: two groups with few links between them are often two people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from unified_profile.identity.records.fields import Codes

THIN = 0.2
"""Conductance below which a cluster is told of."""
_SMALLEST, _LARGEST = 4, 1000


@attrs.frozen
class ThinCluster:
    """A cluster that falls into two groups if *links_across* links are wrong; one link is a bridge.

    *conductance* is the weight of these links over that of all links of the lighter group (Kannan, Vempala and Vetta
    2004): 0 is two clusters, 1 is none. *left* and *right* are the record ids of the groups.
    """

    cluster_id: Any = attrs.field(repr=False)
    records: int
    links_across: int
    conductance: float
    left: tuple[Any, ...] = attrs.field(repr=False)
    right: tuple[Any, ...] = attrs.field(repr=False)


def thin_clusters(ids: Sequence[Any], labels: Codes, left: Codes, right: Codes, weights: Any, /) -> list[ThinCluster]:
    """Return the clusters of four or more records that hang by a thread, the thinnest first.

    *left*, *right* and *weights* are the links inside clusters; those that speak against hold nothing together.
    """
    kept = weights > 0.0
    left, right, weights = left[kept], right[kept], weights[kept]
    sizes = np.bincount(labels, minlength=len(labels))
    wanted = (sizes >= _SMALLEST) & (sizes <= _LARGEST)
    members = np.argsort(labels, kind="stable")
    begins = np.searchsorted(labels[members], np.arange(len(labels) + 1))
    inside = np.flatnonzero(wanted[labels[left]])
    inside = inside[np.argsort(labels[left[inside]], kind="stable")]
    owner = labels[left[inside]]
    found = []
    for label in np.flatnonzero(wanted).tolist():
        records = members[begins[label] : begins[label + 1]]
        own = inside[np.searchsorted(owner, label) : np.searchsorted(owner, label, side="right")]
        table = np.zeros((len(records), len(records)))
        one, two = np.searchsorted(records, left[own]), np.searchsorted(records, right[own])
        table[one, two] = table[two, one] = weights[own]
        if (table > 0.0).sum() == len(records) * (len(records) - 1):
            continue  # everybody is linked with everybody
        side, conductance = _cut(table)
        if conductance < THIN:
            across = int((table[side][:, ~side] > 0.0).sum())
            groups = [tuple(ids[number] for number in records[part].tolist()) for part in (side, ~side)]
            found.append(ThinCluster(ids[label], len(records), across, round(conductance, 6), groups[0], groups[1]))
    return sorted(found, key=lambda one: (one.conductance, -one.records))


def _cut(table: NDArray[np.float64]) -> tuple[NDArray[np.bool_], float]:
    """Return the thinnest cut along the second eigenvector of the normalized Laplacian (Fiedler 1973)."""
    degree = table.sum(1)
    if (degree == 0.0).any():
        return degree == 0.0, 0.0
    scaled = np.eye(len(table)) - table / np.sqrt(np.outer(degree, degree))
    order = np.argsort(np.linalg.eigh(scaled)[1][:, 1] / np.sqrt(degree), kind="stable")
    sorted_table, volume = table[np.ix_(order, order)], np.cumsum(degree[order])[:-1]
    inner = np.array([sorted_table[:size, :size].sum() for size in range(1, len(table))])
    conductance = (volume - inner) / np.maximum(np.minimum(volume, degree.sum() - volume), 1e-300)
    best = int(np.argmin(conductance))
    side = np.zeros(len(table), dtype=np.bool_)
    side[order[: best + 1]] = True
    return side, float(conductance[best])
