"""XML and containers that our own forge makes, good and attacked (forged/main.rs), through EU DSS.

Each file where one of us accepts and the other does not has an entry of disagreements_forged.toml, each entry
such a file, and the page says all of them.
"""

import argparse
import fnmatch
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path

import by_dss
import page

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- from tests/oracle/forged.py -->", "<!-- end of forged.py -->"
SECONDS = 120


def forged(program, folder):
    """When it is judged, and name, file, detached content and our answer of each."""
    done = subprocess.run([program, folder], capture_output=True, text=True, check=True, timeout=SECONDS)
    at, *lines = done.stdout.splitlines()
    return at, [line.split("\t") for line in lines]


def by_eu(folder, at, files):
    """Name → what EU DSS says, levels too."""
    trust = [str(folder / "anchors"), "", str(folder / "crls")]
    jobs = ""
    for number, (_, file, beside, _) in enumerate(files):
        content = str(folder / beside) if beside else ""
        jobs += "\t".join([str(number), str(folder / file), content, at, *trust, "levels"]) + "\n"
    args = ["java", "-Xmx1g", "-cp", f"{by_dss.HOME}/lib/*:{by_dss.HOME}", "Judge"]
    done = subprocess.run(args, input=jobs.encode(), stdout=subprocess.PIPE, check=True, timeout=SECONDS)
    said = dict(line.split("\t", 1) for line in done.stdout.decode().splitlines())
    return {file[0]: said.get(str(number), "fault: no answer") for number, file in enumerate(files)}


def accepts(words):
    bad = ("not-intact", "not-valid", "FAILED", "INDETERMINATE")
    return not (words.startswith("fault:") or words == "no signature" or any(b in words for b in bad))


def short(words):
    """Without what it explains in sentences."""
    if words.startswith("fault:"):
        return "cannot read it"
    out, depth = "", 0
    for letter in words:
        depth += letter == "["
        out += letter if depth == 0 else ""
        depth -= letter == "]"
    return " ".join(out.replace("null", "").replace(" ;", ";").split())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=Path, help="the example `forged`")
    parser.add_argument("--write", action="store_true", help="write the page instead of checking it")
    given = parser.parse_args()
    known = tomllib.loads((HERE / "disagreements_forged.toml").read_text())
    if by_dss.version() != known["tools"]["dss"]:
        print(f"forged: explained is EU DSS {known['tools']['dss']}, this is {by_dss.version()}; left out")
        return
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        at, files = forged(given.program.resolve(), folder)
        theirs = by_eu(folder, at, files)
    entries, used = known.get("disagreement", []), Counter()
    rows, good = [], True
    for name, _, _, ours in files:
        we, they = ours.startswith("TOTAL-PASSED"), accepts(theirs[name])
        why = ""
        if we != they:
            number = next((n for n, e in enumerate(entries) if explains(e, name, we)), None)
            used[number] += 1
            if number is None:
                good = False
                print(f"NOT EXPLAINED {name}: we {ours}; EU DSS {theirs[name]}")
            else:
                entry = entries[number]
                why = f"{page.RIGHT[entry['right']].capitalize()}. {entry['why']} ({entry['clause']})"
        ours = " ".join(ours.split()).replace(" Lta", " LTA").replace(" Lt", " LT")
        rows.append((name, we, they, ours, theirs[name], why))
    for number, entry in enumerate(entries):
        if not used[number]:
            good = False
            print("STALE", entry["cases"])
    good = page.check([table(rows)], given.write, BEGIN, END) and good
    for name, we, they, ours, words, _ in rows:
        print(f"{'  ' if we == they else '!='} {name:<44} {ours:<70} {words[:300]}")
    sys.exit(0 if good else 1)


def explains(entry, name, we):
    told = entry["ours"] == ("accept" if we else "refuse")
    return told and any(fnmatch.fnmatchcase(name, case) for case in entry["cases"])


def table(rows):
    equal = sum(we == they for _, we, they, *_ in rows)
    strict = sum(they and not we for _, we, they, *_ in rows)
    lines = ["## XML and containers made by our forge", "", f"Tool: EU DSS {by_dss.version()}.", ""]
    lines += [
        f"{len(rows)} files: {equal} agree, we are stricter in {strict} and laxer in {len(rows) - equal - strict}.",
        "",
    ]
    lines += ["| file | we | EU DSS | where we differ, who is right, and why |", "|---|---|---|---|"]
    for name, _, _, ours, words, why in rows:
        cells = [name, ours, short(words), why]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
