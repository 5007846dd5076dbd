"""Law 1 and 2 of the identity graph: the incremental engine ends where the slow reference ends."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from tests.identity.engine import Engine

from unified_profile.testing.identity_programs import Program, programs
from unified_profile.testing.identity_reference import reference
from unified_profile.testing.strategies import batched, shuffled


def agree(engine: Engine, facts, rules) -> None:
    """Compare contents, never ids."""
    expected = reference(facts, rules)
    found = engine.partition()
    assert found.contents() == expected.profiles
    assert found.nobody == expected.nobody
    assert expected.floating <= found.floating


@pytest.mark.parametrize("shape", ["dense", "contested", "sparse"])
def test_the_engine_ends_where_the_reference_ends_after_every_batch(shape):
    """Facts come in any batches; after each, the partition is that of the facts so far."""

    @given(st.data())
    def law(data):
        program: Program = data.draw(programs(shape))
        engine = Engine(program.rules)
        seen = []
        for batch in data.draw(batched(data.draw(shuffled(list(program.facts), duplicates=True)))):
            engine.take(batch)
            seen += batch
            agree(engine, seen, program.rules)

    law()
