"""How far a long resolution has come: a callback that says nothing unless somebody asks, and one that shows bars."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeAlias

Progress: TypeAlias = "Callable[[str, int, int], None]"
"""Is told a stage (``"reading"``, ``"meeting"``, ``"comparing"``, ``"learning"``, ``"joining"``), how many of its parts
are done, and how many there are."""


def silent(stage: str, done: int, total: int, /) -> None:
    """Tell nothing: the default, as a service wants it."""


def bars() -> Progress:
    """Return a callback that shows a bar a stage: of ``rich`` or ``tqdm`` if one is installed, else lines of text.

    >>> tell = bars()
    >>> tell("comparing", 0, 4)

    .. versionadded:: 0.1
    """
    for make in (_rich, _tqdm):
        try:
            return make()
        except ImportError:
            continue
    return _lines


def _lines(stage: str, done: int, total: int, /) -> None:
    """Write a line to standard error when a stage is done."""
    if done == total:
        print(f"{stage}: done", file=sys.stderr)  # noqa: T201 - it is what was asked for


def _rich() -> Progress:
    console = import_module("rich.console").Console(stderr=True)
    progress: Any = import_module("rich.progress").Progress(console=console)
    tasks: dict[str, Any] = {}

    def tell(stage: str, done: int, total: int, /) -> None:
        if stage not in tasks:
            progress.start()
            tasks[stage] = progress.add_task(stage, total=total)
        progress.update(tasks[stage], completed=done)
        if stage == "joining" and done == total:
            progress.stop()

    return tell


def _tqdm() -> Progress:
    made: Any = import_module("tqdm.auto").tqdm
    shown: dict[str, Any] = {}

    def tell(stage: str, done: int, total: int, /) -> None:
        bar = shown.get(stage) or shown.setdefault(stage, made(total=total, desc=stage))
        bar.update(done - bar.n)
        if done == total:
            shown.pop(stage).close()

    return tell
