"""XML signatures and ASiC containers, changed at random in their octets and in their structure: what passes
must say what was signed. Other readers (lxml, Python's zipfile) tell what a file says; the seed is
printed, so that a run can be done again.

Signed by signxml, by xmlsec1 where it is there, and, in containers, by openssl.
"""

import base64
import copy
import hashlib
import io
import random
import shutil
import tempfile
import warnings
import zipfile
from collections import Counter
from pathlib import Path
from urllib.parse import quote

import made_signxml
import made_xml
from made_cms import Openssl
from made_pki import Pki
from made_xml import DS
from mutated import given_seed, tell, verdict

from lxml import etree

BITS = (b"<a/>", b"<!---->", b"<!--x-->", b"<?p?>", b" Id='vb'", b" a='1'", b"&#65;", b"\n", b"9", b"</a>", b"<![CDATA[]]>")
ASIC = "http://uri.etsi.org/02918/v1.2.1#"
MANIFEST, VALUE = "META-INF/ASiCManifest.xml", "META-INF/signature.p7s"


def said(data):
    """What an XML file says beside its signatures, and what is in their objects."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    if root.tag == f"{{{DS}}}Signature":
        held = [one for one in root.iter(f"{{{DS}}}Object") if one.find(".//{*}QualifyingProperties") is None]
        return [etree.tostring(one, method="c14n", exclusive=True, with_comments=False) for one in held]
    root = copy.deepcopy(root)
    for one in list(root.iter(f"{{{DS}}}Signature")):
        if one.getparent() is not None:
            tail, before = one.tail or "", one.getprevious()
            parent = one.getparent()
            if before is not None:
                before.tail = (before.tail or "") + tail
            else:
                parent.text = (parent.text or "") + tail
            parent.remove(one)
    return [etree.tostring(root, method="c14n", exclusive=True, with_comments=False)]


def held(data):
    """The files of a container beside its own. In ASiC-S a signature in CMS is over the one file and not over its
    name (EN 319 162-1 §4.3.3.2).
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [n for n in archive.namelist() if n != "mimetype" and not n.startswith("META-INF/")]
        listed = MANIFEST in archive.namelist() or len(names) > 1
        return sorted((name if listed else "", archive.read(name)) for name in names)


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, (name, data) in enumerate(files):
            archive.writestr(name, data, zipfile.ZIP_DEFLATED if number else zipfile.ZIP_STORED)
    return out.getvalue()


def unzipped(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def container(openssl, pki, form):
    """ASiC-S and -E as Python's zipfile writes them."""
    files = [("công-văn.txt", "Công văn\n".encode() * 9), ("phụ lục.xml", made_xml.LETTER)]
    media = [("mimetype", f"application/vnd.etsi.asic-{form}+zip".encode())]
    if form == "s":
        content = files[0][1]
        openssl.folder.joinpath("content").write_bytes(content)
        return zipped([*media, files[0], (VALUE, openssl.sign("agency", flags=["-cades"]))])
    listed = "".join(
        f'<a:DataObjectReference URI="{quote(name)}"><d:DigestMethod '
        'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        f"<d:DigestValue>{base64.b64encode(hashlib.sha256(data).digest()).decode()}</d:DigestValue>"
        "</a:DataObjectReference>"
        for name, data in files
    )
    manifest = (
        f'<a:ASiCManifest xmlns:a="{ASIC}" xmlns:d="{DS}"><a:SigReference URI="{VALUE}"/>{listed}</a:ASiCManifest>'
    ).encode()
    openssl.folder.joinpath("content").write_bytes(manifest)
    value = openssl.sign("agency", flags=["-cades"])
    return zipped([*media, *files, (MANIFEST, manifest), (VALUE, value)])


class Mutator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def octets(self, data):
        rnd = self.random
        at = rnd.randrange(len(data))
        how = rnd.randrange(4)
        if how == 0:
            return data[:at] + data[at + rnd.randrange(1, 9) :]
        if how == 1:
            return data[:at] + bytes([data[at] ^ 1 << rnd.randrange(8)]) + data[at + 1 :]
        if how == 2:
            until = min(len(data), at + rnd.randrange(1, 40))
            return data[:until] + data[at:]
        return data[:at] + rnd.choice(BITS) + data[at:]

    def nodes(self, data):
        """Elements moved, copied, wrapped, taken out, renamed, and Ids given twice."""
        rnd = self.random
        root = etree.fromstring(data)
        for _ in range(rnd.choice((1, 1, 2))):
            every = [one for one in root.iter() if isinstance(one.tag, str)]
            one, other = rnd.choice(every), rnd.choice(every)
            how = rnd.randrange(7)
            if how < 2 and one is not root and other not in one.iter():
                twin = one if how else copy.deepcopy(one)
                other.insert(rnd.randrange(len(other) + 1), twin)
            elif how == 2 and one is not root:
                one.getparent().remove(one)
            elif how == 3:
                one.set(rnd.choice(("Id", "ID", "id", "moi")), rnd.choice(("vb", "o", "x")))
            elif how == 4:
                one.text = rnd.choice(("", "9", (one.text or "") + " ", "13/STC-VP"))
            elif how == 5:
                one.insert(0, rnd.choice((etree.Comment("x"), etree.ProcessingInstruction("p"), etree.Element("a"))))
            elif one is not root:
                around = etree.Element(rnd.choice(("a", f"{{{DS}}}Object")))
                one.getparent().replace(one, around)
                around.append(one)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    def entries(self, data):
        """Entries changed, added, renamed, taken out, given twice and put in another order."""
        rnd = self.random
        files = unzipped(data)
        at = rnd.randrange(len(files))
        name, inside = files[at]
        how = rnd.randrange(7)
        if how == 0:
            files[at] = (name, self.octets(inside))
        elif how == 1:
            files.insert(rnd.randrange(len(files) + 1), (rnd.choice(("moi.txt", "META-INF/x.xml", "../a")), b"x"))
        elif how == 2:
            del files[at]
        elif how == 3:
            files[at] = (rnd.choice((name.upper(), name + "x", "./" + name)), inside)
        elif how == 4:
            files.insert(rnd.randrange(len(files) + 1), (name, rnd.choice((b"x", inside))))
        elif how == 5:
            rnd.shuffle(files)
        elif name.endswith(".xml"):
            files[at] = (name, self.nodes(inside))
        return zipped(files)

    def mutate(self, data):
        structure = self.entries if data[:2] == b"PK" else self.nodes
        return self.octets(data) if self.random.random() < 0.5 else structure(data)


def signed(pki, folder):
    openssl = Openssl(pki, folder)
    files = [data for _, data, detached, _ in made_signxml.plain(pki) if detached is None][:9]
    if shutil.which("xmlsec1"):
        files += [data for _, data in made_xml.plain(made_xml.XmlSec(pki, folder))]
    return files + [container(openssl, pki, form) for form in ("s", "e")] * 5


def what(data):
    return held(data) if data[:2] == b"PK" else said(data)


def main():
    given = given_seed(20261129)
    # Names given twice are meant.
    warnings.simplefilter("ignore", UserWarning)
    program = given.program.resolve()
    mutator, seen, wrong = Mutator(given.seed), Counter(), []
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        pki = Pki()
        pki.write(folder / "certs")
        files = [(data, what(data)) for data in signed(pki, folder)]
        path = folder / "changed"
        for data, _ in files:
            path.write_bytes(data)
            found = verdict(program, path, folder / "certs")
            if found[0] != "TOTAL-PASSED":
                raise SystemExit(f"mutated_xml: unchanged, and {found}: {data[:60]}")
        for number in range(given.count):
            data, before = mutator.random.choice(files)
            try:
                changed = mutator.mutate(data)
            except (etree.LxmlError, ValueError) as error:
                seen[f"not written: {type(error).__name__}"] += 1
                continue
            path.write_bytes(changed)
            indication, code = verdict(program, path, folder / "certs")
            seen[f"{indication} {code}"] += 1
            if indication != "TOTAL-PASSED":
                continue
            try:
                same = what(changed) == before
            except Exception as error:  # another reader cannot read what passed
                print(f"passed, and not read: {error}")
                same = False
            if not same:
                kept = Path(f"target/oracle/mutated-{given.seed}-{number}")
                kept.write_bytes(changed)
                wrong.append(kept)
    tell("mutated_xml", given, seen, wrong, "SAYS SOMETHING ELSE")


if __name__ == "__main__":
    main()
