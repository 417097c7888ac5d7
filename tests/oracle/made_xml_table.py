"""Where xmlsec1 and signxml answer otherwise than we about XML signed here: each difference has an entry of
disagreements_made_xml.toml, each entry a difference, and the page says both.
"""

import fnmatch
import subprocess
import tomllib
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import page

HERE = Path(__file__).resolve().parent
TOOLS = ("xmlsec1", "signxml")
BEGIN, END = "<!-- from tests/oracle/made.py -->", "<!-- end of made.py -->"


def versions():
    said = subprocess.run(["xmlsec1", "--version"], capture_output=True, text=True, check=True).stdout
    return {"xmlsec1": said.split()[1], "signxml": version("signxml")}


def differences(files):
    for made in files:
        for tool in TOOLS:
            answer = made.answers.get(tool)
            ours = made.ours.startswith("TOTAL-PASSED")
            if answer and answer.startswith("accepts") != ours:
                yield tool, "accept" if ours else "refuse", made.name


def check(files, write):
    """Whether every difference is explained, and the page says so."""
    if not any("xmlsec1" in made.answers for made in files):
        return True
    written = tomllib.loads((HERE / "disagreements_made_xml.toml").read_text())
    known, found = written["disagreement"], list(differences(files))
    if versions() != written["tools"]:
        print(f"made_xml: explained are {written['tools']}, these are {versions()}; nothing fails")
        return True

    def explains(entry, one):
        tool, ours, name = one
        told = entry["tool"] == tool and entry["ours"] == ours
        return told and any(fnmatch.fnmatchcase(name, case) for case in entry["cases"])

    used = Counter()
    good = True
    for one in found:
        number = next((n for n, entry in enumerate(known) if explains(entry, one)), None)
        if number is None:
            good = False
            print("NOT EXPLAINED: {0} answers otherwise, we {1}: {2}".format(*one))
        used[number] += 1
    for number, entry in enumerate(known):
        if not used[number]:
            good = False
            print("STALE", entry["tool"], entry["cases"])
    return good and page.check([table(files, found, known, used)], write, BEGIN, END)


def table(files, found, known, used):
    named = ", ".join(f"{tool} {number}" for tool, number in versions().items())
    lines = ["## XML signed here", "", f"Tools: {named}.", ""]
    lines += ["| tool | files | agree | we are stricter | we are laxer |", "|---|---:|---:|---:|---:|"]
    for tool in TOOLS:
        asked = sum(tool in made.answers for made in files)
        strict, lax = (sum(f[:2] == (tool, ours) for f in found) for ours in ("refuse", "accept"))
        lines.append(f"| {tool} | {asked} | {asked - strict - lax} | {strict} | {lax} |")
    lines += ["", "| tool | files | times | we | who is right, and why |", "|---|---|---:|---|---|"]
    for number, entry in enumerate(known):
        why = f"{page.RIGHT[entry['right']].capitalize()}. {entry['why']} ({entry['clause']})"
        cells = [entry["tool"], "<br>".join(entry["cases"]), str(used[number]), entry["ours"], why]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
