#!/usr/bin/env python3
"""Measures mailwire against other programs on the same captures, in pairs.

    Benchmarks/compare.py PROGRAM [--runs N] [--only NAME,...] [--write]

Each row runs mailwire and the other program by turns, so that what else the machine does falls on both. What counts is
the median of the ratios of the pairs. `--write` puts the table into README.md beside this file.

Captures are made once, below $TMPDIR/mailwire-bench, by the generator that GENERATE names.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = Path(os.environ.get("TMPDIR", "/tmp")) / "mailwire-bench"
GENERATE = Path(os.environ.get("GENERATE", HERE / "../../shared/bench/generate.py"))
START, END = "<!-- table: made by compare.py -->", "<!-- end of table -->"

CAPTURES = {
    "mail-20M": ["--size", "20M"],
    "mail-200M": ["--size", "200M"],
    "mail-1G": ["--size", "1G"],
    "small-100M": ["--size", "100M", "--profile", "small"],
}
# Connections that are open at once.
OPEN = [1_000, 100_000, 1_000_000]


@dataclass
class Row:
    """One comparison. `{}` is the capture's path, `@` an empty folder; `ratio` says what must not be exceeded."""

    name: str
    capture: str
    ours: str
    other: str
    ratio: float
    goal: float


ROWS = [
    Row("list", "mail-200M", "packets {}", "tshark -r {}", 1 / 15, 1 / 25),
    Row("tree", "mail-20M", "packets --tree {}", "tshark -V -r {}", 1 / 10, 1 / 15),
    Row("json", "mail-20M", "packets --format json {}", "tshark -T json -r {}", 1 / 20, 1 / 40),
    Row(
        "fields",
        "mail-20M",
        "packets -Y smtp.req -T fields -e smtp.req.command {}",
        "tshark -Y smtp.req -T fields -e smtp.req.command -r {}",
        1 / 15,
        1 / 40,
    ),
    Row("sessions-200M", "mail-200M", "sessions {}", "LOOP {}", 2, 1.5),
    Row("sessions-1G", "mail-1G", "sessions {}", "LOOP {}", 2, 1.5),
    Row("digests", "mail-200M", "sessions --format ndjson {}", "LOOP {}", 4, 3),
    Row("small", "small-100M", "sessions {}", "LOOP {}", 7, 4),
    Row("tcpdump", "mail-200M", "packets {}", "tcpdump -nn -r {}", 1, 1),
    Row("tcpflow", "mail-200M", "sessions {}", "tcpflow -o @ -r {}", 1, 1),
]


@dataclass
class Run:
    seconds: float
    mebibytes: float


def run(command: str, capture: Path, programs: dict[str, str]) -> Run:
    """Runs a command once, its output thrown away, and takes its wall time and its peak memory."""
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        words = [programs.get(word, word) for word in command.split()]
        words = [str(capture) if word == "{}" else folder if word == "@" else word for word in words]
        with open(os.devnull, "w") as nothing:
            started = time.perf_counter()
            process = subprocess.Popen(words, stdout=nothing, stderr=subprocess.PIPE)
            errors = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            took = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{' '.join(words)}: exit status {process.returncode}: {errors.decode(errors='replace')}")
        return Run(took, usage.ru_maxrss / 1024)


def capture(name: str) -> Path:
    path = WORK / f"{name}.pcap"
    if not path.exists():
        if not GENERATE.exists():
            sys.exit(f"no generator of captures at {GENERATE}: set GENERATE")
        print(f"making {path}", file=sys.stderr)
        new = path.with_suffix(".new")
        subprocess.run([sys.executable, GENERATE, *CAPTURES[name], "--seed", "1", "-o", new], check=True, stdout=sys.stderr)
        new.rename(path)
    return path


def warm(path: Path) -> None:
    """Reads a file once, so that no run pays for the disk."""
    with open(path, "rb") as file:
        while file.read(1 << 24):
            pass


def share(ratio: float) -> str:
    return f"1/{1 / ratio:.1f}".removesuffix(".0") if ratio < 0.95 else f"{ratio:.2f} ×".replace(".00", "")


def compare(row: Row, runs: int, programs: dict[str, str]) -> str:
    path = capture(row.capture)
    warm(path)
    ours, others = [], []
    for _ in range(runs):
        ours.append(run("MAILWIRE " + row.ours, path, programs))
        others.append(run(row.other, path, programs))
    ratio = statistics.median(a.seconds / b.seconds for a, b in zip(ours, others))
    words = row.ours.replace(" {}", "")
    other = row.other.replace(" -r {}", "").replace(" {}", "").replace("LOOP", "libpcap loop")
    other = other.replace(" -o @", "")
    cells = [
        f"`{words}`",
        row.capture.replace("-", " "),
        f"{statistics.median(a.seconds for a in ours):.3f} s",
        f"{other}: {statistics.median(b.seconds for b in others):.3f} s",
        share(ratio),
        share(row.ratio),
        share(row.goal),
        f"{max(a.mebibytes for a in ours):.0f} MiB",
    ]
    return "| " + " | ".join(cells) + " |"


def starts(runs: int, programs: dict[str, str]) -> list[str]:
    """How long the program takes to begin and end: on a capture without frames, and on one of 20 KB."""
    empty = WORK / "empty.pcap"
    twenty = WORK / "20K.pcap"
    head = capture("mail-20M").open("rb").read(1 << 16)
    end = 24
    while end < 20_000:
        end += 16 + int.from_bytes(head[end + 8 : end + 12], "little")
    twenty.write_bytes(head[:end])
    lines = []
    for name, path in [("empty", empty), ("20 KB", twenty)]:
        found = [run("MAILWIRE sessions {}", path, programs) for _ in range(max(20, runs))]
        took = statistics.median(a.seconds for a in found) * 1000
        peak = max(a.mebibytes for a in found)
        lines.append(f"| `sessions`: start | {name} | {took:.1f} ms | | | 6 ms | 4 ms | {peak:.0f} MiB |")
    return lines


def scale(runs: int, programs: dict[str, str]) -> list[str]:
    """Time a frame where many connections are open at once: it must not grow with their number."""
    lines, first = [], None
    for count in OPEN:
        path = WORK / f"open-{count}.pcap"
        if not path.exists():
            subprocess.run([sys.executable, HERE / "open_connections.py", "--count", str(count), "-o", path], check=True, stdout=sys.stderr)
        warm(path)
        frames = int(subprocess.run([programs["LOOP"], path], capture_output=True, text=True, check=True).stdout.split()[0])
        empty = [run("MAILWIRE sessions {}", WORK / "empty.pcap", programs).seconds for _ in range(5)]
        found = [run("MAILWIRE sessions {}", path, programs) for _ in range(runs if count < 1_000_000 else min(runs, 3))]
        took = (statistics.median(a.seconds for a in found) - statistics.median(empty)) / frames * 1e6
        first = first or took
        peak = max(a.mebibytes for a in found)
        must = "" if count == OPEN[0] else "1.5 ×"
        lines.append(f"| `sessions` | {count:,} open connections | {took:.2f} µs a frame | | {took / first:.2f} × | {must} | | {peak:.0f} MiB |")
    return lines


def machine() -> str:
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = []
    for words in (["tshark", "--version"], ["tcpdump", "--version"], ["tcpflow", "--version"]):
        if shutil.which(words[0]):
            done = subprocess.run(words, capture_output=True, text=True)
            versions.append((done.stdout or done.stderr).splitlines()[0].split("(")[0].strip().rstrip("."))
    return (
        f"{model}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB, Linux {platform.release()}; "
        + ", ".join(versions)
        + f"; {time.strftime('%Y-%m-%d')}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="the release build of mailwire")
    parser.add_argument("--runs", type=int, default=5, help="pairs of runs for each row (default: 5)")
    parser.add_argument("--only", default="", help="names of rows: " + ",".join(r.name for r in ROWS) + ",start,scale")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    arguments = parser.parse_args()
    if not Path(arguments.program).is_file():
        sys.exit(f"{arguments.program}: there is no such program; make build makes it")
    WORK.mkdir(parents=True, exist_ok=True)
    (WORK / "empty.pcap").write_bytes(bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"))
    loop = WORK / "pcap_loop"
    subprocess.run(["cc", "-O2", "-o", loop, HERE / "pcap_loop.c", "-lpcap"], check=True)
    programs = {"MAILWIRE": str(Path(arguments.program).resolve()), "LOOP": str(loop)}
    only = set(filter(None, arguments.only.split(",")))
    if unknown := only - {row.name for row in ROWS} - {"start", "scale"}:
        sys.exit(f"there is no row {', '.join(sorted(unknown))}")
    table = [
        "| command | capture | mailwire | against | ratio | must | goal | peak memory |",
        "|---|---|---|---|---|---|---|---|",
    ]
    print("\n".join(table), flush=True)
    for row in ROWS:
        if only and row.name not in only:
            continue
        if not shutil.which(row.other.split()[0]) and row.other.split()[0] not in programs:
            print(f"{row.other.split()[0]} is not installed: {row.name} is left out", file=sys.stderr)
            continue
        table.append(compare(row, arguments.runs, programs))
        print(table[-1], flush=True)
    if not only or "start" in only:
        for line in starts(arguments.runs, programs):
            table.append(line)
            print(line, flush=True)
    if not only or "scale" in only:
        for line in scale(arguments.runs, programs):
            table.append(line)
            print(line, flush=True)
    about = f"{machine()} Medians of {arguments.runs} pairs, run by turns."
    print("\n" + about)
    if arguments.write:
        if only:
            sys.exit("--write needs all rows")
        readme = HERE / "README.md"
        text = readme.read_text()
        before, rest = text.split(START, 1)
        after = rest.split(END, 1)[1]
        readme.write_text(f"{before}{START}\n\n" + "\n".join(table) + f"\n\n{about}\n\n{END}{after}")


if __name__ == "__main__":
    main()
