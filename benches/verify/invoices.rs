//! Invoices as they are sent: that of decree 123/2020 without prefixes, and UBL 2.1 with prefixes and
//! attributes. Both are indented, and some of their text is Vietnamese.

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// About so many octets of an invoice of decree 123.
pub(crate) fn plain(bytes: usize) -> String {
    let begin = format!(
        "{HEAD}<HDon>\n  <DLHDon Id=\"data\">\n    <TTChung>\n      <PBan>2.0.1</PBan>\n      \
        <THDon>Hoá đơn giá trị gia tăng</THDon>\n      <KHHDon>C26TAA</KHHDon>\n      <DVTTe>VND</DVTTe>\n    \
        </TTChung>\n    <NDHDon>\n      <DSHHDVu>\n"
    );
    let line = |n: usize| {
        format!(
            "        <HHDVu>\n          <TChat>1</TChat>\n          <STT>{n}</STT>\n          \
            <MHHDVu>VT{code:06}</MHHDVu>\n          \
            <THHDVu>Giấy in A4 định lượng 70 gsm, thùng {reams} ram</THHDVu>\n          \
            <DVTinh>Thùng</DVTinh>\n          <SLuong>{reams}</SLuong>\n          <DGia>{price}</DGia>\n          \
            <TLCKhau>0</TLCKhau>\n          <ThTien>{total}</ThTien>\n          <TSuat>10%</TSuat>\n          \
            <TTKhac>\n            <TTin>\n              <TTruong>Ghi chú</TTruong>\n              \
            <KDLieu>string</KDLieu>\n              <DLieu>Giao tại kho &amp; lắp đặt</DLieu>\n            \
            </TTin>\n          </TTKhac>\n        </HHDVu>\n",
            code = code(n),
            reams = reams(n),
            price = price(n),
            total = reams(n) * price(n),
        )
    };
    filled(
        bytes,
        begin,
        line,
        "      </DSHHDVu>\n    </NDHDon>\n  </DLHDon>\n</HDon>\n",
    )
}

/// About so many octets of a UBL invoice.
pub(crate) fn ubl(bytes: usize) -> String {
    let space = |name: &str| format!("urn:oasis:names:specification:ubl:schema:xsd:{name}-2");
    let begin = format!(
        "{HEAD}<Invoice xmlns=\"{}\" xmlns:cac=\"{}\" xmlns:cbc=\"{}\">\n  <cbc:ID>128</cbc:ID>\n  \
        <cbc:IssueDate>2026-11-24</cbc:IssueDate>\n",
        space("Invoice"),
        space("CommonAggregateComponents"),
        space("CommonBasicComponents"),
    );
    let line = |n: usize| {
        format!(
            "  <cac:InvoiceLine>\n    <cbc:ID>{n}</cbc:ID>\n    \
            <cbc:InvoicedQuantity unitCode=\"C62\">{reams}</cbc:InvoicedQuantity>\n    \
            <cbc:LineExtensionAmount currencyID=\"VND\">{total}</cbc:LineExtensionAmount>\n    \
            <cac:Item>\n      <cbc:Name>Giấy in A4 định lượng 70 gsm, thùng {reams} ram</cbc:Name>\n      \
            <cac:SellersItemIdentification>\n        <cbc:ID>VT{code:06}</cbc:ID>\n      \
            </cac:SellersItemIdentification>\n      <cac:ClassifiedTaxCategory>\n        \
            <cbc:ID schemeID=\"UN/ECE 5305\" schemeAgencyID=\"6\">S</cbc:ID>\n        \
            <cbc:Percent>10</cbc:Percent>\n        <cac:TaxScheme>\n          <cbc:ID>VAT</cbc:ID>\n        \
            </cac:TaxScheme>\n      </cac:ClassifiedTaxCategory>\n    </cac:Item>\n    <cac:Price>\n      \
            <cbc:PriceAmount currencyID=\"VND\">{price}</cbc:PriceAmount>\n    </cac:Price>\n  \
            </cac:InvoiceLine>\n",
            code = code(n),
            reams = reams(n),
            price = price(n),
            total = reams(n) * price(n),
        )
    };
    filled(bytes, begin, line, "</Invoice>\n")
}

fn filled(bytes: usize, begin: String, line: impl Fn(usize) -> String, end: &str) -> String {
    let mut text = begin;
    let mut number = 1;
    while text.len() + end.len() < bytes {
        text.push_str(&line(number));
        number += 1;
    }
    text.push_str(end);
    text
}

fn code(n: usize) -> usize {
    n * 7919 % 1_000_000
}

fn reams(n: usize) -> usize {
    n % 97 + 1
}

fn price(n: usize) -> usize {
    n * 13 % 1000 * 1000
}
