# SPDX-License-Identifier: GPL-3.0-or-later
"""Every function in a header has a comment of its own, before it or on its line."""

import re
import sys

from deskside_test import tap, tree

COMMENT = r"/\*.*?\*/|//[^\n]*"
DIRECTIVE = r"^[ \t]*#(?:[^\n\\]|\\.)*"
TEXT = r'"(?:[^"\\\n]|\\.)*"'
TOKEN = re.compile(f"{COMMENT}|{DIRECTIVE}|{TEXT}|[{{}};]", re.S | re.M)
ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)(?=\s|;|$)", re.S)


def declarations(text):
    """Yield (start, end, code) of each declaration at the top level of a header."""
    depth, start, code, position = 0, None, "", 0
    for match in TOKEN.finditer(text):
        token, between = match.group(), text[position : match.start()]
        if start is None and between.strip():
            start = position + len(between) - len(between.lstrip())
        if depth == 0:
            code += between
        position = match.end()
        if token == "{":
            depth += 1
            start = match.start() if start is None else start
        elif token == "}":
            depth -= 1
            # The body of an inline function ends the declaration; a struct's goes on to ";".
            if depth == 0 and ")" in code:
                yield start, position, code
                start, code = None, ""
        elif token == ";" and depth == 0:
            yield start, position, code
            start, code = None, ""


def is_function(code):
    """Say whether a declaration names a function or a type of one; MACROS(x) are neither."""
    call = re.search(r"(\w+)\s*\(", ATTRIBUTE.sub("", code))
    return call is not None and not call[1].isupper()


def has_comment(text, start, end):
    """Say whether a comment ends on the line before, or follows on the line or inside it."""
    line_before = text[:start].rsplit("\n", 2)[-2:][0]
    if line_before.endswith("*/") and "/**<" not in line_before:
        return True
    return "/*" in text[end:].split("\n", 1)[0]


def problems(path, text):
    """Yield the functions without a comment."""
    for start, end, code in declarations(text):
        if is_function(code) and not has_comment(text, start, end):
            line = text.count("\n", 0, start) + 1
            yield f"{path}:{line}: no comment for {' '.join(code.split())}"


SAMPLE = """
#define CALL(x) \\
    call(x)
struct s { int (*fn)(void); };
struct __attribute__((packed)) p { int x; };
enum e { A, B }; /* no function */
TAILQ_HEAD(good_queue, s);
extern const char *const name;
/** Commented before. */
int good_before(int a,
        int b) __attribute__((format(printf, 3, 4)));
int good_behind(void); /**< Commented behind. */
int bad_after_good(void);
/* A heading, not a comment of what follows a blank line. */

int bad_heading(void);
static inline int bad_inline(void)
{
    return f(1);
}
typedef void (*bad_type)(int a);
/** Commented. */
static inline int good_inline(void)
{
    if (x) { f(2); }
    return f(1);
}
int bad_last(void) __attribute__((pure));
"""


def self_test():
    """Compare the functions found without a comment with those that the sample calls bad."""
    found = re.findall(r"\b(?:good|bad)_\w+|CALL|\bs\b|name", "\n".join(problems("", SAMPLE)))
    wanted = re.findall(r"\bbad_\w+", SAMPLE)
    return [] if found == wanted else [f"found {found}, wanted {wanted}"]


def main():
    t = tap.Tap()
    t.check("a function without a comment is found", self_test())
    texts = tree.texts(sys.argv[1], ".h")
    found = [problem for path, text in texts.items() for problem in problems(path, text)]
    t.check("functions in headers have comments", found)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
