"""The signed files of the conformance corpus, each with everything that another validator needs."""

import base64
import re
from dataclasses import dataclass
from datetime import datetime

from corpus import Corpus, ders

CMS = ("cades", "cms", "cms-smime")
PDF = ("pades", "pdf-attack", "pdf-diff")
KINDS = (*CMS, *PDF, "tsp-response")


@dataclass
class Signed:
    """One file, what it is to be judged by, and what the corpus expects."""

    id: str
    family: str
    kind: str
    # "integrity", "integrity+diff", "full", "parse", "structure"
    scope: str
    expected: str
    acceptable: list
    at: datetime | None
    data: bytes
    detached: bytes | None
    anchors: list
    others: list
    crls: list
    query: bytes | None
    policies: list

    def may_be_accepted(self):
        return "valid" in (self.expected, *self.acceptable)


def signed_files(corpus: Corpus):
    for case in corpus.cases:
        if case["kind"] in KINDS:
            yield of(corpus, case)


def of(corpus, case):
    data = corpus.load(case)
    detached = next(iter(corpus.aux(case, "detached")), None)
    if case["kind"] == "cms-smime":
        data, detached = smime(data)
    elif data.startswith(b"-----BEGIN"):
        data = ders(data)[0]

    def every(*roles):
        return [d for role in roles for f in corpus.aux(case, role) for d in ders(f)]

    at = case.get("validation_time")
    return Signed(
        id=case["id"],
        family=case["family"],
        kind=case["kind"],
        scope=case["expected"]["scope"],
        expected=case["expected"]["verdict"],
        acceptable=case["expected"].get("acceptable_verdicts") or [],
        at=datetime.fromisoformat(at.replace("Z", "+00:00")) if at else None,
        data=data,
        detached=detached,
        anchors=every("trust_anchor"),
        others=every("intermediate", "signer_certificates"),
        crls=every("crl"),
        query=next(iter(corpus.aux(case, "timestamped_data_query")), None),
        policies=(case.get("params") or {}).get("initial_policy_set", []),
    )


def smime(message):
    """The signature of an S/MIME message (RFC 8551), and the signed part of a multipart one."""
    head, body = message.replace(b"\r\n", b"\n").split(b"\n\n", 1)
    boundary = re.search(rb'boundary="?([^";\n]+)', head)
    if not boundary:
        return base64.b64decode(body), None
    marker = b"\n--" + boundary[1]
    content, signature = (b"\n" + body).split(marker + b"\n")[1:3]
    encoded = signature.split(b"\n\n", 1)[1].split(b"\n--")[0]
    return base64.b64decode(encoded), content.replace(b"\n", b"\r\n")
