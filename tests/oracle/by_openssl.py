"""`openssl verify`, and `openssl ocsp` for the responses, which `verify` does not read."""

import itertools
import subprocess
import tempfile
from pathlib import Path

from corpus import pem

# One call; the slowest of the corpus takes 0.1 s.
SECONDS = 20


def version():
    """Major and minor, on which the answers depend."""
    text = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True).stdout
    return ".".join(text.split()[1].split(".")[:2])


def judge(case):
    """Whether it accepts (None: it cannot tell), and what it says."""
    with tempfile.TemporaryDirectory() as folder:
        files = Files(Path(folder), case)
        accepted, said = verify(files, case)
        if accepted and case.revocation == "given":
            return responses(files, case)
        return accepted, said


class Files:
    """The inputs of a case, where the command can read them."""

    def __init__(self, folder, case):
        self.folder = folder
        self.leaf = self.write("leaf.pem", "CERTIFICATE", [case.leaf])
        self.anchors = self.write("anchors.pem", "CERTIFICATE", case.anchors)
        self.others = self.write("others.pem", "CERTIFICATE", case.intermediates)
        self.crls = self.write("crls.pem", "X509 CRL", case.crls)

    def write(self, name, label, ders):
        path = self.folder / name
        path.write_text("".join(pem(label, der) for der in ders))
        return str(path) if ders else None


def run(*args):
    try:
        done = subprocess.run(["openssl", *args], capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return None, f"no answer within {SECONDS} s"
    return done.returncode == 0, " ".join((done.stdout + done.stderr).split())


def verify(files, case):
    args = ["verify", "-no-CAfile", "-no-CApath", "-no-CAstore", "-CAfile", files.anchors]
    args += ["-attime", str(int(case.at.timestamp())), "-auth_level", str(case.level)]
    if files.others:
        args += ["-untrusted", files.others]
    if case.revocation == "all":
        args += ["-crl_check_all", "-extended_crl", "-use_deltas"]
        if files.crls:
            args += ["-CRLfile", files.crls]
    for policy in case.policies:
        args += ["-policy", policy]
    if case.explicit_policy:
        args.append("-explicit_policy")
    if case.inhibit_mapping:
        args.append("-inhibit_map")
    if case.inhibit_any_policy:
        args.append("-inhibit_any")
    if case.purpose:
        args += ["-purpose", f"ssl{case.purpose}"]
    if case.depth is not None:
        args += ["-verify_depth", str(case.depth)]
    if case.strict:
        args.append("-x509_strict")
    # Any configured certificate is an anchor (RFC 5280 §6.1.1 (d)), signed by itself or not.
    if case.family == "limbo":
        args.append("-partial_chain")
    return run(*args, files.leaf)


def responses(files, case):
    """Every response that is there must be usable and say good of one certificate of the path."""
    certificates = [case.leaf, *case.intermediates, *case.anchors]
    names = [
        files.write(f"{number}.pem", "CERTIFICATE", [der])
        for number, der in enumerate(certificates)
    ]
    for number, der in enumerate(case.ocsps):
        path = files.folder / f"{number}.der"
        path.write_bytes(der)
        said = [
            status(str(path), files, case, certificate, issuer)
            for certificate, issuer in itertools.permutations(names, 2)
        ]
        if not any(": good" in text and "Response verify OK" in text for text in said):
            told = [text for text in said if "No Status found" not in text]
            return False, (told or said)[0]
    return True, "OK, every response good"


def status(path, files, case, certificate, issuer):
    args = ["ocsp", "-respin", path, "-issuer", issuer, "-cert", certificate, "-no_nonce"]
    args += ["-CAfile", files.anchors, "-no-CAfile", "-no-CApath", "-no-CAstore"]
    if files.others:
        args += ["-verify_other", files.others]
    # Its dates are compared with this machine's clock, which says nothing here: a leeway of 60 years.
    args += ["-attime", str(int(case.at.timestamp())), "-validity_period", str(60 * 366 * 86400)]
    return run(*args)[1]
