"""What a column is about: guessed from its name and its values, because nobody should have to configure that.

Values beat names: a column called ``email_address`` that holds dates is no e-mail address. What is neither recognized
nor looks like anything is left out of the comparison, and the result says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Literal, TypeAlias, get_args

import attrs

from unified_profile.errors import InvalidInputError, UnknownNameError
from unified_profile.identity.records.cleaning import date, folded
from unified_profile.identity.records.nicknames import short_of
from unified_profile.identity.records.whole_names import mostly_two

Role: TypeAlias = Literal[
    "given_name", "family_name", "full_name", "organization", "birth_date", "birth_year", "birth_month", "birth_day",
    "email", "phone", "street", "street_number", "address", "city", "postcode", "state", "country", "sex",
    "identifier", "text", "ignored",
]  # fmt: skip
"""What a column can be about; *text* is what is written of a thing: a title, a description."""

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
    ("identifier", r"\b(user|login|screen|nick) ?name\b|^(login|nick|handle|benutzername|apodo|pseudo)$"),
    ("ignored", r"\b(file|product|item|event|brand|host|domain|table) ?name\b"),
    ("organization", r"\b(org|organi[sz]ation|company|business|firm|site name|site|employer|account name|store)\b"),
    ("organization", r"\b(firma|unternehmen|entreprise|societe|empresa|azienda|bedrijf)\b"),
    ("organization", r"会社|勤務先|企業|団体|法人|店名|屋号|公司"),
    ("birth_year", r"^(by|yob|birth ?year|year ?of ?birth|born in|geburtsjahr|annee de naissance|ano de nac)\b|^生年$"),
    ("birth_month", r"^(bm|mob|birth month|month of birth)$"),
    ("birth_day", r"^(bd|birth day|day of birth)$"),
    ("birth_date", r"\b(dob|birth ?date|date ?of ?birth|birth|birthday|bday|born|geb)\b"),
    ("birth_date", r"\b(geburtsdatum|geburtstag|geboren|nac|nasc|nee? le|urodzenia|fodselsdato|ngay sinh)\b"),
    ("birth_date", r"생년월일|дата рождения|تاريخ الميلاد"),
    ("birth_date", r"\b(naissance|nacimiento|nascita|nascimento|geboortedatum)\b|生年月日|誕生日|出生|生日"),
    ("email", r"\be ?mails?\b|メール|メアド|\bcorreo\b|\bcourriel\b|邮箱|郵箱|电邮|電郵"),
    ("phone", r"\b(phone|telephone|tel|mobile|cell|cellphone|fax|telefon|handy|portable|telefono)\b"),
    ("phone", r"\b(mobil|movil|celular|telefonnummer|telefonnr|handynr|handynummer|mobilnummer|rufnummer|cellulare)\b"),
    ("phone", r"\b(telefone|telefoon|telefonszam|puhelin|telefonnummer|dien thoai|sdt)\b|전화|휴대폰|телефон|هاتف"),
    ("phone", r"電話|携帯|\bTEL\b|手机|手機|电话"),
    ("postcode", r"\b(zip|zip ?code|post ?code|postal|postal ?code|plz|cp|code postal|postleitzahl|postnummer)\b"),
    ("postcode", r"郵便|〒|邮编|郵遞|우편번호|индекс"),
    ("postcode", r"^(cep|cap|codigo postal|code postal|kod pocztowy|pin ?code|postnr|eircode)$"),
    ("full_name", r"\b(nome|nombre|nom) (completo|complet|y apellidos?|e sobrenome|et prenom|e cognome)\b"),
    ("full_name", r"\b(first|given|fore) ?(names?)? (and|last|family) (last|family|sur)? ?names?\b"),
    ("full_name", r"\bvolledige naam\b|\bho (va )?ten\b|\bad soyad\b|\bimie i nazwisko\b|이름|성명|фио|الاسم"),
    ("given_name", r"\b(first|given|fore|fname|prenom|vorname|nombre)\b|\b(first|given|fore)name\b|^fname|^名$"),
    ("given_name", r"\b(nome proprio|voornaam|prenome|rufname|fornavn|fornamn|imie)\b|^имя$"),
    ("family_name", r"\b(efternavn|etternavn|efternamn|nazwisko|soyad)\b|фамилия"),
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
    ("city", r"\b(miasto|stad)\b|도시|город|مدينة"),
    ("state", r"\b(state|province|prefecture|region|county|bundesland|district|provincia)\b|都道府県|県|省份"),
    ("country", r"\b(country|nation|land|pays|pais)\b|国"),
    ("address", r"\b(full ?address|addr full|address|adresse|direccion|anschrift|indirizzo|domicilio)\b"),
    ("address", r"\b(endereco|adres|morada|dia chi)\b|住所|地址|주소|адрес|عنوان"),
    ("street", r"\b(street|strasse|straße|road|addr ?line ?\d?|addr|line ?\d|rue|calle|via|straat)\b|丁目|番地|街道"),
    ("street", r"\b(rua|logradouro|ulica|gata)\b"),
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
_WORD, _CODE = re.compile(r"[^\W\d_]{2,}([ '-][^\W\d_]+)?"), re.compile(r"\d{4,7}|[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}")
_TWO_LETTERS = re.compile(r"[^\W\d_]{2}")
_KNOWN = 0.1
"""The share of values that are names with a known short form, from which on a column holds given names."""
_VARIED = 20
"""Different values below which a column hardly tells people apart."""
_UNKNOWN = "neither its name nor its values tell"
_CALLED = frozenset({"given_name", "family_name", "full_name", "organization"})
_WHO = _CALLED | {"birth_date", "email", "phone", "street", "address", "identifier"}
_BY_VARIETY: tuple[Role, ...] = ("family_name", "given_name", "city")
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
        spread = sorted(int(day[:4]) for value in seen if (day := date(value)))
        born = len(spread) >= _MOST * len(seen) and spread[-1] - spread[0] >= 30 and spread[len(spread) // 2] < 2005
        return Guess("birth_date", "values look like it") if born else Guess("ignored", "dates, but hardly of birth")
    if _share(seen, _is_phone) >= _MOST:
        return Guess("phone", "values look like it")
    if _share(seen, _STREET.fullmatch) >= _MOST:
        return Guess("street", "values look like it")
    return Guess("ignored", _UNKNOWN)


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
    found = _one_date(found)
    if not any(guess.role in _WHO for guess in found.values()):
        found |= _written({name: columns[name] for name, guess in found.items() if guess.role == "ignored"})
    elif not any(guess.role in _CALLED for guess in found.values()):
        found |= _nameless({name: columns[name] for name, guess in found.items() if guess.reason == _UNKNOWN})
    return found


def _nameless(columns: Mapping[str, Sequence[str]]) -> dict[str, Guess]:
    """Return what columns look like in a table that calls none a name: whole names, else words by their variety.

    Given names are known by those that have short forms. Else there are more family names than given names in most
    countries, and more given names than towns in a table.
    """
    found: dict[str, Guess] = {}
    words: list[tuple[int, str]] = []
    known: list[tuple[float, str]] = []
    for name, values in columns.items():
        seen = [*islice((plain for value in values if (plain := folded(value[:_CHARACTERS]).strip())), SAMPLE)]
        varied = len(set(seen))
        if not seen or varied < _VARIED or any(seen.count(one) > 0.3 * len(seen) for one in seen[:10]):
            continue
        if _share(seen, _CODE.fullmatch) >= _MOST and len({*map(len, seen)}) <= 4 and varied < 0.9 * len(seen):
            found[name] = Guess("postcode", "values look like it")
        elif mostly_two(values[:SAMPLE]) and varied > 0.2 * len(seen):
            found[name] = Guess("full_name", "values look like it")
        elif _share(seen, _WORD.fullmatch) >= _MOST:
            words.append((-varied, name))
            known.append((_share(seen, lambda one: short_of(one) is not None), name))
    if not any(guess.role == "full_name" for guess in found.values()):
        often, given = max(known, default=(0.0, ""))
        if often >= _KNOWN:
            found[given] = Guess("given_name", "values look like it")
            words = [one for one in words if one[1] != given]
        left = [role for role in _BY_VARIETY if given not in found or role != "given_name"]
        for role, (_, name) in zip(left, sorted(words), strict=False):
            found[name] = Guess(role, "words, and of such a variety")
    return found


def _written(columns: Mapping[str, Sequence[str]]) -> dict[str, Guess]:
    """Return the columns of texts of which most differ, in a table in which nothing else tells who or what it is of."""
    found = {}
    for name, values in columns.items():
        seen = [*islice((plain for value in values if (plain := folded(value[:_CHARACTERS]).strip())), SAMPLE)]
        if len(set(seen)) >= 0.3 * len(seen) and _share(seen, _TWO_LETTERS.search) >= _MOST:
            found[name] = Guess("text", "texts, and nothing else tells")
    return found


def _one_date(found: dict[str, Guess]) -> dict[str, Guess]:
    """Leave month and day alone only if the year is there too; a year by itself says something."""
    parts = {guess.role for guess in found.values()} & {"birth_year", "birth_month", "birth_day"}
    if len(parts) == 3:
        return found
    whole = any(guess.role == "birth_date" for guess in found.values())
    lone = parts if whole else parts - {"birth_year"}
    return {
        name: Guess("ignored", "a date in parts needs year, month and day") if guess.role in lone else guess
        for name, guess in found.items()
    }
