"""A disk that loses what it was not told to keep: what SQLite writes, syncs and deletes is written down, and cut short.

SQLite reaches files through a table of functions (its *VFS*). ``watch`` puts ours in front of those that write::

    events = watch()  # from now on, for every connection of this process
    ...
    events.append(("ack", 7))  # whatever the caller was promised stands between what was written

``after_cut`` makes of the events a folder as it may be found after the power went: what was synced is there, and of all
else any part.
"""

from __future__ import annotations

import ctypes
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

Event: TypeAlias = tuple[Any, ...]
"""``("write", file, offset, bytes)``, ``("truncate", file, size)``, ``("sync", file)``, ``("delete", file)``, or an
acknowledgement ``("ack", number)``."""

SECTOR = 512

_pointer, _int, _long = ctypes.c_void_p, ctypes.c_int, ctypes.c_longlong
# Names go on as the addresses they came as: SQLite keeps those of files that are open.
_OPEN = ctypes.CFUNCTYPE(_int, _pointer, _pointer, _pointer, _int, _pointer)
_DELETE = ctypes.CFUNCTYPE(_int, _pointer, _pointer, _int)
_WRITE = ctypes.CFUNCTYPE(_int, _pointer, _pointer, _int, _long)
_TRUNCATE = ctypes.CFUNCTYPE(_int, _pointer, _long)
_SYNC = ctypes.CFUNCTYPE(_int, _pointer, _int)


class _Vfs(ctypes.Structure):
    """The beginning of ``sqlite3_vfs``."""

    _fields_ = (
        ("version", _int), ("file_size", _int), ("path_size", _int), ("next", _pointer), ("name", ctypes.c_char_p),
        ("data", _pointer), ("open", _pointer), ("delete", _pointer),
    )  # fmt: skip


class _Methods(ctypes.Structure):
    """``sqlite3_io_methods``, of which the first are ours to replace."""

    _fields_ = (
        ("version", _int), ("close", _pointer), ("read", _pointer), ("write", _pointer), ("truncate", _pointer),
        ("sync", _pointer), ("rest", _pointer * 13),
    )  # fmt: skip


class _File(ctypes.Structure):
    """The beginning of ``sqlite3_file``."""

    _fields_ = (("methods", ctypes.POINTER(_Methods)),)


_kept: list[Any] = []  # what SQLite points to must not be collected


def watch() -> list[Event]:
    """Write down what SQLite does to files in this process from now on; to be called once, before any connection."""
    import _sqlite3

    library = ctypes.CDLL(_sqlite3.__file__)  # finds the symbols of the SQLite that it is linked to
    library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    vfs = library.sqlite3_vfs_find(None).contents
    events: list[Event] = []
    plain_open, plain_delete = _OPEN(vfs.open), _DELETE(vfs.delete)

    def opened(vfs_: Any, name: int | None, file: Any, flags: int, told: Any) -> int:
        code: int = plain_open(vfs_, name, file, flags, told)
        if code == 0 and name is not None:
            _put_in_front(ctypes.cast(file, ctypes.POINTER(_File)).contents, _name(name), events)
        return code

    def deleted(vfs_: Any, name: int, sync: int) -> int:
        code: int = plain_delete(vfs_, name, sync)
        events.append(("delete", _name(name)))
        return code

    ours = _OPEN(opened), _DELETE(deleted)
    _kept.append((ours, plain_open, plain_delete))
    vfs.open, vfs.delete = (ctypes.cast(one, _pointer).value for one in ours)
    return events


def _name(address: int) -> str:
    return Path(ctypes.string_at(address).decode()).name


def _put_in_front(file: _File, name: str, events: list[Event]) -> None:
    plain = file.methods.contents
    write, truncate, sync = _WRITE(plain.write), _TRUNCATE(plain.truncate), _SYNC(plain.sync)

    def written(of: Any, data: Any, size: int, offset: int) -> int:
        code: int = write(of, data, size, offset)
        events.append(("write", name, offset, ctypes.string_at(data, size)))
        return code

    def cut(of: Any, size: int) -> int:
        code: int = truncate(of, size)
        events.append(("truncate", name, size))
        return code

    def synced(of: Any, flags: int) -> int:
        code: int = sync(of, flags)
        events.append(("sync", name))
        return code

    ours = _WRITE(written), _TRUNCATE(cut), _SYNC(synced)
    methods = _Methods.from_buffer_copy(plain)
    methods.write, methods.truncate, methods.sync = (ctypes.cast(one, _pointer).value for one in ours)
    _kept.append((methods, ours, write, truncate, sync))
    file.methods = ctypes.pointer(methods)


class _Surface:
    """One file: what is safe, and what was done to it since."""

    def __init__(self) -> None:
        self.safe: bytearray | None = None
        self.since: list[Event] = []

    def sync(self) -> None:
        self.safe = self.found(lambda: True)
        self.since.clear()

    def found(self, kept: Callable[[], bool]) -> bytearray | None:
        """Return what is found of it when each sector that was not synced is kept or lost (None: no file)."""
        safe = None if self.safe is None else bytearray(self.safe)
        for event in self.since:
            if event[0] == "truncate":
                if kept():
                    safe = (safe or bytearray())[: event[2]]
                continue
            _, _, offset, data = event
            for start in range(0, len(data), SECTOR):
                if kept():
                    part, safe = data[start : start + SECTOR], safe or bytearray()
                    safe.extend(bytes(max(0, offset + start - len(safe))))
                    safe[offset + start : offset + start + len(part)] = part
        return safe


def after_cut(events: Sequence[Event], folder: Path, rnd: random.Random | None) -> int:
    """Write to *folder* what may be found if the power went after *events*; return the last acknowledged number.

    Without *rnd* all that was not synced is lost, else by chance.
    """
    files: defaultdict[str, _Surface] = defaultdict(_Surface)
    acknowledged = -1
    for event in events:
        kind = event[0]
        if kind == "ack":
            acknowledged = event[1]
        elif kind == "delete":
            files.pop(event[1], None)
        elif kind == "sync":
            files[event[1]].sync()
        else:
            files[event[1]].since.append(event)
    share = 0.0 if rnd is None else rnd.choice((0.1, 0.5, 0.9, 1.0))
    folder.mkdir()
    for name, surface in files.items():
        found = surface.found(lambda: rnd is not None and rnd.random() < share)
        if found is not None:
            (folder / name).write_bytes(found)
    return acknowledged
