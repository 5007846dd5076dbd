"""The normal form of e-mail addresses; common shapes never reach the library that knows the rare ones."""

from __future__ import annotations

import re
import unicodedata

from unified_profile.identity.spelling import text

_ATOM = r"[A-Za-z0-9_!#$%&'*+/=?^`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_COMMON_EMAIL = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+([A-Za-z]{{2,63}}))")
_WRAPPED = re.compile(r"(?:mailto:)?([^<>]+)|[^<>]*<(?:mailto:)?([^<>]+)>")
_RESERVED = frozenset({"alt", "arpa", "internal", "invalid", "local", "localhost", "onion", "test"})
_LONGEST_LOCAL, _LONGEST_EMAIL = 64, 254

# Until 2009 these Japanese carriers gave out addresses with dots where the standard has none; people still have them.
_DOTTED_DOMAINS = frozenset({"docomo.ne.jp", "ezweb.ne.jp"})
_DOTTED = re.compile(r"[A-Za-z0-9._-]*[A-Za-z0-9][A-Za-z0-9._-]*")

_NOBODY = frozenset({
    "do-not-reply", "do.not.reply", "do_not_reply", "donotreply", "mailer-daemon", "no-email", "no-mail", "no-reply",
    "no.email", "no.reply", "no_email", "no_reply", "nobody", "noemail", "nomail", "noreply",
})  # fmt: skip


def email(value: str, /, *, keep_case: bool = False, keep_plus: bool = True) -> str | None:
    """Return the address *value* in small letters, its domain in ASCII; None when it is none, or nobody's (noreply).

    Whether mail can be delivered is not asked; ``mailto:`` and ``Name <...>`` are taken off. With *keep_case* the part
    before the @ keeps its case; without *keep_plus* it loses what follows a plus sign.

    >>> email(" Taro+News@\uff25xample.COM "), email("taro@bücher.example"), email("taro@"), email("noreply@a.example")
    ('taro+news@example.com', 'taro@xn--bcher-kva.example', None, None)
    >>> email("Taro+News@example.com", keep_plus=False)
    'taro@example.com'
    """
    common = _COMMON_EMAIL.fullmatch(value.strip(" "))
    if common and common[3].lower() not in _RESERVED and "--" not in common[2]:
        local, domain = common[1] if keep_case else common[1].lower(), common[2].lower()
        if len(local) + len(domain) >= _LONGEST_EMAIL:
            return None
    else:
        parts = _rare_email(value, keep_case=keep_case)
        if parts is None:
            return None
        local, domain = parts
    mailbox, plus, _ = local.partition("+")
    if plus and not keep_plus:
        local = mailbox.rstrip(".")
    if not 0 < len(local) <= _LONGEST_LOCAL or mailbox.lower() in _NOBODY:
        return None
    return f"{local}@{domain}"


def _rare_email(value: str, *, keep_case: bool) -> tuple[str, str] | None:
    """Return the two parts of an address that only the library can judge."""
    from email_validator import EmailNotValidError, validate_email

    wrapped = _WRAPPED.fullmatch(text(value) or "")
    if wrapped is None:
        return None
    local, _, domain = (wrapped[1] or wrapped[2]).strip().rpartition("@")
    if not keep_case:
        local = unicodedata.normalize("NFKC", local.lower())
    if domain.lower() in _DOTTED_DOMAINS and _DOTTED.fullmatch(local):
        return local, domain.lower()
    try:
        return local, validate_email(f"{local}@{domain}", check_deliverability=False).ascii_domain
    except EmailNotValidError:
        return None
