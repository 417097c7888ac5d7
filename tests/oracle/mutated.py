"""Signed PDFs, changed at random by incremental updates: what passes must look as it did when it was
signed. Another program (poppler) draws both; the seed is printed, so that a run can be done again.
"""

import argparse
import hashlib
import io
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import made_pdf
from made_pdf import MDPPerm, Signing
from made_pki import Pki

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

# Objects of the files made here have lower numbers.
OBJECTS = 30
FORGED = b"BT /F1 40 Tf 100 500 Td (GIA MAO) Tj ET"
KEYS = """AA A AcroForm Annots AP BaseFont BBox ByteRange Contents Count CropBox DA DR DSS Extensions F F1
Ff Fields Filter FT JavaScript Kids Length Lock Matrix MediaBox Metadata MK N Names NeedAppearances
OCProperties OpenAction Opt Outlines P PageMode Pages Parent Perms Rect Reference Resources Rotate SigFlags
StructTreeRoot Subtype T Type URI UserUnit V Version ViewerPreferences XObject""".split()


def visible(data):
    w = IncrementalPdfFileWriter(io.BytesIO(data))
    append_signature_field(w, SigFieldSpec("Sig1", box=(100, 100, 300, 200), on_page=0))
    return made_pdf.written(w)


def signed(s):
    plain = made_pdf.plain()
    certified = {"certify": True, "docmdp_permissions": MDPPerm.NO_CHANGES}
    by_person = s.sign(plain, s.pki.person)
    return [
        s.sign(plain, s.pki.agency),
        s.sign(plain, s.pki.agency, level="LT"),
        s.sign(made_pdf.plain(True), s.pki.agency),
        s.sign(visible(plain), s.pki.agency),
        s.sign(plain, s.pki.agency, **certified),
        s.sign(by_person, s.pki.agency, field="Sig2", level="LTA"),
    ]


class Mutator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def value(self, w, depth=0):
        rnd = self.random
        number = generic.NumberObject
        simple = [
            lambda: number(rnd.choice([0, 1, 2, 3, 90, 180, -1, 1000])),
            lambda: pdf_name("/" + rnd.choice(["Page", "Annot", "Widget", "FreeText", "Sig", "Off"])),
            lambda: generic.pdf_string(rnd.choice(["", "x", "Da sua", "/"])),
            lambda: generic.BooleanObject(rnd.random() < 0.5),
            lambda: generic.IndirectObject(rnd.randrange(1, OBJECTS), 0, w),
            lambda: generic.ArrayObject(number(n) for n in (72, 700, 400, 760)),
            lambda: w.add_object(generic.StreamObject(stream_data=rnd.choice([b"", FORGED]))),
        ]
        inside = [
            lambda: generic.ArrayObject([self.value(w, depth + 1) for _ in range(rnd.randrange(4))]),
            lambda: generic.DictionaryObject(
                {self.key(): self.value(w, depth + 1) for _ in range(rnd.randrange(4))}
            ),
        ]
        return rnd.choice(simple + (inside if depth < 2 else []))()

    def key(self):
        return pdf_name("/" + self.random.choice(KEYS))

    def inner(self, value):
        """Some array or dictionary in a value, or itself."""
        for _ in range(self.random.randrange(3)):
            if isinstance(value, generic.DictionaryObject):
                parts = [value.raw_get(key) for key in value]
            else:
                parts = [value.raw_get(at) for at in range(len(value))]
            parts = [p for p in parts if isinstance(p, (generic.DictionaryObject, generic.ArrayObject))]
            if not parts:
                break
            value = self.random.choice(parts)
        return value

    def numbers(self, data):
        """The objects that can be changed."""
        reader = PdfFileReader(io.BytesIO(data))
        last = int(reader.trailer["/Size"])
        found = []
        for number in range(1, last):
            try:
                value = reader.get_object(generic.Reference(number, 0, reader))
            except PdfReadError:
                continue
            if isinstance(value, (generic.DictionaryObject, generic.ArrayObject)):
                found.append(number)
        return found

    def change(self, w, value):
        rnd = self.random
        target = self.inner(value)
        if isinstance(target, generic.ArrayObject):
            if len(target) and rnd.random() < 0.3:
                del target[rnd.randrange(len(target))]
            else:
                target.append(self.value(w))
            return
        keys = list(target.keys())
        how = rnd.random()
        if keys and how < 0.3:
            del target[rnd.choice(keys)]
        elif keys and how < 0.6:
            target[rnd.choice(keys)] = self.value(w)
        else:
            target[self.key()] = self.value(w)
        if isinstance(target, generic.StreamObject) and rnd.random() < 0.5:
            target._data, target._encoded_data = FORGED, None

    def mutate(self, data):
        w = IncrementalPdfFileWriter(io.BytesIO(data))
        for number in self.random.sample(self.numbers(data), self.random.choice([1, 1, 1, 2, 3])):
            reference = generic.Reference(number, 0, w)
            self.change(w, w.get_object(reference))
            w.mark_update(reference)
        if self.random.random() < 0.1:
            w.root[self.key()] = self.value(w)
            w.update_root()
        return made_pdf.written(w)


def drawn(data, folder):
    path = folder / "drawn.pdf"
    path.write_bytes(data)
    page = subprocess.run(["pdftoppm", "-r", "40", path], capture_output=True, check=False)
    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=False)
    return hashlib.sha256(page.stdout + b"|" + text.stdout).hexdigest()


def verdict(program, path, certs):
    args = [program, "verify", path, "--trust", certs, "--offline", "--json"]
    done = subprocess.run(args, capture_output=True, timeout=60, check=False)
    if done.returncode not in (0, 10, 11):
        raise SystemExit(f"mutated: exit {done.returncode}: {done.stderr.decode()[:400]}")
    report = json.loads(done.stdout)
    return report["indication"], report["reason"]["code"]


def given_seed(seed):
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=Path)
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--count", type=int, default=200)
    return parser.parse_args()


def tell(name, given, seen, wrong, how):
    """Every answer with its number, what passed wrongly, and the exit that follows."""
    for what, count in seen.most_common():
        print(f"   {count:>5} {what}")
    for kept in wrong:
        print(f"PASSED AND {how}: {kept}")
    print(f"{name}: {given.count} changed files, seed {given.seed}, {len(wrong)} wrongly passed")
    sys.exit(1 if wrong else 0)


def main():
    given = given_seed(20261128)
    program = given.program.resolve()
    if not shutil.which("pdftoppm"):
        print("mutated: left out: pdftoppm is not installed (package poppler-utils)")
        return
    mutator, seen, wrong = Mutator(given.seed), Counter(), []
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        pki = Pki()
        pki.write(folder / "certs")
        files = [(data, drawn(data, folder)) for data in signed(Signing(pki))]
        for number in range(given.count):
            data, before = mutator.random.choice(files)
            try:
                changed = mutator.mutate(data)
            except Exception as error:  # the writer refuses some values
                seen[f"not written: {type(error).__name__}"] += 1
                continue
            path = folder / "changed.pdf"
            path.write_bytes(changed)
            indication, code = verdict(program, path, folder / "certs")
            seen[f"{indication} {code}"] += 1
            if indication == "TOTAL-PASSED" and drawn(changed, folder) != before:
                kept = Path(f"target/oracle/mutated-{given.seed}-{number}.pdf")
                kept.write_bytes(changed)
                wrong.append(kept)
    tell("mutated", given, seen, wrong, "LOOKS DIFFERENT")


if __name__ == "__main__":
    main()
