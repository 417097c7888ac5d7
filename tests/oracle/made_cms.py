"""CMS files signed by `openssl cms` and by pyHanko in the ways that each offers."""

import asyncio
import subprocess
from pathlib import Path

CONTENT = "Công văn số 12/STC-VP, nội dung chính.\n".encode() * 40


class Openssl:
    """Files of entities in a folder, and what openssl makes of them."""

    def __init__(self, pki, folder):
        self.folder = Path(folder)
        (self.folder / "content").write_bytes(CONTENT)
        for stem in ("person", "agency", "curve", "curve384", "revoked", "expired", "unknown"):
            getattr(pki, stem).write(self.folder, stem)

    def sign(self, *signers, flags=(), command="-sign"):
        """DER of one message. `signers`: stems, or (stem, options of openssl)."""
        args = ["openssl", "cms", command, "-binary", "-outform", "DER", "-in", "content"]
        args += ["-out", "made", "-md", "sha256", *flags]
        for signer in signers:
            stem, options = signer if isinstance(signer, tuple) else (signer, ())
            args += ["-signer", f"{stem}.pem", "-inkey", f"{stem}.key", *options]
        subprocess.run(args, cwd=self.folder, check=True, capture_output=True)
        return (self.folder / "made").read_bytes()

    def again(self, message, signer):
        """Another signer beside those of an encapsulated message."""
        (self.folder / "before").write_bytes(message)
        args = ["openssl", "cms", "-resign", "-inform", "DER", "-outform", "DER", "-in", "before"]
        args += ["-out", "made", "-md", "sha256", "-nodetach"]
        args += ["-signer", f"{signer}.pem", "-inkey", f"{signer}.key"]
        subprocess.run(args, cwd=self.folder, check=True, capture_output=True)
        return (self.folder / "made").read_bytes()

    def accepts(self, message, detached, root):
        """What `openssl cms -verify` says, without revocation."""
        (self.folder / "message").write_bytes(message)
        (self.folder / "root.cer").write_bytes(root.der())
        args = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "message"]
        args += ["-CAfile", "root.cer", "-purpose", "any", "-out", "verified"]
        if detached is not None:
            (self.folder / "other").write_bytes(detached)
            args += ["-content", "other"]
        subprocess.run(
            ["openssl", "x509", "-inform", "DER", "-in", "root.cer", "-out", "root.cer"],
            cwd=self.folder,
            check=True,
            capture_output=True,
        )
        done = subprocess.run(args, cwd=self.folder, capture_output=True, check=False)
        words = done.stderr.decode(errors="replace").strip().splitlines()
        return done.returncode == 0, words[-1] if words else ""


def cades(signing, entity, *, detached, stamper=None):
    """CAdES-B or -T by pyHanko."""
    from pyhanko.sign.ades.api import CAdESSignedAttrSpec
    from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

    signed = signing.signer(entity).async_sign_general_data(
        CONTENT,
        "sha256",
        signed_attr_settings=PdfCMSSignedAttributes(cades_signed_attrs=CAdESSignedAttrSpec()),
        detached=detached,
        use_cades=True,
        timestamper=stamper,
    )
    return asyncio.run(signed).dump()
