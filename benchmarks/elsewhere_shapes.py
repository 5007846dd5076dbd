"""Labelled tables of people with few columns, many gaps, copies, families, or columns that are called nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from elsewhere_world import AMERICAN, Made, Person, Row, american, english, forever, made
from made_up_records import slip


def name_and_year(seed: int) -> Made:
    """Nothing but a name and a year of birth."""
    world = english(seed, 0.7)
    kinds = {"name": "name", "birth_year": "year"}
    return made(
        world.rng,
        forever(world.person),
        lambda one: {"name": f"{one['first']} {one['last']}".title(), "birth_year": one["dob"][:4]},
        kinds,
        rows=2000,
    )


def name_and_address(seed: int) -> Made:
    """A name and one column of free address."""
    world = english(seed)
    rng = world.rng

    def write(one: Person) -> Row:
        street = f"{one['number']} {one['street'].title()} {rng.choice(['Street', 'St', 'St.'])}"
        place = rng.choice([f"{one['city']}, {one['zip']}", f"{one['city']} {one['zip']}", one["city"]])
        return {
            "name": f"{one['first']} {one['last']}".title(),
            "address": rng.choice([f"{street}, {place}", f"{street} {place}", f"{place}, {street}"]),
        }

    return made(rng, forever(world.person), write, {"name": "name", "address": "address"}, rows=3000)


def online(seed: int) -> Made:
    """E-mail, phone and nickname only: accounts of a forum and a shop; half of the addresses are a second one."""
    world = english(seed)
    rng = world.rng

    def make() -> Person:
        one = world.person()
        return one | {
            "other": world.mail(one["first"], one["last"]),
            "nick": rng.choice([one["first"], one["last"][:5], rng.choice(world.streets)]) + str(rng.randrange(1000)),
        }

    def write(one: Person) -> Row:
        return {
            "email": one["email"] if rng.random() < 0.65 else one["other"],
            "phone": one["phone"] if rng.random() < 0.6 else None,
            "nickname": one["nick"] if rng.random() < 0.8 else None,
        }

    return made(
        rng, forever(make), write, {"email": "email", "phone": "phone", "nickname": "text"}, rows=3000, slips=0.03
    )


def three_sources(seed: int) -> Made:
    """Three sources put together, each without some of the columns; not a linkage, all may be doubles."""
    world = english(seed)
    rng = world.rng
    lacks = {"crm": ("dob",), "shop": ("dob", "street", "city", "zip"), "club": ("email", "phone")}

    def write(one: Person) -> Row:
        source = rng.choice(list(lacks))
        return {"source": source} | {
            name: None if name in lacks[source] else value for name, value in american(one, rng).items()
        }

    return made(rng, forever(world.person), write, AMERICAN, rows=4000, whole=("source",))


def sparse(seed: int) -> Made:
    """Six values of ten are missing."""
    world = english(seed)
    return made(
        world.rng, forever(world.person), lambda one: american(one, world.rng), AMERICAN, rows=4000, missing=0.6
    )


def many_records(seed: int) -> Made:
    """Twenty to thirty records a person."""
    world = english(seed)
    return made(
        world.rng,
        forever(world.person),
        lambda one: american(one, world.rng),
        AMERICAN,
        rows=3000,
        missing=0.25,
        slips=0.06,
        copies=lambda rng: rng.randrange(20, 31),
    )


def seldom(seed: int) -> Made:
    """Hardly a double: one record of two hundred."""
    world = english(seed)
    return made(
        world.rng,
        forever(world.person),
        lambda one: american(one, world.rng),
        AMERICAN,
        rows=10000,
        missing=0.15,
        copies=lambda rng: 1 + (rng.random() < 0.005),
    )


def nobody_twice(seed: int) -> Made:
    """No double at all, and only names, birth dates and towns: every link is wrong."""
    world = english(seed)

    def write(one: Person) -> Row:
        return {
            key: value
            for key, value in american(one, world.rng).items()
            if key in {"first_name", "last_name", "dob", "city"}
        }

    kinds = {key: value for key, value in AMERICAN.items() if key in {"first_name", "last_name", "dob", "city"}}
    return made(world.rng, forever(world.person), write, kinds, rows=4000, copies=lambda _: 1)


def exact_copies(seed: int) -> Made:
    """Doubles are copies, letter by letter; names and towns only, so namesakes are hard."""
    world = english(seed, 0.6)

    def write(one: Person) -> Row:
        return {
            "first_name": one["first"].title(),
            "last_name": one["last"].title(),
            "street": f"{one['number']} {one['street'].title()} St",
            "city": one["city"],
        }

    kinds = {"first_name": "given", "last_name": "family", "street": "address", "city": "city"}
    return made(
        world.rng,
        forever(world.person),
        write,
        kinds,
        rows=2000,
        missing=0.0,
        slips=0.0,
        copies=lambda rng: rng.choice((1, 1, 2)),
    )


def families(seed: int) -> Made:
    """Twins, and fathers and sons of one name, at one address with one phone."""
    world = english(seed)
    rng = world.rng

    def people() -> Iterable[Person]:
        while True:
            one = world.person()
            kind = rng.random()
            yield one
            if kind < 0.15:  # twin
                yield one | {"first": world.first(), "email": world.mail(world.first(), one["last"])}
            elif kind < 0.3:  # father and son
                yield one | {
                    "dob": f"{int(one['dob'][:4]) - rng.randrange(22, 38)}-"
                    f"{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
                    "email": world.mail(one["first"], one["last"]),
                }
            elif kind < 0.5:  # spouse
                yield one | {
                    "first": world.first(),
                    "dob": world.born().isoformat(),
                    "email": world.mail(world.first(), one["last"]),
                }

    return made(rng, people(), lambda one: american(one, rng), AMERICAN, rows=4000, missing=0.1)


def _linked(seed: int, sources: Sequence[str], rows: int) -> Made:
    world = english(seed)
    rng = world.rng
    found: list[tuple[str, str, Row]] = []
    number = 0
    while len(found) < rows:
        one = world.person()
        there = [source for source in sources if rng.random() < 0.6]
        for place, source in enumerate(there):
            row = {key: value for key, value in american(one, rng).items() if key not in {"email", "phone"}}
            if place:
                row = {key: slip(value, rng) if value and rng.random() < 0.08 else value for key, value in row.items()}
            found.append(
                (f"p{number}", source, {key: None if rng.random() < 0.1 else value for key, value in row.items()})
            )
        number += 1
    rng.shuffle(found)
    columns: dict[str, list[str | None]] = {
        "record_id": [f"r{place}" for place in range(len(found))],
        "file": [source for _, source, _ in found],
    }
    columns |= {name: [row[name] for _, _, row in found] for name in found[0][2]}
    kinds = {key: value for key, value in AMERICAN.items() if key not in {"email", "phone"}}
    return Made(columns, {f"r{place}": who for place, (who, _, _) in enumerate(found)}, kinds, "file")


def link_two(seed: int) -> Made:
    """Two files, in each everybody once."""
    return _linked(seed, ("a", "b"), 3000)


def link_three(seed: int) -> Made:
    """Three files, in each everybody once."""
    return _linked(seed, ("a", "b", "c"), 4000)


def nameless(seed: int) -> Made:
    """Columns called col1 to col8."""
    found = made(
        (world := english(seed)).rng,
        forever(world.person),
        lambda one: american(one, world.rng),
        AMERICAN,
        rows=3000,
        missing=0.12,
    )
    called = {name: f"col{place}" for place, name in enumerate(AMERICAN, 1)}
    found.columns = {called.get(name, name): values for name, values in found.columns.items()}
    found.kinds = {called[name]: kind for name, kind in AMERICAN.items()}
    return found


def mixed_dates(seed: int) -> Made:
    """Birth dates written by each clerk in a way of his own: day first, month first, words, two digits of the year."""
    world = english(seed)
    rng = world.rng

    def write(one: Person) -> Row:
        born = date.fromisoformat(one["dob"])
        style = rng.choice(
            ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d %b %Y", "%B %d, %Y", "%d-%m-%y", "%Y%m%d"]
        )
        return {
            "given name": one["first"].title(),
            "surname": one["last"].title(),
            "birthdate": born.strftime(style),
            "town": one["city"],
        }

    return made(
        rng,
        forever(world.person),
        write,
        {"given name": "given", "surname": "family", "birthdate": "dob", "town": "city"},
        rows=3000,
        slips=0.03,
    )


def fifty(seed: int) -> Made:
    """Fifty rows."""
    world = english(seed)
    return made(world.rng, forever(world.person), lambda one: american(one, world.rng), AMERICAN, rows=50, missing=0.2)


def fifty_thousand(seed: int) -> Made:
    """Fifty thousand rows, without e-mail and phone."""
    world = english(seed, 0.7)
    left = {"email", "phone"}
    kinds = {key: kind for key, kind in AMERICAN.items() if key not in left}
    return made(
        world.rng,
        forever(world.person),
        lambda one: {key: value for key, value in american(one, world.rng).items() if key not in left},
        kinds,
        rows=50_000,
        missing=0.1,
    )
