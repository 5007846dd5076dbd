"""A notebook in cells: take two exports in, look at the people, ask the past, measure.

Editors and Jupyter (with jupytext) open it cell by cell, and it runs as a script. It needs the extra ``frames``, and
pandas.

Run it: ``python examples/notebook.py``
"""

# %% Two exports that speak of the same people. The shop writes addresses its own way.
from datetime import UTC, datetime
from io import BytesIO

from unified_profile import Hub, Identifier, IdentityRules, MemoryStore, Purpose, default_namespaces, nps, wire

CRM = """contact,given,mail,tel,town,changed
C1,花子,hanako@example.com,090-1234-5678,大阪市,2026-01-10T10:00:00+09:00
C2,Taro,taro@example.com,,Kyoto,2026-03-02T10:00:00+09:00
C1,花子,hanako@example.com,090-1234-5678,京都市,2026-04-20T10:00:00+09:00
"""
SURVEY = """answer,mail,score,where,at
S1,Hanako@Example.com ,9,chat,2026-04-02T12:00:00+09:00
S2,taro@example.com,3,mail,2026-04-03T12:00:00+09:00
S3,mika@example.com,10,chat,2026-04-05T12:00:00+09:00
"""
now = datetime(2026, 5, 1, tzinfo=UTC)
hub = Hub(
    MemoryStore(),
    rules=IdentityRules(default_namespaces(region="JP")),
    purposes=[
        Purpose("research", traits={"city", "given_name"}, events={"Survey Answered"}, basis="legitimate_interests"),
        Purpose("newsletter", traits={"email"}),  # needs consent, and nobody has given it
    ],
    clock=lambda: now,
)

# %% What the columns mean, declared; rows hold from the moment they name, and were learned then.
crm = wire.RecordMapping(
    "crm",
    "contact",
    identifiers={"mail": "email", "tel": "phone"},
    attributes={"given": "given_name", "town": "city", "mail": "email"},
    occurred_at="changed",
    recorded_as_of_occurrence=True,
)
survey = wire.RecordMapping(
    "survey",
    "answer",
    kind="event",
    name="Survey Answered",
    identifiers={"mail": "email"},
    attributes={"score": "nps"},
    types={"score": "number"},
    occurred_at="at",
    channel_column="where",
)
for text, mapping in ((CRM, crm), (SURVEY, survey)):
    print(hub.ingest(wire.read_csv(BytesIO(text.encode()), mapping, received_at=now)))

# %% Who they are, as research may see them. Nobody permits the newsletter: no address, and the row says so.
people = hub.to_frame(purpose="research", traits=["given_name", "city"])
print(people[["given_name", "city"]].sort_values("city"))
print(hub.to_frame(purpose="newsletter", traits=["email"])[["granted", "email"]])

# %% Why this city. And where she lived in February, as we knew it then.
hanako = Identifier("phone", "+81 90 1234 5678")
city = hub.profile(hanako, purpose="research").trait("city")
print(city.value, city.rule, city.provenance[0].source, f"{city.provenance[0].occurred_at:%Y-%m-%d}")
february = datetime(2026, 2, 1, tzinfo=UTC)
print(hub.features([(hanako, february), (hanako, now)], purpose="research", traits=["city"])[["at", "city"]])

# %% Measure: never a number without its interval.
answers = hub.answers("Survey Answered", ["nps"], purpose="research")
for channel, found in nps(answers["nps"], by=answers["channel"]).items():
    print(channel, found)
