"""Where the keys of sealed values are kept: apart from the values, so that a key can go where a backup stays."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

from unified_profile.errors import InvalidInputError, StorageError
from unified_profile.rights.keeping import read_secret, write_secret
from unified_profile.rights.sealing.ciphers import KEY, decrypted, encrypted


@runtime_checkable
class SealKeys(Protocol):
    """Keys by name. A name is made by the library and says nothing; treat it as data all the same."""

    def get(self, names: Collection[str], /) -> Mapping[str, bytes]:
        """Return the keys of *names* that there are."""
        ...

    def make(self, names: Collection[str], /) -> Mapping[str, bytes]:
        """Return the keys of *names*, and make those that there are not; of two who make one at once both get one."""
        ...

    def erase(self, names: Collection[str], /) -> None:
        """Destroy the keys of *names*, for good; what is not there is no error."""
        ...


class MemoryKeys:
    """Keys in this process, gone with it: for tests, and the reference for others.

    .. versionadded:: 0.1
    """

    def __init__(self) -> None:
        """Start empty."""
        self._keys: dict[str, bytes] = {}
        self._guard = threading.Lock()

    def get(self, names: Collection[str], /) -> Mapping[str, bytes]:
        """See ``SealKeys.get``."""
        return {name: self._keys[name] for name in names if name in self._keys}

    def make(self, names: Collection[str], /) -> Mapping[str, bytes]:
        """See ``SealKeys.make``."""
        with self._guard:
            return {name: self._keys.setdefault(name, os.urandom(KEY)) for name in names}

    def erase(self, names: Collection[str], /) -> None:
        """See ``SealKeys.erase``."""
        with self._guard:
            for name in names:
                self._keys.pop(name, None)

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"MemoryKeys({len(self._keys)})"


class FileKeys:
    """A file for each key in *folder*, for its owner alone (mode 0600), written whole or not at all.

    Keep the folder out of the backups of the store: a key that is restored opens again what it was destroyed for.

    .. versionadded:: 0.1
    """

    def __init__(self, folder: str | os.PathLike[str], /) -> None:
        """Keep keys in *folder*, which is made if it is not there.

        Raises:
            InvalidInputError: If it cannot be made.
        """
        self._folder = _Folder(folder)

    def get(self, names: Collection[str], /) -> Mapping[str, bytes]:
        """See ``SealKeys.get``."""
        found = {name: self._folder.read(name) for name in names}
        return {name: _checked(key) for name, key in found.items() if key is not None}

    def make(self, names: Collection[str], /) -> Mapping[str, bytes]:
        """See ``SealKeys.make``."""
        return {name: _checked(self._folder.settle(name, os.urandom(KEY))) for name in names}

    def erase(self, names: Collection[str], /) -> None:
        """See ``SealKeys.erase``."""
        for name in names:
            self._folder.remove(name)


@runtime_checkable
class Wrapper(Protocol):
    """A key that never leaves its service and locks others up: what a key management service offers."""

    @property
    def key_id(self) -> str:
        """The name of the key, so that another one can follow it."""
        ...

    def wrap(self, key: bytes, context: bytes, /) -> bytes:
        """Return *key*, locked up for *context*."""
        ...

    def unwrap(self, wrapped: bytes, context: bytes, /) -> bytes:
        """Return the key that was locked up for *context*."""
        ...


class LocalWrapper:
    """A ``Wrapper`` whose key is in this process: how an adapter to a key service looks, and a stand-in for it.

    .. versionadded:: 0.1
    """

    def __init__(self, key_id: str, key: bytes, /) -> None:
        """Lock up under *key*, which is called *key_id*.

        Raises:
            InvalidInputError: If *key* is not 32 bytes.
        """
        if not isinstance(key, bytes) or len(key) != KEY or not isinstance(key_id, str) or not key_id:
            raise InvalidInputError(field="key", reason=f"not {KEY} bytes with a name", hint="os.urandom(32)")
        self._name, self._key = key_id, key

    @property
    def key_id(self) -> str:
        """See ``Wrapper.key_id``."""
        return self._name

    def wrap(self, key: bytes, context: bytes, /) -> bytes:
        """See ``Wrapper.wrap``."""
        return encrypted(self._key, key, context)

    def unwrap(self, wrapped: bytes, context: bytes, /) -> bytes:
        """See ``Wrapper.unwrap``."""
        return decrypted(self._key, wrapped, context)

    def __repr__(self) -> str:
        """Show the name only."""
        return f"LocalWrapper({self._name!r})"


class EnvelopeKeys:
    """Keys locked up by a key service, in files: whoever has the files has nothing without the service.

    *wrappers* are those that open what is there; the last one locks up what is new. ``rotate`` locks up all that is
    there under the last one, without touching a sealed value.

    .. versionadded:: 0.1
    """

    def __init__(self, folder: str | os.PathLike[str], /, *wrappers: Wrapper) -> None:
        """Keep locked-up keys in *folder*.

        Raises:
            InvalidInputError: If there is no wrapper, or the folder cannot be made.
        """
        if not wrappers or not all(isinstance(one, Wrapper) for one in wrappers):
            raise InvalidInputError(field="wrappers", reason="none, or something else", hint="see Wrapper")
        self._folder = _Folder(folder)
        self._wrappers = {one.key_id: one for one in wrappers}
        self._newest = wrappers[-1]

    def get(self, names: Collection[str], /) -> Mapping[str, bytes]:
        """See ``SealKeys.get``."""
        found = {name: self._folder.read(name) for name in names}
        return {name: self._opened(name, text) for name, text in found.items() if text is not None}

    def make(self, names: Collection[str], /) -> Mapping[str, bytes]:
        """See ``SealKeys.make``."""
        there = dict(self.get(names))
        for name in names:
            if name not in there:
                there[name] = self._opened(name, self._folder.settle(name, self._locked(name, os.urandom(KEY))))
        return there

    def erase(self, names: Collection[str], /) -> None:
        """See ``SealKeys.erase``."""
        for name in names:
            self._folder.remove(name)

    def rotate(self) -> int:
        """Lock up every key under the newest wrapper; return how many were not. It can be cut short and run again."""
        done = 0
        for name, text in self._folder:
            if json.loads(text)["by"] != self._newest.key_id:
                self._folder.replace(name, self._locked(name, self._opened(name, text)))
                done += 1
        return done

    def _locked(self, name: str, key: bytes) -> bytes:
        wrapped = base64.b64encode(self._newest.wrap(key, name.encode())).decode()
        return json.dumps({"name": name, "by": self._newest.key_id, "wrapped": wrapped}).encode()

    def _opened(self, name: str, text: bytes) -> bytes:
        try:
            form = json.loads(text)
            wrapper = self._wrappers.get(form["by"])
            wrapped = base64.b64decode(form["wrapped"])
        except (ValueError, KeyError, TypeError):
            raise StorageError("a file of keys holds something else") from None
        if wrapper is None:
            raise StorageError(f"a key is locked up by {form['by']!r}, which is not among the wrappers")
        return _checked(wrapper.unwrap(wrapped, name.encode()))


class _Folder:
    """Small secrets by name, a file each; the first to write one wins."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        reason = ""
        try:
            self._path = Path(folder)
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (OSError, TypeError, ValueError) as error:
            reason = f"cannot be made ({type(error).__name__})"
        if reason:
            raise InvalidInputError(field="folder", reason=reason, hint="name a folder of your own")

    def _file(self, name: str) -> Path:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        place = self._path / digest[:2]
        place.mkdir(mode=0o700, exist_ok=True)
        return place / f"{digest}.key"

    def read(self, name: str) -> bytes | None:
        file = self._file(name)
        return read_secret(file) if file.exists() else None

    def settle(self, name: str, content: bytes) -> bytes:
        """Write *content* unless there is something already; return what is there now."""
        there = self.read(name)
        if there is not None:
            return there
        try:
            write_secret(self._file(name), content, replace=False)
        except InvalidInputError:
            there = self.read(name)
            if there is None:
                raise
            return there
        return content

    def replace(self, name: str, content: bytes) -> None:
        write_secret(self._file(name), content)

    def remove(self, name: str) -> None:
        """Overwrite and unlink; what the disk keeps of it is for the disk's own encryption."""
        file = self._file(name)
        if file.exists():
            write_secret(file, b"")
            file.unlink(missing_ok=True)

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        """Give what is there whose content says its name."""
        for file in sorted(self._path.glob("*/*.key")):
            content = read_secret(file)
            yield json.loads(content)["name"], content


def _checked(key: bytes) -> bytes:
    if len(key) != KEY:
        raise StorageError("a file of keys holds no key")
    return key
