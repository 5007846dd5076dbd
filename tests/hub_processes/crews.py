"""Processes that work at the same time, and what became of each.

One process is started and forks the others, so that they need not import everything again; all begin at one moment::

    with Crew("tests.hub_processes.working:ingest") as crew:
        crew.begin(8, "sqlite", path)
        while crew.works():
            ...
        answers = crew.answers()

The work is a function ``work(number, *arguments)`` whose answer goes through JSON. A member that is not done in time is
killed and said to be stuck.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]


class Crew:
    """A process that forks others."""

    def __init__(self, work: str) -> None:
        """Start it; *work* is ``"module:function"``."""
        here = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__)), work],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": here},
        )

    def begin(self, members: int, *arguments: Any, patience: float = 300) -> None:
        """Let *members* processes begin; each is given its number and *arguments*."""
        assert self._process.stdin
        order = {"members": members, "arguments": arguments, "patience": patience}
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()

    def works(self) -> bool:
        """Say whether one of them is still at work."""
        assert self._process.stdout
        return not select.select([self._process.stdout], [], [], 0)[0]

    def answers(self) -> list[Any]:
        """Wait for all and return what they answered."""
        assert self._process.stdout
        found: list[dict[str, Any]] = json.loads(self._process.stdout.readline())
        assert [one["trouble"] for one in found if one["trouble"]] == []
        return [one["answer"] for one in found]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()


def _serve(work: str) -> None:
    module, _, name = work.partition(":")
    function = getattr(importlib.import_module(module), name)
    for line in sys.stdin:
        order = json.loads(line)
        gate, opener = os.pipe()
        members = []
        for number in range(order["members"]):
            reading, writing = os.pipe()
            child = os.fork()
            if not child:
                os.close(opener)
                os.read(gate, 1)  # until all are there
                with os.fdopen(writing, "w") as told:
                    json.dump(_answer(function, number, order["arguments"]), told)
                os._exit(0)
            os.close(writing)
            members.append((child, reading))
        os.close(gate)
        os.close(opener)
        deadline = time.monotonic() + order["patience"]
        sys.stdout.write(json.dumps([_heard(child, reading, deadline) for child, reading in members]) + "\n")
        sys.stdout.flush()


def _answer(function: Any, number: int, arguments: list[Any]) -> dict[str, Any]:
    try:
        return {"answer": function(number, *arguments), "trouble": ""}
    except BaseException:  # noqa: BLE001  # told to the test, whatever it is
        return {"answer": None, "trouble": traceback.format_exc()}


def _heard(child: int, reading: int, deadline: float) -> dict[str, Any]:
    said = b""
    while select.select([reading], [], [], max(0.0, deadline - time.monotonic()))[0]:
        part = os.read(reading, 65_536)
        if not part:
            break
        said += part
    else:
        os.kill(child, signal.SIGKILL)
    os.close(reading)
    _, status = os.waitpid(child, 0)
    stuck = {"answer": None, "trouble": f"stuck, and killed (status {status})"}
    found: dict[str, Any] = json.loads(said) if status == 0 else stuck
    return found


if __name__ == "__main__":
    _serve(sys.argv[1])
