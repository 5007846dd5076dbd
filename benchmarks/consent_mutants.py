"""How much of the decision would the tests miss: break it in one small way after the other, and see who notices.

    python benchmarks/consent_mutants.py                 # every mutant of the decision core
    python benchmarks/consent_mutants.py --every 5       # one in five
    python benchmarks/consent_mutants.py --sample 100    # a hundred of all of them, drawn by chance (--seed)

A mutant is one change in the syntax tree: a comparison turned, ``and`` for ``or``, a condition negated, a number moved,
a text emptied, a return value dropped, a statement left out. Each is loaded into a process of its own, in place of the
module, and runs the short tests below until one fails. A mutant that nothing notices *survives*; so does one that
changes nothing that can be seen, and each of those is looked at in ``docs/explanation/consent-testing.md``.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import importlib.util
import multiprocessing
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "unified_profile.consent."
CORE = (
    "states",
    "statements",
    "timeline",
    "ledger",
    "spelling",
    "scopes",
    "reach",
    "lifting",
    "copies",
    "invoking",
    "cases",
    "terms",
    "question",
    "precedence",
    "soft_opt_in",
    "turning",
    "decision",
    "law.in_force",
)
TESTS = (
    "states",
    "precedence",
    "decision",
    "corners",
    "attacks",
    "more_attacks",
    "law",
    "tables",
    "merging",
    "columnar",
)
MOST_SECONDS = 240
"""Of CPU time, because machines are shared; what takes longer does not end."""

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}  # fmt: skip
COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
Change: TypeAlias = Callable[[Any], None]


def docstrings(tree: ast.AST) -> set[int]:
    """Return the ids of nodes that are only words, or names for who imports them all."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id == "__all__" for one in node.targets
        ):
            found |= {id(one) for one in ast.walk(node)}
        body = getattr(node, "body", None)
        if isinstance(body, list):
            found |= {
                id(one.value) for one in body if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
            }
        for name in ("annotation", "returns"):
            found |= {id(one) for one in ast.walk(getattr(node, name, None) or ast.Pass())}
    return found


def mutants(tree: ast.Module) -> Iterator[tuple[int, str, Change]]:
    """Give each mutant by its line, what it does, and how."""
    words = docstrings(tree)
    for place, node in enumerate(ast.walk(tree)):
        if id(node) in words:
            continue
        for title, change in changes(node):
            yield getattr(node, "lineno", 0), title, partial(applied, place, change)


def applied(place: int, change: Change, tree: ast.Module) -> None:
    """Change the node at *place* of a tree's walk."""
    change(list(ast.walk(tree))[place])


def changes(node: ast.AST) -> Iterator[tuple[str, Change]]:  # noqa: C901, PLR0912  # one branch a kind
    """Give what can be broken in *node*."""
    if isinstance(node, ast.Compare):
        for turned in COMPARED.get(type(node.ops[0]), ()):
            yield f"{type(node.ops[0]).__name__} -> {turned.__name__}", partial(_compare, turned)
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{type(node.op).__name__} -> {other.__name__}", partial(_put, "op", other())
        for number in range(len(node.values)):
            yield f"part {number} left out", partial(_drop, number)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not left out", _affirm
    elif isinstance(node, (ast.If, ast.IfExp, ast.While)):
        yield "condition negated", _negate
    elif isinstance(node, ast.BinOp) and type(node.op) in COUNTED:
        yield f"{type(node.op).__name__} turned", partial(_put, "op", COUNTED[type(node.op)]())
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield "truth turned", partial(_put, "value", not node.value)
        elif isinstance(node.value, int):
            yield "one more", partial(_put, "value", node.value + 1)
        elif isinstance(node.value, str) and node.value:
            yield "text changed", partial(_put, "value", node.value + "?")
    elif isinstance(node, ast.Return) and node.value is not None and not is_nothing(node.value):
        yield "returns None", partial(_put, "value", ast.Constant(None))
    elif isinstance(node, (ast.Continue, ast.Break, ast.AugAssign)):
        yield "left out", partial(_put, "__class__", ast.Pass)


def _put(name: str, value: object, node: Any) -> None:
    setattr(node, name, value)


def _compare(turned: type[ast.cmpop], node: Any) -> None:
    node.ops[0] = turned()


def _drop(number: int, node: Any) -> None:
    del node.values[number]


def _affirm(node: Any) -> None:
    node.op = ast.UAdd()
    node.operand = ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])


def _negate(node: Any) -> None:
    node.test = ast.UnaryOp(ast.Not(), node.test)


def is_nothing(node: ast.expr) -> bool:
    """Say whether *node* is None already, or False, which is as good as None to whoever asks ``if``."""
    return isinstance(node, ast.Constant) and (node.value is None or node.value is False)


def noticed(module: str, source: str) -> bool:
    """Load a broken module in place of the real one and try it; say whether anything noticed.

    First some thousand cases against the slow decision, because they are quick; then the tests.
    """
    os.chdir(ROOT)
    os.environ["UNIFIED_PROFILE_CONSENT_CASES"] = "3000"
    os.environ["UNIFIED_PROFILE_CONSENT_MERGES"] = "60"
    sys.meta_path.insert(0, _Finder(module, source))
    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
    out = os.open(os.devnull, os.O_WRONLY)
    os.dup2(out, 1)
    os.dup2(out, 2)
    if _differs(1_200):
        return True
    import pytest

    paths = [f"tests/consent/test_{one}.py" for one in TESTS]
    return pytest.main(["-x", "-q", "-p", "no:cacheprovider", *paths]) != 0


def _differs(ledgers: int) -> bool:
    """Say whether the slow decision answers any of some random cases otherwise."""
    import random

    tables: Any = importlib.import_module("tests.consent.tables")
    worlds: Any = importlib.import_module("tests.consent.worlds")

    from unified_profile.consent import Ledger, permission

    for number in range(5):
        plain = worlds.business(number)
        rules, dice = worlds.policy(plain), random.Random(99 + number)
        for _ in range(ledgers // 5):
            purposes, said = worlds.world(dice, plain)
            ledger = Ledger(worlds.records_of(said))
            for _ in range(6):
                ask, person, at, _ = worlds.question(dice, purposes, said)
                situation = worlds.situation_of(person)
                found = permission(ledger, worlds.request_of(ask), rules, situation=situation, at=worlds.moment(at))
                if found.granted is not tables.allowed(said, ask, at, None, plain, person):
                    return True
    return False


class _Finder:
    """Finds the broken module before anybody finds the whole one."""

    def __init__(self, module: str, source: str) -> None:
        self.name, self.source = PACKAGE + module, source

    def find_spec(self, asked: str, path: object = None, target: object = None) -> Any:  # noqa: ARG002  # the protocol
        """Give the broken module for its name."""
        return importlib.util.spec_from_loader(asked, self) if asked == self.name else None  # type: ignore[arg-type]  # a loader by its methods

    def create_module(self, spec: object) -> None:
        """Leave it to Python."""

    def exec_module(self, made: Any) -> None:
        """Run the broken source."""
        exec(compile(self.source, self.name, "exec"), made.__dict__)


def _child(module: str, source: str, answer: Any) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    try:
        answer.send(noticed(module, source))
    except BaseException:  # noqa: BLE001  # a mutant that breaks the trial itself was noticed
        answer.send(obj=True)


def killed(module: str, source: str) -> bool:
    """Say whether somebody notices, in a process of its own; one that does not end was noticed too."""
    context = multiprocessing.get_context("fork")
    mine, theirs = context.Pipe()
    process = context.Process(target=_child, args=(module, source, theirs))
    process.start()
    theirs.close()
    process.join()
    return mine.recv() if mine.poll() else True


def _path(module: str) -> Path:
    return ROOT / "src" / "unified_profile" / "consent" / f"{module.replace('.', '/')}.py"


def main() -> None:
    """Break everything once, and print the score and the survivors."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=list(CORE))
    chosen = parser.parse_args()
    total, dead, tried = 0, 0, False  # of a sample the tests are tried on one whole module
    wholes = {module: _path(module).read_text() for module in chosen.only}
    drawn = [(module, number) for module, whole in wholes.items() for number, _ in enumerate(mutants(ast.parse(whole)))]
    if chosen.sample:
        drawn = random.Random(chosen.seed).sample(drawn, min(chosen.sample, len(drawn)))
    for module, whole in wholes.items():
        tree, count, gone, begun = ast.parse(whole), 0, 0, time.monotonic()
        if module not in dict(drawn):
            continue
        if not (chosen.sample and tried) and killed(module, ast.unparse(tree)):
            sys.exit(f"{module}: the tests fail although nothing is broken; no score would mean anything")
        for number, (line, title, change) in enumerate(mutants(tree)):
            if number % chosen.every or (module, number) not in drawn:
                continue
            broken = copy.deepcopy(tree)
            change(broken)
            source = ast.unparse(ast.fix_missing_locations(broken))
            if source == ast.unparse(tree):
                continue
            count += 1
            if killed(module, source):
                gone += 1
            else:
                print(
                    f"  survived: {module}.py:{line}: {title}: {whole.splitlines()[line - 1].strip()[:90]}", flush=True
                )
        total, dead, tried = total + count, dead + gone, True
        print(f"{module}: {gone} of {count} noticed ({time.monotonic() - begun:.0f} s)", flush=True)
    print(f"together: {dead} of {total} noticed, {dead / max(1, total):.1%}")


if __name__ == "__main__":
    main()
