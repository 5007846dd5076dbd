"""Headers are known in ten languages, however they are written, and none is taken for another."""

from collections import defaultdict

import pytest
from hypothesis import given, strategies as st

from unified_profile.wire import guess_mapping
from unified_profile.wire.headers import _VOCABULARY, BY_HEADER, folded

HEADERS = {
    "customer_number": "Kd.-Nr. | KdNr | Kunde-ID | Debitor | Debitorennummer | N° client | Code client | Nº cliente | "
    "Código de cliente | Codice cliente | Klantnummer | Número de sócio | 会員NO | お客様番号 | 고객번호 | 客户编号",
    "total": "Betrag (EUR) | Betrag (brutto) | Betrag in € | Rechnungsbetrag | Gesamtpreis | Summe brutto | "
    "Montant TTC | Importe total (EUR) | Importo (€) | Totaalbedrag incl. btw | Valor total | Total amount [USD] | "
    "注文金額（税込） | 合計金額 | 주문금액(원) | 订单金额（元） | 訂單金額",
    "net_total": "Betrag (netto) | Montant HT | 金額（税抜） | Subtotal",
    "ordered_at": "Bestelldatum | Rechnungsdatum | Date commande | Fecha del pedido | Data ordine | Besteldatum | "
    "Data da compra | ご注文日 | 注文日時 | 주문일시 | 下单时间",
    "order_id": "Bestell-Nr | Bestellnr. | Auftragsnr. | Rechnungsnr. | N° commande | Nº de pedido | Numero ordine | "
    "Bestelnummer | 注文番号 | 주문번호 | 订单编号",
    "birth_date": "Geb.-Datum | Geb. | geboren am | Date de naissance | Né(e) le | Fecha de nacimiento | "
    "Data di nascita | Geboortedatum | Data de nascimento | 生年月日（西暦） | 생년월일 | 出生日期",
    "phone": "Tel. privat | Tel.-Nr. | Tel. mobil | Telefon privat | Tél. | Téléphone portable | Teléfono móvil | "
    "Cellulare | Telefoonnummer | Telemóvel | 電話番号（携帯） | 휴대폰 번호 | 手机号码",
    "email": "E-Mail privat | eMail | Mailadresse | Adresse e-mail | Correo electrónico | Indirizzo e-mail | "
    "E-mailadres | Billing Email | メールアドレス（PC） | 이메일 주소 | 电子邮箱",
    "name": "Vor- und Nachname | Nom et prénom | Nombre y apellidos | Nome e cognome | Volledige naam | お名前 | "
    "성명 | 客户姓名",
    "given_name": "Vorname | Prénom | Nombre | Nome | Voornaam | 名",
    "family_name": "NACHNAME | Nom | Apellidos | Cognome | Achternaam | Sobrenome | 姓",
    "postcode": "PLZ | Code postal | Código postal | CAP | 〒 | 郵便番号 | 우편번호 | 邮编",
    "postcode_and_city": "PLZ/Ort | CP/Ville",
    "newsletter_opt_in": "Newsletter | Newsletter (j/n) | Newsletter ja/nein | Nieuwsbrief | メルマガ購読 | 뉴스레터",
    "updated_at": "letzte Änderung | geändert am | geaendert am | Änderungsdatum | Dernière modification | "
    "Última modificación | Ultima modifica | Laatst gewijzigd | Última atualização | 最終更新日 | 수정일 | 更新时间",
    "country": "Land | Ländercode | Laendercode | Pays | País | Paese | 国 | 국가 | 国家",
    "status": "Status | Bestellstatus | Statut | Stato | Situação | 注文状況 | 주문상태 | 订单状态",
}


@pytest.mark.parametrize(
    ("header", "name"), [(header, name) for name, headers in HEADERS.items() for header in headers.split(" | ")]
)
def test_headers_of_ten_languages_are_known(header, name):
    for spelling in (header, f" {header.upper()} ", header.replace(" ", "_")):
        mapping = guess_mapping([spelling, "x"], [], source="crm")
        found = {*mapping.identifiers.values(), *mapping.attributes.values(), mapping.country_column and "country"}
        assert (name if name != "net_total" else "total") in found, spelling


@pytest.mark.parametrize(
    "header",
    (
        "Betrag (Rabatt)", "Total (shipping)", "Montant (TVA)", "合計（消費税）", "金額（送料）", "Name (Firma)",
        "氏名（会社）", "Datum (Lieferung)", "Adresse (livraison)", "Total (refunds)",
    ),
)  # fmt: skip
def test_what_stands_in_brackets_may_make_another_thing_of_a_header(header):
    mapping = guess_mapping([header], [{header: "13.01.2026"}, {header: "1,50"}], source="crm")
    assert not {*mapping.attributes.values()} & {"total", "name", "date", "address"}


def test_a_header_that_is_known_comes_before_one_that_is_nearly_so():
    mapping = guess_mapping(["Betrag (alt)", "Betrag"], [], source="shop")
    assert mapping.attributes == {"Betrag (alt)": "betrag_alt", "Betrag": "total"}


def test_every_header_of_the_vocabulary_means_one_thing_and_none_is_like_a_blank_one():
    """An entry that folds to nothing would be every column without a name."""
    assert "" not in BY_HEADER
    meant = defaultdict(set)
    for name, (_, headers) in _VOCABULARY.items():
        for header in headers:
            meant[folded(header)].add(name)
    assert {header: names for header, names in meant.items() if len(names) > 1} == {}


@given(st.text("()[]-–_.,:;/*#°〒 \u3000\t", max_size=6))
def test_a_header_of_nothing_but_signs_is_nobody_s_address(signs):
    mapping = guess_mapping([signs, "email"], [{signs: "1", "email": "a@example.com"}] * 2, source="crm")
    assert (mapping.key, set(mapping.identifiers)) == ((), {"email"})
    assert set(mapping.attributes.values()) <= {"email", "unnamed", "postcode"}
    assert ("postcode" in mapping.attributes.values()) == (signs.strip(" \u3000\t") == "〒") or "〒" in signs
