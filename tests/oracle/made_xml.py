"""XML that xmlsec1 signs by templates, and XML signatures changed afterwards."""

import shutil
import subprocess

LETTER = """<?xml version="1.0" encoding="UTF-8"?>
<van-ban xmlns="urn:mau" Id="vb"><so>12/STC-VP</so><noi-dung>Về dự toán quý I &amp; quý II</noi-dung></van-ban>
""".encode()

DS = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
C14N = {
    "C14N 1.0": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "C14N 1.1": "http://www.w3.org/2006/12/xml-c14n11",
    "exclusive": "http://www.w3.org/2001/10/xml-exc-c14n#",
    "exclusive, comments": "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
}
DIGESTS = {
    "SHA-256": "http://www.w3.org/2001/04/xmlenc#sha256",
    "SHA-512": "http://www.w3.org/2001/04/xmlenc#sha512",
}
ENVELOPED = f'<ds:Transform Algorithm="{DS}enveloped-signature"/>'
XPATH = (
    f'<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath xmlns:ds="{DS}">'
    "not(ancestor-or-self::ds:Signature)</ds:XPath></ds:Transform>"
)
FILTER = (
    '<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2">'
    '<f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="subtract">'
    "/descendant::ds:Signature</f:XPath></ds:Transform>"
)


def template(c14n, method, digest, uri="", steps=ENVELOPED, inside=""):
    """A signature whose values are to be filled in."""
    return (
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{c14n}"/>'
        f'<ds:SignatureMethod Algorithm="{method}"/><ds:Reference URI="{uri}"><ds:Transforms>{steps}'
        f'<ds:Transform Algorithm="{c14n}"/></ds:Transforms><ds:DigestMethod Algorithm="{digest}"/>'
        "<ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/>"
        f"<ds:KeyInfo><ds:X509Data/></ds:KeyInfo>{inside}</ds:Signature>"
    )


class XmlSec:
    """The tool, with keys and certificates in one folder."""

    def __init__(self, pki, folder):
        self.folder = folder
        for stem in ("agency", "person", "curve", "curve384", "revoked", "expired", "unknown"):
            getattr(pki, stem).write(folder, f"xml-{stem}")

    def sign(self, text, stem="agency", node=None):
        path = self.folder / "template.xml"
        path.write_text(text)
        key = f"{self.folder}/xml-{stem}.key,{self.folder}/xml-{stem}.pem"
        args = ["xmlsec1", "--sign", "--privkey-pem", key, "--id-attr:Id", "van-ban"]
        args += ["--id-attr:Id", f"{DS}:Object"]
        if node:
            args += ["--node-xpath", node]
        done = subprocess.run([*args, path], capture_output=True, check=True, timeout=60)
        return done.stdout


def enveloped(signature):
    """At the end of the letter."""
    return LETTER.decode().replace("</van-ban>", f"{signature}</van-ban>")


def plain(tool):
    """Name and bytes of what must pass."""
    rsa = MORE + "rsa-sha256"
    for name, c14n in C14N.items():
        yield name, tool.sign(enveloped(template(c14n, rsa, DIGESTS["SHA-256"])))
    exclusive = C14N["exclusive"]
    wide = DIGESTS["SHA-512"]
    yield "SHA-512", tool.sign(enveloped(template(exclusive, MORE + "rsa-sha512", wide)))
    for stem, method in (("curve", "ecdsa-sha256"), ("curve384", "ecdsa-sha384")):
        text = enveloped(template(exclusive, MORE + method, DIGESTS["SHA-256"]))
        yield method, tool.sign(text, stem)
    for name, steps in (("XPath", XPATH), ("XPath Filter", FILTER)):
        text = enveloped(template(exclusive, rsa, DIGESTS["SHA-256"], steps=steps))
        yield name, tool.sign(text)
    by_id = template(exclusive, rsa, DIGESTS["SHA-256"], uri="#vb")
    yield "by Id", tool.sign(enveloped(by_id))
    inside = '<ds:Object Id="o"><a>văn bản</a></ds:Object>'
    text = template(exclusive, rsa, DIGESTS["SHA-256"], uri="#o", steps="", inside=inside)
    yield "enveloping", tool.sign(text)


def simple(tool, stem):
    """One signature by that signer."""
    text = template(C14N["exclusive"], MORE + "rsa-sha256", DIGESTS["SHA-256"])
    return tool.sign(enveloped(text), stem)


def wrapped(tool):
    """A letter signed by its Id, put whole into a corner of another (attack catalogue X1)."""
    text = enveloped(template(C14N["exclusive"], MORE + "rsa-sha256", DIGESTS["SHA-256"], uri="#vb"))
    signed = tool.sign(text).decode().split("?>", 1)[1].strip()
    return f'<van-ban xmlns="urn:mau"><so>99/STC-VP</so><kho>{signed}</kho></van-ban>'.encode()


def changed(data):
    """Name and bytes of what must not pass, made from a signed letter."""
    yield "text replaced", data.replace("12/STC-VP".encode(), "13/STC-VP".encode())
    yield "attribute added", data.replace(b'Id="vb"', b'Id="vb" moi="1"')
    yield "element added", data.replace(b"<so>", b"<so>9</so><so>")
    start = data.index(b"SignatureValue>") + len(b"SignatureValue>")
    flipped = bytearray(data)
    at = next(i for i in range(start + 8, len(data)) if data[i : i + 1].isalpha())
    flipped[at] = ord("A") if data[at] != ord("A") else ord("B")
    yield "value changed", bytes(flipped)


def others(data, detached, folder):
    """What xmlsec1 and signxml say of a file, without revocation; of files beside it they are not asked."""
    if detached is not None:
        return {}
    path, root = folder / "file.xml", next((folder / "certs/trust/documents").glob("*.cer"))
    answers = {}
    if shutil.which("xmlsec1"):
        args = ["xmlsec1", "--verify", "--trusted-der", root, "--id-attr:Id", "van-ban"]
        args += ["--id-attr:Id", f"{DS}:Object", path]
        done = subprocess.run(args, capture_output=True, check=False, timeout=60)
        answers["xmlsec1"] = "accepts" if done.returncode == 0 else "refuses"
    answers["signxml"] = by_signxml(data, root, folder)
    return answers


def by_signxml(data, root, folder):
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import load_der_x509_certificate
    from signxml import SignatureConfiguration, XMLVerifier

    config = SignatureConfiguration(expect_references=data.count(b"DigestMethod ") - data.count(b"CertDigest>") // 2)
    anchors = folder / "anchors.pem"
    anchors.write_bytes(load_der_x509_certificate(root.read_bytes()).public_bytes(Encoding.PEM))
    try:
        XMLVerifier().verify(data, ca_pem_file=str(anchors), expect_config=config)
    except Exception as error:  # whatever it says of a broken file is its answer
        return f"refuses: {type(error).__name__}"
    return "accepts"
