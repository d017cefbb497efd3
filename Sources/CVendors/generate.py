#!/usr/bin/env python3
"""Write names.txt and prefixes{24,28,36}.txt from the IEEE registry, as Debian's package ieee-data has it.

Usage: generate.py [FOLDER [OUI.TXT]]     (FOLDER: /usr/share/ieee-data)

OUI.TXT is a newer MA-L registry, as PyPI's netaddr 1.3.0 has it; its names count. What Wireshark shows otherwise than
the registry has it is in known.tsv: prefix, short name, full name.

The lines of prefixes are sorted and of one width, so that they can be searched where they are; each has the place of
"short name TAB full name" in names.txt. The short names follow Wireshark's way of cutting company names to eight
characters.
"""
import csv
import html
import itertools
import pathlib
import re
import sys

REGISTRIES = (("oui.csv", 24), ("mam.csv", 28), ("oui36.csv", 36))
# Names that changed since Debian's copy of the registry.
RENAMED = {
    "Aruba, a Hewlett Packard Enterprise Company": "Hewlett Packard Enterprise",
    "LCFC(HeFei) Electronics Technology co., ltd": "LCFC(Hefei) Electronics Technology co., ltd",
    "Technicolor CH USA Inc.": "Vantiva USA LLC",
    "Wuhan Funshion Online Technologies Co.,Ltd": "Funshion Online Technologies Co.,Ltd",
}
# What says nothing of who a company is.
GENERAL = (
    r"a/s|a\.s|ab|ag|b\.?v|bhd|co|company|corp|corporation|de c\.?v|gmbh|holding|inc|incorporated|"
    r"jsc|kg|k\.?k|limited|llc|ltd|n\.?v|oao|of|open joint stock company|ooo|oü|oy|oyj|plc|pty|pvt|"
    r"s\.?a|s\.?a\.?r\.?l|s\.?p\.?a|s\.?r\.?l|systems|the|z\.? ?o\.? ?o|zao")
GENERAL_WORDS = re.compile(rf"\W(?:{GENERAL})(?=[^\w&-])", re.IGNORECASE)


def full_name(name):
    name = re.sub(r"\s+", " ", html.unescape(name)).strip()
    name = RENAMED.get(name, name)
    return name.title() if name.isupper() else name


def short_name(name):
    name = f" {full_name(name)} "
    name = re.sub(r"[\"',:()]", " ", name).replace(" & ", " ")
    return re.sub(r"[ ./]", "", GENERAL_WORDS.sub("", name))[:8]


def registered(folder):
    for file, bits in REGISTRIES:
        with open(folder / file, encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                yield (int(row["Assignment"], 16), bits), row["Organization Name"]


def newer(path):
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            match = re.match(r"([0-9A-F]{6})\s+\(base 16\)\s+(.+)", line)
            if match:
                yield (int(match[1], 16), 24), match[2]


def known():
    for line in (pathlib.Path(__file__).parent / "known.tsv").read_text(encoding="utf-8").splitlines():
        prefix, short, full = line.split("\t")
        yield (int(prefix.replace(":", ""), 16), 24), (short, full)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/ieee-data")
    vendors = {}
    registry = newer(sys.argv[2]) if len(sys.argv) > 2 else ()
    for prefix, name in itertools.chain(registry, registered(folder)):
        vendors.setdefault(prefix, (short_name(name), full_name(name)))
    vendors.update(known())
    names, places, size = [], {}, 0
    for pair in vendors.values():
        if pair not in places:
            line = f"{pair[0]}\t{pair[1]}\n"
            places[pair] = size
            size += len(line.encode())
            names.append(line)
    here = pathlib.Path(__file__).parent
    (here / "names.txt").write_text("".join(names), encoding="utf-8")
    for bits in (24, 28, 36):
        records = sorted((prefix, places[pair]) for (prefix, width), pair in vendors.items()
                         if width == bits)
        (here / f"prefixes{bits}.txt").write_text("".join(
            f"{prefix:0{bits // 4}x} {place:06x}\n" for prefix, place in records))


if __name__ == "__main__":
    main()
