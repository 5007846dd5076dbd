"""One Japanese person is one person in kanji, kana and Latin letters, in one column of names or in two."""

import random

import pytest

from unified_profile import RecordResolver, SourceRecord, resolve
from unified_profile.identity.records import RecordModel, japanese
from unified_profile.identity.records.roles import guess

from .test_resolver import NOON, groups, hub

FAMILY = [
    ("佐藤", "サトウ", "Sato"), ("鈴木", "すずき", "SUZUKI"), ("高橋", "タカハシ", "Takahashi"),
    ("伊藤", "イトウ", "Itō"), ("田中", "タナカ", "Tanaka"), ("渡辺", "ﾜﾀﾅﾍﾞ", "Watanabe"),
    ("山本", "ヤマモト", "Yamamoto"), ("加藤", "カトウ", "Katoh"),
]  # fmt: skip
GIVEN = [
    ("美紀子", "ミキコ", "Mikiko"), ("一郎", "イチロウ", "Ichiro"), ("大輔", "ダイスケ", "Daisuke"),
    ("花子", "はなこ", "Hanako"), ("翔太郎", "ショウタロウ", "Shōtarō"), ("洋子", "ヨウコ", "Youko"),
    ("真一", "シンイチ", "Shinnichi"), ("純子", "ジュンコ", "JUNKO"),
]  # fmt: skip


def people(size=300, seed=3):
    """Return records of *size* people, each written in any of three scripts, and who is who."""
    rng = random.Random(seed)
    rows: list[dict[str, object]] = []
    truth: dict[int, int] = {}
    for person in range(size):
        family, given = rng.choice(FAMILY), rng.choice(GIVEN)
        year, month, day = rng.randrange(1930, 1988), rng.randrange(1, 13), rng.randrange(1, 29)
        phone = f"090-{rng.randrange(1000, 9999)}-{rng.randrange(1000, 9999)}"
        for _ in range(rng.choice([1, 2, 3])):
            script = rng.randrange(3)
            born = rng.choice(
                [f"{year}-{month:02}-{day:02}", f"{year}年{month}月{day}日", f"昭和{year - 1925}年{month}月{day}日"]
            )
            truth[len(rows)] = person
            rows.append({
                "record_id": len(rows), "姓": family[script], "名": given[script], "生年月日": born,
                "電話番号": phone if rng.random() < 0.5 else None,
            })  # fmt: skip
    return rows, truth


ROWS, TRUTH = people()


def whole(rows, order):
    """Return *rows* with one column of names instead of two."""
    return [
        {"record_id": row["record_id"], "氏名": order(row["姓"], row["名"]), "生年月日": row["生年月日"],
         "電話番号": row["電話番号"]}
        for row in rows
    ]  # fmt: skip


@pytest.mark.parametrize(
    "rows",
    [
        ROWS,
        whole(ROWS, lambda family, given: f"{family} {given}"),
        whole(ROWS, lambda family, given: f"{family}　{given} 様"),
        whole(ROWS, lambda family, given: f"{given} {family}" if family.isascii() else f"{family} {given}"),
    ],
    ids=["two columns", "one column", "politely", "family name last in Latin letters"],
)
def test_a_person_is_one_in_every_script(rows):
    found = resolve(rows)
    scores = found.evaluate(TRUTH).pairwise
    assert min(scores.precision, scores.recall) > 0.97
    assert found.notes == ()


def test_names_in_one_script_are_compared_as_they_are():
    one = [row | {"姓": family, "名": given} for row, (family, given) in zip(
        ROWS, [(random.Random(n).choice(FAMILY)[0], random.Random(-n).choice(GIVEN)[0]) for n in range(len(ROWS))],
        strict=True)]  # fmt: skip
    assert {field.name for field in resolve(one).model.fields} >= {"姓", "名"}


def test_a_reading_is_part_of_the_model_and_so_one_record_alone_is_read_as_among_all():
    found = resolve(ROWS)
    model = RecordModel.from_json(found.model.to_json())
    assert {field.name for field in model.fields} >= {"姓.sound", "名.sound"}
    made = hub(RecordResolver(model))
    rows = ROWS[:80]
    for row in rows:
        said = {name: value for name, value in row.items() if name != "record_id" and value is not None}
        key = str(row["record_id"])
        made.ingest([SourceRecord(id=key, source="crm", key=key, occurred_at=NOON, attributes=said)])
    node = {row["record_id"]: SourceRecord(id="x", source="crm", key=str(row["record_id"]), occurred_at=NOON).node
            for row in rows}  # fmt: skip
    alike = groups((record, made.resolve(one)) for record, one in node.items())
    assert alike == groups(resolve(rows, model=model).assignments.items())
    assert any(len(group) > 1 for group in alike)


def test_without_the_dictionary_kanji_are_compared_with_kanji_and_it_says_so(monkeypatch):
    monkeypatch.setattr(japanese, "_reader", lambda: None)
    found = resolve(ROWS)
    scores = found.evaluate(TRUTH).pairwise
    assert scores.precision > 0.95
    assert scores.recall > 0.3
    assert found.notes == ("kanji in names cannot be read without the extra 'japanese'",)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("佐藤 美紀子", ["sato", "mikiko"]), ("佐藤美紀子", ["sato", "mikiko"]), ("佐藤　美紀子様", ["sato", "mikiko"]),
        ("さとう みきこ さん", ["sato", "mikiko"]), ("ｻﾄｳ ﾐｷｺ", ["sato", "mikiko"]),
        ("Satō Mikiko", ["sato", "mikiko"]),
        ("Mikiko SATOU", ["mikiko", "sato"]),
    ],
)  # fmt: skip
def test_a_name_is_read_as_its_sounds(text, read):
    assert japanese.parts(text) == read


def test_what_says_that_there_is_no_name_is_no_name():
    rows = [row if number % 5 else row | {"姓": "不明", "名": "なし"} for number, row in enumerate(ROWS)]
    for table in (rows, whole(rows, lambda family, given: "不明" if family == "不明" else f"{family} {given}")):
        assert resolve(table).explain(0, 1).contributions[0].level == "missing"


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("full_name", ["氏名", "お名前", "氏名（カナ）", "カナ氏名", "フリガナ", "ふりがな", "漢字氏名"]),
        ("family_name", ["姓", "氏", "名字", "苗字", "姓（カナ）", "姓_カナ", "フリガナ（姓）", "カナ姓", "セイ"]),
        ("given_name", ["名", "名（カナ）", "名カナ", "フリガナ（名）", "メイ"]),
        ("ignored", ["商品名", "部署名", "カテゴリ名"]),
        ("organization", ["会社名", "勤務先"]),
    ],
)
def test_columns_are_known_by_their_japanese_names(role, names):
    assert {name: guess(name, ["ヤマダ", "サトウ", "タナカ"]).role for name in names} == dict.fromkeys(names, role)
