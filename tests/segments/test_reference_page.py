"""The reference says of operators and JSON what the code does."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from unified_profile import segments
from unified_profile.expressions import OPERATORS, Expression, json_schema
from unified_profile.expressions.table import operator_table
from unified_profile.segments.sql.table import push_down_table

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def test_the_table_of_operators_is_what_they_answer():
    page = (REFERENCE / "segments.md").read_text(encoding="utf-8")
    shown = page.split("<!-- operators: begin -->")[1].split("<!-- operators: end -->")[0].strip()
    assert shown == operator_table(), "python -m unified_profile.expressions.table makes it anew"
    assert all(f"| `{op}` |" in shown for op in OPERATORS)


def test_the_table_can_be_made_anew():
    made = subprocess.run(
        [sys.executable, "-m", "unified_profile.expressions.table"], capture_output=True, check=True, encoding="utf-8"
    )
    assert made.stdout.strip() == operator_table()


def test_the_table_of_what_is_said_in_sql_is_what_the_compiler_says():
    page = (REFERENCE / "segments.md").read_text(encoding="utf-8")
    shown = page.split("<!-- in SQL: begin -->")[1].split("<!-- in SQL: end -->")[0].strip()
    assert shown == push_down_table(), "python -m unified_profile.segments.sql.table makes it anew"


def test_the_published_schema_of_rules_is_that_of_the_code():
    assert json.loads((REFERENCE / "rule.schema.json").read_text(encoding="utf-8")) == json_schema()


def test_every_condition_that_the_page_on_moving_shows_is_one():
    page = (REFERENCE.parent / "how-to" / "move-from-another-platform.md").read_text(encoding="utf-8")
    shown = [line.split("|")[2].split("`")[1] for line in page.splitlines() if line.startswith("|") and "`" in line]
    names = {name: getattr(segments, name) for name in segments.__all__} | {"timedelta": timedelta}
    made = [eval(code, {"__builtins__": {}}, names) for code in shown]
    assert len(made) > 20
    assert all(isinstance(rule, Expression) for rule in made)
