"""What the status of an order says of it, in ten languages: a cancelled order is no revenue."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from unified_profile.wire.headers import unaccented

COMPLETED: Final = "Order Completed"
CANCELLED: Final = "Order Cancelled"
REFUNDED: Final = "Order Refunded"

_CANCELLED = """\
cancelled, canceled, order cancelled, order canceled, cancelled by customer, canceled by customer, cancelled by seller,
void, voided, failed, payment failed, declined, rejected
storniert, stornierung, storno, annulliert, abgebrochen, widerrufen, fehlgeschlagen, zahlung fehlgeschlagen, abgelehnt
annulé, annulée, annulation, échoué, échouée, refusé, refusée, paiement refusé
cancelado, cancelada, anulado, anulada, pedido cancelado, fallido, fallida, rechazado, rechazada
annullato, annullata, cancellato, cancellata, ordine annullato, fallito, fallita, rifiutato, rifiutata
geannuleerd, bestelling geannuleerd, mislukt, geweigerd, afgewezen
falhou, recusado, recusada, encomenda cancelada
キャンセル, キャンセル済, キャンセル済み, キャンセル完了, 取消, 取消し, 取り消し, 取消済, 取消済み, 注文取消,
決済失敗, 失敗
취소, 취소됨, 취소완료, 주문취소, 결제실패, 실패
取消, 已取消, 取消订单, 订单取消, 已作废, 失败, 支付失败, 交易关闭, 已拒绝, 取消訂單
"""
_REFUNDED = """\
refunded, refund, fully refunded, returned, return, chargeback, charged back
erstattet, rückerstattet, zurückerstattet, erstattung, rückerstattung, gutgeschrieben, gutschrift, retoure, retourniert,
zurückgesendet, zurückgeschickt, zurückgegeben, rückgabe, rücksendung
remboursé, remboursée, remboursement, retourné, retournée, retour, avoir
reembolsado, reembolsada, reembolso, devuelto, devuelta, devolución
rimborsato, rimborsata, rimborso, reso, restituito, restituita
terugbetaald, terugbetaling, geretourneerd, geretourneerde
devolvido, devolvida, devolução, estornado, estornada, estorno
返品, 返品済, 返品済み, 返金, 返金済, 返金済み, 返品返金, 払戻, 払い戻し, 払戻済
환불, 환불됨, 환불완료, 반품, 반품완료
退款, 已退款, 退款完成, 退款成功, 退货, 已退货, 退貨, 已退貨, 退貨退款, 退货退款
"""
# What may say so, and may say something else: "not cancelled", "Storno angefragt", "partially refunded", "draft".
_LIKELY = re.compile(
    "cancel|storn|annul|anul|geannul|refund|erstatt|retour|return|rembours|reembols|devol|devuel|rimbors|terugbeta|"
    "fehlgeschlag|failed|declin|reject|draft|entwurf|brouillon|borrador|bozza|concept|abandon|"
    "キャンセル|取消|取り消|返品|返金|払戻|취소|환불|반품|退款|退货|退貨|下書|仮注文"
)


def _folded(status: str) -> str:
    """Return *status* as statuses are compared: no case, no width, no accents, no signs."""
    return re.sub(r"[\W_]+", "", unaccented(unicodedata.normalize("NFKC", status).casefold()))


def _words(text: str) -> dict[str, str]:
    words = (word.strip() for word in text.replace("\n", ",").split(","))
    return {_folded(word): word for word in words if word}


_MEANT: Final = {
    **dict.fromkeys(_words(_CANCELLED), CANCELLED),
    **dict.fromkeys(_words(_REFUNDED), REFUNDED),
}
NAMES: Final = {
    word.casefold(): _MEANT[folded] for words in (_CANCELLED, _REFUNDED) for folded, word in _words(words).items()
}
"""The names of events by statuses as they are usually written, for rows that nobody has looked at."""


def event_of(status: str, /) -> str:
    """Return the event that a *status* stands for: an order counts as completed unless it says otherwise.

    >>> event_of("Storniert"), event_of("ＲＥＦＵＮＤＥＤ"), event_of("offen")
    ('Order Cancelled', 'Order Refunded', 'Order Completed')
    """
    return _MEANT.get(_folded(status), COMPLETED)


def is_doubtful(status: str, /) -> bool:
    """Say whether a *status* that counts as completed has a word in it by which it might not be.

    >>> is_doubtful("Storno angefragt"), is_doubtful("bezahlt"), is_doubtful("storniert")
    (True, False, False)
    """
    folded = _folded(status)
    return folded not in _MEANT and _LIKELY.search(folded) is not None
