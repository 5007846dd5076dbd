"""A slow decision, written from the tables alone: plain dicts, no ledger, no index, nothing shared with the library.

A record, a request and a business are dicts (``worlds.py`` makes them). Times are whole hours. The sentences in the
comments are those of ``docs/explanation/consent.md``.
"""

# ruff: noqa: PLR0912, SIM102 - one branch for each line of a table

from typing import Any

YES = {"given", "renewed"}
NO = {"refused", "withdrawn", "revoked", "invalidated"}
OPEN = {"none", "unknown", "requested", "deferred"}
CLOSED = {"refused", "withdrawn", "revoked", "expired"}
REPORTED = {"import", "backfill", "merge", "enrichment", "inferred", "third_party"}
DEVICES = {"anonymous_id", "device_id", "session_id", "cookie", "advertising_id", "idfa", "gaid"}
SPECIAL = {"health", "biometric", "genetic"}
FOREVER = 10**9


def end(record):
    return FOREVER if record["hours"] is None else record["t"] + record["hours"]


def consenting(record):
    return record["state"] in YES and record["basis"] == "consent" and record["by"] in {"subject", "parent"}


def inside(place, wider):
    """XX-1 lies in XX."""
    return place == wider or place.startswith(wider + "-")


def lists(record):
    return set(record["categories"]) | set(record["special"])


def heard(record):
    return min(record["t"], record["known"])


def later(one, other, gap):
    """By what they are dated, and by when they were heard."""
    return one["t"] - other["t"] > gap and heard(one) - heard(other) > gap


def notice_of(record, business):
    """The notice a grant names: None if it names none or none are kept, False if it does not hold."""
    if business["notices"] is None or not record["notice"]:
        return None
    found = business["notices"].get((record["notice"], record["version"]))
    return found if found and record["purpose"] in found["purposes"] else False


def no_more(own, shown):
    """What a record lists, and no more of it than its notice lists, where that lists any."""
    if not shown:
        return own
    return own & set(shown) if own else set(shown)


# --- which statements speak of a request ----------------------------------------------------------------------------


def speaks(record, ask, business):
    """Whether a statement is about what is asked, apart from its purpose."""
    if "any" not in {record["channel"], ask["channel"]} and record["channel"] != ask["channel"]:
        return False
    if record["brand"] not in {"", ask["brand"]}:
        return False
    if record["state"] in YES:
        notice = notice_of(record, business)
        if notice is False:
            return False
        named = no_more(lists(record), notice and notice["categories"])
        passed = no_more(set(record["recipients"]), notice and notice["recipients"])
        if lists(record) and not named:  # it names what nobody was shown
            return False
        return (not ask["category"] or ask["category"] in named) and (
            not ask["recipient"] or ask["recipient"] in passed
        )
    if record["controller"] and ask["controller"] and ask["controller"] not in {record["controller"], *record["joint"]}:
        return False
    mine, theirs = record["place"], ask["place"]
    if mine and theirs and not inside(theirs, mine) and not inside(mine, theirs):
        return False
    # An invalidation strikes the consent, whomever it names.
    if record["recipients"] and ask["recipient"] not in record["recipients"]:
        if ask["recipient"] or record["state"] != "invalidated":
            return False
    return not lists(record) or not ask["category"] or ask["category"] in lists(record)


def answering(grant, business):
    notice = notice_of(grant, business)
    own = grant["controller"] or (notice["controller"] if notice else "") or business["controller"]
    return {own, *grant["joint"]}


def covers(grant, ask, business):
    """A grant covers exactly what its notice listed."""
    if not consenting(grant) or grant["purpose"] != ask["purpose"] or grant["brand"] != ask["brand"]:
        return False
    if grant["channel"] not in {"any", ask["channel"]}:
        return False
    notice = notice_of(grant, business)
    if ask["controller"] and ask["controller"] not in answering(grant, business):
        return False
    place = grant["place"] or business["place"]
    if ask["place"] and not (place and inside(ask["place"], place)):
        return False
    if notice and notice["controller"] and ask["controller"] not in {"", notice["controller"], *grant["joint"]}:
        return False
    return not (notice and notice["channels"] and ask["channel"] not in notice["channels"])


# --- the table of states --------------------------------------------------------------------------------------------


def same_scope(one, other, ask):
    keys = ("purpose", "channel", "brand", "controller", "place")
    if any(one[key] != other[key] for key in keys):
        return False
    return bool(ask["category"]) or one["listed"] == other["listed"]


def replay(scope, at, business, known):
    """Walk the table: return the grants in force at *at*, with what each was asked for by."""
    state, own, told, void = "none", None, None, None
    wait: Any = None
    asked = {}
    harsh = {"invalidated": 3, "refused": 2, "withdrawn": 2, "revoked": 2, "pending_confirmation": 1, "unknown": 1}

    def alive(moment):
        return [one for one in (own, told) if one is not None and moment < end(one)]

    def order(one):
        return (one["t"], harsh.get(one["state"], 0), one["hours"] is not None, -end(one), one["id"])

    for one in sorted(scope, key=order):
        if one["t"] > at:
            break
        if state in YES and not alive(one["t"]):
            state, own, told = "expired", None, None
        if state == "pending" and wait["hours"] is not None and one["t"] >= end(wait):
            state, wait = "unknown", None
        kind, first_hand = one["state"], one["method"] not in REPORTED
        fresh_notice = void is None or on_new_notice(one, void, known, business)
        if kind in NO:
            state, own, told, wait = kind, None, None, None
            void = one if kind == "invalidated" else void
        elif kind in YES:
            if not consenting(one):
                continue
            if one["method"] == "confirmation":
                if state == "pending" and one["token"] and wait["token"] == one["token"]:
                    asked[one["id"]] = wait
                    state, own, told, wait = "given", one, None, None
            elif state in YES:
                if first_hand:
                    state, own, told = "renewed", one, None
                elif own is None:  # what others report makes no longer what somebody said for so long
                    told = one
            elif state == "pending":
                if first_hand and one["method"] == "double_opt_in":
                    state, own, told, wait = "given", one, None, None
                elif first_hand:
                    wait = one
            elif (state in CLOSED and not first_hand) or (state == "invalidated" and not (first_hand and fresh_notice)):
                continue
            elif one["purpose"] in business["confirmed"] and one["method"] != "double_opt_in":
                state, wait = "pending", one
            elif first_hand:
                state, own, told = "given", one, None
            else:
                state, told = "given", one
        elif kind == "pending_confirmation":
            if not (state == "invalidated" and not fresh_notice) and not (state in CLOSED and not first_hand):
                state, own, told, wait = "pending", None, None, one
        elif kind == "unknown":
            if state not in CLOSED and state != "invalidated":
                state, own, told, wait = "unknown", None, None, None
        elif kind == "requested":
            if state in OPEN or state == "pending":
                state, wait = "requested", None
        elif state in OPEN:
            state = "deferred"
    if state not in YES:
        return []
    return [(one, asked.get(one["id"], one)) for one in alive(at)]


def on_new_notice(grant, void, known, business):
    """After an invalidation only another notice counts; one that names no version strikes what was in use by then."""
    if not grant["notice"]:
        return False
    if void["notice"] and void["notice"] != grant["notice"]:
        return True
    if void["notice"] and void["version"]:
        return grant["version"] != void["version"]
    pair = (grant["notice"], grant["version"])
    uses = [one["t"] for one in known if (one["notice"], one["version"]) == pair]
    published = ((business["notices"] or {}).get(pair) or {}).get("published")
    return min([*uses, *([] if published is None else [published])], default=grant["t"]) > void["t"]


# --- between two expressions ----------------------------------------------------------------------------------------


def takes_back(grant, wanted, refusal, ask, business, known):
    """Whether a grant in force lifts a refusal, where both speak of what is asked."""
    if grant["method"] in REPORTED or not later(wanted, refusal, business["tolerance"]):
        return False
    if refusal["state"] == "invalidated" and not on_new_notice(grant, refusal, known, business):
        return False
    below = {name for name, chain in business["above"].items() if ask["purpose"] in chain}
    if grant["purpose"] != (refusal["purpose"] if refusal["purpose"] in below else ask["purpose"]):
        return False
    if grant["brand"] != ask["brand"]:
        return False
    exact_channel = grant["channel"] == refusal["channel"]
    if not exact_channel and not (refusal["channel"] == "any" and grant["channel"] == ask["channel"]):
        return False
    if ask["controller"]:
        if ask["controller"] not in {grant["controller"] or business["controller"], *grant["joint"]}:
            return False
    elif grant["controller"] != refusal["controller"]:
        return False
    mine, no, here = grant["place"] or business["place"], refusal["place"], ask["place"]
    if here:
        if no and no != here and inside(no, here):
            if mine != no:  # asked for more than was refused: only the very place that was refused can lift it
                return False
        elif not (mine and inside(here, mine)) or (no and not inside(mine, no)):
            return False
    elif grant["place"] != no:
        return False
    return bool(ask["category"]) or lists(refusal) <= grant["listed"] or not lists(refusal)


def consent(records, ask, at, business):
    """Return the refusals that stand and the grants that cover what is asked."""
    above = business["above"]
    related = {ask["purpose"], *above[ask["purpose"]], *(name for name, up in above.items() if ask["purpose"] in up)}
    about = [one for one in records if one["purpose"] in related or (one["purpose"] == "*" and one["state"] in NO)]
    near = [one for one in about if speaks(one, ask, business)]
    for one in near:
        notice = notice_of(one, business) if one["state"] in YES else None
        one["listed"] = no_more(lists(one), notice and notice["categories"])
    grants = []
    done = set()
    for one in near:
        if one["id"] not in done:
            scope = [other for other in near if same_scope(one, other, ask)]
            done |= {other["id"] for other in scope}
            grants += replay(scope, at, business, records)
    copies = [
        no
        for no in about
        if no["state"] in NO and no not in near and speaks(whole(no, ask), ask, business)
        and any(not later(asked, no, business["tolerance"]) and copied(no, yes, ask, business) for yes, asked in grants)
    ]  # fmt: skip
    standing = [
        no
        for no in [*near, *copies]
        # Withdrawal is not retroactive; invalidation is.
        if no["state"] in NO and (min(no["t"], no["known"]) <= at or no["state"] == "invalidated")
        and not any(takes_back(yes, wanted, no, ask, business, records) for yes, wanted in grants)
    ]  # fmt: skip
    return standing, [pair for pair in grants if covers(pair[0], ask, business)]


def whole(no, ask):
    """A refusal as if it named no controller, nor anybody to whom the values go where nobody is asked for."""
    return {**no, "controller": "", "joint": [], "recipients": no["recipients"] if ask["recipient"] else []}


def copied(no, yes, ask, business):
    """A withdrawal that names all that a grant names takes it back whole; of several controllers each can be told."""
    if no["purpose"] not in {yes["purpose"], *business["above"][yes["purpose"]], "*"}:
        return False
    if not covers(yes, {**ask, "purpose": yes["purpose"]}, business):
        return False
    told = {no["controller"], *no["joint"]} - {""}
    if told and not told & answering(yes, business):
        return False
    if not no["recipients"] or ask["recipient"] in no["recipients"]:
        return True
    notice = notice_of(yes, business)
    passed = no_more(set(yes["recipients"]), notice and notice["recipients"])
    return no["state"] != "refused" and bool(passed) and passed <= set(no["recipients"])


def invoked(records, right, ask, at, business, lifting):
    """Whether somebody invoked a right or sent a signal, and neither took it back nor was asked anew."""
    about = [one for one in records if one["purpose"] == right and reserved(one, ask)]
    gap = business["tolerance"]
    for no in about:  # a refusal counts from when it was heard, if that was earlier
        if no["state"] not in NO or heard(no) > at:
            continue
        undone = False
        for yes in about:
            if yes["state"] in YES and yes["t"] <= at < end(yes) and yes["method"] not in REPORTED:
                mine = yes["by"] in {"subject", "parent"} and yes["basis"] == "consent"
                if (mine or right == "right:restriction") and right != "signal:opt_out" and no_narrower(yes, no, ask):
                    undone |= later(yes, no, gap)
        for wanted in lifting:
            undone |= wanted["method"] not in REPORTED and later(wanted, no, gap)
        if not undone:
            return True
    return False


def no_narrower(yes, no, ask):
    """Who takes a right back in part keeps the rest: it names what was invoked, or all that is asked for."""
    if yes["channel"] not in {"any", no["channel"]} or yes["brand"] not in {"", no["brand"]}:
        return False
    if yes["controller"] and yes["controller"] != no["controller"]:
        if ask["controller"] not in {yes["controller"], *yes["joint"]}:
            return False
    if yes["place"] and not any(place and inside(place, yes["place"]) for place in (no["place"], ask["place"])):
        return False
    for mine, theirs, asked in (
        (set(yes["recipients"]), set(no["recipients"]), ask["recipient"]), (lists(yes), lists(no), ask["category"]),
    ):  # fmt: skip
        if mine and asked not in mine and not (theirs and theirs <= mine):
            return False
    return True


def reserved(record, ask):
    return speaks(
        {**record, "state": "refused", "recipients": record["recipients"] if ask["recipient"] else []}, ask, None
    )


# --- precedence -----------------------------------------------------------------------------------------------------


def allowed(records, ask, at, known_at, business, person):
    """Whether what is asked is allowed: the order of precedence, from the top."""
    if ask["purpose"] not in business["purposes"]:
        return False
    basis, kinds = business["purposes"][ask["purpose"]], business["kinds"].get(ask["purpose"], set())
    # What forbids a part forbids the whole; what allows a part does not.
    below = [name for name, chain in business["above"].items() if ask["purpose"] in chain]
    parts = kinds.union(*(business["kinds"].get(name, set()) for name in [*business["above"][ask["purpose"]], *below]))
    seen = [dict(one) for one in records if known_at is None or one["known"] <= known_at]
    ask = {**ask, "controller": ask["controller"] or business["controller"], "place": ask["place"] or business["place"]}
    law = business["law"]

    def binds(name):
        return law is not None and name in law and law[name]["from"] <= at and inside(ask["place"], law[name]["in"])

    always = business["rights"] == "always"
    entry = None
    for one in business["register"] or ():  # the latest that stands
        if one["purpose"] == ask["purpose"] and one["from"] <= at < one["to"]:
            if one["controller"] in {"", ask["controller"]} and (entry is None or best(one) > best(entry)):
                entry = one
    if entry is not None:
        basis = entry["basis"]
    # 1
    if person["erased"] and not kinds & {"legal_hold", "suppression_check"}:
        return False
    standing, pairs = consent(seen, ask, at, business)
    # A child's own yes is none, and comes of age with nobody.
    turns = person["turns"][16] if binds("child") and person["age"] is not None else -FOREVER
    pairs = [pair for pair in pairs if pair[0]["by"] == "parent" or heard(pair[0]) >= turns]
    grants = [yes for yes, _ in pairs]
    freely = [] if standing else pairs  # what was taken back, were it with more than itself, is no consent any more
    # 2
    if (always or binds("restriction")) and not kinds & {"storage", "legal_claims"} and basis != "consent":
        if invoked(seen, "right:restriction", ask, at, business, []):
            return False
    # 3
    if person["garbled"] or (law is not None and not any(inside(ask["place"], one["in"]) for one in law.values())):
        return False
    for part, known in (("category", "categories"), ("recipient", "recipients")):
        if ask[part] and business[known] is not None and ask[part] not in business[known]:
            return False

    # 4
    def barred(category):
        if not ((always and category in SPECIAL) or (binds("special") and category == "health")):
            return False
        conditions = {"explicit_consent", "health_care"} if binds("conditions") else set()
        lenient = always and not conditions
        explicit = any(category in one["special"] for one, _ in freely)
        held = entry["condition"] if entry else ""
        by_consent = explicit and (lenient or "explicit_consent" in conditions)
        return not by_consent and not (held and held != "explicit_consent" and (lenient or held in conditions))

    def comes_to_something(named):
        """A yes to the whole is none where each category that it lists is denied by itself."""
        return bool(ask["category"]) or not named or not all(map(barred, named))

    if ask["category"] and barred(ask["category"]):
        return False
    # 5
    asks_first = binds("ask_first") and "direct_marketing" in parts and ask["channel"] in {"sms", "any", "pigeon"}
    if (basis == "consent" or asks_first) and at < turns:
        if not any(one["by"] == "parent" for one in grants):
            return False
    # 6
    named = person["known"]
    if "direct_marketing" in parts and (always or binds("objection")):
        lifting = [wanted for one, wanted in freely if named and names_somebody(one)]
        if invoked(seen, "right:objection_to_marketing", ask, at, business, lifting):
            return False
        if basis != "consent" and standing:
            return False
    # 7
    sharing = bool(parts & {"sale", "share", "targeted_advertising"})
    if sharing and (always or binds("signal")):
        lifting = [wanted for one, wanted in freely if named and names_somebody(one)]
        if invoked(seen, "signal:opt_out", ask, at, business, lifting):
            return False
    # 8
    if asks_first:
        basis = "consent"
    if binds("bases") and basis not in {"consent", "contract", "legitimate_interests"}:
        return False
    if basis == "consent":
        if standing:
            return False
        if grants:
            named = [one["listed"] for one in grants]
            return comes_to_something(set().union(*named) if all(named) else set())
    else:
        may = on_other_basis(basis, entry, standing, ask, at, seen, business)
        return may and comes_to_something(entry["categories"] if entry else set())
    # 9
    if (always or binds("restriction")) and not kinds & {"storage", "legal_claims"}:
        if invoked(seen, "right:restriction", ask, at, business, []):
            return False
    soft = binds("soft") and {"direct_marketing", "similar_products"} <= kinds and ask["channel"] == "email"
    return soft and not ask["recipient"] and any(sold(one, ask, at) for one in person["sales"])


def on_other_basis(basis, entry, standing, ask, at, seen, business):
    if business["register"] is not None and entry is None:
        return False
    if standing and basis in {"legitimate_interests", "public_task", "notice"}:
        return False
    if entry is None:
        return not ask["recipient"]
    if ask["category"] and ask["category"] not in entry["categories"]:
        return False
    if ask["recipient"] and ask["recipient"] not in entry["recipients"]:
        return False
    # No swap of basis: a consent that was withdrawn is not replaced by what was declared after it was given.
    given = [one for one in seen if one["t"] <= at and speaks(one, ask, business) and covers(one, ask, business)]
    return not any(yes["t"] < entry["from"] and yes["t"] <= no["t"] for no in standing for yes in given)


def best(entry):
    return (bool(entry["controller"]), entry["from"])


def names_somebody(record):
    return any(kind not in DEVICES for kind in record["who"])


def sold(sale, ask, at):
    return sale["t"] <= at and sale["brand"] == ask["brand"] and sale["relation"] == "purchase" and sale["offered"]
