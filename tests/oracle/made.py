"""Files that other tools signed, at every level that they can make, and changed afterwards: what they
must come out as is said beside each, and `lienthong verify` must say it. What openssl, pdfsig,
pyHanko, xmlsec1 and signxml say of the same files is shown beside it.

The PDF half needs pyHanko, and qpdf for the files that it rewrites.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import made_dss
import made_pdf
import made_signxml
import made_xml
import made_xml_table
from made_cms import CONTENT, Openssl, cades
from made_pdf import MDPPerm, Signing
from made_pki import Pki


@dataclass
class Made:
    """A file, and what it must come out as."""

    name: str
    data: bytes
    # "TOTAL-PASSED", or whatever else is right
    expected: tuple
    detached: bytes | None = None
    level: str | None = None
    answers: dict = field(default_factory=dict)
    ours: str = ""
    right: bool = False

    def suffix(self):
        if self.data[:5] == b"%PDF-":
            return "pdf"
        return "xml" if self.data[:1] == b"<" else "p7m"


PASSED = ("TOTAL-PASSED",)
BROKEN = ("TOTAL-FAILED",)
NOT_PASSED = ("TOTAL-FAILED", "INDETERMINATE")
REVOKED = ("REVOKED_NO_POE",)
EXPIRED = ("OUT_OF_BOUNDS_NO_POE", "OUT_OF_BOUNDS_NOT_REVOKED")
UNKNOWN = ("NO_CERTIFICATE_CHAIN_FOUND",)


def pdf_levels(s):
    base = made_pdf.plain()
    for level in ("B", "T", "LT", "LTA"):
        yield Made(f"PAdES-{level}", s.sign(base, s.pki.agency, level=level), PASSED, level=level)
    yield Made("xref and object streams", s.sign(made_pdf.plain(True), s.pki.agency), PASSED)
    adobe = s.sign(base, s.pki.agency, subfilter=made_pdf.ADOBE)
    yield Made("adbe.pkcs7.detached", adobe, PASSED)
    for stem in ("curve", "curve384"):
        yield Made(f"PAdES-B, {stem}", s.sign(base, getattr(s.pki, stem)), PASSED)
    pss = s.sign(base, s.pki.agency, signer=s.signer(s.pki.agency, prefer_pss=True))
    yield Made("PAdES-B, RSASSA-PSS", pss, PASSED)
    for digest in ("sha384", "sha512"):
        yield Made(f"PAdES-B, {digest}", s.sign(base, s.pki.agency, md_algorithm=digest), PASSED)
    certified = s.sign(
        base, s.pki.agency, certify=True, docmdp_permissions=MDPPerm.NO_CHANGES, level="T"
    )
    yield Made("certified, no changes", certified, PASSED)
    yield Made("certified, stamped later", s.stamp(certified), PASSED)
    one = s.sign(base, s.pki.person, level="T")
    two = s.sign(one, s.pki.agency, field="Sig2", level="LTA")
    yield Made("person, then agency LTA", two, PASSED)
    yield Made("person, agency, person", s.sign(two, s.pki.person, field="Sig3"), PASSED)
    secret = s.sign(made_pdf.plain(password=""), s.pki.agency, password="")
    yield Made("encrypted, empty password", secret, PASSED)
    coded = s.sign(made_pdf.plain(password="", mac=True), s.pki.agency, password="")
    yield Made("encrypted, with a code (ISO/TS 32004)", coded, PASSED)
    locked = s.sign(made_pdf.plain(password="x"), s.pki.agency, password="x")
    # Intact, as far as one sees without the password.
    yield Made("encrypted, password", locked, ("TOTAL-PASSED", "INDETERMINATE"))


# As qpdf encrypts, with another password for the owner.
ENCRYPTED = {
    "RC4-40": ["40"],
    "RC4-128": ["128", "--use-aes=n"],
    "RC4-128, crypt filter": ["128", "--force-V4"],
    "AES-128": ["128", "--use-aes=y"],
    "AES-128, open metadata": ["128", "--use-aes=y", "--cleartext-metadata"],
    "AES-256": ["256"],
    "AES-256, open metadata": ["256", "--cleartext-metadata"],
}


def pdf_encrypted(s, folder):
    """Encrypted by qpdf, with object streams and without, signed and updated by pyHanko."""
    for how, flags in ENCRYPTED.items():
        for streams in ("disable", "generate"):
            options = ["--allow-weak-crypto", f"--object-streams={streams}"]
            base = made_pdf.qpdf(
                made_pdf.plain(), folder, *options, "--encrypt", "", "owner", *flags, "--"
            )
            name = f"{how}, objects {streams}d"
            one = s.sign(base, s.pki.person, password="", level="LT")
            yield Made(f"{name}: signed", one, PASSED)
            two = s.sign(one, s.pki.agency, field="Sig2", password="", level="LTA")
            yield Made(f"{name}: LT, then LTA", two, PASSED)
            yield Made(f"{name}: stamped", s.stamp(one, password=""), PASSED)
            for what, change, expected in (
                ("the same again", made_pdf.unchanged, PASSED),
                ("text replaced", made_pdf.new_text, BROKEN),
                ("annotation", made_pdf.note, BROKEN),
                ("page added", made_pdf.second_page, BROKEN),
                ("form filled", made_pdf.filled, ("SIG_CONSTRAINTS_FAILURE",)),
            ):
                later = made_pdf.incremental(one, change, password="")
                yield Made(f"{name}: {what}", later, expected)
            password = made_pdf.qpdf(
                made_pdf.plain(), folder, *options, "--encrypt", "user", "owner", *flags, "--"
            )
            locked = s.sign(password, s.pki.agency, password="user")
            yield Made(f"{name}: password", locked, ("TOTAL-PASSED", "INDETERMINATE"))
            changed = made_pdf.incremental(locked, made_pdf.new_text, password="user")
            yield Made(f"{name}: password, text replaced", changed, NOT_PASSED)


def pdf_bad(s, folder):
    base = made_pdf.plain()
    signed = s.sign(base, s.pki.agency, level="LT")
    for name, change, expected in (
        ("text replaced", made_pdf.new_text, BROKEN),
        ("annotation over the page", made_pdf.note, BROKEN),
        ("page added", made_pdf.second_page, BROKEN),
        ("form filled", made_pdf.filled, ("SIG_CONSTRAINTS_FAILURE",)),
    ):
        yield Made(name, made_pdf.incremental(signed, change), expected)
    certified = s.sign(base, s.pki.agency, certify=True, docmdp_permissions=MDPPerm.NO_CHANGES)
    changed = made_pdf.incremental(certified, made_pdf.filled)
    yield Made("certified, form filled", changed, BROKEN)
    yield Made("one bit flipped", made_pdf.flipped(signed), BROKEN)
    yield Made("cut off", signed[:-400], NOT_PASSED)
    yield Made("bytes behind the end", signed + b"\n% more\n", NOT_PASSED)
    if shutil.which("qpdf"):
        for flags in (["--linearize"], ["--object-streams=generate"], ["--qdf"]):
            yield Made(f"qpdf {flags[0]}", made_pdf.qpdf(signed, folder, *flags), NOT_PASSED)
    yield Made("revoked", s.sign(base, s.pki.revoked), REVOKED)
    yield Made("revoked, stamped too late", s.sign(base, s.pki.revoked, level="T"), REVOKED)
    yield Made("expired", s.sign(base, s.pki.expired), EXPIRED)
    yield Made("unknown root", s.sign(base, s.pki.unknown), UNKNOWN)


def cms_files(o, s):
    for name, flags, detached in (
        ("detached", [], CONTENT),
        ("encapsulated", ["-nodetach"], None),
        ("encapsulated, indefinite lengths", ["-nodetach", "-stream"], None),
        ("detached, CAdES", ["-cades"], CONTENT),
        ("detached, key identifier", ["-keyid"], CONTENT),
        ("detached, SHA-512", ["-md", "sha512"], CONTENT),
    ):
        yield Made(f"openssl {name}", o.sign("agency", flags=flags), PASSED, detached)
    for stem in ("curve", "curve384"):
        yield Made(f"openssl {stem}", o.sign(stem), PASSED, CONTENT)
    pss = ("agency", ("-keyopt", "rsa_padding_mode:pss"))
    yield Made("openssl RSASSA-PSS", o.sign(pss), PASSED, CONTENT)
    two = o.sign("person", "agency", flags=["-nodetach"])
    yield Made("openssl two signers", two, PASSED)
    yield Made("openssl resigned", o.again(o.sign("person", flags=["-nodetach"]), "agency"), PASSED)
    bare = o.sign("agency", flags=["-noattr"])
    yield Made("openssl without attributes", bare, NOT_PASSED, CONTENT)
    yield Made("openssl other content", o.sign("agency"), ("HASH_FAILURE",), CONTENT + b".")
    yield Made("openssl one bad signer", o.sign("agency", "unknown"), UNKNOWN, CONTENT)
    for stem, expected in (("revoked", REVOKED), ("expired", EXPIRED), ("unknown", UNKNOWN)):
        yield Made(f"openssl {stem}", o.sign(stem), expected, CONTENT)
    for detached in (True, False):
        form = "detached" if detached else "encapsulated"
        content = CONTENT if detached else None
        made = cades(s, s.pki.agency, detached=detached)
        yield Made(f"pyHanko CAdES-B {form}", made, PASSED, content, level="B")
        made = cades(s, s.pki.agency, detached=detached, stamper=s.stamper())
        yield Made(f"pyHanko CAdES-T {form}", made, PASSED, content, level="T")
        made = cades(s, s.pki.agency, detached=detached, stamper=s.stamper(s.pki.unknown_time))
        yield Made(f"pyHanko CAdES-T {form}, unknown TSA", made, PASSED, content, level="B")


def dss_files(s):
    if not made_dss.there():
        print("oracle: left out: files signed by EU DSS: its jars are not here")
        return
    for name, level, data, detached in made_dss.files(s.pki, made_pdf.plain()):
        yield Made(f"EU DSS {name}", data, PASSED, detached, level=level)


def xml_files(tool):
    for name, data in made_xml.plain(tool):
        yield Made(f"xmlsec1 {name}", data, PASSED)
    for name, data in made_xml.changed(made_xml.simple(tool, "agency")):
        yield Made(f"xmlsec1 {name}", data, NOT_PASSED)
    yield Made("xmlsec1 wrapped", made_xml.wrapped(tool), NOT_PASSED)
    for stem, expected in (("revoked", REVOKED), ("expired", EXPIRED), ("unknown", UNKNOWN)):
        yield Made(f"xmlsec1 {stem}", made_xml.simple(tool, stem), expected)


def signxml_files(pki):
    for name, data, detached, level in made_signxml.plain(pki):
        yield Made(f"signxml {name}", data, PASSED, detached, level=level)
    for name, data in made_signxml.broken(pki):
        yield Made(f"signxml {name}", data, ("HASH_FAILURE",))
    for name, data in made_signxml.changed(made_signxml.simple(pki.agency)):
        yield Made(f"signxml {name}", data, NOT_PASSED)
    for stem, expected in (("revoked", REVOKED), ("expired", EXPIRED), ("unknown", UNKNOWN)):
        yield Made(f"signxml {stem}", made_signxml.simple(getattr(pki, stem)), expected)


def judge(made, folder, program):
    """What `lienthong verify` says."""
    path = folder / f"file.{made.suffix()}"
    path.write_bytes(made.data)
    args = [program, "verify", path, "--trust", folder / "certs", "--offline", "--json"]
    if made.detached is not None:
        (folder / "detached").write_bytes(made.detached)
        args += ["--detached", folder / "detached"]
    done = subprocess.run(args, capture_output=True, timeout=60, check=False)
    report = json.loads(done.stdout)
    words = [report["indication"], report["sub_indication"] or "", report["reason"]["code"]]
    made.ours = " ".join(word for word in words if word)
    said = {report["indication"], report["sub_indication"]}
    made.right = bool(said & set(made.expected))
    # A pass is a pass of each signature, and nothing else ends with 0.
    passed = report["indication"] == "TOTAL-PASSED"
    every = all(one["indication"] == "TOTAL-PASSED" for one in report["signatures"])
    made.right &= passed == (done.returncode == 0) and (not passed or every)
    levels = [one.get("level") for one in report["signatures"]]
    if made.level:
        made.right &= levels[:1] == [made.level]


def others(made, folder, openssl):
    if made.suffix() == "xml":
        # Those of EU DSS may be missing, and the table is the same with them and without.
        if not made.name.startswith("EU DSS"):
            made.answers |= made_xml.others(made.data, made.detached, folder)
        return
    if made.suffix() == "p7m":
        accepts, words = openssl.accepts(made.data, made.detached, openssl_root)
        made.answers["openssl"] = "accepts" if accepts else f"refuses: {words[:60]}"
        return
    made.answers["pyHanko"] = by_pyhanko(made.data)
    if shutil.which("pdfsig"):
        made.answers["pdfsig"] = by_pdfsig(folder / "file.pdf")


def by_pdfsig(path):
    """The signatures' integrity only: pdfsig has no folder of anchors."""
    done = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, check=False, timeout=60)
    lines = done.stdout.decode(errors="replace").splitlines()
    said = [line.split(":", 1)[1].strip() for line in lines if "Signature Validation:" in line]
    return "; ".join(said) or "no signature"


def by_pyhanko(data):
    import io

    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature

    try:
        reader = PdfFileReader(io.BytesIO(data))
        if reader.encrypted:
            reader.decrypt("")
        found = [
            validate_pdf_signature(one, signing.context()) for one in reader.embedded_regular_signatures
        ]
    except Exception as error:  # whatever it says of a broken file is its answer
        return f"refuses: {type(error).__name__}"
    return "accepts" if found and all(one.bottom_line for one in found) else "refuses"


def main():
    global signing, openssl_root
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=Path, help="the lienthong under test")
    parser.add_argument("--write", action="store_true", help="write the page instead of checking it")
    given = parser.parse_args()
    program = given.program.resolve()
    pki = Pki()
    signing, openssl_root = Signing(pki), pki.root
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        pki.write(folder / "certs")
        openssl = Openssl(pki, folder)
        files = [*cms_files(openssl, signing), *pdf_levels(signing), *pdf_bad(signing, folder)]
        if shutil.which("qpdf"):
            files += pdf_encrypted(signing, folder)
        files += dss_files(signing)
        files += signxml_files(pki)
        if shutil.which("xmlsec1"):
            files += xml_files(made_xml.XmlSec(pki, folder))
        else:
            print("oracle: left out: files signed by xmlsec1: it is not installed")
        for made in files:
            judge(made, folder, program)
            others(made, folder, openssl)
    for made in files:
        mark = "  " if made.right else "NOT"
        theirs = "; ".join(f"{tool} {answer}" for tool, answer in made.answers.items())
        print(f"{mark} {made.name:<36} {made.ours:<60} {theirs}")
    wrong = [made for made in files if not made.right]
    print(f"made by others: {len(files)} files, {len(files) - len(wrong)} as they must be")
    good = made_xml_table.check(files, given.write) and not wrong
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
