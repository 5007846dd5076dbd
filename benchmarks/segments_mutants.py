"""Would the tests notice a hub that overlooks something: break its memberships in one way after the other, and see.

    python benchmarks/segments_mutants.py                    # every fault, at most 600 stories each
    python benchmarks/segments_mutants.py --only devices     # one of them
    python benchmarks/segments_mutants.py --stories 3000     # longer

Each fault is a change of one place in a copy of the library. The laws of ``tests/hub/test_segments_counted.py`` and
``tests/hub/test_segments_wandering.py`` run over it, in memory and in a process of its own, until something differs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HUB = "unified_profile/hub/"
FAULTS: dict[str, tuple[str, str, str]] = {
    # What a commit touches is overlooked.
    "consents": (
        "memberships_touched.py",
        'return "whole" if row.kind == "consent" or (',
        'return "whole" if row.kind == "none" or (',
    ),
    "devices": ("memberships_touched.py", "touch((yield from _signed_in(devices | lone)), oldest)", "pass"),
    "unread sign-ins": ("memberships_touched.py", " or any(mark in row.body for mark in shared)]", "]"),
    "moves in the log": ("memberships_touched.py", "moved, keys = _moved(seen.moves)", "moved, keys = set(), set()"),
    "new and changed profiles": (
        "memberships_touched.py",
        "touch(seen.profiles | moved, now_us)",
        "touch(moved, now_us)",
    ),
    "moves and profiles": ("memberships_touched.py", "touch(seen.profiles | moved, now_us)", "pass"),
    "severances": (
        "memberships_touched.py",
        "nodes, lone = yield from _cut(seen.facts, setup)",
        "nodes, lone = set(), set()",
    ),
    "adoption": ("memberships_touched.py", "    if seen.model:\n", "    if False:\n"),
    "links": ("memberships_touched.py", "linked = seen.linked\n", "linked = set()\n"),
    "records": ("memberships_touched.py", '(row.kind == "record" and planned.records)', "False"),
    "computed traits": (
        "memberships_planned.py",
        "if any(not one.events or name in one.events for one in self._computed):",
        "if False:",
    ),
    "who is first": ("memberships_counted.py", "or (one.at_us <= held.first_us and self._planned.known.drawn)", ""),
    # What was kept is trusted too far.
    "other definitions": ("memberships_counted.py", "if held.mark == planned.mark:", "if held.knows:"),
    "a permission that ends": (
        "memberships_counted.py",
        "one.until_us <= now_us for one in held",
        "False for one in held",
    ),
    "the end of a permission": ("memberships_held.py", "if known.until_us is not None]", "if known is None]"),
    "events that are ahead": ("memberships_counted.py", "if one.at_us > now_us or (", "if ("),
    "too few times": ("memberships_conditions.py", "past - count.keep)", "past - count.keep + 2)"),
    "a closed purpose": ("memberships_counted.py", "if added and not known.closed:", "if added:"),
    "answers that time overtook": ("memberships_counted.py", "if wake is not None and wake <= now_us:", "if False:"),
    "an earlier timer": (
        "memberships_settled.py",
        "armed: int | None = min((before_us, *(one for one in nexts if one is not None)))",
        "armed: int | None = before_us",
    ),
    "what a rule lasts": (
        "../segments/live/lasting.py",
        "latest = until if latest is None or until > latest else latest",
        "forever = True",
    ),
    # What became of somebody is overlooked.
    "who is gone": ("memberships.py", "page.append(gone(name, before, now_us))", "pass"),
    "an entry into another segment": (
        "memberships_counted.py",
        " or plan.names[place] in self._planned.known.entered",
        "",
    ),
    "an exit from another segment": ("memberships_seen.py", "turns += [] if later is None else [later]", "pass"),
    "the people of an account": (
        "memberships.py",
        "found = yield from with_fellows(found, deserted, setup, current.now_us)",
        "pass",
    ),
    "who left an account": (
        "memberships_accounts.py",
        "for key, profile in wanted | had:",
        "for key, profile in wanted:",
    ),
    "a guess that holds somebody together": (
        "memberships_settled.py",
        'mark = self._planned.mark if seen.proven else ""',
        "mark = self._planned.mark",
    ),
    "the clock that goes back": (
        "memberships.py",
        "now_us = max(to_micros(setup.clock()), known.now_us)",
        "now_us = to_micros(setup.clock())",
    ),
    "the instant of a change": ("memberships_seen.py", "found.append((at, inside))", "found.append((now_us, inside))"),
}
RUN = """
import sys
from hypothesis import HealthCheck, Phase, settings
settings.register_profile(
    "x", deadline=None, database=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("x")
import tests.hub.test_segments_counted as counted
import tests.hub.test_segments_wandering as law
from tests.hub.worlds import STORES
law.some = lambda share: settings(max_examples=int(sys.argv[1]), phases=[Phase.generate])
try:
    counted.law()
    law.test_whatever_wanders_memberships_are_those_of_a_recomputation((STORES["memory"], 1))
except BaseException as error:
    print("noticed", type(error).__name__, law.COMPARED["steps"])
else:
    print("survived", "", law.COMPARED["steps"])
"""


def tried(fault: tuple[str, str, str] | None, stories: int) -> list[str]:
    """Run the law over a copy of the library with *fault*; return what was printed."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "src"
        shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
        if fault is not None:
            name, old, new = fault
            path = source / HUB / name
            text = path.read_text()
            if text.count(old) != 1:
                sys.exit(f"{name} does not have this once any more: {old}")
            path.write_text(text.replace(old, new))
        environment = os.environ | {"PYTHONPATH": f"{source}{os.pathsep}{ROOT}"}
        done = subprocess.run(  # our own code
            [sys.executable, "-c", RUN, str(stories)], capture_output=True, text=True, env=environment, check=False
        )
    return done.stdout.split("\n")[-2].split(" ") if done.stdout else ["broken", done.stderr[-300:], "0"]


def main() -> None:
    """Break everything once, and print one JSON line a fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=list(FAULTS))
    parser.add_argument("--stories", type=int, default=600)
    options = parser.parse_args()
    noticed = 0
    names = options.only or list(FAULTS)
    for name in [None, *names]:
        begin = time.monotonic()
        what, error, steps = tried(None if name is None else FAULTS[name], options.stories if name else 5)
        if name is None and what != "survived":
            sys.exit(f"the law fails although nothing is broken ({error}); no result would mean anything")
        noticed += what == "noticed"
        row = {"fault": name or "none", "what": what, "error": error, "steps": int(steps)}
        print(json.dumps(row | {"seconds": round(time.monotonic() - begin, 1)}), flush=True)
    print(json.dumps({"faults": len(names), "noticed": noticed}))


if __name__ == "__main__":
    main()
