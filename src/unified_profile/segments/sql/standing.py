"""In SQL: membership in other segments, shares of people, and what time alone cannot have changed."""

from __future__ import annotations

from unified_profile.expressions.holding import HeldFor
from unified_profile.expressions.shares import PARTS, InShare
from unified_profile.expressions.standing import MemberOf
from unified_profile.segments.sql.binding import UnpushableError
from unified_profile.segments.sql.compiling import Compiler
from unified_profile.segments.sql.scopes import Rows
from unified_profile.segments.sql.tables import PERSON


def member(compiler: Compiler, rule: MemberOf, rows: Rows) -> str:
    """Ask another segment, or the caller's table of memberships."""
    inner = compiler.segments.get(rule.segment)
    if inner is not None:
        return compiler.within(rule, inner, rows)
    table = compiler.layout.memberships
    if table is None:
        raise UnpushableError("a membership without a declared table of them")
    quoted = compiler.dialect.identifier
    named = compiler.dialect.as_text(f"up_m.{quoted(table.segment)}")
    named_so = (
        f"SELECT 1 FROM {quoted(table.table)} up_m WHERE {named} = {compiler.binder.text(rule.segment)}"
        f" AND up_m.{quoted(table.owner)} = {PERSON}.{quoted(compiler.layout.key)}"
    )
    otherwise = "FALSE" if rule.segment in table.complete else compiler.dialect.null
    return f"(CASE WHEN EXISTS ({named_so}) THEN TRUE ELSE {otherwise} END)"


def held(compiler: Compiler, rule: HeldFor, rows: Rows) -> str:
    """Ask the rule itself, where time alone cannot have changed it."""
    if not rule.rule.timeless:
        raise UnpushableError("what has held for a while, of which every instant would be asked")
    return compiler.within(rule, rule.rule, rows)


def shared(compiler: Compiler, rule: InShare, _: Rows) -> str:
    """Ask for the part that somebody was drawn into: the first 64 bits of a hash, taken in four pieces."""
    dialect = compiler.dialect
    if not dialect.digest:
        raise UnpushableError(f"a share, for which {dialect.name} has no SHA-256")
    if not compiler.layout.founding:
        raise UnpushableError("a share without a declared column of what founded somebody")
    salt = f"{len(rule.salt)}:{rule.salt}"
    if any("\ud800" <= mark <= "\udfff" for mark in salt) or ("\0" in salt and not dialect.nul):
        raise UnpushableError("a salt that the engine cannot hold")
    founding = f"{PERSON}.{dialect.identifier(compiler.layout.founding)}"
    hashed = dialect.digest.format(x=f"CONCAT({compiler.binder.mark(salt, 'text')}, {founding})")
    pieces = (
        f"{dialect.hexadecimal.format(x=f'SUBSTR({hashed}, {4 * place + 1}, 4)')} * {65_536 ** (3 - place) % PARTS}"
        for place in range(4)
    )
    part = dialect.remainder(f"({' + '.join(pieces)})", PARTS)
    low, high = (compiler.binder.mark(each, "integer") for each in (rule.low, rule.high))
    return f"(CASE WHEN {founding} <> '' THEN {part} >= {low} AND {part} < {high} END)"
