"""Measures how many privacy signals a core decodes and encodes a second; PyPI's iab-tcf in the same run as yardstick.

    python benchmarks/signals.py                 # everything (about a minute)
    python benchmarks/signals.py --strings 500   # fewer strings

Every kind of string is made anew from a seed, so that nothing is decoded twice in a row. CPU seconds of one process,
the best of five rounds; ours and the yardstick take turns.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

sys.path.insert(0, str(Path(__file__).parent))

from ingest import machine

from unified_profile.consent.signals import (
    GPPString,
    Ids,
    Restriction,
    TCString,
    consent_records,
    decode_gpp,
    decode_tc,
)
from unified_profile.consent.signals.kinds import Choices, Flag
from unified_profile.consent.signals.layout import Segment
from unified_profile.consent.signals.sections import European, Section
from unified_profile.consent.signals.us_sections import US_LAYOUTS
from unified_profile.consent.signals.usp import USPrivacy
from unified_profile.model import Identifier

ROUNDS = 5
START = datetime(2026, 3, 1, tzinfo=UTC)
VENDORS = 1_100
"""As many as the global vendor list counts."""


def main() -> None:
    """Measure, and print one JSON line a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strings", type=int, default=2_000, help="how many strings of each kind")
    options = parser.parse_args()
    print(json.dumps({"machine": machine()}), flush=True)
    for name, texts, decode in kinds(options.strings):
        figures = measured(texts, {"decode": decode, **yardstick(name, texts)})
        values = [decode(text) for text in texts]
        figures |= measured(values, {"encode": lambda value: value.encode()})
        line: dict[str, Any] = {"strings": name, "characters": round(sum(map(len, texts)) / len(texts))}
        print(json.dumps(line | {f"{what}_per_cpu_s": round(rate) for what, rate in figures.items()}), flush=True)
    print(json.dumps({"strings": "tc: decoded into facts", **facts(options.strings)}), flush=True)


def kinds(count: int) -> Iterator[tuple[str, list[str], Callable[[str], Any]]]:
    """Give the kinds of strings, each with *count* of them and what decodes it."""
    rng = random.Random(7)
    yield "tc: core and disclosed vendors", [tc(rng).encode() for _ in range(count)], decode_tc
    yield "tc: core alone", [tc(rng, disclosed=False).encode() for _ in range(count)], decode_tc
    yield "tc: vendors as ranges, restrictions", [tc(rng, ranges=True).encode() for _ in range(count)], decode_tc
    yield "gpp: one US section", [gpp(rng, 1).encode() for _ in range(count)], decode_gpp
    yield "gpp: three US sections", [gpp(rng, 3).encode() for _ in range(count)], decode_gpp
    yield (
        "gpp: European, US Privacy and two US sections",
        [gpp(rng, 2, tc(rng)).encode() for _ in range(count)],
        decode_gpp,
    )


def tc(rng: random.Random, *, disclosed: bool = True, ranges: bool = False) -> TCString:
    """Return a TC string as platforms write it: of a thousand vendors two in three have consent."""
    made = START + timedelta(days=rng.randrange(200))
    shown = sorted(rng.sample(range(1, VENDORS), 40 if ranges else 700))
    written: Literal["bits", "ranges"] = "ranges" if ranges else "bits"
    restricted = [Restriction(2, 1, Ids.of(shown[:20], written="ranges"))] if ranges else []
    return TCString(
        created=made, last_updated=made, cmp_id=rng.randrange(1, 400), cmp_version=rng.randrange(1, 90),
        consent_screen=1, consent_language="DE", vendor_list_version=rng.randrange(100, 200), publisher_country="AT",
        purpose_consents={one for one in range(1, 12) if rng.random() < 0.7},
        purpose_legitimate_interests={one for one in range(2, 12) if rng.random() < 0.7},
        special_feature_opt_ins={1}, restrictions=tuple(restricted),
        vendor_consents=Ids.of([one for one in shown if rng.random() < 0.67], written=written),
        vendor_legitimate_interests=Ids.of([one for one in shown if rng.random() < 0.3], written=written),
        disclosed_vendors=Ids.of(shown, written=written) if disclosed else None,
    )  # fmt: skip


def gpp(rng: random.Random, states: int, european: TCString | None = None) -> GPPString:
    """Return a GPP string with so many US sections, and a European and a US Privacy one if wanted."""
    layouts = rng.sample([one for one in US_LAYOUTS if not one.headed and one.id != 7], states)
    sections: list[Any] = []
    for layout in layouts:
        segments = []
        for part in layout.parts:
            values: dict[str, Any] = {}
            for field in part.fields:
                if field.name == "Version":
                    values[field.name] = layout.version
                elif isinstance(field.kind, Flag):
                    values[field.name] = rng.random() < 0.2
                elif isinstance(field.kind, Choices):
                    values[field.name] = tuple(rng.randrange(3) for _ in range(field.kind.count))
                else:
                    values[field.name] = rng.randrange(3)
            segments.append(Segment(part.name, values))
        sections.append(Section(id=layout.id, version=layout.version, segments=tuple(segments)))
    if european is not None:
        sections += [European(tc=european), USPrivacy(notice="Y", opt_out_sale=rng.choice("YN"), lspa_covered="N")]
    return GPPString.of(sections)


def yardstick(name: str, texts: list[str]) -> dict[str, Callable[[str], Any]]:
    """Return iab-tcf's decoder for what it can decode, and both decoders with a question about a vendor."""
    if not name.startswith("tc"):
        return {}
    decode_v2 = importlib.import_module("iab_tcf").decode_v2
    for text in texts[:50]:
        ours, theirs = decode_tc(text), decode_v2(text)
        if any((one in ours.vendor_consents) != theirs.is_vendor_allowed(one) for one in range(1, VENDORS)):
            raise SystemExit("the two do not agree")
    return {
        "decode_and_ask": lambda text: 755 in decode_tc(text).vendor_consents,
        "iab_tcf_decode": decode_v2,
        "iab_tcf_decode_and_ask": lambda text: decode_v2(text).is_vendor_allowed(755),
    }


def measured(items: list[Any], works: dict[str, Callable[[Any], Any]]) -> dict[str, float]:
    """Return how many items a CPU second each of *works* does; the best of some rounds in turns."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(ROUNDS):
        for name, work in works.items():
            # Others are much slower: fewer items are enough.
            some = items if "iab" not in name else items[: max(len(items) // 5, 50)]
            started = time.process_time()
            for item in some:
                work(item)
            best[name] = min(best[name], (time.process_time() - started) / len(some))
    return {name: 1 / seconds for name, seconds in best.items()}


def facts(count: int) -> dict[str, int]:
    """Measure strings decoded and turned into facts for all purposes."""
    rng = random.Random(8)
    who, now = Identifier("device_id", "d1"), START + timedelta(days=300)

    def work(text: str) -> object:
        return consent_records(decode_tc(text), subject=who, source="web", received_at=now)

    rate = measured([tc(rng).encode() for _ in range(count // 4)], {"facts": work})["facts"]
    return {"strings_per_cpu_s": round(rate)}


if __name__ == "__main__":
    main()
