"""The path cases of the conformance corpus, each with everything that another validator needs."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

FAMILIES = ("limbo", "ocsp", "openssl", "pkits")
ANY_POLICY = "2.5.29.32.0"


@dataclass
class Case:
    """One certificate, what it is to be judged by, and what the corpus expects."""

    id: str
    family: str
    expected: str
    acceptable: list
    at: datetime
    leaf: bytes
    anchors: list
    intermediates: list
    crls: list
    ocsps: list
    # "none", "all" (a CRL for every certificate), "given" (by the responses that are there)
    revocation: str
    policies: list
    explicit_policy: bool
    inhibit_mapping: bool
    inhibit_any_policy: bool
    # "server", "client" or None
    purpose: str | None
    depth: int | None
    # as OpenSSL counts them
    level: int
    strict: bool

    def may_be_accepted(self):
        return "valid" in (self.expected, *self.acceptable)


def ders(data):
    """The objects in a file: every PEM block, or the file itself."""
    blocks = re.findall(rb"-----BEGIN [^-]+-----(.*?)-----END", data, re.S)
    return [base64.b64decode(b"".join(block.split())) for block in blocks] or [data]


def pem(label, der):
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN {label}-----\n{text}-----END {label}-----\n"


class Corpus:
    def __init__(self, root):
        self.root = Path(root)
        self.cases = json.loads((self.root / "manifest.json").read_text())["cases"]
        self.limbo = {}

    def load(self, entry):
        data = (self.root / entry["file"]).read_bytes()
        if hashlib.sha256(data).hexdigest() != entry["sha256"]:
            raise SystemExit(f"oracle: {entry['file']} is not what the manifest says")
        return data

    def aux(self, case, role):
        return [self.load(a) for a in case.get("aux", []) if a["role"] == role]

    def paths(self):
        for case in self.cases:
            if case["family"] in FAMILIES and case["kind"] == "cert-path":
                yield self.of_limbo(case) if case["family"] == "limbo" else self.of_files(case)

    def of_files(self, case):
        params = case.get("params") or {}
        revocation = params.get("check_revocation", "none")
        kind = "all" if revocation.startswith("all") else "given"
        purposes = {"sslserver": "server", "sslclient": "client"}
        return Case(
            **common(case),
            leaf=ders(self.load(case))[0],
            anchors=[d for f in self.aux(case, "trust_anchor") for d in ders(f)],
            intermediates=[d for f in self.aux(case, "intermediate") for d in ders(f)],
            crls=[d for f in self.aux(case, "crl") for d in ders(f)],
            ocsps=[response(f) for f in self.aux(case, "ocsp")],
            revocation="none" if revocation == "none" else kind,
            policies=params.get("initial_policy_set", []),
            explicit_policy=bool(params.get("initial_explicit_policy")),
            inhibit_mapping=bool(params.get("initial_policy_mapping_inhibit")),
            inhibit_any_policy=bool(params.get("initial_any_policy_inhibit")),
            purpose=purposes.get(params.get("purpose")),
            depth=None,
            level=int(params.get("security_level") or 0),
            strict=bool(params.get("strict")),
        )

    def of_limbo(self, case):
        if not self.limbo:
            whole = json.loads(self.load(case))
            self.limbo = {test["id"]: test for test in whole["testcases"]}
        test = self.limbo[case["fragment"]]
        usages = test.get("extended_key_usage") or []
        purpose = "client" if "clientAuth" in usages else "server" if "serverAuth" in usages else None

        def every(key):
            return [d for text in test.get(key) or [] for d in ders(text.encode())]

        crls = every("crls")
        return Case(
            **common(case),
            leaf=ders(test["peer_certificate"].encode())[0],
            anchors=every("trusted_certs"),
            intermediates=every("untrusted_intermediates"),
            crls=crls,
            ocsps=[],
            revocation="all" if crls else "none",
            policies=[],
            explicit_policy=False,
            inhibit_mapping=False,
            inhibit_any_policy=False,
            purpose=purpose,
            depth=test.get("max_chain_depth"),
            # What we ask for when nothing is said: RSA from 2048 bits, SHA-256.
            level=2,
            strict=True,
        )


def common(case):
    return {
        "id": case["id"],
        "family": case["family"],
        "expected": case["expected"]["verdict"],
        "acceptable": case["expected"].get("acceptable_verdicts") or [],
        "at": datetime.fromisoformat(case["validation_time"].replace("Z", "+00:00")),
    }


def response(data):
    """An OCSPResponse: DER, or DER in base64."""
    return data if data[:1] == b"\x30" else base64.b64decode(b"".join(data.split()))
