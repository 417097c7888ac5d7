"""Our verdicts beside those of two other validators, over the path cases of the corpus.

Every disagreement must be explained in disagreements.toml, and every entry there must explain one.
What fails in any case: we accept what both of them and the corpus refuse.
"""

import argparse
import fnmatch
import json
import multiprocessing
import sys
import time
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from corpus import FAMILIES, Corpus

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
USUAL = ROOT / "../shared/conformance"
TOOLS = ("openssl", "certvalidator")


def tool(name):
    if name == "openssl":
        import by_openssl

        return by_openssl
    import by_certvalidator

    return by_certvalidator


@dataclass
class Said:
    """What a tool said of a case, beside what we said."""

    case: str
    family: str
    tool: str
    accepts: bool | None
    words: str
    seconds: float
    ours: bool | None = None
    our_words: str = ""

    def differs(self):
        return None not in (self.accepts, self.ours) and self.accepts != self.ours

    def refusal(self):
        """The words of the side that refuses."""
        return self.words if self.ours else self.our_words


def ask(job):
    name, case = job
    start = time.monotonic()
    accepts, words = tool(name).judge(case)
    return Said(case.id, case.family, name, accepts, words, time.monotonic() - start)


def our_verdicts(cases):
    """Case id → (accepted, or None if it is not judged; words)."""
    written = json.loads((ROOT / "target/conformance.json").read_text())
    found = {}
    for case in cases:
        entry = written.get(case.id)
        if entry is None:
            raise SystemExit(
                f"oracle: target/conformance.json knows no {case.id}; "
                "run `cargo test --release --test conformance` over the same corpus"
            )
        verdict = entry["verdict"]
        words = f"{verdict} {entry.get('sub_indication') or ''} {entry.get('reason') or ''}"
        found[case.id] = (None if verdict == "not built" else verdict == "valid", words)
    return found


@dataclass
class Explanation:
    """An entry of disagreements.toml."""

    tool: str
    cases: list
    ours: str
    says: str
    why: str
    clause: str

    def __post_init__(self):
        if self.ours not in ("accepts", "refuses") or self.tool not in TOOLS:
            raise SystemExit(f"oracle: disagreements.toml: {self.cases}: tool or ours")
        if len(self.why) < 20 or not self.clause or not self.cases or not self.says:
            raise SystemExit(f"oracle: disagreements.toml: {self.cases}: something is empty")

    def explains(self, said, pattern):
        return (
            said.tool == self.tool
            and said.ours == (self.ours == "accepts")
            and fnmatch.fnmatchcase(said.case, pattern)
            and self.says in said.refusal()
        )


def explanations():
    written = tomllib.loads((HERE / "disagreements.toml").read_text())
    return [Explanation(**entry) for entry in written.get("disagreement", [])], written["tools"]


def table(answers, unexplained):
    head = ("family", "tool", "cases", "agree", "stricter", "laxer", "not comparable")
    line = "{:<9} {:<14} {:>6} {:>6} {:>9} {:>6} {:>15} {:>12} {:>9}"
    print(line.format(*head, "unexplained", "slowest"))
    for family in FAMILIES:
        for name in TOOLS:
            mine = [a for a in answers if (a.family, a.tool) == (family, name)]
            if not mine:
                continue
            count = Counter(
                "not comparable"
                if None in (a.accepts, a.ours)
                else "agree" if not a.differs() else "laxer" if a.ours else "stricter"
                for a in mine
            )
            open_ones = sum(a in unexplained for a in mine)
            slowest = f"{max(a.seconds for a in mine):.2f} s"
            cells = [count[c] for c in head[3:]]
            print(line.format(family, name, len(mine), *cells, open_ones, slowest))


def describe(said):
    ours, theirs = ("accept", "refuses") if said.ours else ("refuse", "accepts")
    return f"{said.case}: we {ours}, {said.tool} {theirs}: {said.refusal()[:240]}"


def accepted_alone(cases, answers):
    """What must never be: accepted by us, refused by both tools and by the corpus."""
    for case in cases:
        mine = [a for a in answers if a.case == case.id]
        refused = [a for a in mine if a.accepts is False]
        if mine and mine[0].ours and len(refused) == len(TOOLS) and not case.may_be_accepted():
            yield f"ACCEPTED ALONE {case.id}: " + "; ".join(a.words[:120] for a in refused)


def judge_differences(answers, versions):
    """Those without an explanation, and the explanations without a difference."""
    known, written_for = explanations()
    gated = {t for t, v in versions.items() if written_for.get(t) == v}
    for name in sorted(set(versions) - gated):
        print(
            f"oracle: {name} {versions[name]} is not the version explained "
            f"({written_for.get(name)}); its differences are shown and do not fail the run"
        )
    differing = [a for a in answers if a.differs()]
    unexplained, used = [], set()
    for said in differing:
        found = [
            (number, pattern)
            for number, entry in enumerate(known)
            for pattern in entry.cases
            if entry.explains(said, pattern)
        ]
        used.update(found)
        if not found:
            unexplained.append(said)
    stale = [
        f"STALE {entry.tool} {pattern}: no such difference: {entry.says}"
        for number, entry in enumerate(known)
        for pattern in entry.cases
        if (number, pattern) not in used and entry.tool in gated
    ]
    return unexplained, stale, gated, known


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--without", nargs=2, action="append", default=[], metavar=("TOOL", "WHY"))
    given = parser.parse_args()
    without = dict(given.without)
    cases = list(Corpus(given.corpus).paths())
    ours = our_verdicts(cases)
    tools = [name for name in TOOLS if name not in without]
    versions = {name: tool(name).version() for name in tools}
    jobs = [(name, case) for name in tools for case in cases]
    with multiprocessing.Pool(2) as pool:
        answers = pool.map(ask, jobs, chunksize=8)
    for said in answers:
        said.ours, said.our_words = ours[said.case]

    print("oracle:", ", ".join(f"{n} {v}" for n, v in versions.items()) or "no tool at all")
    elsewhere = given.corpus.resolve() != USUAL.resolve()
    unexplained, stale, gated, known = judge_differences(answers, versions)
    table(answers, unexplained)
    for said in unexplained:
        print("NOT EXPLAINED" if said.tool in gated and not elsewhere else "differs", describe(said))
    for said in answers:
        if said.accepts is None:
            print(f"not comparable {said.case}: {said.tool}: {said.words[:120]}")
    alone = list(accepted_alone(cases, answers))
    for text in alone + ([] if elsewhere else stale):
        print(text)
    if not elsewhere:
        show(known, tools)
    for name, why in without.items():
        print(f"oracle: left out: {name}: {why}")
    failed = any(said.tool in gated for said in unexplained) or bool(stale)
    sys.exit(1 if alone or (failed and not elsewhere) else 0)


def show(known, tools):
    """The table of disagreements."""
    for entry in known:
        if entry.tool in tools:
            print(f"  {entry.tool}: {' '.join(entry.cases)}: we {entry.ours[:-1]}: {entry.why} ({entry.clause})")


if __name__ == "__main__":
    main()
