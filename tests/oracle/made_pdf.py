"""PDF files signed by pyHanko at every level that it can make, and changed afterwards."""

import io
import logging
import subprocess
import sys
from unittest.mock import MagicMock

from asn1crypto import crl, keys, x509

# pyHanko imports its HTTP client whether or not it fetches; here it never does.
for unused in ("aiohttp", "certifi"):
    sys.modules.setdefault(unused, MagicMock())

from pyhanko.pdf_utils import generic, writer
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers, timestamps
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, PdfTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from made_pki import Pki

# What it says of files that are wrong on purpose is its verdict, not its log.
logging.disable(logging.CRITICAL)

PADES = SigSeedSubFilter.PADES
ADOBE = SigSeedSubFilter.ADOBE_PKCS7_DETACHED


def certificate(entity):
    return x509.Certificate.load(entity.der())


def store(*entities):
    known = SimpleCertificateStore()
    for entity in entities:
        known.register(certificate(entity))
    return known


def plain(stream_xrefs=False, password=None, mac=False):
    """One page with some text, a form with a text field, as a file."""
    w = writer.PdfFileWriter(stream_xrefs=stream_xrefs)
    font = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Font"),
            pdf_name("/Subtype"): pdf_name("/Type1"),
            pdf_name("/BaseFont"): pdf_name("/Helvetica"),
        }
    )
    text = b"BT /F1 24 Tf 72 720 Td (Van ban so 12/STC-VP) Tj ET"
    page = writer.PageObject(
        contents=w.add_object(generic.StreamObject(stream_data=text)),
        media_box=(0, 0, 595, 842),
        resources=generic.DictionaryObject(
            {pdf_name("/Font"): generic.DictionaryObject({pdf_name("/F1"): w.add_object(font)})}
        ),
    )
    w.insert_page(page)
    field = generic.DictionaryObject(
        {
            pdf_name("/FT"): pdf_name("/Tx"),
            pdf_name("/T"): generic.pdf_string("note"),
            pdf_name("/V"): generic.pdf_string(""),
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Widget"),
            pdf_name("/F"): generic.NumberObject(4),
            pdf_name("/Rect"): generic.ArrayObject(
                generic.NumberObject(n) for n in (72, 600, 300, 620)
            ),
        }
    )
    reference = w.add_object(field)
    first = w.root["/Pages"]["/Kids"][0].get_object()
    first["/Annots"] = generic.ArrayObject([reference])
    w.root["/AcroForm"] = generic.DictionaryObject(
        {pdf_name("/Fields"): generic.ArrayObject([reference])}
    )
    if password is not None:
        w.encrypt(owner_pass="owner", user_pass=password, pdf_mac=mac)
    return written(w)


def written(w):
    out = io.BytesIO()
    w.write(out)
    return out.getvalue()


class Signing:
    """Signs with the entities of one Pki."""

    def __init__(self, pki: Pki):
        self.pki = pki

    def signer(self, entity, **more):
        key = keys.PrivateKeyInfo.load(entity.key_der())
        embedded = store(entity, self.pki.root)
        return signers.SimpleSigner(certificate(entity), key, embedded, **more)

    def stamper(self, entity=None):
        entity = entity or self.pki.time
        key = keys.PrivateKeyInfo.load(entity.key_der())
        return timestamps.DummyTimeStamper(
            certificate(entity), key, store(entity, self.pki.time_root)
        )

    def context(self):
        """What pyHanko embeds for long-term validation, without a network."""
        return ValidationContext(
            trust_roots=[certificate(self.pki.root), certificate(self.pki.time_root)],
            crls=[crl.CertificateList.load(der) for der in self.pki.lists],
            allow_fetching=False,
            revocation_mode="soft-fail",
        )

    def sign(self, data, entity, field="Sig1", level="B", password=None, signer=None, **meta):
        w = IncrementalPdfFileWriter(io.BytesIO(data))
        if password is not None:
            w.encrypt(password)
        if level in ("LT", "LTA"):
            meta |= {"embed_validation_info": True, "validation_context": self.context()}
        metadata = PdfSignatureMetadata(
            field_name=field,
            md_algorithm=meta.pop("md_algorithm", "sha256"),
            subfilter=meta.pop("subfilter", PADES),
            use_pades_lta=level == "LTA",
            **meta,
        )
        made = PdfSigner(
            metadata,
            signer or self.signer(entity),
            timestamper=None if level == "B" else self.stamper(),
        ).sign_pdf(w)
        return made.getvalue()

    def stamp(self, data, entity=None, password=None):
        """A document timestamp."""
        w = IncrementalPdfFileWriter(io.BytesIO(data))
        if password is not None:
            w.encrypt(password)
        made = PdfTimeStamper(self.stamper(entity)).timestamp_pdf(w, "sha256", None)
        return made.getvalue()


def incremental(data, change, password=None):
    w = IncrementalPdfFileWriter(io.BytesIO(data))
    if password is not None:
        w.encrypt(password)
    change(w)
    return written(w)


def new_text(w):
    page = w.root["/Pages"]["/Kids"][0].get_object()
    content = page.raw_get("/Contents").get_object()
    content._data = b"BT /F1 24 Tf 72 720 Td (Van ban so 99/STC-VP) Tj ET"
    content._encoded_data = None
    w.mark_update(page.raw_get("/Contents"))


def note(w):
    page_ref = w.root["/Pages"]["/Kids"].raw_get(0)
    page = page_ref.get_object()
    annotation = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Contents"): generic.pdf_string("Da sua"),
            pdf_name("/DA"): generic.pdf_string("/Helv 20 Tf"),
            pdf_name("/Rect"): generic.ArrayObject(
                generic.NumberObject(n) for n in (72, 700, 400, 740)
            ),
        }
    )
    page["/Annots"].append(w.add_object(annotation))
    w.mark_update(page_ref)
    w.update_container(page["/Annots"])


def filled(w):
    field_ref = w.root["/AcroForm"]["/Fields"].raw_get(0)
    field_ref.get_object()["/V"] = generic.pdf_string("Da dien")
    w.mark_update(field_ref)


def second_page(w):
    page = writer.PageObject(
        contents=w.add_object(generic.StreamObject(stream_data=b"BT ET")),
        media_box=(0, 0, 595, 842),
    )
    w.insert_page(page)


def unchanged(w):
    """Objects with strings and streams, written once more."""
    page = w.root["/Pages"]["/Kids"][0].get_object()
    w.mark_update(page.raw_get("/Contents"))
    w.mark_update(w.root["/AcroForm"]["/Fields"].raw_get(0))


def attach(w, content):
    """An attachment, so that a file has a given size."""
    from pyhanko.pdf_utils.embed import EmbeddedFileObject, FileSpec, embed_file

    embedded = EmbeddedFileObject.from_file_data(w, data=content, compress=False)
    embed_file(w, FileSpec(file_spec_string="du-lieu.bin", embedded_data=embedded))


def qpdf(data, folder, *flags):
    source, target = folder / "in.pdf", folder / "out.pdf"
    source.write_bytes(data)
    subprocess.run(["qpdf", *flags, source, target], check=False, capture_output=True)
    return target.read_bytes()


def flipped(data):
    at = data.index(b"Van ban so 12") if b"Van ban so 12" in data else 200
    changed = bytearray(data)
    changed[at + 12] ^= 1
    return bytes(changed)
