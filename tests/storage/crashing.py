"""Kills a process with -9 at random moments while it works, and tells what it had acknowledged by then.

A small process is started once and forks a child for every trial, so that hundreds of kills take seconds::

    with Crasher("tests.storage.crashing:write_batches") as crasher:
        acknowledged = crasher.kill_during("sqlite", path, after=3, delay=0.004)

The work is a function ``work(*arguments, acknowledge)``: what it hands to ``acknowledge`` counts as promised to the
caller. ``after`` is the number of acknowledgements after which the clock starts, ``delay`` how many seconds later the
child is killed.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from unified_profile.model.rows import FactRow, MetaRow, NodeRow
from unified_profile.storage.commands import Changes, Expect, Get, Put, Scan
from unified_profile.storage.sqlite import SqliteStore
from unified_profile.storage.tables import FACTS, META, NODES

ROOT = Path(__file__).parents[2]


class Crasher:
    """A process that forks children to be killed."""

    def __init__(self, work: str) -> None:
        """Start it; *work* is ``"module:function"``."""
        here = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__)), work],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": here},
        )

    def kill_during(self, *arguments: Any, after: int, delay: float) -> list[Any]:
        """Run the work in a new child, kill it, and return what it had acknowledged."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"arguments": arguments, "after": after, "delay": delay}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert answer["killed"], "the child ended by itself, before it could be killed"
        acknowledged: list[Any] = answer["acknowledged"]
        return acknowledged

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            with os.fdopen(writing, "w", buffering=1) as told:
                function(*order["arguments"], lambda value: told.write(json.dumps(value) + "\n"))
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as told:
            lines = [told.readline() for _ in range(order["after"])]
            time.sleep(order["delay"])
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            lines += told.readlines()
        # The last line may have been cut in half; then nobody has read it.
        acknowledged = [json.loads(line) for line in lines if line.endswith("\n")]
        sys.stdout.write(json.dumps({"acknowledged": acknowledged, "killed": os.WIFSIGNALED(status)}) + "\n")
        sys.stdout.flush()


def write_batches(kind: str, where: str, tenant: str, acknowledge: Any) -> None:
    """Write batch after batch of facts, each with a counter and a node, and acknowledge each when it is kept."""
    store = opened(kind, where)
    while True:
        with store.session(tenant) as session:
            [found] = session.read([Get(META, [("batches",)])])
            batch = int(found[0].value) + 1 if found else 1
            facts = [FactRow(f"{batch}-{part}", "event", "web", f"b{part}", 1, 1, "x" * 200) for part in range(SIZE)]
            session.write(
                Changes(puts=[Put(FACTS, facts[: SIZE // 2]), Put(NODES, [NodeRow("n", None, None, -batch)])])
            )
            counter = Put(META, [MetaRow("batches", str(batch))])
            expects = [Expect(META, ("batches",), found[0] if found else None)]
            session.write(Changes(puts=[Put(FACTS, facts[SIZE // 2 :]), counter], expects=expects))
        acknowledge(batch)


SIZE = 20


def check_batches(store: Any, tenant: str, acknowledged: list[int]) -> int:
    """See that every acknowledged batch is there and none is there in part; return how many there are.

    Exclusively: a server may have been told to commit and not have done it yet, and each read would see another moment.
    """
    with store.session(tenant, exclusive=True) as session:
        counter, facts, nodes = session.read([Get(META, [("batches",)]), Scan(FACTS, None, 10**9), Scan(NODES)])
    batches = int(counter[0].value) if counter else 0
    # One more than acknowledged may be kept: the child died between the commit and telling of it.
    assert max(acknowledged, default=0) <= batches <= max(acknowledged, default=0) + 1 or not acknowledged
    assert [fact.id for fact in facts] == [f"{batch + 1}-{part}" for batch in range(batches) for part in range(SIZE)]
    assert [node.first_us for node in nodes] == ([-batches] if batches else [])
    return batches


def opened(kind: str, where: str) -> Any:
    """Return the store of a *kind* at *where*."""
    if kind == "sql":
        from unified_profile.storage.sql import SqlStore

        return SqlStore(where)
    return SqliteStore(where, durability="power" if kind == "sqlite-power" else "process")


if __name__ == "__main__":
    _serve(sys.argv[1])
