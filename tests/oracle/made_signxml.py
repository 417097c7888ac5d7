"""XML that signxml signs, in its three forms and as XAdES, and what must not pass of it."""

from lxml import etree
from signxml import CanonicalizationMethod, DigestAlgorithm, SignatureMethod, XMLSigner, methods
from signxml.xades import XAdESDataObjectFormat, XAdESSigner

import made_xml
from made_xml import LETTER

FORMS = {
    "C14N 1.0": CanonicalizationMethod.CANONICAL_XML_1_0,
    "C14N 1.0, comments": CanonicalizationMethod.CANONICAL_XML_1_0_WITH_COMMENTS,
    "C14N 1.1": CanonicalizationMethod.CANONICAL_XML_1_1,
    "C14N 1.1, comments": CanonicalizationMethod.CANONICAL_XML_1_1_WITH_COMMENTS,
    "exclusive": CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    "exclusive, comments": CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0_WITH_COMMENTS,
}
FILE = "letter.xml"


def written(root):
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def sign(signer, entity, **given):
    root = etree.fromstring(LETTER)
    return written(signer.sign(root, key=entity.key, cert=[entity.certificate], **given))


def xades(method, **given):
    kind = XAdESDataObjectFormat(Description="công văn", MimeType="text/xml")
    return XAdESSigner(method=method, data_object_format=kind, **given)


def plain(pki):
    """Name, bytes, detached content and level of what must pass."""
    for name, form in FORMS.items():
        one = XMLSigner(method=methods.enveloped, c14n_algorithm=form)
        yield name, sign(one, pki.agency), None, None
        if not name.startswith("exclusive"):
            two = xades(methods.enveloped, c14n_algorithm=form)
            yield f"XAdES, {name}", sign(two, pki.agency), None, "B"
    yield "enveloping", sign(XMLSigner(method=methods.enveloping), pki.agency), None, None
    yield "XAdES, enveloping", sign(xades(methods.enveloping), pki.agency), None, "B"
    detached = XMLSigner(method=methods.detached)
    yield "detached", sign(detached, pki.agency, reference_uri=FILE), LETTER, None
    yield "XAdES, detached", sign(xades(methods.detached), pki.agency, reference_uri=FILE), LETTER, "B"
    wide = XMLSigner(
        method=methods.enveloped,
        signature_algorithm=SignatureMethod.RSA_SHA512,
        digest_algorithm=DigestAlgorithm.SHA512,
    )
    yield "SHA-512", sign(wide, pki.agency), None, None
    pss = XMLSigner(method=methods.enveloped, signature_algorithm=SignatureMethod.SHA256_RSA_MGF1)
    yield "RSASSA-PSS", sign(pss, pki.agency), None, None
    for name, entity, method in (
        ("P-256", pki.curve, SignatureMethod.ECDSA_SHA256),
        ("P-384", pki.curve384, SignatureMethod.ECDSA_SHA384),
    ):
        curve = XMLSigner(method=methods.enveloped, signature_algorithm=method)
        yield name, sign(curve, entity), None, None


def simple(entity):
    return sign(xades(methods.enveloped), entity)


def broken(pki):
    """What signxml cannot verify itself: its XAdES in the exclusive form has another digest of the signed
    properties than they have where they are; xmlsec1 says so too.
    """
    for name in ("exclusive", "exclusive, comments"):
        two = xades(methods.enveloped, c14n_algorithm=FORMS[name])
        yield f"XAdES, {name}", sign(two, pki.agency)


def changed(data):
    yield from made_xml.changed(data)
    yield "signed properties changed", data.replace(b"text/xml", b"text/sgm")
