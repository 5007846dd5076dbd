"""Coverage of consent: of how many people each purpose may be used, where, and why not of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import attrs

from unified_profile._tour.business import Asked
from unified_profile._tour.crowd import Somebody
from unified_profile._tour.paper import Paper
from unified_profile._tour.tables import columns
from unified_profile.consent import decide
from unified_profile.consent.ledger import Ledger
from unified_profile.model import ConsentRecord


@attrs.define
class Permissions:
    """Counts the people by the reason code of what is decided about them, for each cell asked for."""

    covered: Sequence[Asked]
    codes: dict[Asked, Counter[str]] = attrs.field(factory=dict)
    granted: Counter[Asked] = attrs.field(factory=Counter)
    _silent: dict[Asked, tuple[str, bool]] = attrs.field(factory=dict)
    """What is decided about those who never said anything."""

    def see(self, one: Somebody, /) -> None:
        """Decide every cell for one person."""
        records = [fact for fact in one.person.facts if isinstance(fact, ConsentRecord)]
        ledger = Ledger(records) if records else None
        for asked in self.covered:
            if ledger is None and asked in self._silent:
                code, granted = self._silent[asked]
            else:
                found = decide(
                    ledger or (), asked.purpose, asked.channel, purposes=one.setup.purposes, brand=asked.brand,
                    at=one.now, proven=one.person.proven,
                )  # fmt: skip
                code, granted = found.code, found.granted
                if ledger is None:
                    self._silent[asked] = (code, granted)
            self.codes.setdefault(asked, Counter())[code] += 1
            self.granted[asked] += granted

    def show(self, paper: Paper) -> None:
        """Write the section."""
        paper.heading("Consent: who may be met for what, where")
        paper.line()
        rows = []
        for asked in self.covered:
            codes = self.codes.get(asked, Counter())
            people = codes.total()
            share = self.granted[asked] / people if people else 0
            others = sorted(
                ((code, count) for code, count in codes.items() if code not in {"consent_given", "basis_declared"}),
                key=lambda pair: (pair[0] == "no_consent", -pair[1], pair[0]),
            )
            why = ", ".join(f"{paper.say(code)} {count:,}" for code, count in others)
            basis = paper.say("declared") if codes["basis_declared"] else ""
            rows.append(
                (asked.purpose, asked.channel, asked.brand or "–", f"{self.granted[asked]:,}", f"{share:.1%}",
                 why or basis)
            )  # fmt: skip
        paper.table(columns("purpose", "channel", "brand", "#may", "#share", "why not the others"), rows)
        paper.line()
        paper.text(
            "Where nobody said yes, the answer is no; a refusal stands until the person lifts it. not_covered: they "
            "said yes to another channel or brand."
        )
