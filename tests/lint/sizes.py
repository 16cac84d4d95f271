# SPDX-License-Identifier: GPL-3.0-or-later
"""Hard limits: 1,000 lines a file, 100 lines a function."""

import ast
import re
import sys

from deskside_test import tap, tree

FILE_LINES = 1000
FUNCTION_LINES = 100
SOURCES = (".c", ".h", ".py", ".build", ".ui", ".css", "/run")


def c_functions(text):
    """Yield (line, lines) of each function; clang-format puts only their braces in column 1."""
    start = None
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"\{\s*$", line):
            start = number
        elif start is not None and re.match(r"\}\s*$", line):
            yield start, number - start + 1
            start = None


def python_functions(text):
    """Yield (line, lines) of each function."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1


def problems(path, text):
    """Yield what is too long in one file."""
    lines = len(text.splitlines())
    if lines > FILE_LINES:
        yield f"{path}: {lines} lines, at most {FILE_LINES}"
    functions = ()
    if path.endswith((".c", ".h")):
        functions = c_functions(text)
    elif path.endswith(".py"):
        functions = python_functions(text)
    for line, count in functions:
        if count > FUNCTION_LINES:
            yield f"{path}:{line}: a function of {count} lines, at most {FUNCTION_LINES}"


def self_test():
    """Say where the check misses what is one line too long, or blames what is not."""
    c_body = "int\nf(void)\n{{\n{}}}\n"
    python_body = "def f():\n{}"
    rows = (
        ("c", c_body.format("    x();\n" * 98), 0),
        ("c", c_body.format("    x();\n" * 99), 1),
        ("py", python_body.format("    x()\n" * 99), 0),
        ("py", python_body.format("    x()\n" * 100), 1),
        ("c", "int x;\n" * 1000, 0),
        ("c", "int x;\n" * 1001, 1),
    )
    for number, (suffix, text, wanted) in enumerate(rows):
        if len(list(problems("x." + suffix, text))) != wanted:
            yield f"row {number} is wrong"


def main():
    t = tap.Tap()
    t.check("what is too long is found", self_test())
    texts = tree.texts(sys.argv[1], *SOURCES)
    found = [problem for path, text in texts.items() for problem in problems(path, text)]
    t.check("files and functions keep the limits", found)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
