"""Labelled tables of people of many countries for `benchmarks/identity_elsewhere.py`; nobody in them is real."""

from __future__ import annotations

from collections.abc import Iterable

import elsewhere_names as names
from elsewhere_world import Made, Person, Row, World, bare, day_first, forever, made, plain


def brazil(seed: int) -> Made:
    """One column of three to five names with da and dos, dates day first, Portuguese column names."""
    world = World(seed, names.BRAZIL[0].split(), names.BRAZIL[1].split(), "pt", 0.15)
    rng = world.rng

    def make() -> Person:
        more = [world.last(), world.last(), *([world.last()] if rng.random() < 0.2 else [])]
        first = world.first() + (f" {world.first()}" if rng.random() < 0.4 else "")
        return world.person() | {
            "first": first,
            "last": (rng.choice(["da ", "dos ", "de ", "", "", ""]) + " ".join(more)),
        }

    def write(one: Person) -> Row:
        first, last = one["first"].title(), one["last"].title().replace("Da ", "da ").replace("Dos ", "dos ")
        if rng.random() < 0.15:
            last = last.split()[-1]
        if rng.random() < 0.1:
            first = first.split()[0]
        name = f"{first} {last}"
        name = bare(name) if rng.random() < 0.3 else name.upper() if rng.random() < 0.2 else name
        street = f"{rng.choice(['Rua', 'R.', 'Av.', 'Avenida'])} {one['street'].title()}, {one['number']}"
        phone = one["phone"] if rng.random() < 0.5 else f"+55 ({one['phone'][:2]}) {one['phone'][2:]}"
        return {
            "nome_completo": name,
            "data_nascimento": day_first(one["dob"]),
            "telefone": phone,
            "endereco": street,
            "cidade": one["city"],
            "cep": one["zip"],
        }

    kinds = {
        "nome_completo": "name",
        "data_nascimento": "dob",
        "telefone": "phone",
        "endereco": "address",
        "cidade": "city",
        "cep": "zip",
    }
    return made(rng, forever(make), write, kinds, rows=3000, missing=0.12)


def german(seed: int) -> Made:
    """Umlauts written three ways, titles in the given name, Straße and Str., dates with points, households."""
    world = World(seed, names.GERMAN[0].split(), names.GERMAN[1].split(), "de", 0.35)
    rng = world.rng

    def people() -> Iterable[Person]:
        while True:
            home = world.person()
            for _ in range(rng.choice((1, 1, 2, 3))):
                one = world.person()
                yield one | {key: home[key] for key in ("last", "street", "number", "city", "zip")}

    def umlauts(text: str) -> str:
        kind = rng.random()
        for letter, two in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
            text = text.replace(letter, two) if kind < 0.25 else text.replace(letter, two[0]) if kind < 0.35 else text
        return text

    def write(one: Person) -> Row:
        first = umlauts(one["first"]).title()
        if rng.random() < 0.08:
            first = rng.choice(["Dr. ", "Prof. Dr. ", "Dipl.-Ing. "]) + first
        phone = rng.choice([f"0{one['phone'][:3]} / {one['phone'][3:]}", f"+49 {one['phone']}", f"0049{one['phone']}"])
        return {
            "Vorname": first,
            "Nachname": umlauts(one["last"]).title(),
            "Geburtsdatum": day_first(one["dob"], "."),
            "Straße": one["street"].title() + rng.choice(["straße ", "str. ", "strasse "]) + one["number"],
            "PLZ": one["zip"],
            "Ort": one["city"],
            "Telefon": phone if rng.random() < 0.6 else None,
        }

    kinds = {
        "Vorname": "given",
        "Nachname": "family",
        "Geburtsdatum": "dob",
        "Straße": "address",
        "PLZ": "zip",
        "Ort": "city",
        "Telefon": "phone",
    }
    return made(rng, people(), write, kinds, rows=4000, missing=0.1)


def spanish(seed: int) -> Made:
    """Two family names, of which the second is often left out, compound given names, Spanish column names."""
    world = World(seed, names.SPANISH[0].split(), names.SPANISH[1].split(), "es", 0.2)
    rng = world.rng

    def make() -> Person:
        first = world.first() + (f" {world.first()}" if rng.random() < 0.4 else "")
        return world.person() | {"first": first, "last": f"{world.last()} {world.last()}"}

    def write(one: Person) -> Row:
        first, last = one["first"].title(), one["last"].title()
        last = last.split()[0] if rng.random() < 0.2 else last.replace(" ", "-") if rng.random() < 0.05 else last
        first = first.split()[0] if rng.random() < 0.2 else first
        if rng.random() < 0.3:
            first, last = bare(first), bare(last)
        return {
            "nombre": first,
            "apellidos": last,
            "fecha_nacimiento": day_first(one["dob"]),
            "correo": one["email"] if rng.random() < 0.5 else None,
            "movil": one["phone"] if rng.random() < 0.6 else None,
            "poblacion": one["city"],
        }

    kinds = {
        "nombre": "given",
        "apellidos": "family",
        "fecha_nacimiento": "dob",
        "correo": "email",
        "movil": "phone",
        "poblacion": "city",
    }
    return made(rng, forever(make), write, kinds, rows=3000, missing=0.08)


def dutch(seed: int) -> Made:
    """Particles (van der Berg, J.), initials for given names, family name first or last in one column."""
    world = World(
        seed, names.DUTCH[0].split(), [" ".join(name.split()) for name in names.DUTCH[1].split("|")], "nl", 0.35
    )
    rng = world.rng

    def write(one: Person) -> Row:
        first, last = one["first"].title(), one["last"]
        last = " ".join(word if word in {"van", "de", "den", "der"} else word.title() for word in last.split())
        if rng.random() < 0.3:
            first = first[0] + "."
        kind, head = rng.random(), last.split()[-1]
        particle = last[: -len(head)].strip()
        name = (
            f"{last}, {first}"
            if kind < 0.2
            else f"{head}, {first} {particle}".strip()
            if kind < 0.35
            else f"{first} {last}"
        )
        code = f"{one['zip'][:4]} {plain(one['street'])[:2].upper()}"
        return {
            "naam": name,
            "geboortedatum": day_first(one["dob"], "-"),
            "adres": f"{one['street'].title()}straat {one['number']}",
            "postcode": code if rng.random() < 0.7 else code.replace(" ", ""),
            "woonplaats": one["city"],
        }

    kinds = {"naam": "name", "geboortedatum": "dob", "adres": "address", "postcode": "zip", "woonplaats": "city"}
    return made(rng, forever(world.person), write, kinds, rows=3000, missing=0.1)


def _pairs(words: str) -> list[str]:
    return words.split()


def chinese(seed: int) -> Made:
    """Hanzi, pinyin with the family name first, last or joined, Chinese column names, few family names."""
    world = World(seed, _pairs(names.CHINESE[0]), _pairs(names.CHINESE[1]))
    rng = world.rng

    def write(one: Person) -> Row:
        (hanzi, latin), (own, spelled) = one["last"].split(":"), one["first"].split(":")
        kind = rng.random()
        name = (
            hanzi + own
            if kind < 0.6
            else f"{latin.title()} {spelled.title()}"
            if kind < 0.75
            else f"{spelled.title()} {latin.title()}"
            if kind < 0.9
            else f"{latin.upper()} {spelled.title()}"
        )
        return {
            "姓名": name,
            "手机": one["phone"] if rng.random() < 0.75 else f"+86 {one['phone']}",
            "出生日期": one["dob"],
            "城市": one["city"],
            "地址": f"{one['street'].title()}路{one['number']}号",
        }

    kinds = {"姓名": "name", "手机": "phone", "出生日期": "dob", "城市": "city", "地址": "address"}
    return made(rng, forever(world.person), write, kinds, rows=2500, missing=0.15, slips=0.03)


def _spaced(words: str) -> list[str]:
    """Split words of which variants may hold a blank (``abdul rahman``): a blank behind a slash or before one stays."""
    found: list[str] = []
    for word in words.split():
        if found and (found[-1] in {"al", "el"} or found[-1].rsplit("/")[-1] in {"al", "el", "abdul"}):
            found[-1] += f" {word}"
        else:
            found.append(word)
    return found


def arabic(seed: int) -> Made:
    """Arabic names in Latin letters, spelled anew by each clerk; only name, birth date and phone."""
    world = World(seed, _spaced(names.ARABIC[0]), _spaced(names.ARABIC[1]))
    rng = world.rng

    def spelled(text: str) -> str:
        return rng.choice(text.split("/")).title()

    def make() -> Person:
        return world.person() | {"father": world.first()}

    def write(one: Person) -> Row:
        middle = spelled(one["father"]) if rng.random() < 0.5 else ""
        last = spelled(one["last"])
        last = last.replace("Al ", rng.choice(["Al-", "Al ", "El-", "al-"]))
        return {
            "first_name": f"{spelled(one['first'])} {middle}".strip(),
            "last_name": last,
            "birth_date": one["dob"],
            "mobile": one["phone"] if rng.random() < 0.6 else None,
        }

    kinds = {"first_name": "given", "last_name": "family", "birth_date": "dob", "mobile": "phone"}
    return made(rng, forever(make), write, kinds, rows=2500)


def korean(seed: int) -> Made:
    """Hangul or one of several romanizations, a fifth of all people named Kim."""
    world = World(seed, _pairs(names.KOREAN[0]), _pairs(names.KOREAN[1]))
    rng = world.rng

    def write(one: Person) -> Row:
        (hangul, latin), (own, spelled) = one["last"].split(":"), one["first"].split(":")
        last, first = rng.choice(latin.split("/")).title(), rng.choice(spelled.split("/")).title()
        kind = rng.random()
        name = hangul + own if kind < 0.65 else f"{first} {last}" if kind < 0.85 else f"{last} {first}"
        return {
            "name": name,
            "birthday": one["dob"],
            "phone": one["phone"],
            "email": one["email"].replace("/", "") if rng.random() < 0.4 else None,
        }

    def make() -> Person:
        one = world.person()
        return one | {
            "email": world.mail(one["first"].split(":")[1].split("/")[0], one["last"].split(":")[1].split("/")[0])
        }

    kinds = {"name": "name", "birthday": "dob", "phone": "phone", "email": "email"}
    return made(rng, forever(make), write, kinds, rows=2500, missing=0.12)


def indian(seed: int) -> Made:
    """Initials before and behind, single names, an address in free words, no birth date."""
    world = World(seed, names.INDIAN[0].split(), names.INDIAN[1].split(), "in", 0.2)
    rng = world.rng

    def write(one: Person) -> Row:
        first, last = one["first"].title(), one["last"].title()
        kind = rng.random()
        name = (
            f"{first} {last}"
            if kind < 0.5
            else f"{last[0]}. {first}"
            if kind < 0.65
            else f"{first} {last[0]}"
            if kind < 0.75
            else first
            if kind < 0.82
            else f"{first[0]}. {last}"
            if kind < 0.9
            else f"{last} {first}"
        )
        house = f"{rng.choice(['No. ', '#', 'Flat ', ''])}{one['number']}"
        street = f"{one['street'].title()} {rng.choice(['Road', 'Rd', 'Street', 'Nagar'])}"
        address = f"{house}, {street}, {one['city']}"
        address += f" - {one['zip']}0" if rng.random() < 0.6 else ""
        return {
            "customer_name": name,
            "mobile_no": rng.choice(["", "+91", "0"]) + one["phone"] if rng.random() < 0.7 else None,
            "address": address,
            "email_id": one["email"] if rng.random() < 0.4 else None,
        }

    kinds = {"customer_name": "name", "mobile_no": "phone", "address": "address", "email_id": "email"}
    return made(rng, forever(world.person), write, kinds, rows=3000)


def vietnamese(seed: int) -> Made:
    """More than a third named Nguyễn, given name last, with and without diacritics, name and birth date and town."""
    world = World(seed, names.VIETNAMESE[0].split(), names.VIETNAMESE[1].split())
    rng = world.rng

    def make() -> Person:
        return world.person() | {"first": f"{rng.choice(['thị', 'văn', world.first(), world.first()])} {world.first()}"}

    def write(one: Person) -> Row:
        name = f"{one['last']} {one['first']}".title()
        name = bare(name) if rng.random() < 0.4 else name
        if rng.random() < 0.15:
            first = name.split()
            name = " ".join([*first[1:], first[0]])
        return {
            "full_name": name,
            "dob": day_first(one["dob"]),
            "city": one["city"],
            "phone": one["phone"] if rng.random() < 0.4 else None,
        }

    kinds = {"full_name": "name", "dob": "dob", "city": "city", "phone": "phone"}
    return made(rng, forever(make), write, kinds, rows=2500)


def french(seed: int) -> Made:
    """French column names, family names in capitals, accents or none, phones with +33 or not, years of two digits."""
    world = World(
        seed, [*names.GERMAN[0].split(), "rené", "françois", "hélène", "noël"], names.SPANISH[1].split(), "es", 0.4
    )
    rng = world.rng

    def write(one: Person) -> Row:
        born = day_first(one["dob"]) if rng.random() < 0.7 else day_first(one["dob"])[:6] + one["dob"][2:4]
        phone = f"0{one['phone'][:9]}" if rng.random() < 0.5 else f"+33{one['phone'][:9]}"
        return {
            "prénom": one["first"].title() if rng.random() < 0.7 else bare(one["first"]),
            "nom": one["last"].upper() if rng.random() < 0.7 else bare(one["last"]).title(),
            "né le": born,
            "téléphone": phone,
            "ville": one["city"],
            "code_postal": one["zip"],
        }

    kinds = {
        "prénom": "given",
        "nom": "family",
        "né le": "dob",
        "téléphone": "phone",
        "ville": "city",
        "code_postal": "zip",
    }
    return made(rng, forever(world.person), write, kinds, rows=3000, missing=0.12)
