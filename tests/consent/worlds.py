"""Random businesses, people, records and questions as plain dicts, and the same as the library takes them."""

# ruff: noqa: E501 - rows are read side by side

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from unified_profile.consent import (
    Law,
    LawBook,
    Notice,
    NoticeRegistry,
    Policy,
    PurposeRegistry,
    RegisterEntry,
    Request,
    Sale,
    Situation,
)
from unified_profile.model import ConsentRecord, Identifier, Purpose

NO = {"refused", "withdrawn", "revoked", "invalidated"}

START = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = [START + timedelta(hours=hour) for hour in range(-400, 400)]

PURPOSES = {
    "marketing": "consent", "newsletter": "consent", "weekly": "consent", "ads": "consent", "alerts": "consent",
    "delivery": "contract", "improvement": "legitimate_interests", "archive": "legal_obligation",
    "holds": "legal_obligation",
}  # fmt: skip
PARENTS = {"newsletter": "marketing", "weekly": "newsletter", "ads": "marketing"}
ABOVE = {"newsletter": ["marketing"], "weekly": ["newsletter", "marketing"], "ads": ["marketing"]}
PLACES = ["", "XX", "XX-1"]
RIGHTS = ["right:restriction", "right:objection_to_marketing", "signal:opt_out"]


def moment(hour):
    return HOURS[hour + 400]


def business(number):
    """Return one of several businesses: from one that declares purposes only to one under a law of its own."""
    found: dict[str, Any] = {
        "purposes": PURPOSES, "above": {name: ABOVE.get(name, []) for name in PURPOSES}, "kinds": {}, "confirmed": set(),
        "register": None, "notices": None, "law": None, "controller": "", "place": "", "rights": "always",
        "tolerance": 0, "categories": None, "recipients": None,
    }  # fmt: skip
    if number >= 1:
        marketing = {"direct_marketing"}
        found |= {
            "kinds": {"newsletter": marketing | {"similar_products"}, "weekly": marketing | {"similar_products"},
                      "ads": {"targeted_advertising"}, "archive": {"storage"}, "holds": {"legal_hold"},
                      "improvement": marketing},
            "confirmed": {"alerts"},
        }  # fmt: skip
    if number >= 2:
        found |= {"notices": NOTICES, "register": REGISTER, "controller": "K", "tolerance": 1,
                  "recipients": {"partner", "lab"}}  # fmt: skip
    if number >= 3:
        found |= {"law": LAW, "place": "XX", "rights": "by_law"}
    if number >= 4:
        found |= {"notices": None, "register": None, "rights": "always"}
    return found


NOTICES: dict[tuple[str, str], Any] = {
    ("n", "1"): {"purposes": {"newsletter", "weekly", "ads"}, "channels": set(), "categories": {"email"},
                 "recipients": set(), "controller": ""},
    ("n", "2"): {"purposes": {"newsletter", "ads", "alerts"}, "channels": {"email"}, "categories": {"email", "health"},
                 "recipients": {"partner"}, "controller": "L", "published": 3},
}  # fmt: skip
REGISTER: list[dict[str, Any]] = [
    {"purpose": "delivery", "basis": "contract", "controller": "", "categories": {"email"}, "recipients": {"partner"},
     "condition": "", "from": -90, "to": 9000},
    {"purpose": "improvement", "basis": "legitimate_interests", "controller": "", "categories": {"email", "health"},
     "recipients": set(), "condition": "health_care", "from": -90, "to": 4},
    {"purpose": "improvement", "basis": "contract", "controller": "", "categories": {"email"}, "recipients": set(),
     "condition": "", "from": 4, "to": 7},
    {"purpose": "ads", "basis": "contract", "controller": "L", "categories": set(), "recipients": set(), "condition": "",
     "from": 3, "to": 9000},
    {"purpose": "weekly", "basis": "notice", "controller": "", "categories": set(), "recipients": set(), "condition": "",
     "from": 5, "to": 9000},
    {"purpose": "archive", "basis": "legal_obligation", "controller": "", "categories": set(), "recipients": set(),
     "condition": "", "from": -90, "to": 9000},
]  # fmt: skip
LAW: dict[str, dict[str, Any]] = {
    "bases": {"in": "XX", "from": -90}, "special": {"in": "XX", "from": -90}, "conditions": {"in": "XX", "from": 2},
    "child": {"in": "XX", "from": -90}, "restriction": {"in": "XX", "from": 3}, "objection": {"in": "XX-1", "from": -90},
    "signal": {"in": "XX", "from": 1}, "ask_first": {"in": "XX-1", "from": -90}, "soft": {"in": "XX", "from": 2},
}  # fmt: skip
ROWS: dict[str, tuple[str, Any]] = {
    "bases": ("basis", {"bases": ["consent", "contract", "legitimate_interests"]}),
    "special": ("special_category", {"categories": ["health"]}),
    "conditions": ("special_condition", {"conditions": ["explicit_consent", "health_care"]}),
    "child": ("child", {"age": 16}),
    "restriction": ("right", {"right": "right:restriction"}),
    "objection": ("right", {"right": "right:objection_to_marketing"}),
    "signal": ("opt_out", {"right": "signal:opt_out", "kinds": ["sale", "share", "targeted_advertising"]}),
    "ask_first": ("consent_required", {"kinds": ["direct_marketing"], "channels": ["sms"]}),
    "soft": ("soft_opt_in", {"kinds": ["direct_marketing"], "channels": ["email"], "relations": ["purchase"],
                             "similar": True, "offered": True}),
}  # fmt: skip


def notice(name, version, body):
    shown = body.get("published")
    lists = {part: odd(body[part], 1) for part in ("channels", "categories", "recipients")}
    return Notice(id=name, version=version, purposes=body["purposes"], controller=odd([body["controller"]], 2)[0], **lists,
                  published_at=None if shown is None else moment(shown))  # fmt: skip


def policy(plain):
    """Return the business as the library takes it."""
    names = ("purpose", "basis", "controller", "categories", "recipients")
    rows = []
    for name, one in (plain["law"] or {}).items():
        row = Law(id=name, jurisdiction=one["in"], kind=ROWS[name][0], params=ROWS[name][1], citation=name,
                  valid_from=date(2000, 1, 1))  # fmt: skip
        object.__setattr__(row, "since", moment(one["from"]))  # hours, where the law knows days
        rows.append(row)
    return Policy(
        purposes=PurposeRegistry([Purpose(name, basis=basis) for name, basis in PURPOSES.items()], parents=PARENTS),
        kinds=plain["kinds"],
        double_opt_in=plain["confirmed"],
        register=None if plain["register"] is None else [
            RegisterEntry(**{name: one[name] for name in names} | {"recipients": odd(one["recipients"], 2)},
                          special_condition=one["condition"],
                          valid_from=moment(one["from"]), valid_to=None if one["to"] > 400 else moment(one["to"]))
            for one in plain["register"]
        ],
        notices=None if plain["notices"] is None else NoticeRegistry(
            notice(name, version, body) for (name, version), body in plain["notices"].items()
        ),
        law=LawBook(rows),
        jurisdiction=plain["place"],
        controller=plain["controller"],
        recipients=plain["recipients"],
        rights=plain["rights"],
        tolerance=timedelta(hours=plain["tolerance"]),
    )  # fmt: skip


STATES = ["given"] * 11 + ["renewed"] + ["refused", "withdrawn"] * 2 + ["revoked", "invalidated"] + [
    "pending_confirmation", "pending_confirmation", "unknown", "requested", "deferred"]  # fmt: skip
METHODS = [""] * 6 + ["web_form"] * 4 + ["confirmation", "confirmation", "double_opt_in", "import", "third_party"]


def record(dice: Random, number: int, purposes, *, rich: bool):
    """Return one statement; a *rich* one may name notice, controller, place, categories and recipients."""
    pick = dice.choice
    found: dict[str, Any] = {
        "id": f"c{number}", "t": dice.randrange(8), "purpose": pick(purposes), "state": pick(STATES),
        "channel": pick(["any", "email", "email", "email", "sms"]), "brand": pick(["", "", "", "kawa"]),
        "by": pick(["subject"] * 12 + ["parent", "parent", "controller"]), "basis": pick(["consent"] * 15 + ["contract"]),
        "method": pick(METHODS), "token": pick(["", "", "t1"]), "hours": pick([None, None, None, None, None, 1, 3, 5, 0]),
        "who": pick([["email"], ["email"], ["anonymous_id"], ["anonymous_id", "email"]]),
        "notice": "", "version": "", "controller": "", "place": "", "categories": [], "special": [], "recipients": [],
        "joint": [],
    }  # fmt: skip
    if dice.random() < (0.2 if "ads" in purposes[:1] else 0.06):
        found["purpose"] = pick(RIGHTS)
    if rich:
        found |= {
            "notice": pick(["", "", "n", "n"]), "version": pick(["1", "2", "3"]), "controller": pick(["", "", "K", "L"]),
            "place": pick(["", "XX", "XX", "XX-1"]), "categories": pick([[], [], ["email"], ["email", "health"]]),
            "special": pick([[], [], ["health"]]), "recipients": pick([[], [], ["partner"], ["partner", "lab"]]),
            "joint": pick([[], [], [], ["L"]]),
        }  # fmt: skip
        if found["state"] == "invalidated" and dice.random() < 0.3:
            found["version"] = ""
    if dice.random() < 0.03:
        found["purpose"] = "*"  # all of them, which only a refusal can name
    found["known"] = found["t"] + pick([0, 0, 0, 0, 0, 0, 3, 3, -2])
    return found


NEAR = [["newsletter", "newsletter", "marketing"], ["newsletter", "weekly", "marketing"], ["ads", "ads", "marketing"],
        ["alerts"], ["improvement"], ["delivery", "improvement"], ["archive", "holds"], list(PURPOSES)]  # fmt: skip


def world(dice: Random, plain):
    """Return the records of one person, on few purposes, so that ties and overlaps abound."""
    purposes = dice.choice(NEAR)
    rich = dice.random() < 0.5
    return purposes, [record(dice, number, purposes, rich=rich) for number in range(dice.randrange(9))]


def question(dice: Random, purposes, said):
    """Return what is asked, of whom, as of when and as known when; mostly of what somebody spoke of."""
    pick = dice.choice
    ask: dict[str, Any] = {
        "purpose": pick(purposes), "channel": pick(["any", "email", "email", "email", "sms", "pigeon"]),
        "brand": pick(["", "", "", "kawa"]), "controller": pick(["", "", "", "K", "L"]),
        "place": pick(["", "", "XX", "XX-1"]), "category": pick(["", "", "", "", "", "email", "health"]),
        "recipient": pick(["", "", "", "", "", "", "partner", "lab", "stranger"]),
    }  # fmt: skip
    near = [one for one in said if one["purpose"] in purposes]
    if near and dice.random() < 0.8:
        one = pick(near)
        ask |= {"purpose": one["purpose"], "brand": one["brand"]}
        if one["channel"] != "any":
            ask["channel"] = one["channel"]
        if dice.random() < 0.9:
            ask |= {"controller": pick(["", one["controller"]]), "place": pick(["", one["place"]]),
                    "category": pick(["", "", "", *one["categories"], *one["special"]]),
                    "recipient": pick(["", "", "", *one["recipients"]])}  # fmt: skip
    if dice.random() < 0.02:
        ask |= pick([{"purpose": "nothing"}, {"place": "YY"}])
    age = pick([None, None, None, None, 15, 16, 17])
    person: dict[str, Any] = {
        "erased": dice.random() < 0.02, "garbled": dice.random() < 0.01, "known": dice.random() < 0.8, "age": age,
        "turns": {16: {None: 300, 15: 300, 16: 4, 17: -300}[age]}, "sales": [],
    }  # fmt: skip
    if dice.random() < 0.3:
        person["sales"] = [{"t": dice.randrange(8), "brand": pick(["", "kawa"]), "relation": pick(["purchase", "inquiry"]),
                            "offered": dice.random() < 0.7}]  # fmt: skip
    return ask, person, dice.choice([9, dice.randrange(-1, 11)]), dice.choice([None, None, dice.randrange(-1, 12)])


SPELLINGS = {
    "email": ("email", "E-Mail", "email", "ＥＭＡＩＬ"), "sms": ("sms", "SMS", "sms", " sms "), "any": ("any", "Any", "all", "*"),
    "kawa": ("kawa", "KAWA", "kawa", "Kawa "), "XX": ("XX", "xx"), "XX-1": ("XX-1", "xx-1"),
}  # fmt: skip
"""What means the same; sources and callers do not agree on one."""


NAMES = {
    "email": ("email", "E-Mail", "email"), "health": ("health", "Health", "dpv-pd:Health", "Medical data"),
    "partner": ("partner", "Partner", "PARTNER "), "lab": ("lab", "ＬＡＢ"), "K": ("K", "k"), "L": ("L", "ｌ", " L"),
    "import": ("import", "Import", "csv import"), "third_party": ("third_party", "Third Party"),
    "confirmation": ("confirmation", "Confirmation"), "double_opt_in": ("double_opt_in", "Double opt-in"),
}  # fmt: skip
"""The same for categories, controllers, who gets values, and methods."""


def odd(words, number):
    """Return each of *words* in one of its spellings."""
    return [NAMES.get(word, (word,))[number % len(NAMES.get(word, (word,)))] for word in words]


def spelled(word, number):
    """Return *word* in one of its spellings."""
    found = SPELLINGS.get(word, (word,))
    return found[number % len(found)]


def purpose_of(one):
    """Return the purpose of a statement; a refusal counts in every spelling, and can name all of them."""
    if one["purpose"] == "*":
        return ("*", "All", "any")[one["t"] % 3]
    return one["purpose"].title() if one["state"] in NO and one["t"] % 4 == 1 else one["purpose"]


def all_of(one, part, number):
    """Return how a refusal that names none of something may say that it means all of it; "" if it does not."""
    return ("any", "ALL", "*")[one["t"] % 3] if one["state"] in NO and not one[part] and one["t"] == number else ""


def records_of(plain):
    """Return statements as facts, spelled as people do; a refusal counts even if its purpose is spelled otherwise."""
    return [
        ConsentRecord(
            id=one["id"], source="web", state=one["state"], channel=spelled(one["channel"], one["t"]),
            purpose=purpose_of(one),
            brand=all_of(one, "brand", 2) or spelled(one["brand"], one["t"] + 1), occurred_at=moment(one["t"]), recorded_at=moment(one["known"]),
            identifiers=[Identifier(kind, "x") for kind in one["who"]], expressed_by=one["by"],
            method=odd([one["method"]], one["t"])[0],
            legal_basis=one["basis"], evidence_ref=one["token"], notice_id=one["notice"],
            notice_version=one["version"],
            controller=(not one["joint"] and all_of(one, "controller", 5)) or odd([one["controller"]], one["t"])[0],
            jurisdiction=spelled(one["place"], one["t"]), data_categories=odd(one["categories"], one["t"]),
            special_categories=odd(one["special"], one["t"]), recipients=["Partner", word] if (word := all_of(one, "recipients", 6)) else odd(one["recipients"], one["t"]),
            joint_controllers=odd(one["joint"], one["t"]),
            duration=None if one["hours"] is None else timedelta(hours=one["hours"]),
        )
        for one in plain
    ]  # fmt: skip


def request_of(ask):
    """Return the question as the library takes it."""
    number = sum(map(len, ask.values()))
    return Request(
        ask["purpose"], spelled(ask["channel"], number), spelled(ask["brand"], number),
        odd([ask["controller"]], number)[0], spelled(ask["place"], number), odd([ask["category"]], number)[0],
        odd([ask["recipient"]], number)[0],
    )  # fmt: skip


BORN = {None: None, 15: date(2010, 3, 1), 16: date(2010, 1, 1), 17: date(2008, 3, 1)}


def situation_of(person):
    """Return the person as the library takes them."""
    return Situation(
        birth_date=BORN[person["age"]], time_zone="Etc/GMT+4", tombstoned=person["erased"], known=person["known"],
        unverifiable=["gpc"] if person["garbled"] else [],
        sales=[Sale(at=moment(one["t"]), relation=one["relation"], brand=one["brand"], opt_out_offered=one["offered"])
               for one in person["sales"]],
    )  # fmt: skip
