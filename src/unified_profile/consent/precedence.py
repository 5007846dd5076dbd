"""The order of precedence: rules from the top down, the first that answers ends it, and no answer is no."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from unified_profile.consent.codes import OBJECTIONABLE
from unified_profile.consent.law.in_force import child_rows
from unified_profile.consent.law.rows import Law
from unified_profile.consent.policy import SPECIAL
from unified_profile.consent.question import Answer, Matter, Question, cited, ids, newest_first
from unified_profile.consent.register import RegisterEntry
from unified_profile.consent.scopes import OBJECTION, OPT_OUT, RESTRICTION, Request
from unified_profile.consent.soft_opt_in import soft_opt_in
from unified_profile.consent.whynot import why_not

SHARING = frozenset({"sale", "share", "targeted_advertising"})
"""What an opt-out signal is about, where no row of the law says otherwise."""

_EXEMPT_WHEN_ERASED = frozenset({"legal_hold", "suppression_check"})
_EXEMPT_WHEN_RESTRICTED = frozenset({"storage", "legal_claims"})


def erased(asked: Question) -> Answer | None:
    """1. Of somebody who was erased nothing may be used, but for legal holds and the check against the tombstone."""
    if not asked.situation.tombstoned or asked.kinds & _EXEMPT_WHEN_ERASED:
        return None
    return Answer("tombstoned", ("rule:erased",))


def restricted(asked: Question) -> Answer | None:
    """2. What is restricted may be stored, used for legal claims, and used with consent."""
    return None if asked.basis == "consent" else _restriction(asked)


def _restriction(asked: Question) -> Answer | None:
    counts, rows = asked.has_right(RESTRICTION)
    if not counts or asked.kinds & _EXEMPT_WHEN_RESTRICTED:
        return None
    found = asked.invoked(RESTRICTION, liftable=False)
    return Answer("restricted", (*ids(found), "rule:restriction_in_force", *rows)) if found else None


def unknown(asked: Question) -> Answer | None:
    """3. What nobody declared is denied, and so is everything while a signal cannot be read."""
    request, policy = asked.request, asked.policy
    if asked.situation.unverifiable:
        return Answer("unverifiable_signal", ("rule:unverifiable_signal",))
    names = policy.names
    if names.channels is not None and request.channel not in {"any", *names.channels}:
        return Answer("unknown_channel", ("rule:default_deny",))
    if request.category and names.categories is not None and request.category not in names.categories:
        return Answer("unknown_category", ("rule:default_deny",))
    if request.recipient and names.recipients is not None and request.recipient not in names.recipients:
        return Answer("unknown_recipient", ("rule:default_deny",))
    if policy.law and not policy.law.knows(request.jurisdiction):
        return Answer("unknown_jurisdiction", ("rule:default_deny",))
    return None


def special(asked: Question) -> Answer | None:
    """4. A special category needs a condition of its own as well as a basis."""
    return _special(asked, asked.request.category) if asked.request.category else None


def _special(asked: Question, category: str) -> Answer | None:
    rows = [row for row in asked.rows("special_category") if category in row.names("categories")]
    always = asked.policy.rights == "always"
    if not rows and not (always and category in SPECIAL):
        return None
    accepted = asked.law.conditions
    explicit = any(category in one.special_categories for one in asked.consents)
    if explicit and ("explicit_consent" in accepted or (always and not accepted)):
        return None
    held = "" if asked.entry is None else asked.entry.special_condition
    if held and held != "explicit_consent" and (held in accepted or (always and not accepted)):
        return None
    return Answer("special_category", ("rule:special_category", *cited(rows)))


def child(asked: Question) -> Answer | None:
    """5. A child's own yes is none where a parent must give it; between the two ages it must at least be asked.

    It stays none when the child comes of age: then they are asked again.
    """
    for row in asked.law.children:
        consent = asked.basis == "consent" or bool(consent_is_required(asked))
        if not (consent or row.any_basis):
            continue
        if asked.situation.younger_than(row.age, asked.at) and not (asked.grants if consent else asked.consents):
            return Answer("child_without_parent", ("rule:child", *row.cited))
    return None


def objected(asked: Question) -> Answer | None:
    """6. Who objected to direct marketing gets none, on whatever basis, until they opt in to exactly this."""
    if "direct_marketing" not in asked.within:
        return None
    counts, rows = asked.has_right(OBJECTION)
    if not counts:
        return None
    found = asked.invoked(OBJECTION)
    if asked.basis != "consent":
        found = newest_first((*found, *asked.refusals))
    return Answer("objected", (*ids(found), "rule:objection_stands", *rows)) if found else None


def opted_out(asked: Question) -> Answer | None:
    """7. Who opted out, by a signal or by word, is not sold, shared or targeted, whatever the business set."""
    for row in asked.law.opt_outs:
        if row.categories and (asked.request.category not in row.categories or "expected_service" in asked.kinds):
            continue
        found = asked.invoked(row.right or OPT_OUT)
        if found:
            return Answer("opted_out", (*ids(found), "rule:opted_out", *row.cited))
    if asked.policy.rights == "always" and asked.within & SHARING:
        found = asked.invoked(OPT_OUT)
        if found:
            return Answer("opted_out", (*ids(found), "rule:opted_out"))
    return None


def consent_is_required(asked: Question) -> list[Law]:
    """Return the rows by which only consent will do for this, whatever the register says."""
    request = asked.request
    found = []
    for row in asked.rows("consent_required"):
        if row.params.get("third_party") is True and not asked.third_party:
            continue
        if row.names("categories") and request.category not in row.names("categories"):
            continue
        if asked.basis not in row.names("except_bases"):
            found.append(row)
    return found


def on_basis(asked: Question) -> Answer | None:  # noqa: PLR0911  # a table, read from the top
    """8. The basis that was declared decides: consent needs a grant, a register entry must say what it needs."""
    needed = consent_is_required(asked)
    recognized = asked.law.bases
    basis = "consent" if needed else asked.basis
    if recognized and basis not in recognized:
        return Answer("basis_not_recognized", ("rule:basis_not_recognized",), basis)
    rows = (*cited(needed), *recognized.get(basis, ()))
    if basis == "consent":
        return _by_consent(asked, rows)
    if asked.policy.register is not None and asked.entry is None:
        return Answer("not_in_register", ("rule:default_deny",), basis)
    if asked.refusals and basis in OBJECTIONABLE:
        return Answer("objected", (*ids(asked.refusals), "rule:objection_stands", *rows), basis)
    if asked.refusals and basis == "notice":
        return Answer("opted_out", (*ids(asked.refusals), "rule:opted_out", *rows), basis)
    if asked.entry is not None and not _in_entry(asked.request, asked.entry):
        return Answer("not_in_entry", ("rule:default_deny",), basis)
    if asked.entry is None and asked.request.recipient:
        return Answer("unknown_recipient", ("rule:default_deny",), basis)
    swapped = _swapped(asked)
    if swapped:
        return Answer("basis_swapped", (*swapped, "rule:no_swap_of_basis"), basis)
    return Answer("basis_declared", (f"rule:basis_{basis}", *rows), basis, (), asked.entry)


def _by_consent(asked: Question, rows: tuple[str, ...]) -> Answer | None:
    if asked.refusals:
        return Answer(asked.refusals[0].state.value, (*ids(asked.refusals), "rule:refusal_stands", *rows), "consent")
    if asked.grants:
        return Answer("consent_given", (*ids(asked.grants), "rule:grant_in_force", *rows), "consent", asked.grants)
    return None


def _in_entry(request: Request, entry: RegisterEntry) -> bool:
    if request.category and request.category not in entry.names.categories:
        return False
    return not request.recipient or request.recipient in entry.names.recipients


def _swapped(asked: Question) -> tuple[str, ...]:
    """Return the withdrawals of consents that another basis was declared after: a basis is not changed to go on."""
    if asked.entry is None or not asked.refusals:
        return ()
    given = [one for case in asked.cases for one in case.elsewhere(asked.at) if case.covers(one)]
    return tuple(
        refusal.id
        for refusal in asked.refusals
        if any(one.occurred_at < asked.entry.valid_from and one.occurred_at <= refusal.occurred_at for one in given)
    )


def softly(asked: Question) -> Answer | None:
    """9. A customer who was offered to opt out, and did not, may be written to about what they bought."""
    if asked.refusals:
        return None
    found = soft_opt_in(asked.rows("soft_opt_in"), asked.request, asked.situation, asked.kinds, asked.at)
    if found is None:
        return None
    # A sale is no consent: what is restricted is not used for it.
    return _restriction(asked) or Answer("soft_opt_in", ("rule:soft_opt_in", *cited([found])), "soft_opt_in")


def default_deny(asked: Question) -> Answer:
    """Nothing allows it; what somebody said as a child is no consent when they are grown."""
    if asked.given and not asked.grants:
        rows = [name for row in asked.law.children for name in row.cited]
        return Answer("child_without_parent", (*ids(asked.given), "rule:child", *rows, "rule:default_deny"), "consent")
    code, because = why_not(asked.cases, asked.at)
    return Answer(code, (*because, "rule:default_deny"), "consent")


Rule = Callable[[Question], Answer | None]
RULES: tuple[Rule, ...] = (erased, restricted, unknown, special, child, objected, opted_out, on_basis, softly)
"""In this order; the first that answers ends it."""


def answer(asked: Question) -> Answer:
    """Return what the first rule says that says anything."""
    for rule in RULES:
        found = rule(asked)
        if found is not None:
            return _unless_listed(asked, of_parts(asked, found))
    return default_deny(asked)


def of_parts(asked: Question, found: Answer) -> Answer:
    """Say of a yes to the whole to which categories it comes down; where each is denied by itself, so is the whole."""
    if not found.granted or asked.request.category:
        return found
    listed = _listed(asked, found)
    if not listed:
        return found
    denied = {name: no for name in sorted(listed) if (no := _by_itself(asked, name, found)) is not None}
    if len(denied) == len(listed):
        return next(iter(denied.values()))
    return attrs.evolve(found, categories=tuple(name for name in sorted(listed) if name not in denied))


def _listed(asked: Question, found: Answer) -> frozenset[str]:
    """Return the categories to which the grants, or the entry, limit a yes; none is no limit."""
    if found.grants:
        listed = [asked.cases[0].listed(one) for one in found.grants]
        return frozenset().union(*listed) if all(listed) else frozenset()
    return frozenset() if found.entry is None else found.entry.names.categories


def _by_itself(asked: Question, category: str, found: Answer) -> Answer | None:
    """Return what denies a category that was not asked for by its name; None if nothing does."""
    known = asked.policy.names.categories
    if known is not None and category not in known:
        return Answer("unknown_category", ("rule:default_deny",))
    needs_consent = [row for row in asked.rows("consent_required") if category in row.names("categories")]
    binding = [row for row in needs_consent if found.basis not in row.names("except_bases")]
    if binding and not found.grants:
        return Answer("no_consent", ("rule:default_deny", *cited(binding)))
    return _special(asked, category) or _limited(asked, category)


def _limited(asked: Question, category: str) -> Answer | None:
    """Return who limited the use of a sensitive category, where a row of the law lets them."""
    for row in asked.law.opt_outs:
        if category in row.categories and "expected_service" not in asked.kinds:
            invoked = asked.invoked(row.right or OPT_OUT)
            if invoked:
                return Answer("opted_out", (*ids(invoked), "rule:opted_out", *row.cited))
    return None


def _unless_listed(asked: Question, found: Answer) -> Answer:
    """10. Who stands on a do-not-call list is called with consent only; the other duties go along with a yes."""
    if not (found.granted and asked.situation.do_not_call) or found.code == "consent_given":
        return found
    rows = asked.rows("do_not_call")
    return Answer("do_not_call", ("rule:do_not_call", *cited(rows)), found.basis) if rows else found


__all__ = ["RULES", "Answer", "Matter", "Question", "answer", "child_rows", "cited"]
