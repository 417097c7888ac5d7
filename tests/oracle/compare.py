"""Our verdicts beside those of other validators, over the corpus: its path cases and its signed files.

Every disagreement must be explained: paths in disagreements.toml, signed files by rule in
disagreements_signed.toml; and every entry there must explain one. What fails in any case: we accept
what every other tool and the corpus refuse.
"""

import argparse
import fnmatch
import json
import multiprocessing
import re
import sys
import time
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import page
from corpus import FAMILIES, Corpus
from signed import KINDS, signed_files

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
USUAL = ROOT / "../shared/conformance"


@dataclass
class Half:
    """Cases of one sort, the tools that judge them, and the file that explains the differences."""

    title: str
    # name → module
    tools: dict
    file: str
    # what the rows of the table are
    groups: tuple
    group_of: str


PATHS = Half(
    "paths",
    {"openssl": "by_openssl", "certvalidator": "by_certvalidator"},
    "disagreements.toml",
    FAMILIES,
    "family",
)
SIGNED = Half(
    "signed files",
    {
        "openssl-cms": "by_openssl_cms",
        "pyhanko": "by_pyhanko",
        "pdfsig": "by_pdfsig",
        "dss": "by_dss",
    },
    "disagreements_signed.toml",
    KINDS,
    "kind",
)
MODULES = PATHS.tools | SIGNED.tools


def tool(name):
    return import_module(MODULES[name])


@dataclass
class Said:
    """What a tool said of a case, beside what we said."""

    case: str
    group: str
    tool: str
    accepts: bool | None
    words: str
    seconds: float
    expected: str
    ours: bool | None = None
    our_words: str = ""

    def differs(self):
        return None not in (self.accepts, self.ours) and self.accepts != self.ours

    def refusal(self):
        """The words of the side that refuses."""
        return self.words if self.ours else self.our_words


def ask(job):
    name, case, group = job
    start = time.monotonic()
    accepts, words = tool(name).judge(case)
    took = time.monotonic() - start
    return Said(case.id, getattr(case, group), name, accepts, words, took, case.expected)


def answers_of(half, cases, tools):
    """Each tool about each case that it can read."""
    jobs, answers = [], []
    for name in tools:
        kinds = getattr(tool(name), "KINDS", None)
        asked = [case for case in cases if kinds is None or case.kind in kinds]
        if hasattr(tool(name), "judge_all"):
            start = time.monotonic()
            said = tool(name).judge_all(asked)
            each = (time.monotonic() - start) / max(len(asked), 1)
            for case in asked:
                group = getattr(case, half.group_of)
                answers.append(Said(case.id, group, name, *said[case.id], each, case.expected))
        else:
            jobs += [(name, case, half.group_of) for case in asked]
    with multiprocessing.Pool(2) as pool:
        return answers + pool.map(ask, jobs, chunksize=8)


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
    """An entry: which differences of one tool it explains, and who is right."""

    tool: str
    ours: str
    # a regular expression, in the words of the side that refuses
    says: str
    why: str
    clause: str
    cases: list = field(default_factory=lambda: ["*"])
    kinds: list = field(default_factory=lambda: ["*"])
    # what the corpus expects; nothing: whatever it does
    expected: str = ""
    # "we", "they" or "both" (each answers its own question)
    right: str = "we"

    def __post_init__(self):
        known = self.tool in MODULES and self.right in page.RIGHT
        if self.ours not in ("accepts", "refuses") or not known:
            raise SystemExit(f"oracle: {self.tool} {self.cases}: tool, ours or right")
        if len(self.why) < 20 or not self.clause or not self.cases or not self.says:
            raise SystemExit(f"oracle: {self.tool} {self.cases}: something is empty")

    def explains(self, said, pattern):
        return (
            said.tool == self.tool
            and said.ours == (self.ours == "accepts")
            and fnmatch.fnmatchcase(said.case, pattern)
            and any(fnmatch.fnmatchcase(said.group, kind) for kind in self.kinds)
            and self.expected in ("", said.expected)
            and re.search(self.says, said.refusal()) is not None
        )


def explanations(half):
    written = tomllib.loads((HERE / half.file).read_text())
    return [Explanation(**entry) for entry in written.get("disagreement", [])], written["tools"]


def counted(half, answers, tools, unexplained):
    """A row per group and tool: cells of the table."""
    for group in half.groups:
        for name in tools:
            mine = [a for a in answers if (a.group, a.tool) == (group, name)]
            if not mine:
                continue
            count = Counter(
                "not comparable"
                if None in (a.accepts, a.ours)
                else "agree" if not a.differs() else "laxer" if a.ours else "stricter"
                for a in mine
            )
            cells = [count[c] for c in ("agree", "stricter", "laxer", "not comparable")]
            open_ones = sum(a in unexplained for a in mine)
            yield group, name, len(mine), *cells, open_ones, max(a.seconds for a in mine)


def table(rows):
    line = "{:<13} {:<14} {:>6} {:>6} {:>9} {:>6} {:>15} {:>12} {:>9}"
    head = ("cases", "tool", "number", "agree", "stricter", "laxer", "not comparable")
    print(line.format(*head, "unexplained", "slowest"))
    for row in rows:
        print(line.format(*row[:-1], f"{row[-1]:.2f} s"))


def describe(said):
    ours, theirs = ("accept", "refuses") if said.ours else ("refuse", "accepts")
    text = f"{said.case} ({said.group}, expected {said.expected})"
    return f"{text}: we {ours}, {said.tool} {theirs}: {said.refusal()[:240]}"


def accepted_alone(cases, answers):
    """What must never be: accepted by us, refused by every tool and by the corpus."""
    for case in cases:
        mine = [a for a in answers if a.case == case.id and a.accepts is not None]
        refused = [a for a in mine if a.accepts is False]
        alone = len(refused) == len(mine) and len(mine) > 1
        if mine and mine[0].ours and alone and not case.may_be_accepted():
            yield f"ACCEPTED ALONE {case.id}: " + "; ".join(a.words[:120] for a in refused)


def judge_differences(half, answers, versions):
    """Those without an explanation, the explanations without a difference, and how many each has."""
    known, written_for = explanations(half)
    gated = {t for t, v in versions.items() if written_for.get(t) == v}
    for name in sorted(set(versions) - gated):
        print(
            f"oracle: {name} {versions[name]} is not the version explained "
            f"({written_for.get(name)}); its differences are shown and do not fail the run"
        )
    differing = [a for a in answers if a.differs()]
    unexplained, used = [], Counter()
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
    numbers = [
        sum(times for (number, _), times in used.items() if number == index)
        for index in range(len(known))
    ]
    return unexplained, stale, gated, list(zip(known, numbers, strict=True))


def run(half, cases, without, elsewhere):
    """Whether it holds, and what belongs on the page (nothing, unless every tool was there)."""
    ours = our_verdicts(cases)
    tools = [name for name in half.tools if name not in without]
    versions = {name: tool(name).version() for name in tools}
    answers = answers_of(half, cases, tools)
    for said in answers:
        said.ours, said.our_words = ours[said.case]
    print(f"oracle, {half.title}:", ", ".join(f"{n} {v}" for n, v in versions.items()) or "no tool")
    unexplained, stale, gated, known = judge_differences(half, answers, versions)
    rows = list(counted(half, answers, tools, unexplained))
    table(rows)
    for said in unexplained:
        print("NOT EXPLAINED" if said.tool in gated and not elsewhere else "differs", describe(said))
    silent = Counter((a.tool, re.sub(r"\d+", "n", a.words[:60])) for a in answers if a.accepts is None)
    for (name, words), times in silent.items():
        print(f"not comparable: {name}, {times} cases: {words}")
    alone = list(accepted_alone(cases, answers))
    for text in alone + ([] if elsewhere else stale):
        print(text)
    failed = bool(alone)
    if not elsewhere:
        show(known, tools)
        failed |= bool(stale) or any(said.tool in gated for said in unexplained)
    whole = gated == set(half.tools)
    return not failed, page.half(half, rows, known, versions) if whole else None


def show(known, tools):
    """The table of disagreements."""
    for entry, times in known:
        if entry.tool in tools:
            where = " ".join(entry.cases) if entry.cases != ["*"] else " ".join(entry.kinds)
            text = f"  {entry.tool}: {where}: {times} times we {entry.ours[:-1]}: {entry.why}"
            print(f"{text} ({entry.clause}; right: {entry.right})")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--without", nargs=2, action="append", default=[], metavar=("TOOL", "WHY"))
    parser.add_argument("--write", action="store_true", help="write the page instead of checking it")
    given = parser.parse_args()
    without = dict(given.without)
    corpus = Corpus(given.corpus)
    elsewhere = given.corpus.resolve() != USUAL.resolve()
    results = [
        run(PATHS, list(corpus.paths()), without, elsewhere),
        run(SIGNED, list(signed_files(corpus)), without, elsewhere),
    ]
    for name, why in without.items():
        print(f"oracle: left out: {name}: {why}")
    good = all(holds for holds, _ in results)
    texts = [text for _, text in results]
    if None not in texts and not elsewhere:
        good &= page.check(texts, given.write)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
