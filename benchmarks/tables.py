"""Fill the tables of README.md and docs/ from the raw rows in benchmarks/results; see benchmarks/README.md.

python benchmarks/tables.py            rewrite what stands between the markers
python benchmarks/tables.py --check    change nothing, end with 1 if a table is not up to date
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MARKED = re.compile(r"(<!-- table: ([\w-]+) -->\n)(.*?)(<!-- end: \2 -->)", re.DOTALL)

Row = dict[str, Any]

# The tables of pages that are made of what `speed.py` measured, by its jobs.
OF_SPEED = {
    "objectives": ("cbow", "hierarchical"),
    "subword": ("subword",),
    "glove": ("glove",),
    "tfidf": ("tfidf",),
    "lsa": ("lsa",),
    "docvec": ("dbow", "dm"),
}


def main() -> int:
    """Rewrite or check every page with markers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, end with 1 if a table is stale")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks/results")
    options = parser.parse_args()
    stale = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = page.read_text(encoding="utf-8")
        filled = fill(text, options.results)
        if filled != text:
            stale.append(page)
            if not options.check:
                page.write_text(filled, encoding="utf-8")
    for page in stale:
        print(f"{page.relative_to(ROOT)}: {'is not up to date' if options.check else 'rewritten'}")
    return 1 if options.check and stale else 0


def fill(text: str, results: Path) -> str:
    """The page with every marked table made from the rows of its file; one without rows stays as it is."""

    def table(match: re.Match[str]) -> str:
        if jobs := OF_SPEED.get(match[2]):
            rows = [row for row in last_runs(results / "speed.jsonl") if row["job"] in jobs]
            made = render_tasks(rows) if rows else ""
        else:
            rows = last_runs(results / f"{match[2]}.jsonl")
            made = render(rows) if rows else ""
        return f"{match[1]}{made}{match[4]}" if made else match[0]

    return MARKED.sub(table, text)


def last_runs(path: Path) -> list[Row]:
    """The rows in a file of raw rows, of each task those of the last run that measured it; none without a
    file."""
    rows = read_rows(path) if path.exists() else []
    last = {what(row): row["run"] for row in rows}
    return [row for row in rows if row["run"] == last[what(row)]]


def read_rows(path: Path) -> list[Row]:
    """All rows in a file of raw rows."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def what(row: Row) -> str:
    """What a row is of: a job of the table of speed, a task, or a learner."""
    return str(row.get("job") or row.get("task") or row["learner"])


def render(rows: list[Row]) -> str:
    """The table of these rows: of speed, of codecs, of learners, or of tasks."""
    if "job" in rows[0]:
        return render_speed(rows)
    if "codec" in rows[0]:
        return render_codecs(rows)
    if "curve" in rows[0]:
        return render_curves(rows)
    if "map" in rows[0]:
        return render_maps(rows)
    return render_learners(rows) if "learner" in rows[0] else render_tasks(rows)


def render_tasks(rows: list[Row]) -> str:
    """A Markdown table: a task a row, a program a column, Firth first, and how many times better it is."""
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    names = sorted({name(row) for row in rows}, key=lambda program: (program != "firth", program))
    peers = names[1:] if names[0] == "firth" else []
    lines = [
        "| | " + " | ".join([*names, *(f"beside {peer}" for peer in peers)]) + " |",
        "|---|" + "---:|" * (len(names) + len(peers)),
    ]
    for task in tasks:
        cells = {
            program: [row for row in rows if row["task"] == task and name(row) == program]
            for program in names
        }
        middle = {
            program: statistics.median(r["value"] for r in found) for program, found in cells.items() if found
        }
        unit = next(row["unit"] for row in rows if row["task"] == task)
        lower = any(row.get("lower_is_better") for row in rows if row["task"] == task)
        shown = [shown_value(middle[program], unit) if program in middle else "–" for program in names]
        shown += [ratio(middle.get("firth"), middle.get(peer), unit, lower=lower) for peer in peers]
        lines.append(f"| {task} | " + " | ".join(shown) + " |")
    lines += ["", f"Medians of {source(rows)}"]
    return "\n".join(lines) + "\n"


def render_codecs(rows: list[Row]) -> str:
    """A Markdown table: a codec of some data a row, what Firth's does and what the peer's does."""
    peers = sorted({name(row) for row in rows} - {"firth"})
    figures = {"kept": "neighbours kept", "fit": "fitting", "encode": "encoding", "decode": "decoding"}
    heads = ["data", "codec", "bytes a row"]
    heads += [f"{title}, {program}" for title in figures.values() for program in ("firth", *peers)]
    lines = ["| " + " | ".join(heads) + " |", "|---|---|" + "---:|" * (len(heads) - 2)]
    for task in dict.fromkeys(row["task"] for row in rows):
        own = [row for row in rows if row["task"] == task]
        cells = [own[0]["data"], own[0]["codec"], f"{own[0]['bytes']:,}"]
        for figure in figures:
            for program in ("firth", *peers):
                values = [row[figure] for row in own if name(row) == program]
                cells.append(shown_figure(figure, statistics.median(values)) if values else "–")
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", f"Of ten neighbours; seconds, encoding and decoding a million numbers. {source(rows)}"]
    return "\n".join(lines) + "\n"


def shown_figure(figure: str, value: float) -> str:
    """A share with three digits, or seconds."""
    return f"{value:.3f}" if figure == "kept" else f"{shown_value(value, 's')}"


def render_learners(rows: list[Row]) -> str:
    """A Markdown table: a learner a row, each of Firth's followed by its peers; a set a column."""
    by_name = {row["learner"]: row for row in rows}  # of several of one run, the last
    peers = {peer for row in by_name.values() for peer in row["beside"]}
    ordered = []
    for row in by_name.values():
        if row["learner"] not in peers:
            ordered += [row, *(by_name[peer] for peer in row["beside"] if peer in by_name)]
    sets = list(dict.fromkeys(task for row in ordered for task in row["scores"]))
    lines = [
        "| | program | " + " | ".join([*sets, "time", "memory", "beside its peer"]) + " |",
        "|---|---|" + "---:|" * (len(sets) + 2) + "---|",
    ]
    for row in ordered:
        label = f"**{row['label']}**" if name(row) == "firth" else row["label"]
        cells = [label, row["program"], *(shown_score(row["scores"].get(task)) for task in sets)]
        cells += [shown_value(row["seconds"], "s"), shown_value(row["peak"], "MB")]
        cells.append("; ".join(verdict(by_name.get(peer), found) for peer, found in row["beside"].items()))
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", f"In points of 100, with 95 % intervals. From {source(rows)}"]
    return "\n".join(lines) + "\n"


def render_speed(rows: list[Row]) -> str:
    """A Markdown table of the rows of `speed.py`: Firth's time and a peer's, a pair a row, with the memory of
    Firth and the quality of both."""
    lines = [
        "| | text | firth | peer | | | memory | quality |",
        "|---|---|---:|---|---:|---:|---:|---|",
    ]
    for label in dict.fromkeys(row["label"] for row in rows if "label" in row):
        shown = [row for row in rows if row.get("label") == label]
        times = [row for row in shown if row["shows"] == "time"]
        memory = median_of([row for row in shown if row["shows"] == "memory"], "firth")
        mine = median_of(times, "firth")
        peers = list(dict.fromkeys(row["program"] for row in times if name(row) != "firth"))
        for peer in peers or [""]:
            theirs, unit = median_of(times, peer), times[0]["unit"]
            cells = [label, times[0]["text"], shown_value(mine, unit), peer or "–", shown_value(theirs, unit)]
            cells += [ratio(mine, theirs, unit, lower=True), shown_value(memory, "times")]
            cells.append(both_qualities(shown, peer))
            lines.append("| " + " | ".join(cells) + " |")
    often = [len({row["round"] for row in rows if row["job"] == job}) for job in {row["job"] for row in rows}]
    rounds = f"{min(often)} to {max(often)} rounds" if min(often) < max(often) else f"{often[0]} rounds"
    lines += [
        "",
        "Times are of training alone, once the words are counted (subword vectors: from the text file to the "
        "model; TF-IDF: from strings to the matrix). Memory is what the job adds to the process of Firth, in "
        "times of its parameters and counts (TF-IDF, LSA: of the matrix and what is made of it). Quality is "
        "Firth's and the peer's: analogies solved, accuracy on 20 Newsgroups, or the part of the matrix that "
        f"is left unexplained. Medians of {rounds}, in each of which the programs take turns: {source(rows)}",
    ]
    return "\n".join(lines) + "\n"


def render_maps(rows: list[Row]) -> str:
    """A Markdown table of maps between spaces, one a row, and the paired differences below it."""
    maps = [row for row in rows if row["map"]]
    figures = list(dict.fromkeys(figure for row in maps for figure in row["scores"]))
    lines = [
        "| | pairs | " + " | ".join([*figures, "CSLS beside cosine", "processor time"]) + " |",
        "|---|" + "---:|" * (len(figures) + 3),
    ]
    for row in maps:
        cells = [row["map"], f"{row['pairs']:,}", *(shown_score(row["scores"].get(one)) for one in figures)]
        cells += [shown_difference(row["beside"][0]), shown_value(row["seconds"], "s")]
        lines.append("| " + " | ".join(cells) + " |")
    lines.append("")
    for row in rows:
        if not row["map"]:
            found = row["beside"][0]
            lines.append(f"- {found['what']}: {shown_difference(found)} points of P@1, p = {found['p']:.2g}")
    some = maps[0]["scores"][figures[0]]
    lines += ["", f"Points of 100 over {some['n']:,} of {some['total']:,} words; {source(rows)}"]
    return "\n".join(lines) + "\n"


def render_curves(rows: list[Row]) -> str:
    """A Markdown table of indexes, those of one set of rows together, with their speed at one recall."""
    by_system: dict[tuple[str, str, str], dict[int, Row]] = {}
    for row in rows:
        by_system.setdefault((row["data"], row["program"], row["system"]), {})[row["threads"]] = row
    threads = sorted({row["threads"] for row in rows})
    counts = [f"{count} thread{'s' if count > 1 else ''}" for count in threads]
    lines = [
        "| rows | | memory | built | " + " | ".join([*counts, "one at a time"]) + " |",
        "|---|---|" + "---:|" * (len(threads) + 3),
    ]
    for (data, program, system), found in by_system.items():
        some = next(iter(found.values()))
        label = (
            f"**firth** {system}"
            if name(some) == "firth"
            else f"{program} {system}".removesuffix(f" {program.split()[0]}")
        )
        cells = [data, label, shown_value(some["memory"] / 1e6, "MB"), shown_value(some["built"], "s")]
        cells += [shown_speed(found.get(count), "value") for count in threads]
        lines.append("| " + " | ".join([*cells, shown_speed(some, "one")]) + " |")
    unit = rows[0]["unit"]
    lines += [
        "",
        f"In {unit}, all queries at once and one at a time by one thread. Rows that are mapped lie in a "
        "file, of which the system keeps in its cache what it has room for. What has no time was built in an "
        f"earlier run. From {source(rows)}",
    ]
    return "\n".join(lines) + "\n"


def shown_speed(row: Row | None, which: str) -> str:
    """Queries per second, or how much recall there was at most."""
    if row is None:
        return "–"
    if row[which] is None:
        return f"recall {max(point['recall'] for point in row['curve']):.2f}"
    return shown_value(row[which], "")


def shown_difference(found: Row) -> str:
    """A difference in points of 100 with its interval."""
    value, low, high = (f"{100 * found[end]:+.1f}" for end in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def both_qualities(rows: list[Row], peer: str) -> str:
    """How good what Firth made is, and what a peer made."""
    found = [row for row in rows if row["shows"] not in ("time", "memory")]
    values = [median_of(found, program) for program in ("firth", peer) if program]
    said = " and ".join(shown_value(value, "%") for value in values if value is not None)
    return f"{found[0]['shows']} {said}" if said else "–"


def median_of(rows: list[Row], program: str) -> float | None:
    """The median of a program in these rows; None if it has none there."""
    values = [row["value"] for row in rows if program and row["program"].startswith(program)]
    return statistics.median(values) if values else None


def shown_score(score: Row | None) -> str:
    """A score in points of 100 with its interval; a dash where there is none."""
    if score is None or score["value"] is None:
        return "–"
    low, high = (score[end] for end in ("low", "high"))
    interval = "" if low is None or high is None else f" ({100 * low:.1f} to {100 * high:.1f})"
    return f"{100 * score['value']:.1f}{interval}"


def verdict(peer: Row | None, found: Row) -> str:
    """On which sets a learner is told apart from its peer."""
    told = [
        f"{one['verdict']} on {task}" for task, one in found.items() if one["verdict"] in ("above", "below")
    ]
    of = f"{peer['label']}: " if peer else ""
    return of + (", ".join(told) or "not told apart")


def source(rows: list[Row]) -> str:
    """How and with what the rows were made."""
    begun: dict[str, str] = {}
    for row in rows:
        begun.setdefault(row["run"], f"`{row['command']}`")  # others of a run went on with it
    how = ", ".join(dict.fromkeys(begun.values()))
    machines = ", ".join(dict.fromkeys(row["machine"] for row in rows))
    programs = ", ".join(sorted({row["program"] for row in rows}))
    return f"{how} on {machines}; {programs}. The raw rows are in benchmarks/results."


def name(row: Row) -> str:
    """The program's name without its version."""
    return str(row["program"]).split()[0]


def shown_value(value: float | None, unit: str) -> str:
    """Three digits that count, with the unit; a dash where there is no value."""
    if value is None:
        return "–"
    if unit == "%":
        return f"{value:.1f} %"
    digits = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{digits} {unit}".strip()


def ratio(ours: float | None, theirs: float | None, unit: str, *, lower: bool) -> str:
    """How Firth stands beside a peer: times as fast, or points of score."""
    if ours is None or theirs is None:
        return "–"
    if unit == "%" or unit == "":
        return f"{ours - theirs:+.1f}" if unit == "%" else f"{ours - theirs:+.3f}"
    times = theirs / ours if lower else ours / theirs
    return f"× {times:.3g}"


if __name__ == "__main__":
    sys.exit(main())
