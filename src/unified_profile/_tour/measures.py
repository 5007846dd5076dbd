"""How are we doing: what people answered, by channel, each number with its interval; and the weakest link."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from unified_profile import ces, churn_rate, csat, nps, weakest_link
from unified_profile._tour.business import Asked, Churn
from unified_profile._tour.crowd import Somebody
from unified_profile._tour.paper import Paper
from unified_profile._tour.tables import columns
from unified_profile.errors import UnifiedProfileError
from unified_profile.metrics import WeakestLink
from unified_profile.model import Event, Json
from unified_profile.statistics import Estimate

ANSWERED = "Survey Answered"
_ALL, _NO_CHANNEL = "all", "no channel told"


def _nps(answers: list[Any], **by: Any) -> Any:
    return nps(answers, **by)


def _csat(answers: list[Any], **by: Any) -> Any:
    return csat(answers, scale=(1, 5), satisfied_from=4, **by)


def _ces(answers: list[Any], **by: Any) -> Any:
    return ces(answers, scale=(1, 7), high_is="easy", method="top_box", easy_from=5, **by)


_VERDICTS = {
    "named": (
        "{names} is the weakest link: {value} (95 % interval {low} to {high}, n={n}), {gap} points worse than the "
        "others together (adjusted p={p})"
    ),
    "tied": "the weakest link is one of {names}: not enough data to tell which",
    "not_enough_data": "not enough data to name a weakest link",
}
_NPS = "NPS (0-10)"
METRICS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "nps": (_NPS, _nps),
    "csat": ("CSAT (4-5 of 5)", _csat),
    "ces": ("CES (5-7 of 7 easy)", _ces),
}


@attrs.define
class Measures:
    """Collects the survey answers and the activity of those whose purpose permits it."""

    asked: Asked
    churn: Churn
    answers: list[Mapping[str, Json]] = attrs.field(factory=list)
    channels: list[str] = attrs.field(factory=list)
    active: int = 0
    lost: int = 0
    denied: int = 0

    def see(self, one: Somebody, /) -> None:
        """Take the answers of one person, and whether they stayed."""
        subject = one.subject(self.asked)
        if not all(subject.permissions.values()):
            self.denied += 1
            return
        begin = one.now - self.churn.period
        before = during = False
        for event in subject.events:
            if event.name == ANSWERED:
                self._answer(event)
            elif event.name in self.churn.events and event.occurred_at <= one.now:
                before = before or begin - self.churn.base <= event.occurred_at < begin
                during = during or event.occurred_at >= begin
        self.active += before
        self.lost += before and not during

    def _answer(self, event: Event) -> None:
        self.answers.append(event.properties)
        self.channels.append(event.channel or _NO_CHANNEL)

    def column(self, name: str) -> list[Any]:
        """Return the answers to one question; text and the like count as missing."""
        found = (answer.get(name) for answer in self.answers)
        return [value if isinstance(value, (int, float)) and not isinstance(value, bool) else None for value in found]

    def by_channel(self, name: str) -> Mapping[Any, Estimate]:
        """Return the metric *name* per channel, and of all under ``all``.

        Raises:
            InsufficientDataError: If nobody answered.
            InvalidInputError: If an answer is outside its scale.
        """
        answers, measure = self.column(name), METRICS[name][1]
        return {_ALL: measure(answers), **measure(answers, by=self.channels)}

    def show(self, paper: Paper, *, of_nobody: int = 0) -> None:
        """Write the sections; so many answers are *of_nobody*."""
        paper.heading("How are we doing? Each number with its 95 % interval")
        paper.line()
        rows: list[tuple[str, ...]] = []
        links: dict[str, Mapping[Any, Estimate]] = {}
        flaws: list[tuple[str, str]] = []
        for name, (title, _) in METRICS.items() if self.answers else ():
            try:
                found = self.by_channel(name)
            except UnifiedProfileError as error:
                flaws.append((title, str(error)))
                continue
            links[title] = {channel: each for channel, each in found.items() if channel not in {_ALL, _NO_CHANNEL}}
            shown = sorted(found.items(), key=lambda pair: (pair[0] != _ALL, pair[1].value))
            rows += [_row(title, paper.say(str(channel)), each, name) for channel, each in shown]
        churned = None
        if self.active:
            churned = churn_rate(self.lost, self.active)
            rows.append(_row("churn", paper.say(_ALL), churned, "churn"))
        if rows:
            paper.table(columns("metric", "channel", "#value", "#low", "#high", "#n", "#missing"), rows)
            paper.line()
        if not self.answers:
            paper.text("There are no survey answers (columns nps, csat, ces) of people who may be measured.")
        if self.answers:
            paper.text("n and missing together are the {count:,} answers of people who may be measured.",
                       count=len(self.answers))  # fmt: skip
        if of_nobody:
            paper.text("{count:,} more answers belong to nobody (facts of nobody, above), and are in no number.",
                       count=of_nobody)  # fmt: skip
        for title, reason in flaws:
            paper.text("{title}: no answer, because {reason}.", title=title, reason=reason)
        self._define(paper, known=churned is not None)
        self._show_weakest(paper, links)

    def _define(self, paper: Paper, *, known: bool) -> None:
        names = ", ".join(self.churn.events)
        days = {"base": self.churn.base.days, "period": self.churn.period.days}
        if known:
            paper.text(
                "Churn: of {n:,} people with {events} in the {base} days before the last {period}, {lost:,} had none "
                "in the last {period} days.",
                n=self.active, lost=self.lost, events=names, **days,
            )  # fmt: skip
        else:
            paper.text("Churn: nobody had {events} in the {base} days before the last {period}.", events=names, **days)
        if self.denied:
            paper.text("{count:,} people object to being measured and are in no number.", count=self.denied)

    def _show_weakest(self, paper: Paper, links: Mapping[str, Mapping[Any, Estimate]]) -> None:
        paper.heading("The weakest link of the chain")
        paper.line()
        told = False
        for title, found in links.items():
            try:
                verdict = weakest_link(found)
            except UnifiedProfileError:
                continue  # a single channel is no chain
            told = True
            paper.text("{title}: {verdict}.", title=title, verdict=_verdict(paper, verdict, points=title == _NPS))
        if told:
            paper.line()
            paper.text(
                "A link is named only if it is worse than the others together by more than chance explains, with "
                "Holm's correction for looking at all of them."
            )
        else:
            paper.text("Fewer than two channels have answers: there is no chain to look at.")


def _verdict(paper: Paper, found: WeakestLink, *, points: bool) -> str:
    """Return the verdict in the language of the paper, in the units of the table above it."""
    names = paper.say(" or ").join(str(link) for link in found.candidates)
    worst = next((one for one in found.comparisons if one.link == found.weakest), None)
    untested = len(found.untested)
    text = paper.say(_VERDICTS[found.status], names=names) if worst is None else paper.say(
        _VERDICTS["named"], names=names, n=worst.estimate.n, p=f"{worst.p_value:.2g}",
        gap=f"{worst.gap * (1 if points else 100):.1f}", value=_shown(worst.estimate.value, points=points),
        low=_shown(worst.estimate.low, points=points), high=_shown(worst.estimate.high, points=points),
    )  # fmt: skip
    return text + (paper.say(" ({count} links have too few answers)", count=untested) if untested else "")


def _shown(value: float, *, points: bool) -> str:
    """Return a value of a metric: in points, or in per cent."""
    return "–" if value != value else f"{value:.1f}" if points else f"{value:.1%}".replace("%", " %")  # noqa: PLR0124  # NaN


def _row(title: str, channel: str, each: Estimate, name: str) -> tuple[str, ...]:
    values = (_shown(value, points=name == "nps") for value in (each.value, each.low, each.high))
    return (title, channel, *values, f"{each.n:,}", f"{each.n_missing:,}")
