#!/usr/bin/env python3
"""Write VendorPrefixes.swift and VendorNames.swift from the IEEE registry, as Debian's package ieee-data has it.

Usage: generate.py [FOLDER]     (FOLDER: /usr/share/ieee-data)

The records are sorted and of fixed width, so that they can be searched where they stand; each names
the place of "short name TAB full name" among the names. The short names follow Wireshark's way of
cutting company names to eight characters.
"""
import csv
import pathlib
import re
import sys

REGISTRIES = (("oui.csv", 24), ("mam.csv", 28), ("oui36.csv", 36))
# Prefixes that the registry does not have, or names otherwise than people know them.
KNOWN = {
    (0x000000, 24): ("00:00:00", "Officially Xerox, but 0:0:0:0:0:0 is more common"),
    (0x525400, 24): ("RealtekU", "Realtek (UpTech? also reported)"),
    (0x00005A, 24): ("SkSchnei", "SK"),
    (0x001007, 24): ("CiscoSys", "Cisco Systems"),
    (0x00608C, 24): ("3com1990", "3Com (1990 onwards)"),
    (0x0080C8, 24): ("D-LinkAl", "D-Link"),
    (0x00902B, 24): ("CiscoEth", "Cisco"),
    (0x02608C, 24): ("3comIbmP", "3Com"),
    (0x080027, 24): ("PcsCompu", "PCS Computer Systems GmbH"),
    (0xAA0000, 24): ("DecObsol", "DEC"),
    (0xaa0003, 24): ("DecGloba", "DEC"),
    (0xaa0004, 24): ("DecLocal", "DEC"),
}
# What says nothing of who a company is.
GENERAL = (
    r"a/s|a\.s|ab|ag|b\.?v|bhd|co|company|corp|corporation|de c\.?v|gmbh|holding|inc|incorporated|"
    r"jsc|kg|k\.?k|limited|llc|ltd|n\.?v|oao|of|open joint stock company|ooo|oü|oy|oyj|plc|pty|pvt|"
    r"s\.?a|s\.?a\.?r\.?l|s\.?p\.?a|s\.?r\.?l|systems|the|z\.? ?o\.? ?o|zao")
GENERAL_WORDS = re.compile(rf"\W(?:{GENERAL})(?=[^\w&-])", re.IGNORECASE)


def full_name(name):
    name = re.sub(r"\s+", " ", name).strip()
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


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/ieee-data")
    vendors = {}
    for prefix, name in registered(folder):
        vendors.setdefault(prefix, (short_name(name), full_name(name)))
    vendors.update(KNOWN)
    names, places, size = [], {}, 0
    for pair in vendors.values():
        if pair not in places:
            line = f"{pair[0]}\t{pair[1]}\n"
            places[pair] = size
            size += len(line.encode())
            names.append(line)
    tables = {}
    for bits in (24, 28, 36):
        records = sorted((prefix, places[pair]) for (prefix, width), pair in vendors.items()
                         if width == bits)
        tables[f"prefixes{bits}"] = "".join(
            f"{prefix:0{bits // 4}x}{place:06x}" for prefix, place in records)
    write("VendorPrefixes.swift", tables)
    escaped = "".join(names).replace("\\", "\\\\").replace('"', '\\"')
    write("VendorNames.swift", {"names": escaped.replace("\t", "\\t").replace("\n", "\\n")})


def write(file, constants):
    with open(pathlib.Path(__file__).parent / file, "w", encoding="utf-8") as output:
        output.write("// swift-format-ignore-file\n"
                     "// Made by generate.py from the IEEE registry. Do not edit.\n\n"
                     "extension VendorTable {\n")
        for name, text in constants.items():
            output.write(f'  static let {name} = "{text}"\n')
        output.write("}\n")


if __name__ == "__main__":
    main()
