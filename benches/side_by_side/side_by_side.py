"""The same files through four tools in one run, on one core.

Whole processes (start included) of `lienthong verify`, `openssl cms -verify`, `pdfsig` and `xmlsec1`, in
turn, the median of several runs; and, without any start, the mean in one process of ours, of pyHanko and
of signxml. Ours checks revocation throughout; openssl, pdfsig, xmlsec1 and signxml check none here, pyHanko
does (its cache of paths is kept between files, as ours is). signxml is given the signer's certificate.
"""

import io
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import made_pdf
import invoice_xml
from made_cms import Openssl
from made_pdf import Signing
from made_pki import Pki

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature

RUNS = 15
ROOT = Path(__file__).resolve().parent.parent.parent


def pdf(signing, size, signatures):
    """Some bytes of attachment, signed by person and agency in turn."""
    data = made_pdf.incremental(made_pdf.plain(), lambda w: made_pdf.attach(w, os.urandom(size)))
    for number in range(signatures):
        entity = signing.pki.agency if number % 2 else signing.pki.person
        data = signing.sign(data, entity, field=f"Sig{number}")
    return data


def make(folder, pki):
    """name → (file, detached content)"""
    signing, openssl = Signing(pki), Openssl(pki, folder)
    files = {}
    for label, size in (("100 KB", 100_000), ("1 MB", 1_000_000)):
        content = os.urandom(size)
        (folder / "content").write_bytes(content)
        files[f"CMS detached {label}"] = (openssl.sign("agency"), content)
        files[f"CMS inside {label}"] = (openssl.sign("agency", flags=["-nodetach"]), None)
    files["PDF 100 KB, 2 signatures"] = (pdf(signing, 100_000, 2), None)
    for label, size in (("100 KB", 100_000), ("1 MB", 1_000_000), ("10 MB", 10_000_000)):
        files[f"XML {label}, enveloped"] = (invoice_xml.signed(pki.agency, size), None)
    files["PDF 10 MB, 10 signatures"] = (pdf(signing, 10_000_000, 10), None)
    return files


def median(command):
    took = []
    for _ in range(RUNS):
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, check=False)
        took.append(time.perf_counter() - start)
        if done.returncode != 0:
            raise SystemExit(f"side_by_side: {command[0]}: {done.stderr.decode()[:400]}")
    return statistics.median(took)


def by_pyhanko(data, context):
    reader = PdfFileReader(io.BytesIO(data))
    return [validate_pdf_signature(one, context) for one in reader.embedded_signatures]


def mean(call):
    call()
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < 2:
        call()
        count += 1
    return (time.perf_counter() - start) / count


def main():
    pki = Pki()
    rows = {}
    with tempfile.TemporaryDirectory() as home:
        work, given = Path(home) / "work", Path(home) / "given"
        work.mkdir()
        given.mkdir()
        pki.write(given / "certs")
        files = make(work, pki)
        (work / "root.cer").write_bytes(pki.root.der())
        subprocess.run(
            ["openssl", "x509", "-inform", "DER", "-in", "root.cer", "-out", "root.pem"],
            cwd=work,
            check=True,
        )
        for name, (data, content) in files.items():
            path = given / name.replace(" ", "_")
            path.write_bytes(data)
            beside = Path(f"{path}.content")
            if content is not None:
                beside.write_bytes(content)
            rows[name] = whole(path, beside, given, work)
            if data[:5] == b"%PDF-":
                context = Signing(pki).context()
                rows[name]["pyHanko, in process"] = mean(lambda: by_pyhanko(data, context))
            if name.startswith("XML"):
                by_signxml = lambda: invoice_xml.verify(data, pki.agency.certificate)
                rows[name]["signxml, in process"] = mean(by_signxml)
        ours(rows, given)
    show(rows)


def whole(path, beside, given, work):
    program = ROOT / "target/release/lienthong"
    mine = [program, "verify", path, "--trust", given / "certs", "--offline"]
    detached = beside.exists()
    if detached:
        mine += ["--detached", beside]
    row = {"lienthong, process": median(mine)}
    if path.name.startswith("PDF"):
        if shutil.which("pdfsig"):
            row["pdfsig, process"] = median(["pdfsig", "-nocert", path])
    elif path.name.startswith("XML"):
        if shutil.which("xmlsec1"):
            command = ["xmlsec1", "--verify", "--trusted-pem", work / "root.pem", path]
            row["xmlsec1, process"] = median(command)
    else:
        theirs = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", path]
        theirs += ["-CAfile", work / "root.pem", "-purpose", "any", "-out", work / "out"]
        if detached:
            theirs += ["-content", beside]
        row["openssl, process"] = median(theirs)
    return row


def ours(rows, given):
    env = os.environ | {"LIENTHONG_BENCH_FILES": str(given)}
    command = ["cargo", "bench", "--bench", "verify", "--locked", "--quiet"]
    subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True)
    for row in json.loads((ROOT / "target/bench/given.json").read_text()):
        name = row["name"].replace("_", " ")
        rows[name]["lienthong, in process"] = row["microseconds"] / 1e6


def show(rows):
    columns = sorted({column for row in rows.values() for column in row})
    print("milliseconds for each file".ljust(28), *(c.rjust(22) for c in columns))
    for name, row in rows.items():
        cells = [f"{row[c] * 1e3:.3f}" if c in row else "-" for c in columns]
        print(name.ljust(28), *(cell.rjust(22) for cell in cells))
    out = ROOT / "target/bench"
    out.mkdir(parents=True, exist_ok=True)
    (out / "side_by_side.json").write_text(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
