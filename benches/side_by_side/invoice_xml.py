"""A UBL invoice with prefixes and attributes, signed by signxml: enveloped, exclusive canonical form."""

from lxml import etree
from signxml import CanonicalizationMethod, XMLSigner, XMLVerifier, methods

SPACE = "urn:oasis:names:specification:ubl:schema:xsd:"
HEAD = (
    f'<Invoice xmlns="{SPACE}Invoice-2" xmlns:cac="{SPACE}CommonAggregateComponents-2" '
    f'xmlns:cbc="{SPACE}CommonBasicComponents-2">\n  <cbc:ID>128</cbc:ID>\n'
)
LINE = """  <cac:InvoiceLine>
    <cbc:ID>{number}</cbc:ID>
    <cbc:InvoicedQuantity unitCode="C62">{count}</cbc:InvoicedQuantity>
    <cbc:LineExtensionAmount currencyID="VND">{count}000</cbc:LineExtensionAmount>
    <cac:Item>
      <cbc:Name>Giấy in A4 định lượng 70 gsm, thùng {count} ram</cbc:Name>
      <cac:ClassifiedTaxCategory>
        <cbc:ID schemeID="UN/ECE 5305" schemeAgencyID="6">S</cbc:ID>
        <cbc:Percent>10</cbc:Percent>
      </cac:ClassifiedTaxCategory>
    </cac:Item>
  </cac:InvoiceLine>
"""


def invoice(size):
    count = size // len(LINE.encode()) + 1
    lines = (LINE.format(number=n, count=n % 97 + 1) for n in range(count))
    return (HEAD + "".join(lines) + "</Invoice>\n").encode()


def signed(entity, size):
    signer = XMLSigner(
        method=methods.enveloped,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    root = signer.sign(etree.fromstring(invoice(size)), key=entity.key, cert=[entity.certificate])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def verify(data, certificate):
    return XMLVerifier().verify(data, x509_cert=certificate)
