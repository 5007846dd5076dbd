"""The names of synthetic people: common parts, freely combined, in several scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from unified_profile.testing.people.dice import Dice


@attrs.frozen
class NamePart:
    """One name: as written, in katakana (Japanese only), and in plain Latin letters for e-mail addresses."""

    written: str
    kana: str
    latin: str


def _japanese(text: str) -> tuple[NamePart, ...]:
    words = text.split()
    return tuple(NamePart(*words[at : at + 3]) for at in range(0, len(words), 3))


def _latin(text: str) -> tuple[NamePart, ...]:
    return tuple(NamePart(word, "", word.lower().replace("'", "").replace("-", "")) for word in text.split())


JAPANESE_FAMILIES = _japanese("""
    佐藤 サトウ sato 鈴木 スズキ suzuki 高橋 タカハシ takahashi 田中 タナカ tanaka 伊藤 イトウ ito
    渡辺 ワタナベ watanabe 山本 ヤマモト yamamoto 中村 ナカムラ nakamura 小林 コバヤシ kobayashi 加藤 カトウ kato
    吉田 ヨシダ yoshida 山田 ヤマダ yamada 斎藤 サイトウ saito 松本 マツモト matsumoto 井上 イノウエ inoue
    木村 キムラ kimura 林 ハヤシ hayashi 清水 シミズ shimizu 山崎 ヤマザキ yamazaki 森 モリ mori 阿部 アベ abe
    池田 イケダ ikeda 橋本 ハシモト hashimoto 石川 イシカワ ishikawa 中島 ナカジマ nakajima 前田 マエダ maeda
    藤田 フジタ fujita 小川 オガワ ogawa 岡田 オカダ okada 長谷川 ハセガワ hasegawa 村上 ムラカミ murakami
    近藤 コンドウ kondo 石井 イシイ ishii 浜田 ハマダ hamada 遠藤 エンドウ endo 青木 アオキ aoki
    坂本 サカモト sakamoto 福田 フクダ fukuda 太田 オオタ ota 西村 ニシムラ nishimura 広瀬 ヒロセ hirose
    五十嵐 イガラシ igarashi 東海林 ショウジ shoji 大野 オオノ ono 沢田 サワダ sawada 久保 クボ kubo
    島田 シマダ shimada 原 ハラ hara
""")
JAPANESE_GIVEN = _japanese("""
    陽子 ヨウコ yoko 恵子 ケイコ keiko 由美子 ユミコ yumiko 明美 アケミ akemi 真由美 マユミ mayumi
    智子 トモコ tomoko 美咲 ミサキ misaki 愛 アイ ai 彩 アヤ aya 優子 ユウコ yuko 直美 ナオミ naomi
    千尋 チヒロ chihiro 葵 アオイ aoi 結衣 ユイ yui さくら サクラ sakura 凛 リン rin 花子 ハナコ hanako
    順子 ジュンコ junko 遥 ハルカ haruka 七海 ナナミ nanami 翔太 ショウタ shota 大輔 ダイスケ daisuke
    健一 ケンイチ kenichi 浩 ヒロシ hiroshi 誠 マコト makoto 拓也 タクヤ takuya 達也 タツヤ tatsuya 蓮 レン ren
    陽翔 ハルト haruto 大翔 ヒロト hiroto 悠真 ユウマ yuma 一郎 イチロウ ichiro 健太 ケンタ kenta 和也 カズヤ kazuya
    直樹 ナオキ naoki 亮 リョウ ryo 修 オサム osamu 隆 タカシ takashi 聡 サトシ satoshi 純一 ジュンイチ junichi
    湊 ミナト minato 慎一郎 シンイチロウ shinichiro
""")
ENGLISH_FAMILIES = _latin("""
    Smith Jones Williams Brown Taylor Davies Wilson Evans Thomas Johnson Roberts Walker Wright Robinson Thompson
    White Hughes Edwards Green Hall Wood Harris Lewis Martin Jackson Clarke Clark Turner Hill Scott Cooper Morris
    Ward Moore King Baker Harrison Morgan Allen James Mitchell Phillips Campbell Stewart MacDonald O'Brien O'Connor
    Murphy Kelly Byrne Patel Khan Singh Nguyen Garcia Martinez Rodriguez Okafor Cohen Kowalski Anderson Peterson
    Reid Fraser Carter Bennett Gray Foster Brooks Bryant Whitfield Ashworth Hathaway Smith-Jones Featherstone
""")
ENGLISH_GIVEN = _latin("""
    Elizabeth Margaret Katherine Catherine Susan Jennifer Jessica Sarah Rebecca Victoria Alexandra Samantha Emily
    Olivia Charlotte Hannah Grace Chloe Sophie Megan Abigail Deborah Patricia Barbara Christine Amelia Isabella
    Priya Niamh Sinead William Robert Richard James John Michael Thomas Christopher Daniel Matthew Andrew Edward
    Joseph Charles Benjamin Samuel Alexander Nicholas Anthony Stephen Steven Jonathan Patrick Oliver Jack Harry
    George Arjun Liam Declan Ethan Noah
""")
NICKNAMES = {
    "Elizabeth": "Liz", "Margaret": "Maggie", "Katherine": "Kate", "Catherine": "Cathy", "Susan": "Sue",
    "Jennifer": "Jen", "Jessica": "Jess", "Rebecca": "Becky", "Victoria": "Vicky", "Alexandra": "Alex",
    "Samantha": "Sam", "Deborah": "Debbie", "Patricia": "Pat", "Barbara": "Barb", "Christine": "Chris",
    "William": "Bill", "Robert": "Bob", "Richard": "Rick", "James": "Jim", "Michael": "Mike", "Thomas": "Tom",
    "Christopher": "Chris", "Daniel": "Dan", "Matthew": "Matt", "Andrew": "Andy", "Edward": "Ted", "Joseph": "Joe",
    "Charles": "Charlie", "Benjamin": "Ben", "Samuel": "Sam", "Alexander": "Alex", "Nicholas": "Nick",
    "Anthony": "Tony", "Stephen": "Steve", "Steven": "Steve", "Jonathan": "Jon",
}  # fmt: skip

# Old and new forms of one character: the same family, written as the family register or as the keyboard has it.
KANJI_VARIANTS = {
    "斎": "齋", "辺": "邊", "高": "髙", "崎": "﨑", "浜": "濱",
    "島": "嶋", "広": "廣", "沢": "澤", "遠": "逺", "吉": "𠮷",
}  # fmt: skip

# A line is: country, given name, family name, and both again in Latin letters.
_WORLD = """
    DE|Zoë|Müller|zoe|mueller;DE|Jürgen|Weiß|juergen|weiss;DE|Łukasz|Wójcik|lukasz|wojcik;
    DE|Ольга|Коваленко|olga|kovalenko;FR|François|Lefèvre|francois|lefevre;FR|Aïcha|Benoît|aicha|benoit;
    FR|Anaïs|Dœuil|anais|doeuil;SE|Åsa|Öberg|asa|oberg;SE|Søren|Ærø|soren|aeroe;
    GB|Γιώργος|Παπαδόπουλος|giorgos|papadopoulos;GB|محمد|الحسن|mohamed|alhassan;GB|דנה|כהן|dana|cohen;
    US|José|Núñez|jose|nunez;US|민준|김|minjun|kim;US|小明|王|xiaoming|wang;AU|Nguyễn|Trần|nguyen|tran;
    IE|Siobhán|Ó Súilleabháin|siobhan|osuilleabhain;CA|Renée|D'Amour|renee|damour;GB|अनिल|शर्मा|anil|sharma;
    US|สมชาย|ใจดี|somchai|jaidee
"""


def world_name(dice: Dice) -> tuple[str, NamePart, NamePart]:
    """Return a country, a given name and a family name from beyond plain English and Japanese."""
    lines = [line.strip() for line in _WORLD.split(";")]
    code, given, family, given_latin, family_latin = dice.pick(lines).split("|")
    return code, NamePart(given, "", given_latin), NamePart(family, "", family_latin)
