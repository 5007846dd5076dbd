"""Labelled tables of firms, papers, goods, restaurants, lives and inventors for `benchmarks/identity_elsewhere.py`."""

from __future__ import annotations

from collections.abc import Iterable

from elsewhere_world import Made, Person, Row, english, forever, made, plain
from made_up_records import slip


def business(seed: int) -> Made:
    """Contacts of firms: the firm, its street and its switchboard are shared by many who work there."""
    world = english(seed)
    rng = world.rng

    def people() -> Iterable[Person]:
        while True:
            firm = world.person()
            trades = ["Logistics", "Consulting", "Foods", "Systems", "Partners", "Steel"]
            company = f"{rng.choice(world.rare)} {rng.choice(trades)} {rng.choice(['Inc', 'Ltd', 'LLC'])}".title()
            for _ in range(rng.choice((1, 2, 4, 8, 15))):
                one = world.person()
                yield one | {
                    "company": company,
                    "phone": firm["phone"],
                    "street": firm["street"],
                    "number": firm["number"],
                    "city": firm["city"],
                    "email": f"{plain(one['first'])[:1]}{plain(one['last'])}@{plain(company)[:12]}.com",
                    "own": one["phone"],
                }

    def write(one: Person) -> Row:
        company = one["company"] if rng.random() < 0.7 else one["company"].rsplit(" ", 1)[0]
        return {
            "contact_first": one["first"].title(),
            "contact_last": one["last"].title(),
            "company": company,
            "email": one["email"] if rng.random() < 0.6 else None,
            "phone": one["phone"] if rng.random() < 0.8 else one["own"],
            "address": f"{one['number']} {one['street'].title()} St",
            "city": one["city"],
        }

    kinds = {
        "contact_first": "given",
        "contact_last": "family",
        "company": "text",
        "email": "email",
        "phone": "phone",
        "address": "address",
        "city": "city",
    }
    return made(rng, people(), write, kinds, rows=4000)


_TOPICS = [
    "learning",
    "data",
    "query",
    "graph",
    "network",
    "index",
    "search",
    "stream",
    "privacy",
    "distributed",
    "parallel",
    "adaptive",
    "efficient",
    "scalable",
    "robust",
    "neural",
    "probabilistic",
    "deep",
    "linear",
    "optimal",
    "dynamic",
    "incremental",
    "approximate",
    "secure",
    "mobile",
    "web",
    "database",
    "clustering",
    "classification",
    "matching",
    "linkage",
    "integration",
    "cleaning",
    "mining",
    "join",
    "transaction",
    "storage",
    "cache",
    "memory",
    "kernel",
    "sampling",
    "ranking",
]


def papers(seed: int) -> Made:
    """A bibliography: title, authors, venue, year; venues in full or short, authors with initials."""
    world = english(seed)
    rng = world.rng
    venues = (
        ("Proceedings of the International Conference on Very Large Data Bases", "VLDB"),
        ("SIGMOD Conference", "SIGMOD"),
        ("International Conference on Data Engineering", "ICDE"),
        ("ACM Transactions on Database Systems", "TODS"),
    )

    def make() -> Person:
        words = [rng.choice(_TOPICS) for _ in range(rng.randrange(3, 8))]
        authors = "|".join(f"{world.first()} {world.last()}".title() for _ in range(rng.choice((1, 2, 2, 3, 4))))
        return {
            "title": " ".join(words).capitalize(),
            "authors": authors,
            "venue": str(rng.randrange(4)),
            "year": str(rng.randrange(1994, 2012)),
        }

    def write(one: Person) -> Row:
        authors = one["authors"].split("|")
        if rng.random() < 0.5:
            authors = [f"{name[0]}. {name.split()[1]}" for name in authors]
        return {
            "title": one["title"] if rng.random() < 0.8 else one["title"].lower(),
            "authors": ", ".join(authors),
            "venue": rng.choice(venues[int(one["venue"])]),
            "year": one["year"] if rng.random() < 0.9 else None,
        }

    return made(
        rng, forever(make), write, {"title": "text", "authors": "text", "venue": "none", "year": "none"}, rows=2500
    )


def products(seed: int) -> Made:
    """Goods of shops: title with brand and model, words in another order, price that differs."""
    world = english(seed)
    rng = world.rng
    brands, things = (
        [name.title() for name in world.rare[:40]],
        ["camera", "printer", "laptop", "monitor", "headphones", "speaker", "router", "keyboard", "phone", "tablet"],
    )

    def make() -> Person:
        model = f"{rng.choice('ABCDEFGHKLMNPRSTX')}{rng.choice('ABCDEFGHKLMNPRSTX')}-{rng.randrange(100, 9999)}"
        return {
            "brand": rng.choice(brands),
            "thing": rng.choice(things),
            "model": model,
            "price": str(rng.randrange(20, 2000)),
            "more": " ".join(
                rng.sample(
                    ["black", "silver", "wireless", "compact", "pro", "digital", "HD", "USB", "portable", "mini"], 3
                )
            ),
        }

    def write(one: Person) -> Row:
        words = [
            one["brand"],
            one["model"] if rng.random() < 0.8 else one["model"].replace("-", ""),
            one["thing"].title(),
            *one["more"].split()[: rng.randrange(1, 4)],
        ]
        if rng.random() < 0.3:
            words[1], words[2] = words[2], words[1]
        return {
            "title": " ".join(words),
            "manufacturer": one["brand"] if rng.random() < 0.6 else None,
            "price": f"{float(one['price']) * rng.uniform(0.9, 1.1):.2f}",
        }

    return made(
        rng, forever(make), write, {"title": "text", "manufacturer": "city", "price": "none"}, rows=2000, slips=0.02
    )


def restaurants(seed: int) -> Made:
    """Two guides to restaurants: name, address, city, phone, kind of food; doubles only between the guides."""
    world = english(seed)
    rng = world.rng

    def make() -> Person:
        one = world.person()
        name = rng.choice(
            [
                f"{one['first']}'s",
                f"{one['last']} {rng.choice(['grill', 'cafe', 'bistro', 'kitchen'])}",
                (
                    f"{rng.choice(['the', 'le', 'il', 'la'])} {rng.choice(world.streets)} "
                    f"{rng.choice(['house', 'room', 'table', 'inn'])}"
                ),
            ]
        )
        return one | {"name": name, "food": rng.choice(["italian", "french", "american", "chinese", "thai", "mexican"])}

    def write(one: Person) -> Row:
        name = (
            one["name"]
            if rng.random() < 0.7
            else one["name"] + rng.choice([" restaurant", f" ({one['city'].lower()})", " & bar"])
        )
        return {
            "name": name,
            "address": f"{one['number']} {rng.choice(['', 'n. ', 's. '])}{one['street']} "
            f"{rng.choice(['st.', 'street', 'ave.', 'blvd.'])}",
            "city": one["city"].lower(),
            "phone": f"{one['phone'][:3]}/{one['phone'][3:6]}-{one['phone'][6:]}"
            if rng.random() < 0.8
            else f"{one['phone'][:3]}-{one['phone'][3:6]}-{one['phone'][6:]}",
            "type": one["food"] if rng.random() < 0.6 else rng.choice(["continental", "cafes", "seafood"]),
        }

    kinds = {"name": "text", "address": "address", "city": "city", "phone": "phone", "type": "none"}
    return made(rng, forever(make), write, kinds, rows=900, missing=0.02, copies=lambda rng: rng.choice((1, 1, 1, 2)))


def historic(seed: int) -> Made:
    """Columns that repeat others (whole name, first and last name), birth place, occupation, gender, postcode."""
    world = english(seed)
    rng = world.rng
    works = ["politician", "writer", "painter", "footballer", "judge", "priest", "soldier", "actor", "engineer"]

    def make() -> Person:
        return world.person() | {"work": rng.choice(works), "sex": rng.choice(["male", "female"])}

    def write(one: Person) -> Row:
        first, last = (slip(one[key], rng) if rng.random() < 0.12 else one[key] for key in ("first", "last"))
        first = first[0] if rng.random() < 0.05 else first
        born = f"{one['dob'][:4]}-01-01" if rng.random() < 0.15 else one["dob"]
        return {
            "full_name": f"{first} {last}",
            "first_and_surname": f"{first} {last}",
            "first_name": first,
            "surname": last,
            "dob": born,
            "birth_place": one["city"].lower(),
            "postcode": one["zip"],
            "gender": one["sex"],
            "occupation": one["work"] if rng.random() < 0.6 else None,
        }

    kinds = {
        "first_name": "given",
        "surname": "family",
        "dob": "dob",
        "birth_place": "city",
        "postcode": "zip",
        "gender": "none",
        "occupation": "none",
        "full_name": "none",
        "first_and_surname": "none",
    }
    return made(
        rng, forever(make), write, kinds, rows=5000, missing=0.1, slips=0.02, copies=lambda rng: rng.randrange(1, 12)
    )


def inventors(seed: int) -> Made:
    """Names with family name first, co-inventors in one column with bars, place as two numbers, class codes."""
    world = english(seed)
    rng = world.rng

    def make() -> Person:
        one = world.person()
        return one | {
            "lat": f"{rng.uniform(40, 60):.2f}",
            "lng": f"{rng.uniform(0, 20):.2f}",
            "others": "|".join(f"{world.last()} {world.first()}".upper() for _ in range(4)),
            "class": f"{rng.choice('ABCG')}{rng.randrange(10, 80)}",
        }

    def write(one: Person) -> Row:
        others = rng.sample(one["others"].split("|"), rng.randrange(5))
        there = rng.random() < 0.7
        return {
            "Name": f"{one['last']} {one['first']}".upper()
            + (f" {rng.choice('ABCDE')}." if rng.random() < 0.2 else ""),
            "Coauthor": "**".join(others) or None,
            "Lat": one["lat"] if there else None,
            "Lng": one["lng"] if there else None,
            "Class": one["class"] if rng.random() < 0.7 else None,
        }

    return made(
        rng,
        forever(make),
        write,
        {"Name": "name", "Coauthor": "text", "Lat": "none", "Lng": "none", "Class": "none"},
        rows=2500,
    )
