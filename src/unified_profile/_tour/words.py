"""What the tour says in Japanese; what is not here is said in English."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

JAPANESE: Final = MappingProxyType({
    "unified_profile: facts in, views out": "unified_profile: 事実を入れ、見方を出す",
    "A made-up business with three brands; nobody in it is real. Its time is 2026-10-31 15:00 UTC.": (
        "三つのブランドを持つ架空の会社です。実在の人物はいません。時刻は 2026-10-31 15:00 UTC とします。"
    ),
    # What columns were taken for
    "What your columns were taken for": "列の読み取り方",
    "{file} ({tells}), as source {name}": "{file}（{tells}）、出典名 {name}",
    "column": "列",
    "taken for": "意味",
    "because": "理由",
    "Overrule with --map COLUMN=MEANING after the file; see --help.": (
        "違うときは、ファイルの後に --map 列=意味 を付けてください（--help を参照）。"
    ),
    "Phone numbers without a country code are compared as written; --region says whose they are.": (
        "国番号のない電話番号は書かれたまま比べます。--region で国を指定できます。"
    ),
    "A yes in a table ({columns}) is kept as a trait and permits nothing: it does not say when, to what and how. Hand "
    "consents in with --consents.": (
        "表の中の「はい」（{columns}）は属性として残し、許可とはみなしません。いつ、何に、どう答えたかが分からないためです。"
        "同意は --consents で渡してください。"
    ),
    "Dates of {files} could mean two days, and were not read as dates: is 3/4/2025 in April (--dayfirst) or in March "
    "(--monthfirst)?": (
        "{files} の日付は二通りに読めるため、日付として読んでいません。3/4/2025 は 4 月ですか（--dayfirst）、"
        "3 月ですか（--monthfirst）。"
    ),
    "Numbers of {files} could mean two amounts, and were not read as numbers: is 1.234 more than a thousand "
    "(--decimal-comma) or a little more than one (--decimal-point)?": (
        "{files} の数値は二通りに読めるため、数値として読んでいません。1.234 は千より大きい数ですか"
        "（--decimal-comma）、1 より少し大きい数ですか（--decimal-point）。"
    ),
    "What the statuses of {file} became": "{file} の状態の読み取り方",
    "counts as": "扱い",
    "blank": "空欄",
    "Overrule with --status STATUS=cancelled (or completed, refunded) after the file; a question mark is a status that "
    "may mean another thing.": (
        "違うときは、ファイルの後に --status 状態=cancelled（または completed、refunded）を付けてください。"
        "? は別の意味かもしれない状態です。"
    ),
    "Nothing was taken in (--dry-run). What was once taken in stays as it was read: look first.": (
        "何も取り込んでいません（--dry-run）。一度取り込んだものは読んだとおりに残るので、先に確かめてください。"
    ),
    # Records in, profiles out
    "Records in, profiles out": "記録からプロファイルへ",
    "source": "出典",
    "file": "ファイル",
    "tells": "内容",
    "read": "読込",
    "accepted": "受入",
    "repeated": "重複",
    "quarantined": "隔離",
    "merged": "統合",
    "split": "分離",
    "people": "人",
    "contacts": "顧客",
    "orders": "注文",
    "support tickets": "問い合わせ",
    "survey answers": "アンケート回答",
    "web and app events": "Web・アプリの行動",
    "consent log": "同意の記録",
    "calls": "行動の記録",
    "Repeated lines count once. Merged and split: how often people turned out to be one, or a limit or a shared value "
    "took them apart again; the end does not depend on the order. People: of how many a source speaks.": (
        "重複した行は一度だけ数えます。統合と分離: 同じ人と分かった回数と、上限や共有された値によって分かれた回数です。"
        "結果は順序によりません。人: その出典に現れる人数です。"
    ),
    "Somebody": "ある人",
    "{purpose} sees none of it: {answer}.": "{purpose} からは何も見えません: {answer}。",
    "{n:,} people": "{n:,} 人",
    "{n:,} person": "{n:,} 人",
    "{n:,} facts": "事実 {n:,} 件",
    "{n:,} fact": "事実 {n:,} 件",
    "of them": "内訳",
    "known from 1 source": "一つの出典にいる",
    "known from {count} sources": "{count} つの出典にいる",
    "1 fact": "事実が 1 件",
    "{low} to {high} facts": "事実が {low}～{high} 件",
    "{low} facts or more": "事実が {low} 件以上",
    "visitors who never said who they are": "名乗っていない訪問者",
    "What joined nobody, and why": "人をつながなかったもの、その理由",
    "what": "もの",
    "times": "回数",
    "{kind}: value no longer links": "{kind}: つながなくなった値",
    "seen beside too many customer numbers or other personal ids: several people share it": (
        "多くの会員番号などと共に現れ、何人かで共有されている"
    ),
    "{kind}: tie refused": "{kind}: 拒まれた結び付き",
    "one person would have too many of {space}": "一人の {space} が多くなりすぎる",
    "a judgement, or an earlier tie, forbids it": "人の判断、または先の結び付きと合わない",
    "fact of nobody": "誰のものでもない事実",
    "its identifiers are blank, junk or shared; kept, and found again if that changes": (
        "識別子が空か、でたらめか、共有されている。保管され、変われば見つかる"
    ),
    "identifier of nobody": "誰のものでもない識別子",
    "everybody it was seen with has refused it": "共に現れた人がみな拒んだ",
    "Nothing: every identifier belongs to somebody, and no limit was reached.": (
        "ありません。すべての識別子に持ち主がいて、どの上限にも届いていません。"
    ),
    "Quarantined: kept with the reason, and taken by hub.replay() once it is mended": (
        "隔離: 理由と共に保管され、直せば hub.replay() で受け入れられます"
    ),
    "If one person may have several of a number, say so: --map COLUMN=external_id@NAME links without a limit.": (
        "一人が番号をいくつも持てるなら --map 列=external_id@名前 と書いてください。上限なしにつなぎます。"
    ),
    "first line": "最初の行",
    "reason": "理由",
    # One person
    "One person, seen for two purposes": "一人を二つの目的から見る",
    "There is nobody yet.": "まだ誰もいません。",
    "{profile}: {count} from {sources}.": "{profile}: {sources} からの{count}。",
    "trait": "属性",
    "told by": "出所",
    "from": "起点",
    "also said": "他の値",
    "denied ({code})": "不可（{code}）",
    "not needed": "この目的に不要",
    "missing": "なし",
    "null": "空と言われた",
    "empty": "空",
    "… and {count} more.": "… ほか {count} 件。",
    "{asked}: {answer}": "{asked}: {answer}",
    "granted": "可",
    "denied": "不可",
    "by {channel}": "{channel}",
    "at {brand}": "{brand}",
    "; until {day}": "、{day} まで",
    "given": "同意",
    "renewed": "更新",
    "withdrawn": "撤回",
    "refused": "拒否",
    "expired": "期限切れ",
    "revoked": "取消",
    "declared": "根拠を宣言",
    "no_consent": "同意なし",
    "not_covered": "範囲外",
    "objected": "異議",
    "not_by_subject": "本人以外",
    "Should they turn up on {channel} now, this is at hand:": "今 {channel} に現れたら、手元にあるもの:",
    "when": "いつ",
    "kind": "種類",
    "channel": "経路",
    "about": "内容",
    "last": "直近",
    "open": "未解決",
    "kept": "守った",
    "broken": "破った",
    "overdue": "遅れ",
    "promise {state}": "約束: {state}",
    "Nothing has happened yet that this purpose may see.": "この目的で見られる出来事はまだありません。",
    "Why this is one person": "なぜ同じ人なのか",
    "A single identifier; there is nothing to hold together.": "識別子は一つで、つなぐものはありません。",
    "{count} identifiers. The longest way, from {here} to {goal}:": (
        "識別子 {count} 個。最も長い道、{here} から {goal} まで:"
    ),
    "step": "段",
    "to": "先",
    "since": "いつから",
    "both in {fact}": "{fact} に両方ある",
    "Whoever reads without a purpose says why; that is recorded (hub.accesses()).": (
        "目的なしに読む人は理由を述べ、それは記録されます（hub.accesses()）。"
    ),
    # Consent
    "Consent: who may be met for what, where": "同意: 誰に、何のため、どこで",
    "purpose": "目的",
    "brand": "ブランド",
    "may": "可",
    "share": "割合",
    "why not the others": "他の人の理由",
    "Where nobody said yes, the answer is no. no_consent: nothing was said; not_covered: yes to another channel or "
    "brand; refused, withdrawn: no, which stands until the person lifts it; expired: the yes ran out. declared: the "
    "purpose rests on a basis other than consent.": (
        "同意がなければ答えは「不可」です。同意なし: 何も言われていません。範囲外: 別の経路やブランドへの同意です。"
        "拒否・撤回: 「いいえ」で、本人が取り消すまで続きます。期限切れ: 同意の期限が過ぎました。"
        "根拠を宣言: 同意以外の根拠による目的です。"
    ),
    "If one of them took {purpose} back now (told to a copy of their facts), each call would give, next time:": (
        "そのうちの一人が今 {purpose} を撤回すると（写しで試した場合）、次の呼び出しから各関数の答えはこうなります。"
    ),
    "call": "呼び出し",
    "gives": "得られるもの",
    "the answer": "答え",
    "traits": "属性",
    "traits and events": "属性と出来事",
    "facts and interactions": "事実とやりとり",
    "people who may be met": "接してよい人",
    "consent_given": "同意あり",
    "before": "前",
    "after": "後",
    # Segments
    "Segments, and their next change": "セグメントと次の変化",
    "No segment was declared.": "セグメントは宣言されていません。",
    "segment": "セグメント",
    "for": "目的",
    "in": "該当",
    "out": "非該当",
    "unknown": "不明",
    "next change (UTC)": "次の変化（UTC）",
    "none": "なし",
    "{count} out": "{count} 人が外れる",
    "{count} in": "{count} 人が入る",
    "regulars": "常連",
    "slipping away": "離れかけ",
    "Japan, twice this year": "日本、年二回",
    "cart left behind": "残されたカート",
    "waits for us": "お待たせ中",
    "can be written to": "メールを送れる",
    "bought lately": "最近購入",
    "may be asked to come back": "再来店を誘える",
    "Unknown: the person does not permit the purpose, so the rule may not look; they are in no segment of it. The next "
    "change is exact: nothing needs to be computed again before it, unless something new is told.": (
        "不明: 本人がその目的を許していないため見られず、どのセグメントにも入りません。"
        "次の変化は正確です。新しい事実がなければ、それまで計算し直す必要はありません。"
    ),
    # Metrics
    "How are we doing? Each number with its 95 % interval": "調子はどうか（95 % 区間付き）",
    "metric": "指標",
    "value": "値",
    "low": "下限",
    "high": "上限",
    "n": "件数",
    "all": "全体",
    "There are no survey answers (columns nps, csat, ces) of people who may be measured.": (
        "測ってよい人のアンケート回答（nps, csat, ces の列）がありません。"
    ),
    "no channel told": "経路の記載なし",
    "n and missing together are the {count:,} answers of people who may be measured.": (
        "件数となしを合わせると、測ってよい人の回答 {count:,} 件になります。"
    ),
    "{count:,} more answers belong to nobody (facts of nobody, above), and are in no number.": (
        "ほかに {count:,} 件の回答は誰のものでもなく（上の「誰のものでもない事実」）、含めません。"
    ),
    "{title}: no answer, because {reason}.": "{title}: 答えられません（{reason}）。",
    "Churn: of {n:,} people with {events} in the {base} days before the last {period}, {lost:,} had none in the last "
    "{period} days.": (
        "離反: 直近 {period} 日より前の {base} 日間に {events} があった {n:,} 人のうち、"
        "{lost:,} 人は直近 {period} 日間に一度もありません。"
    ),
    "Churn: nobody had {events} in the {base} days before the last {period}.": (
        "離反: 直近 {period} 日より前の {base} 日間に {events} があった人はいません。"
    ),
    "{count:,} people object to being measured and are in no number.": (
        "{count:,} 人は測られることに異議があり、含めません。"
    ),
    "The weakest link of the chain": "鎖の最も弱い輪",
    "{title}: {verdict}.": "{title}: {verdict}。",
    "{names} is the weakest link: {value} (95 % interval {low} to {high}, n={n}), {gap} points worse than the others "
    "together (adjusted p={p})": (
        "最も弱いのは {names}: {value}（95 % 区間 {low}～{high}、{n} 件）、"
        "他の全体より {gap} ポイント悪い（補正後 p={p}）"
    ),
    " or ": " か ",
    " ({count} links have too few answers)": "（{count} の経路は回答が少なすぎる）",
    "the weakest link is one of {names}: not enough data to tell which": (
        "{names} のどれかが最も弱いが、データが足りない"
    ),
    "not enough data to name a weakest link": "最も弱い輪を名指すにはデータが足りない",
    "A link is named only if it is worse than the others together by more than chance explains, with Holm's correction "
    "for looking at all of them.": (
        "偶然では説明できないほど他の全体より悪いときだけ名指します（すべてを見ることを Holm の方法で補正）。"
    ),
    "Fewer than two channels have answers: there is no chain to look at.": (
        "回答のある経路が二つ未満で、比べられません。"
    ),
    # The end
    "{facts}, {people}, {seconds:.1f} seconds.": "{facts}、{people}、{seconds:.1f} 秒。",
    "The store was a temporary SQLite file and is gone; --store FILE keeps one.": (
        "保管には一時的な SQLite ファイルを使い、消しました。--store ファイル で残せます。"
    ),
    "The store is {path}. To go on in Python:": "保管先は {path} です。Python で続けるには:",
})  # fmt: skip


def said(text: str, language: str, /) -> str:
    """Return *text* in *language*.

    >>> said("source", "ja"), said("a sentence that nobody translated", "ja")
    ('出典', 'a sentence that nobody translated')
    """
    return JAPANESE.get(text, text) if language == "ja" else text
