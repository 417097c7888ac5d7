"""PDF, CMS and XML files signed by EU DSS at every level, where java and its jars are there (dss/Sign.java)."""

import subprocess
import tempfile
from pathlib import Path

from by_dss import HOME
from made_cms import CONTENT
from made_xml import LETTER

LEVELS = ("B", "T", "LT", "LTA")
# Two dozen signatures and the start of one process take about 10 s.
SECONDS = 120


def there():
    return (HOME / "Sign.class").exists()


def files(pki, plain):
    """Name, level, bytes and detached content of each."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        for stem in ("agency", "root", "time", "time_root"):
            entity = getattr(pki, stem)
            (folder / f"{stem}.cer").write_bytes(entity.der())
            (folder / f"{stem}.p8").write_bytes(entity.key_der())
        for number, der in enumerate(pki.lists):
            (folder / f"{number}.crl").write_bytes(der)
        (folder / "plain.pdf").write_bytes(plain)
        (folder / "content").write_bytes(CONTENT)
        (folder / "letter.xml").write_bytes(LETTER)
        args = ["java", "-Xmx1g", "-cp", f"{HOME}/lib/*:{HOME}", "Sign", home]
        subprocess.run(args, check=True, timeout=SECONDS)
        for level in LEVELS:
            yield f"PAdES-{level}", level, (folder / f"PAdES-{level}.pdf").read_bytes(), None
            for form, content in (("detached", CONTENT), ("enveloping", None)):
                data = (folder / f"CAdES-{level}-{form}").read_bytes()
                yield f"CAdES-{level} {form}", level, data, content
            for form, content in (("enveloped", None), ("enveloping", None), ("detached", LETTER)):
                data = (folder / f"XAdES-{level}-{form}").read_bytes()
                yield f"XAdES-{level} {form}", level, data, content
