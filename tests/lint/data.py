# SPDX-License-Identifier: GPL-3.0-or-later
"""Man pages, sample configuration and systemd unit say what the programs do; desktop data is sound."""

import pathlib
import re
import subprocess
import sys
import tempfile

from deskside_test import endings, tap

# Each program's page, and where its options stand in its source.
PROGRAMS = (
    ("data/man/deskside-cli.1", "app/cli/options.c", r'\{"([a-z-]+)", (?:0|\'.\'), 0, G_OPTION_ARG'),
    ("data/man/deskside.1", "app/desktop/arguments.c", r'\{"([a-z-]+)", 0, 0, G_OPTION_ARG'),
    ("data/man/deskside-relay.8", "net/relay/options.c", r'(?:TEXT\(|\{)"([a-z-]+)", (?:\w)'),
)
EVERYWHERE = {"help", "version"}
OTHERS = {"now"}  # systemctl's
CONFIG = "data/relay.conf"
UNIT = "data/deskside-relay.service"
WHYS = "net/punch/why.c"
SCHEMA = "data/org.deskside.Deskside.gschema.xml"
MANUAL_OF_SETTINGS = "data/man/deskside.1"
DESKTOP = "data/org.deskside.Deskside.desktop"
METAINFO = "data/org.deskside.Deskside.metainfo.xml"
# What judges the desktop's files, and what of a good one it must not pass without.
VALIDATORS = (
    (DESKTOP, ["desktop-file-validate"], "Type=Application"),
    (METAINFO, ["appstreamcli", "validate", "--no-net"], "<metadata_license>CC0-1.0</metadata_license>"),
    (SCHEMA, ["glib-compile-schemas", "--strict", "--dry-run"], "<default>''</default>"),
)


def options_of_page(text):
    """Return the long options that a man page names."""
    return set(re.findall(r"(?<![\w-])--([a-z][a-z-]*)", text.replace("\\-", "-"))) - OTHERS


def missing_in_synopsis(text):
    """Yield the options of which a man page says something, and which its synopsis leaves out."""
    synopsis = text.split(".SH SYNOPSIS")[1].split(".SH ")[0]
    for name in sorted(options_of_page(text) - options_of_page(synopsis) - EVERYWHERE):
        yield f"--{name} is not in the synopsis"


def options_of_source(text, pattern):
    """Return the long options that a program takes."""
    return set(re.findall(pattern, text)) | EVERYWHERE


def names_of_config(text):
    """Return the names that a configuration file sets, or would without a comment sign."""
    return set(re.findall(r"^#?([a-z-]+) = ", text, re.M))


def differences(page, source):
    """Yield the options that one of the two does not know."""
    for name in sorted(page - source):
        yield f"--{name} is in the page only"
    for name in sorted(source - page):
        yield f"--{name} is not in the page"


def reasons_of_page(text, names):
    """Return {reason: exit status} as the section on exit statuses has them."""
    section = text.replace("\\-", "-").split(".SH EXIT STATUS")[1].split(".SH ")[0]
    found = {}
    for part in section.split(".TP\n.B ")[1:]:
        for word in re.findall(r"[a-z]+(?:-[a-z]+)*", part):
            if word in names:
                found[word] = int(part[0])
    return found


def wrong_reasons(page, table):
    """Yield the reasons of which a page does not say what the table of sentences does."""
    for name in sorted(table):
        if page.get(name) != table[name].status:
            yield f"{name}: status {page.get(name)} in the page, {table[name].status} in the table"


def self_test():
    """Say what the checks miss."""
    page = options_of_page(".B \\-\\-one\n.BI \\-\\-two\\-three\\~ X\nsystemctl \\-\\-now")
    if page != {"one", "two-three"}:
        yield f"page: {page}"
    rows = '{"one", 0, 0, G_OPTION_ARG_NONE, ..}, {"two-three", \'v\', 0, G_OPTION_ARG_NONE, ..}'
    source = options_of_source(rows, PROGRAMS[0][2]) - EVERYWHERE
    if source != page:
        yield f"cli: {source}"
    source = options_of_source('TEXT("one", m), {"two-three", 0, 0},', PROGRAMS[-1][2]) - EVERYWHERE
    if source != page:
        yield f"relay: {source}"
    text = ".SH SYNOPSIS\n.OP \\-\\-one\n.SH OPTIONS\n.B \\-\\-one\n.B \\-\\-two\n.B \\-\\-help"
    if list(missing_in_synopsis(text)) != ["--two is not in the synopsis"]:
        yield "synopsis"
    if list(differences({"a"}, {"b"})) != ["--a is in the page only", "--b is not in the page"]:
        yield "differences"
    text = ".SH EXIT STATUS\n.TP\n.B 1\nNot x:\n.IR a\\-b \", \" c .\n.TP\n.B 2\na\n.SH END\nc"
    if reasons_of_page(text, {"a-b", "c"}) != {"a-b": 1, "c": 1}:
        yield "reasons"
    if list(wrong_reasons({"a": 1}, {"a": endings.Row(1, "", "")})) or not list(
        wrong_reasons({"a": 1}, {"a": endings.Row(2, "", ""), "b": endings.Row(0, "", "")})
    ):
        yield "statuses"
    if names_of_config("# x = y\n#cert = 1\nlisten = 2\n") != {"cert", "listen"}:
        yield "config"


def unit_problems(text):
    """Yield what systemd says of a unit; its program need not be installed."""
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder) / pathlib.Path(UNIT).name
        unit.write_text(re.sub(r"(?m)^(ExecStart=)\S+", r"\1/bin/true", text), encoding="utf-8")
        command = ["systemd-analyze", "verify", "--man=no", unit]
        run = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    yield from run.stderr.splitlines()
    if run.returncode != 0:
        yield f"systemd-analyze: status {run.returncode}"


def validator_problems(name, text, command):
    """Yield what a validator says of a file of this text; where all is well, nothing."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / pathlib.Path(name).name
        path.write_text(text, encoding="utf-8")
        of_folder = command[0] == "glib-compile-schemas"
        run = subprocess.run(
            [*command, folder if of_folder else path],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": folder},
            check=False,
        )
    if run.returncode != 0:
        yield f"{command[0]}: status {run.returncode}"
        yield from run.stdout.splitlines()


def check_desktop_data(t, root, build):
    """Have each file judged as it is, and without a line that it needs."""
    for name, command, needed in VALIDATORS:
        path = root / name if name == SCHEMA else build / name
        text = path.read_text(encoding="utf-8")
        bad = list(validator_problems(name, text.replace(needed, ""), command))
        t.check(f"{command[0]} finds a bad file", [] if bad else ["it said nothing"])
        t.check(f"{command[0]} is content with {name}", validator_problems(name, text, command))
    for name, mark in ((DESKTOP, "GenericName[{}]="), (METAINFO, '<summary xml:lang="{}">')):
        text = (build / name).read_text(encoding="utf-8")
        missing = [language for language in ("ar", "de") if mark.format(language) not in text]
        t.check(f"{name} is translated", missing)
    keys = re.findall(r'<key name="([a-z-]+)"', (root / SCHEMA).read_text(encoding="utf-8"))
    page = (root / MANUAL_OF_SETTINGS).read_text(encoding="utf-8").replace("\\-", "-")
    section = page.split(".SH SETTINGS")[1].split(".SH ")[0]
    missing = [key for key in keys if key not in section]
    t.check(f"{MANUAL_OF_SETTINGS} names the settings", missing if keys else ["there are none"])


def main():
    root, build = map(pathlib.Path, sys.argv[1:3])
    t = tap.Tap()
    t.check("a wrong page is found", self_test())
    for page, source, pattern in PROGRAMS:
        text = (root / page).read_text(encoding="utf-8")
        named = options_of_page(text)
        taken = options_of_source((root / source).read_text(encoding="utf-8"), pattern)
        t.check(f"{page} names the options that there are", differences(named, taken))
        t.check(f"{page} has them all in its synopsis", missing_in_synopsis(text))
    table = endings.table()
    page = reasons_of_page((root / PROGRAMS[0][0]).read_text(encoding="utf-8"), table)
    t.check(f"{PROGRAMS[0][0]} names every reason and its status", wrong_reasons(page, table))
    whys = re.findall(r'= "([a-z-]+)"', (root / WHYS).read_text(encoding="utf-8"))
    text = (root / PROGRAMS[0][0]).read_text(encoding="utf-8").replace("\\-", "-")
    section = set(re.findall(r"[a-z-]+", text.split(".SH WHY")[1].split(".SH ")[0]))
    t.check(f"{PROGRAMS[0][0]} names every why", sorted(set(whys) - section) if whys else ["none"])
    config = names_of_config((root / CONFIG).read_text(encoding="utf-8"))
    t.check(f"{CONFIG} knows the relay's options", sorted(config - taken))
    check_desktop_data(t, root, build)
    unit = (build / UNIT).read_text(encoding="utf-8")
    bad = unit.replace("Type=exec", "Type=nonsense")
    t.check("systemd finds a bad unit", [] if list(unit_problems(bad)) else ["it said nothing"])
    t.check(f"systemd is content with {UNIT}", unit_problems(unit))
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
