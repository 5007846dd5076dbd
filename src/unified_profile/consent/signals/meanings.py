"""What signals mean for the business: its own purposes, each with the statements of a signal that all must say yes.

A statement is a name: ``tcf.purpose.1``, ``tcf.special_feature.2``, ``tcf.vendor.755.purpose.3``,
``tcf.publisher.purpose.1``, ``tcf.publisher.custom.2``, ``tcfca.purpose.4``, ``tcfca.special_feature.1``, ``us.sell``,
``us.share``, ``us.target``, ``us.sensitive.health``, ``us.secondary_use``, ``gpc``. Global Privacy Control speaks of
``gpc``, and of ``us.sell``, ``us.share`` and ``us.target``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import attrs

from unified_profile.consent.scopes import OPT_OUT
from unified_profile.consent.signals.us_sections import SENSITIVE_CATEGORIES
from unified_profile.errors import InvalidRulesError

_STATEMENT: Final = re.compile(
    r"(?:(?:tcf|tcfca)\.(?:purpose|special_feature|vendor\.[1-9]\d{0,4}\.purpose|publisher\.(?:purpose|custom))"
    r"\.[1-9]\d?|us\.(?:sell|share|target|secondary_use|sensitive\.[a-z_]+)|gpc)\Z"
)


def _needs(found: Iterable[str]) -> tuple[str, ...]:
    needs = (found,) if isinstance(found, str) else tuple(found)
    for name in needs:
        category = name.removeprefix("us.sensitive.") if isinstance(name, str) else ""
        if (
            not isinstance(name, str)
            or not _STATEMENT.match(name)
            or (category != name and category not in SENSITIVE_CATEGORIES)
        ):
            raise InvalidRulesError(field="meaning.needs", reason="not a statement of a signal", hint="tcf.purpose.1")
    if not needs:
        raise InvalidRulesError(field="meaning.needs", reason="empty", hint="name at least one statement")
    return needs


@attrs.frozen
class Meaning:
    """For a *purpose* of the business all statements in *needs* must be a yes; a single no is a refusal of it.

    *channel* is the channel that it is for. Several meanings of one purpose stand beside each other: each signal is
    read by those that it speaks of.

    >>> Meaning("personalized_advertising", ["tcf.purpose.1", "tcf.purpose.3", "tcf.purpose.4"]).channel
    'any'

    Raises:
        InvalidRulesError: If a statement is none.

    .. versionadded:: 0.1
    """

    purpose: str
    needs: tuple[str, ...] = attrs.field(converter=_needs)
    channel: str = "any"

    @property
    def schemes(self) -> frozenset[str]:
        """Which kinds of statement it needs: ``tcf``, ``tcfca``, ``us``, ``gpc``."""
        return frozenset(name.partition(".")[0] for name in self.needs)


def _tcf(*purposes: int) -> tuple[str, ...]:
    return tuple(f"tcf.purpose.{one}" for one in purposes)


DEFAULT_MEANINGS: Final = (
    Meaning("device_storage", _tcf(1)),
    Meaning("advertising", _tcf(1, 2)),
    Meaning("personalized_advertising", _tcf(1, 3, 4)),
    Meaning("personalized_content", _tcf(1, 5, 6)),
    Meaning("advertising_measurement", _tcf(1, 7)),
    Meaning("content_measurement", _tcf(1, 8)),
    Meaning("audience_research", _tcf(1, 9)),
    Meaning("product_development", _tcf(1, 10)),
    Meaning("content_selection", _tcf(11)),
    Meaning("precise_geolocation", ("tcf.special_feature.1",)),
    Meaning("device_scanning", ("tcf.special_feature.2",)),
    Meaning(OPT_OUT, ("gpc",)),
    Meaning("data_sale", ("us.sell",)),
    Meaning("data_sharing", ("us.share",)),
    Meaning("personalized_advertising", ("us.target",)),
    Meaning("secondary_use", ("us.secondary_use",)),
    *(Meaning(f"sensitive_{name}", (f"us.sensitive.{name}",)) for name in SENSITIVE_CATEGORIES),
)
"""Purposes for who declares none: those of the TCF with the storage that they need, and the choices of US law.

Global Privacy Control goes to the ledger's reserved purpose for opt-out signals, too.
"""
