"""A process that ingests a crowd on a watched disk, and writes down what SQLite did and what was acknowledged when.

Started as ``python powered.py DURABILITY FILE EVENTS LIFE SIZE``.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path


def main(durability: str, path: str, told: str, life: str, size: str) -> None:
    from tests.hub_processes.disk import watch

    events = watch()
    from tests.hub_processes.crowd import batches_of, crowd, writing_hub

    from unified_profile.storage.sqlite import SqliteStore

    store = SqliteStore(path, durability=durability)  # type: ignore[arg-type]  # one of the two
    hub = writing_hub(store, life)
    for number, batch in enumerate(batches_of(crowd(life, size=int(size), tenant=life), life)):
        hub.ingest(batch)
        events.append(("ack", number))
        if number % 8 == 7:
            store.close()  # moves the log into the file, as a full log would
    store.close()
    Path(told).write_bytes(pickle.dumps(events))


if __name__ == "__main__":
    main(*sys.argv[1:])
