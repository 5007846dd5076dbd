"""Files that hold secrets: written whole or not at all, and readable by their owner alone."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from unified_profile.errors import InvalidInputError

_HINT = "name a file that its owner alone may read (chmod 600)"


def write_secret(file: str | os.PathLike[str], content: bytes, /, *, replace: bool = True) -> Path:
    """Write *content* to *file* with mode 0600: whoever reads it, even after a crash, finds the old or the new whole.

    Raises:
        InvalidInputError: If it cannot be written, or is there already and must not be replaced.
    """
    try:
        target = Path(file)
        beside = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    except (TypeError, ValueError):
        raise InvalidInputError(field="file", reason="not a path", hint=_HINT) from None
    reason = ""
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            if replace:
                beside.replace(target)
            else:
                os.link(beside, target)  # fails if it is there, where a rename would not
            _settle(target.parent)
        finally:
            beside.unlink(missing_ok=True)
    except FileExistsError:
        reason = "is there already"
    except (OSError, ValueError) as error:
        reason = f"cannot be written ({type(error).__name__})"
    if reason:
        raise InvalidInputError(field="file", reason=reason, hint=_HINT)
    return target


def read_secret(file: str | os.PathLike[str], /) -> bytes:
    """Return the content of *file*, which nobody but its owner may read.

    Raises:
        InvalidInputError: If there is none, or others may read it.
    """
    reason = ""
    try:
        target = Path(file)
        if os.name == "posix" and stat.S_IMODE(target.stat().st_mode) & 0o077:
            reason = "others may read it"
        else:
            return target.read_bytes()
    except (OSError, TypeError, ValueError) as error:
        reason = f"cannot be read ({type(error).__name__})"
    raise InvalidInputError(field="file", reason=reason, hint=_HINT)


def _settle(folder: Path) -> None:
    """Make sure that the new name survives a power cut, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
