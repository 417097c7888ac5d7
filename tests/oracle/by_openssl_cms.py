"""`openssl cms -verify` for CMS, `openssl ts -verify` for timestamp responses. It reads no PDF."""

import tempfile
from pathlib import Path

from by_openssl import run, version  # noqa: F401 - the version is that of the program
from corpus import ANY_POLICY, pem
from signed import CMS

KINDS = (*CMS, "tsp-response")


def judge(case):
    """Whether it accepts (None: it cannot tell), and what it says."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        message = folder / "message"
        message.write_bytes(case.data)
        if case.kind == "tsp-response":
            return stamp(folder, message, case)
        if case.scope == "parse":
            return run("cms", "-cmsout", "-print", "-inform", "DER", "-in", message)
        return verify(folder, message, case)


def trusted(folder, case):
    """Anchors, and the CRLs, which it reads from the same file; then the other certificates."""
    anchors, others = folder / "anchors.pem", folder / "others.pem"
    lists = "".join(pem("X509 CRL", der) for der in case.crls)
    anchors.write_text("".join(pem("CERTIFICATE", der) for der in case.anchors) + lists)
    others.write_text("".join(pem("CERTIFICATE", der) for der in case.others))
    args = ["-no-CAfile", "-no-CApath", "-no-CAstore"]
    args += ["-CAfile", anchors] if case.anchors else []
    return args, (others if case.others else None)


def verify(folder, message, case):
    args = ["cms", "-verify", "-binary", "-inform", "DER", "-in", message, "-out", "/dev/null"]
    if case.detached is not None:
        (folder / "content").write_bytes(case.detached)
        args += ["-content", folder / "content"]
    trust, others = trusted(folder, case)
    args += trust + (["-certfile", others] if others else [])
    if case.scope != "full":
        return run(*args, "-noverify")
    args += ["-purpose", "any", "-crl_check_all", "-extended_crl", "-use_deltas"]
    args += ["-attime", str(int(case.at.timestamp()))]
    for policy in case.policies:
        args += ["-policy", policy]
    if case.policies and ANY_POLICY not in case.policies:
        args.append("-explicit_policy")
    return run(*args)


def stamp(folder, message, case):
    if case.query is None:
        return None, "no query: it verifies a response against one only"
    (folder / "query").write_bytes(case.query)
    trust, others = trusted(folder, case)
    args = ["ts", "-verify", "-in", message, "-queryfile", folder / "query"]
    args += [one for one in trust if not str(one).startswith("-no-")]
    return run(*args, *(["-untrusted", others] if others else []))
