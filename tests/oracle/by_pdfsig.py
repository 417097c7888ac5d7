"""pdfsig of poppler-utils: digest and signature of each signature of a PDF."""

import subprocess
import tempfile
from pathlib import Path

from signed import PDF

KINDS = PDF
SECONDS = 20


def version():
    said = subprocess.run(["pdfsig", "-v"], capture_output=True, text=True, check=False).stderr
    return ".".join(said.split()[2].split(".")[:2])


def judge(case):
    """Whether it accepts (None: it cannot tell), and what it says."""
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "file.pdf"
        file.write_bytes(case.data)
        # It has no folder of anchors; a certificate is asked for nothing.
        args = ["pdfsig", "-nocert", file]
        try:
            done = subprocess.run(args, capture_output=True, check=False, timeout=SECONDS, cwd=home)
        except subprocess.TimeoutExpired:
            return None, f"no answer within {SECONDS} s"
    text = done.stdout.decode(errors="replace")
    found = [line.split(":", 1)[1].strip() for line in text.splitlines() if "Signature Validation:" in line]
    if done.returncode < 0:
        return False, f"fault: killed by signal {-done.returncode}"
    if not found:
        said = " ".join((text + done.stderr.decode(errors="replace")).split())
        return False, f"no signature: {said[-160:]}"
    # Of document timestamps it says that it has not verified them.
    silent = [words for words in found if "not yet been verified" in words]
    refusals = [words for words in found if words != "Signature is Valid." and words not in silent]
    if silent and not refusals:
        return None, silent[0]
    return not refusals, "; ".join(refusals) or "OK"
