"""What people call their columns, in ten languages, and what they mean by it."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from importlib import resources
from typing import Final, Literal, TypeAlias

import attrs

Role: TypeAlias = Literal["key", "identifier", "attribute", "brand", "channel", "country", "ignore"]

_SEPARATORS = re.compile(r"[\W_]+")
_ACCENTS = re.compile("[\u0300-\u036f]")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|<[^<>]*>")
_ANOTHER = re.compile(
    "rabatt|discount|remise|descuento|sconto|korting|desconto|割引|値引|할인|折扣|versand|shipping|livraison|env[ií]o|"
    "spedizione|verzend|送料|配送|배송|liefer|deliver|steuer|mwst|tax|vat|tva|iva|btw|税額|消費税|firma|company|soci[eé]t|"
    "empresa|azienda|bedrijf|会社|회사|公司|refund|erstatt|rembours|返金|환불|退款|anzahl|count|nombre|数"
)
_INCLUDED = re.compile("inc|ink|compris|税込")
"""What in brackets makes another thing of the header, unless it is said to be included."""
_MONEY = re.compile(r"[\s_]+in[\s_]*[€$£¥₩₹]?[\s_]*\Z|[€$£¥₩₹]", re.IGNORECASE)
_UNNAMED = re.compile(r"\W*\Z|unnamed: ?\d+(?:_level_\d+)?\Z", re.IGNORECASE)
_BEFORE = (
    "contact", "customer", "client", "member", "person", "personal", "private", "home", "mobile", "primary", "main",
    "preferred", "daytime", "your", "my", "user", "shopper", "buyer", "billing", "current",
    "kontakt", "kunden", "kunde", "ihre", "ihr", "votre", "su",
    "お客様", "お客さま", "顧客", "会員", "本人", "自宅", "携帯", "日中", "連絡先", "連絡用", "ご", "お",
    "고객", "회원", "客户", "客戶", "会员", "會員",
)  # fmt: skip
_AFTER = (
    "number", "value", "field", "code", "no", "nr", "1", "2", "番号", "欄", "漢字", "任意", "必須", "半角", "全角",
    "携帯", "自宅", "西暦", "privat", "private", "prive", "privado", "privata", "personal", "perso", "geschaftlich",
    "dienstlich", "work", "home", "mobil", "mobile", "portable", "fest", "fixe", "kunde", "client", "cliente", "klant",
    "jn", "janein", "yn", "yesno", "ouinon", "sino", "有無", "brutto", "bruto", "gross", "ttc", "incltax", "inclvat",
    "inclmwst", "inklmwst", "inklust", "tvac", "ivaincluida", "ivainclusa", "coniva", "comiva", "inclbtw", "税込",
    "eur", "euro", "euros", "usd", "chf", "gbp", "jpy", "krw", "cny", "ineur", "ineuro", "inusd", "inchf",
    "円", "원", "元",
)  # fmt: skip


@attrs.frozen
class Meaning:
    """What a column can mean: its role, the namespace or trait that it fills, and how its cells are read."""

    name: str
    role: Role
    kind: str = "text"


def unaccented(text: str, /) -> str:
    """Return *text* without the accents of Latin letters; the marks of other scripts tell letters apart, and stay.

    >>> unaccented("prénom"), unaccented("ガ")
    ('prenom', 'ガ')
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


def folded(header: str, /) -> str:
    """Return *header* as headers are compared: no case, no width, no accents, no separators.

    A header of nothing but signs stays what it is, so that it is like no other.

    >>> folded("E-Mail Address"), folded("Ｔｅｌ（自宅）"), folded("Prénom"), folded("〒")
    ('emailaddress', 'tel自宅', 'prenom', '〒')
    """
    text = unaccented(unicodedata.normalize("NFKC", header).casefold())
    return _SEPARATORS.sub("", text) or text.strip()


def is_unnamed(header: str, /) -> bool:
    """Say whether a *header* names nothing: it is blank, mere signs, or what pandas writes for none.

    >>> is_unnamed(" "), is_unnamed("Unnamed: 0"), is_unnamed("〒")
    (True, True, False)
    """
    return _UNNAMED.match(header) is not None and folded(header) not in BY_HEADER


def near(header: str, /) -> tuple[Meaning, str] | None:
    """Return what a *header* means that is a known one with words around it, and that known one; None if it is none.

    What stands in brackets, currencies and the word for a tax that is included are such words, too.

    >>> (
    ...     near("Contact Tel")[1],
    ...     near("お電話番号（必須）")[1],
    ...     near("Betrag (EUR)")[1],
    ...     near("Montant TTC")[1],
    ...     near("Hotel"),
    ... )
    ('tel', 'お電話番号', 'betrag', 'montant', None)
    """
    text = unicodedata.normalize("NFKC", header)
    bare = _MONEY.sub("", _BRACKETS.sub(_needed, text))
    waiting = list(dict.fromkeys(folded(one) for one in (text, _MONEY.sub("", text), bare)))
    seen = set(waiting)
    while waiting:
        text = waiting.pop(0)
        if text in BY_HEADER and len(text) > 1:
            return BY_HEADER[text], text
        shorter = [text.removeprefix(word) for word in _BEFORE if text.startswith(word)]
        shorter += [text.removesuffix(word) for word in _AFTER if text.endswith(word)]
        fresh = [one for one in shorter if one and one not in seen]
        seen.update(fresh)
        waiting += fresh
    return None


def _needed(found: re.Match[str]) -> str:
    """Return a part in brackets if it makes another thing of a header, and nothing if it does not."""
    said = found[0].casefold()
    return found[0] if _ANOTHER.search(said) and not _INCLUDED.search(said) else ""


def trait_name(header: str, /) -> str:
    """Return the trait that a column of that *header* fills when nothing else is known of it.

    >>> trait_name("Favorite Color"), trait_name("好きな色")
    ('favorite_color', '好きな色')
    """
    text = unicodedata.normalize("NFKC", header).strip()
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    return _SEPARATORS.sub("_", words).strip("_").casefold()[:100] or "unnamed"


def _read() -> dict[str, tuple[Meaning, tuple[str, ...]]]:
    """Return the meanings by name, each with the headers that it goes under."""
    text = resources.files("unified_profile.wire").joinpath("headers.toml").read_text(encoding="utf-8")
    return {
        name: (
            Meaning(name, entry["role"], entry.get("kind", "text")),
            (name, *(header for language in _LANGUAGES for header in entry.get(language, ()))),
        )
        for name, entry in tomllib.loads(text).items()
    }


_LANGUAGES = ("en", "ja", "eu", "ko", "zh")
_VOCABULARY = _read()
MEANINGS: Final = {name: meaning for name, (meaning, _) in _VOCABULARY.items()}
"""Every meaning by its name."""
BY_HEADER: Final = {
    folded(spelling): meaning
    for meaning, headers in _VOCABULARY.values()
    for header in headers
    for spelling in (header, header.translate(_UMLAUTS))
}
"""Every meaning by the headers that it goes under, folded."""
