"""pyHanko's certvalidator."""

import asyncio
import logging
import signal
from datetime import timedelta
from importlib.metadata import version as installed

from asn1crypto import x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy,
    DisallowWeakAlgorithmsPolicy,
    PKIXValidationParams,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.validate import validate_usage

from corpus import ANY_POLICY

# What it thinks of the paths it tried on the way to its answer.
logging.disable(logging.CRITICAL)

# The cases that it answers take less than a second.
SECONDS = 10
RULES = {
    "none": RevocationCheckingRule.NO_CHECK,
    "all": RevocationCheckingRule.CRL_REQUIRED,
    "given": RevocationCheckingRule.CHECK_IF_DECLARED_SOFT,
}
# The smallest RSA and DSA keys of OpenSSL's security levels.
BITS = {0: 0, 1: 1024, 2: 2048, 3: 3072}


class TooSlow(Exception):
    pass


def version():
    return installed("pyhanko-certvalidator")


def alarm(_signal, _frame):
    raise TooSlow


def judge(case):
    """Whether it accepts (None: it cannot tell), and what it says."""
    signal.signal(signal.SIGALRM, alarm)
    signal.alarm(SECONDS)
    try:
        asyncio.run(validate(case))
        return True, "OK"
    except (ValidationError, PathError) as refusal:
        return False, f"{type(refusal).__name__}: {refusal}"
    except TooSlow:
        return None, f"no answer within {SECONDS} s"
    except Exception as fault:  # noqa: BLE001 - a fault of the tool is a refusal to us, and is named
        return False, f"fault: {type(fault).__name__}: {fault}"
    finally:
        signal.alarm(0)


async def validate(case):
    rule = RULES[case.revocation]
    leaf = x509.Certificate.load(case.leaf)
    others = [x509.Certificate.load(der) for der in case.intermediates]
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(der) for der in case.anchors],
        other_certs=others,
        moment=case.at,
        crls=case.crls,
        ocsps=case.ocsps,
        time_tolerance=timedelta(0),
        revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy(rule, rule)),
        algorithm_usage_policy=DisallowWeakAlgorithmsPolicy(
            weak_hash_algos=frozenset() if case.level == 0 else frozenset(["md2", "md5", "sha1"]),
            rsa_key_size_threshold=BITS[case.level],
            dsa_key_size_threshold=BITS[case.level],
        ),
    )
    policies = frozenset("any_policy" if p == ANY_POLICY else p for p in case.policies)
    parameters = PKIXValidationParams(
        user_initial_policy_set=policies or frozenset(["any_policy"]),
        initial_explicit_policy=case.explicit_policy,
        initial_policy_mapping_inhibit=case.inhibit_mapping,
        initial_any_policy_inhibit=case.inhibit_any_policy,
    )
    path = await CertificateValidator(leaf, others, context, parameters).async_validate_path()
    if case.purpose:
        validate_usage(leaf, set(), {f"{case.purpose}_auth"}, extended_optional=True)
    # It has no limit of its own; a path holds the anchor and the certificate besides those counted.
    if case.depth is not None and path.pkix_len - 1 > case.depth:
        raise PathError("longer than asked for")
