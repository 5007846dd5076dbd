"""Coverage of consent: of how many people each purpose may be used, where, and why not of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from unified_profile._tour.business import Asked
from unified_profile._tour.crowd import Somebody
from unified_profile._tour.paper import Paper
from unified_profile._tour.tables import columns
from unified_profile.consent import Coverage, PurposeRegistry, coverage
from unified_profile.consent.ledger import Ledger
from unified_profile.hub.reading import Moment
from unified_profile.hub.setup import Setup


@attrs.define
class Permissions:
    """Gathers what everybody said about consent, for the report that ``hub.coverage`` makes of it, cell by cell."""

    covered: Sequence[Asked]
    _ledgers: list[Ledger] = attrs.field(factory=list)
    _of: tuple[Setup, Moment] | None = None

    def see(self, one: Somebody, /) -> None:
        """Keep what one person said."""
        self._ledgers.append(Ledger(one.person.facts, proven=one.person.proven))
        self._of = one.setup, one.when

    def cells(self) -> Iterator[tuple[Asked, Coverage]]:
        """Give each cell that is asked for."""
        if self._of is None:
            return
        setup, when = self._of
        for asked in self.covered:
            purposes = PurposeRegistry([setup.purposes[asked.purpose]])
            (cell,) = coverage(
                self._ledgers, purposes=purposes, channels=[asked.channel], brand=asked.brand, at=when.at,
                policy=setup.policy,
            )  # fmt: skip
            yield asked, cell

    def show(self, paper: Paper) -> None:
        """Write the section."""
        paper.heading("Consent: who may be met for what, where")
        paper.line()
        rows = []
        for asked, cell in self.cells():
            others = sorted(
                ((code, n) for code, n in cell.codes.items() if code not in {"consent_given", "basis_declared"}),
                key=lambda pair: (pair[0] == "no_consent", -pair[1], pair[0]),
            )
            why = ", ".join(f"{paper.say(code)} {n:,}" for code, n in others)
            basis = paper.say("declared") if cell.codes.get("basis_declared") else ""
            rows.append(
                (asked.purpose, asked.channel, asked.brand or "–", f"{cell.granted:,}",
                 f"{cell.granted / cell.people:.1%}", why or basis)
            )  # fmt: skip
        paper.table(columns("purpose", "channel", "brand", "#may", "#share", "why not the others"), rows)
        paper.line()
        paper.text(
            "Where nobody said yes, the answer is no. no_consent: nothing was said; not_covered: yes to another "
            "channel or brand; refused, withdrawn: no, which stands until the person lifts it; expired: the yes ran "
            "out. declared: the purpose rests on a basis other than consent."
        )
