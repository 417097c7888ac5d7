"""A throw-away authority, signers and a timestamping authority, and the folder that trusts them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


@dataclass
class Entity:
    certificate: x509.Certificate
    key: object

    def der(self):
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def key_der(self):
        return self.key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def write(self, folder, stem):
        """Certificate and key as PEM files, for tools that read files."""
        pem = serialization.Encoding.PEM
        (folder / f"{stem}.pem").write_bytes(self.certificate.public_bytes(pem))
        key = self.key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / f"{stem}.key").write_bytes(key)


def name(common):
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Made by others"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def usage(**given):
    every = (
        "digital_signature content_commitment key_encipherment data_encipherment "
        "key_agreement key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{one: given.get(one, False) for one in every.split()})


def issue(subject, key, issuer, *, ca=False, purpose=None, days=(-30, 300)):
    """`issuer`: an Entity, or None for a root."""
    by = issuer.certificate.subject if issuer else name(subject)
    by_key = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + days[0] * DAY)
        .not_valid_after(NOW + days[1] * DAY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by_key.public_key()), False
        )
    )
    if ca:
        builder = builder.add_extension(x509.BasicConstraints(True, None), True)
        builder = builder.add_extension(usage(key_cert_sign=True, crl_sign=True), True)
    else:
        flags = usage(digital_signature=True, content_commitment=True)
        builder = builder.add_extension(flags, True)
    if purpose:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), True)
    return Entity(builder.sign(by_key, hashes.SHA256()), key)


def revocation_list(issuer, revoked=()):
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(NOW - DAY)
        .next_update(NOW + 6 * DAY)
        .add_extension(x509.CRLNumber(1), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), False
        )
    )
    for entity in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(entity.certificate.serial_number)
            .revocation_date(NOW - 10 * DAY)
            .build()
        )
    signed = builder.sign(issuer.key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def rsa_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Pki:
    """Two trusted roots (documents, timestamps), one that nobody trusts, and their signers."""

    def __init__(self):
        p256 = lambda: ec.generate_private_key(ec.SECP256R1())
        self.root = issue("Root", rsa_key(), None, ca=True)
        self.person = issue("Person", rsa_key(), self.root)
        self.agency = issue("Agency", rsa_key(), self.root)
        self.curve = issue("P-256", p256(), self.root)
        self.curve384 = issue("P-384", ec.generate_private_key(ec.SECP384R1()), self.root)
        self.revoked = issue("Revoked", rsa_key(), self.root)
        self.expired = issue("Expired", rsa_key(), self.root, days=(-300, -5))
        self.time_root = issue("Time root", rsa_key(), None, ca=True)
        stamping = ExtendedKeyUsageOID.TIME_STAMPING
        self.time = issue("Time", rsa_key(), self.time_root, purpose=stamping)
        self.stranger = issue("Stranger", rsa_key(), None, ca=True)
        self.unknown = issue("Unknown", rsa_key(), self.stranger)
        self.unknown_time = issue("Other time", rsa_key(), self.stranger, purpose=stamping)
        self.lists = [revocation_list(self.root, [self.revoked]), revocation_list(self.time_root)]

    def write(self, folder):
        """Laid out like certs/."""
        folder = Path(folder)
        for domain, root in (("documents", self.root), ("time", self.time_root)):
            home = folder / "trust" / domain
            home.mkdir(parents=True)
            (home / "root.cer").write_bytes(root.der())
        (folder / "trust/time/domain.toml").write_text('purposes = ["timestamping"]\n')
        (folder / "crl").mkdir()
        for number, der in enumerate(self.lists):
            (folder / f"crl/{number}.crl").write_bytes(der)
