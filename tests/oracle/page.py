"""The page of disagreements, docs/disagreements.md: written from a run, and checked against it."""

from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/disagreements.md"
BEGIN, END = "<!-- from tests/oracle -->", "<!-- end -->"
RIGHT = {
    "we": "we are",
    "they": "they are",
    "both": "each answers its own question",
}


def half(half, rows, known, versions):
    """One half of the run, in Markdown."""
    tools = ", ".join(f"{name} {version}" for name, version in versions.items())
    lines = [f"## {half.title.capitalize()}", "", f"Tools: {tools}.", ""]
    lines += ["| cases | tool | number | agree | we are stricter | we are laxer | not comparable |"]
    lines += ["|---|---|---:|---:|---:|---:|---:|"]
    lines += ["| " + " | ".join(str(cell) for cell in row[:7]) + " |" for row in rows]
    lines += ["", "| tool | where | times | we | who is right, and why |", "|---|---|---:|---|---|"]
    for entry, times in known:
        where = entry.kinds if entry.cases == ["*"] else entry.cases
        names = "every kind" if where == ["*"] else "<br>".join(where)
        expected = f", expected {entry.expected}" if entry.expected else ""
        why = f"{RIGHT[entry.right].capitalize()}. {entry.why} ({entry.clause})"
        cells = [entry.tool, names + expected, str(times), entry.ours[:-1], why.replace("|", "\\|")]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def check(texts, write, begin=BEGIN, end=END):
    """Whether the page says what the run found; writes it when asked to."""
    page = PAGE.read_text()
    head, rest = page.split(begin, 1)
    tail = rest.split(end, 1)[1]
    wanted = head + begin + "\n\n" + "\n\n".join(texts) + "\n\n" + end + tail
    if write:
        PAGE.write_text(wanted)
    elif page != wanted:
        print(f"STALE PAGE {PAGE.name}: run `tests/oracle/run --write` and read what changed")
        return False
    return True
