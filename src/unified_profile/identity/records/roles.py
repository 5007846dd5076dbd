"""What a column is about: guessed from its name and its values, because nobody should have to configure that.

Values beat names: a column called ``email_address`` that holds dates is no e-mail address. What is neither recognized
nor looks like anything is left out of the comparison, and the result says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias, get_args

import attrs

from unified_profile.errors import InvalidInputError, UnknownNameError
from unified_profile.identity.records.cleaning import date, folded

Role: TypeAlias = Literal[
    "given_name", "family_name", "full_name", "organization", "birth_date", "birth_year", "birth_month", "birth_day",
    "email", "phone", "street", "street_number", "address", "city", "postcode", "state", "country", "sex",
    "identifier", "ignored",
]  # fmt: skip
"""What a column can be about."""

ROLES: tuple[str, ...] = get_args(Role)


@attrs.frozen
class Guess:
    """The role of one column, and why it was guessed; *reason* names no value."""

    role: Role
    reason: str


_READING = "フリガナ|ふりがな|カナ|かな|ローマ字"
_NAMES: tuple[tuple[Role, str], ...] = (
    ("ignored", r"^(source|source dataset|dataset|data source|record type|origin|created|updated|modified)\b"),
    ("ignored", r"\b(type|status|category|amount|count|total|score|flag|notes?|comments?|rel|url|website|homepage)\b"),
    ("ignored", r"\b(user|login|file|product|item|event|brand|host|domain|screen|nick|table) ?name\b"),
    ("organization", r"\b(org|organi[sz]ation|company|business|firm|site name|site|employer|account name|store)\b"),
    ("organization", r"\b(firma|unternehmen|entreprise|societe|empresa|azienda|bedrijf)\b"),
    ("organization", r"会社|勤務先|企業|団体|法人|店名|屋号|公司"),
    ("birth_year", r"^(by|yob|birth year|year of birth|geburtsjahr)$"),
    ("birth_month", r"^(bm|mob|birth month|month of birth)$"),
    ("birth_day", r"^(bd|birth day|day of birth)$"),
    ("birth_date", r"\b(dob|birth ?date|date ?of ?birth|birth|birthday|bday|born|geb)\b"),
    ("birth_date", r"\b(geburtsdatum|geburtstag|geboren)\b"),
    ("birth_date", r"\b(naissance|nacimiento|nascita|nascimento|geboortedatum)\b|生年月日|誕生日|出生|生日"),
    ("email", r"\be ?mails?\b|メール|メアド|\bcorreo\b|\bcourriel\b|邮箱|郵箱|电邮|電郵"),
    ("phone", r"\b(phone|telephone|tel|mobile|cell|cellphone|fax|telefon|handy|portable|telefono)\b"),
    ("phone", r"\b(mobil|movil|celular|telefonnummer|telefonnr|handynr|handynummer|mobilnummer|rufnummer|cellulare)\b"),
    ("phone", r"電話|携帯|\bTEL\b|手机|手機|电话"),
    ("postcode", r"\b(zip|zip ?code|post ?code|postal|postal ?code|plz|cp|code postal|postleitzahl|postnummer)\b"),
    ("postcode", r"郵便|〒|邮编|郵遞"),
    ("given_name", r"\b(first|given|fore|fname|prenom|vorname|nombre)\b|\b(first|given|fore)name\b|^fname|^名$"),
    ("given_name", r"\b(nome proprio|voornaam|prenome|rufname)\b"),
    ("family_name", r"\b(last|family|sur|lname|nom|nachname|apellidos?)\b|\b(last|family|sur)name\b|^lname|苗字|名字"),
    ("family_name", rf"^(姓|氏)$|^(姓|氏) ?({_READING}|漢字)|({_READING}) ?姓$|^(セイ|せい)$"),
    ("given_name", rf"^名 ?({_READING}|漢字)|({_READING}) ?名$|^(メイ|めい)$"),
    ("family_name", r"\b(familienname|cognome|achternaam|sobrenome|geburtsname|nom de famille)\b"),
    ("street_number", r"\b(street|house) ?(number|no|nr)\b|^(hausnummer|hausnr)$|番地"),
    ("city", r"\b(city|town) ?name\b"),
    ("state", r"\b(state|province|county) ?name\b"),
    ("country", r"\bcountry ?name\b"),
    ("street", r"\b(street|road) ?name\b"),
    ("full_name", r"\b(name|full ?name|customer|contact|person|nom complet|display ?name)\b|氏名|名前|お名前|姓名"),
    ("full_name", rf"^({_READING})$"),
    ("full_name", r"\b(kunden|kontakt|gesamt|voll|naam|nominativo|titular)(name)?\b|^nome$"),
    ("city", r"\b(city|town|suburb|locality|municipality|ort|stadt|ville|ciudad|place)\b|市区|市町|都市|城市"),
    ("city", r"\b(wohnort|gemeinde|localidad|poblacion|municipio|citta|comune|cidade|plaats|woonplaats)\b"),
    ("state", r"\b(state|province|prefecture|region|county|bundesland|district|provincia)\b|都道府県|県|省份"),
    ("country", r"\b(country|nation|land|pays|pais)\b|国"),
    ("address", r"\b(full ?address|addr full|address|adresse|direccion|anschrift|indirizzo|domicilio)\b"),
    ("address", r"\b(endereco|adres)\b|住所|地址"),
    ("street", r"\b(street|strasse|straße|road|addr ?line ?\d?|addr|line ?\d|rue|calle|via|straat)\b|丁目|番地|街道"),
    ("sex", r"\b(sex|gender|geschlecht|sexe|sexo|sesso|geslacht)\b|性別|性别"),
    ("identifier", r"\b(ssn|soc ?sec ?id|social security|passport|licen[sc]e|national ?id|tax ?id|vat|lei|loyalty)\b"),
    ("identifier", r"\b(dni|nif|cpf|curp|bsn|pesel|nhs|steuer ?(id|nummer)|personalausweis|kundennummer|kundennr)\b"),
    ("identifier", r"\b(card|insurance|customer ?(id|no|number)|member ?(id|no|number))\b|\b(id|number|no)$|番号|会員"),
    ("identifier", r"身份证|身份證|マイナンバー"),
)  # fmt: skip
"""Words of a column's name, in the order in which they are looked for; the first that fits is taken."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_DATE = re.compile(
    r"(\d{4})[-/.年 ]?(0?[1-9]|1[0-2])[-/.月 ]?(0?[1-9]|[12]\d|3[01])日?|(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{2}|\d{4})"
)
_STREET = re.compile(r"\d{1,5}[a-z]?,? [^\W\d_].{2,60}|[^\W\d_][^\d]{3,40} \d{1,4} ?[a-z]?", re.IGNORECASE)
_SEX = frozenset({"m", "f", "male", "female", "man", "woman", "d", "x", "w", "h", "男", "女", "男性", "女性", "other"})
SAMPLE = 2000
"""Values of a column that are looked at."""
_CHARACTERS = 300
_MOST = 0.8


def _share(values: Sequence[str], test: Callable[[str], object]) -> float:
    return sum(1 for value in values if test(value)) / len(values) if values else 0.0


def _is_phone(value: str) -> bool:
    digits = sum(character.isdigit() for character in value)
    return 7 <= digits <= 15 and all(c.isdigit() or c in "+-()./ ー－ext" for c in value.casefold())


_TESTS: Mapping[str, tuple[Callable[[str], object], float]] = {
    "email": (_EMAIL.search, 0.4),
    "birth_date": (lambda value: _DATE.fullmatch(value) or date(value), 0.5),
    "address": (lambda value: "@" not in value, 0.5),
    "phone": (lambda value: sum(c.isdigit() for c in value) >= 5, 0.5),
    "postcode": (lambda value: any(c.isdigit() for c in value) and len(value) <= 12, 0.5),
    "given_name": (lambda value: not any(c.isdigit() for c in value), 0.5),
    "family_name": (lambda value: not any(c.isdigit() for c in value), 0.5),
    "full_name": (lambda value: not any(c.isdigit() for c in value), 0.5),
    "city": (lambda value: not value.isdigit(), 0.5),
    "birth_year": (lambda value: value.isdigit() and 1850 <= int(value) <= 2100, 0.5),
    "birth_month": (lambda value: value.isdigit() and 1 <= int(value) <= 12, 0.5),
    "birth_day": (lambda value: value.isdigit() and 1 <= int(value) <= 31, 0.5),
    "sex": (lambda value: value.casefold() in _SEX, 0.5),
}
"""What the values of a role must look like, and what share of them; a role that is not here takes any text."""


def guess(name: str, values: Sequence[str], /) -> Guess:
    """Return the role of the column *name* with the non-missing *values* (a sample of them will do).

    >>> guess("Date of Birth", ["1990-01-02", "1985-11-30"]).role
    'birth_date'
    >>> guess("email_address", ["10/01/15", "08/01/17"])  # what it holds beats what it is called
    Guess(role='ignored', reason='called email, but does not look like it')
    >>> guess("spalte 3", ["taro@example.com"]).reason
    'values look like it'
    """
    seen = [unicodedata.normalize("NFKC", value[:_CHARACTERS]).strip() for value in values[:SAMPLE]]
    seen = [value for value in seen if value]
    if not seen:
        return Guess("ignored", "no value")
    words = _words(name)
    words = re.sub(r"\b(primary|native|secondary|home|work|contact)\b ?", "", words) or words
    for role, pattern in _NAMES:
        if re.search(pattern, words):
            return _checked(role, seen)
    return _by_values(seen)


def _words(name: str) -> str:
    """Return the words of a column's name: without case, accents and signs, common abbreviations written out.

    >>> _words("E-Mail_Adresse"), _words("prénom"), _words("CUST_NM"), _words("DateOfBirth")
    ('e mail adresse', 'prenom', 'cust name', 'date of birth')
    """
    plain = re.sub(r"([a-z])([A-Z])", r"\1 \2", unicodedata.normalize("NFKC", name))
    plain = re.sub(r"(?i)\bc(\d)$", "", plain.replace("_", " "))
    plain = re.sub(r"([^\W\d])(\d)", r"\1 \2", re.sub(r"[^\w\s]+", " ", folded(plain)))
    return " ".join(_ABBREVIATED.get(word, word) for word in plain.split())


_ABBREVIATED: Mapping[str, str] = {"nm": "name", "dt": "date", "num": "number", "cd": "code", "dat": "date"}


def _checked(role: Role, seen: Sequence[str]) -> Guess:
    """Return *role* if the values bear it out, else what they look like themselves."""
    if role in _TESTS:
        test, needed = _TESTS[role]
        if _share(seen, test) < needed:
            other = _by_values(seen)
            lost = other.role in {"ignored", role}
            return Guess("ignored", f"called {role}, but does not look like it") if lost else other
    return Guess(role, "called so")


def _by_values(seen: Sequence[str]) -> Guess:
    if _share(seen, _EMAIL.fullmatch) >= _MOST:
        return Guess("email", "values look like it")
    if _share(seen, _DATE.fullmatch) >= _MOST:
        spread = sorted(int(year.group()) for value in seen if (year := re.search(r"\d{4}", value)))
        born = len(spread) >= _MOST * len(seen) and spread[-1] - spread[0] >= 30 and spread[len(spread) // 2] < 2005
        return Guess("birth_date", "values look like it") if born else Guess("ignored", "dates, but hardly of birth")
    if _share(seen, _is_phone) >= _MOST:
        return Guess("phone", "values look like it")
    if _share(seen, _STREET.fullmatch) >= _MOST:
        return Guess("street", "values look like it")
    return Guess("ignored", "neither its name nor its values tell")


def roles(columns: Mapping[str, Sequence[str]], /, *, given: Mapping[str, str] | None = None) -> dict[str, Guess]:
    """Return the role of every column; *given* says what some are, and is believed.

    Raises:
        UnknownNameError: If *given* names a column or a role that does not exist.
        InvalidInputError: If *given* is no mapping of names.
    """
    told = {} if given is None else given
    if not isinstance(told, Mapping) or not all(isinstance(one, str) for pair in told.items() for one in pair):
        raise InvalidInputError(field="fields", reason="not a mapping of names", hint='e.g. {"surname": "family_name"}')
    for name, role in told.items():
        if name not in columns:
            raise UnknownNameError(kind="column", name=name, known=columns)
        if role not in ROLES:
            raise UnknownNameError(kind="role", name=role, known=ROLES)
    found = {
        name: Guess(told[name], "given") if name in told else guess(name, values)  # type: ignore[arg-type]  # checked
        for name, values in columns.items()
    }
    return _one_date(found)


def _one_date(found: dict[str, Guess]) -> dict[str, Guess]:
    """Leave parts of a birth date alone only if all three are there: a year by itself is compared with nothing."""
    parts = {guess.role for guess in found.values()} & {"birth_year", "birth_month", "birth_day"}
    if len(parts) == 3:
        return found
    return {
        name: Guess("ignored", "a date in parts needs year, month and day") if guess.role in parts else guess
        for name, guess in found.items()
    }
