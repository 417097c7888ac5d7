"""pyHanko over CMS and PDF."""

import asyncio
import io
import logging
import signal
import sys
from datetime import datetime, timedelta, timezone
from importlib.metadata import version as installed
from unittest.mock import MagicMock

# pyHanko imports its HTTP client whether or not it fetches; here it never does.
for unused in ("aiohttp", "certifi"):
    sys.modules.setdefault(unused, MagicMock())

from asn1crypto import cms, crl, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.generic_cms import (
    async_validate_cms_signature,
    async_validate_detached_cms,
)
from pyhanko.sign.validation.status import StandardCMSSignatureStatus
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.policy_decl import DisallowWeakAlgorithmsPolicy

from by_certvalidator import TooSlow, alarm
from signed import CMS, PDF

logging.disable(logging.CRITICAL)

KINDS = (*CMS, *PDF)
SECONDS = 20
# For files without a time of their own.
ANY_TIME = datetime(2026, 11, 24, tzinfo=timezone.utc)
HARMLESS = (
    None,
    ModificationLevel.NONE,
    ModificationLevel.LTA_UPDATES,
    ModificationLevel.FORM_FILLING,
    ModificationLevel.ANNOTATIONS,
)


def version():
    return installed("pyhanko")


def judge(case):
    """Whether it accepts (None: it cannot tell), and what it says."""
    if case.scope == "parse":
        return None, "not asked: a file to be read, not verified"
    signal.signal(signal.SIGALRM, alarm)
    signal.alarm(SECONDS)
    try:
        found = list(of_pdf(case) if case.kind in PDF else of_cms(case))
    except TooSlow:
        return None, f"no answer within {SECONDS} s"
    except Exception as fault:  # noqa: BLE001 - whatever it says of a broken file is its answer
        return False, f"{type(fault).__name__}: {fault}"
    finally:
        signal.alarm(0)
    if not found:
        return False, "no signature"
    refusals = [words for accepts, words in found if not accepts]
    return not refusals, "; ".join(refusals) or "OK"


def context(case):
    weak = DisallowWeakAlgorithmsPolicy(
        weak_hash_algos=frozenset(["md2", "md5"]),
        rsa_key_size_threshold=1024,
        dsa_key_size_threshold=1024,
    )
    return ValidationContext(
        trust_roots=[x509.Certificate.load(der) for der in case.anchors],
        other_certs=[x509.Certificate.load(der) for der in case.others],
        crls=[crl.CertificateList.load(der) for der in case.crls],
        moment=case.at or ANY_TIME,
        allow_fetching=False,
        revocation_mode="require" if case.kind == "cms-smime" and case.crls else "soft-fail",
        time_tolerance=timedelta(0),
        algorithm_usage_policy=weak,
    )


def verdict(case, status):
    if not (status.intact and status.valid):
        return False, f"intact={status.intact} valid={status.valid}"
    level = getattr(status, "modification_level", None)
    if case.scope == "integrity+diff" and not (
        level in HARMLESS and status.docmdp_ok is not False
    ):
        return False, f"modification_level={level} docmdp_ok={status.docmdp_ok}"
    if case.scope == "full" and not status.bottom_line:
        return False, f"bottom_line: {status.summary()}"
    return True, "OK"


def of_pdf(case):
    reader = PdfFileReader(io.BytesIO(case.data))
    if reader.encrypted:
        reader.decrypt("")
    skip = case.scope == "integrity"
    for one in reader.embedded_signatures:
        if one.sig_object.get("/Type") == "/DocTimeStamp":
            status = validate_pdf_timestamp(one, context(case), skip_diff=skip)
            good = status.intact and status.valid
            yield good, f"timestamp intact={status.intact} valid={status.valid}"
        else:
            yield verdict(case, validate_pdf_signature(one, context(case), skip_diff=skip))


def of_cms(case):
    signed = cms.ContentInfo.load(case.data)["content"]
    if case.detached is not None:
        asked = async_validate_detached_cms(
            case.detached, signed, signer_validation_context=context(case)
        )
    else:
        asked = async_validate_cms_signature(
            signed, status_cls=StandardCMSSignatureStatus, validation_context=context(case)
        )
    yield verdict(case, asyncio.run(asked))
