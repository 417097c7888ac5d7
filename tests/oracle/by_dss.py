"""EU DSS, where java and its jars are there: one process over all files (dss/Judge.java)."""

import subprocess
import tempfile
from pathlib import Path

from signed import CMS, PDF

KINDS = (*CMS, *PDF)
# All files together; the corpus of 500 takes about 40 s.
SECONDS = 300
HOME = Path(__file__).resolve().parents[2] / "target/oracle/dss"


def version():
    jar = next((HOME / "lib").glob("dss-validation-*.jar"))
    return jar.stem.removeprefix("dss-validation-")


def judge_all(cases):
    """Case id → whether it accepts (None: it cannot tell), and what it says."""
    asked = [case for case in cases if case.scope != "parse"]
    with tempfile.TemporaryDirectory() as home:
        jobs = "".join(job(Path(home), number, case) for number, case in enumerate(asked))
        args = ["java", "-Xmx1g", "-cp", f"{HOME}/lib/*:{HOME}", "Judge"]
        done = subprocess.run(
            args, input=jobs.encode(), stdout=subprocess.PIPE, check=False, timeout=SECONDS
        )
    said = dict(line.split("\t", 1) for line in done.stdout.decode().splitlines())
    none = {case.id: (None, "not asked: a file to be read, not verified") for case in cases}
    answered = {
        case.id: verdict(case, said.get(str(number), "fault: no answer"))
        for number, case in enumerate(asked)
    }
    return none | answered


def job(home, number, case):
    """A line for Judge.java, and the files that it names."""
    folder = home / str(number)

    def write(name, ders):
        (folder / name).mkdir(parents=True)
        for index, der in enumerate(ders):
            (folder / name / str(index)).write_bytes(der)
        return str(folder / name)

    trust = [write("anchors", case.anchors), write("others", case.others), write("crls", case.crls)]
    (folder / "file").write_bytes(case.data)
    content = ""
    if case.detached is not None:
        content = str(folder / "content")
        Path(content).write_bytes(case.detached)
    at = str(int(case.at.timestamp() * 1000)) if case.at else ""
    return "\t".join([str(number), str(folder / "file"), content, at, *trust]) + "\n"


def verdict(case, words):
    if words.startswith("fault:") or words == "no signature":
        return False, words
    bad = ["not-intact", "not-valid", "FAILED"]
    if case.scope == "integrity+diff":
        bad.append("undefined-changes")
    if case.scope == "full":
        bad.append("INDETERMINATE")
    return not any(word in words for word in bad), words
