# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that people of five keyboard layouts type, and what it takes to type them on any desktop."""

import contextlib
import itertools

from . import programs, session
from .hands_on import run
from .typist import Keyboard

WAIT_S = 120.0
# A text that begins with this, which is no part of it, is typed with Caps Lock on.
LOCKED = "⇪"
FAST = 200  # characters of each layout's last text
# Typed at once, thousands of keys a second; then the program has to have read them. More of them
# hold more characters than there are keys to borrow, and the test reads the text beside it.
PAGE = 6
LATIN = (
    "The quick brown fox jumps over the lazy dog",
    "PACK MY BOX WITH FIVE DOZEN JUGS",
    "0123456789 +-*/= 3.14 1,000",
    "p4$$W0rd!%&/()=?",
    "root@host:~# cat <in >out | tr -d \"'\"",
    "{[(<\\|>)]} #include <a_b.h>",
    "user.name+tag@example.org?q=1&r=2#top",
    LOCKED + "CAPS LOCK IS ON",
    "aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpPqQrRsStTuUvVwWxXyYzZ",
    "if (a[i] != b) { x ^= y; } else { z = `date`; }",
    "Zz Yy Aa Qq Mm Ww; it's 5:30, isn't it?",
    "~!@#$%^&*()_+`-=[]\\;',./",
    "aaaa    bbbb",
)
TEXTS = {
    "us": (
        *LATIN,
        "mañana © ½",
        "Straße 5 €",
        "æ «quoted»",
        LOCKED + "ONE AND TWO",
        '{}|:"<>?',
        "S3cr3t-P@ssphrase^With~All`Of'Them",
        'for i in $(seq 9); do echo "$i"; done',
        "UPPER lower UPPER lower",
        "ÑñÑñ ßß €€",
        "x",
        "The five boxing wizards jump quickly; ",
    ),
    "de": (
        *LATIN,
        "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich",
        "ÄÖÜ äöü ß",
        "@ € { } [ ] \\ | ~ µ",
        LOCKED + "ÄRGER UND ÜBUNG",
        "café déjà âge Été",
        "12° §3 a² b³",
        "Fußgängerübergänge",
        "Pässwört#{1}@€",
        "éèê ôû ÁÀÂ",
        "x",
        "Vier fünf sechs zwölf, Grüße aus Köln; ",
    ),
    "fr": (
        *LATIN,
        "Portez ce vieux whisky au juge blond qui fume",
        "déjà vu, ça va, où è",
        "âge fenêtre île hôtel sûr",
        "naïve Noël ÜË",
        "@ # { } [ ] | \\ ^ ~ €",
        LOCKED + "BONJOUR MONSIEUR",
        "l'été, 35 °C § 4 ²",
        "môt-de_passe&é\"'(-è_çà)=",
        "ÊÎÔ Â",
        "x",
        "Un été à la fenêtre de l'hôtel, ça va; ",
    ),
    "ru": (
        "Съешь же ещё этих мягких французских булок, да выпей чаю",
        "ШИРОКАЯ ЭЛЕКТРИФИКАЦИЯ ЮЖНЫХ ГУБЕРНИЙ",
        "0123456789 +-*/= 3,14 №1",
        "Пароль!№;%:?*()_+",
        LOCKED + "ЗАГЛАВНЫЕ БУКВЫ",
        "аАбБвВгГдДеЕёЁжЖзЗиИйЙкКлЛмМнНоОпП",
        "рРсСтТуУфФхХцЦчЧшШщЩъЪыЫьЬэЭюЮяЯ",
        "Ёлка, ёж и Ёршик",
        "я",
        "Я",
        "ъ Ъ ь Ь ы Ы",
        "да/нет \\ 50% (или 100%)",
        "Москва; Санкт-Петербург; Нижний Новгород",
        "В чащах юга жил бы цитрус?",
        "Да, но фальшивый экземпляр!",
        LOCKED + "ЁЖ",
        "фыва олдж йцук нгшщ",
        "ячсм итьбю.",
        '"кавычки" и "ещё"',
        "аааа    бббб",
        "Он сказал: 8-800-100-20-30",
        "ПеРеМеНнЫй РеГиСтР",
        "Итого: 1234,56 = 1000 + 234,56",
        "Быстрая печать двумя руками, без ошибок; ",
    ),
    "gr": (
        "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
        "ΓΑΖΙΕΣ ΚΑΙ ΜΥΡΤΙΕΣ",
        "0123456789 +-*/= 3,14 5€",
        "Κωδικός!@#$%^&*()_+",
        LOCKED + "ΚΕΦΑΛΑΙΑ",
        "αΑβΒγΓδΔεΕζΖηΗθΘιΙκΚλΛμΜ",
        "νΝξΞοΟπΠρΡσΣςτΤυΥφΦχΧψΨωΩ",
        "ά έ ή ί ό ύ ώ",
        "Ά Έ Ή Ί Ό Ύ Ώ",
        "ϊ ϋ Ϊ Ϋ",
        "μαϊού, λαϊκός",
        "Ελλάς, Κύπρος",
        "ω",
        "Ω",
        "{[(<|>)]} \\ / ~ `",
        "«εισαγωγικά» και \"άλλα\"",
        "Τι κάνεις; Καλά: εσύ;",
        LOCKED + "ΣΟΦΙΑ",
        "Αθήνα 2004, 50% (ή 100%)",
        "αααα    ββββ",
        "½ © ® ±",
        "ΕνΑλΛαΞ",
        "σς Σ σίγμα τελικός",
        "Γρήγορη πληκτρολόγηση με δύο χέρια; ",
    ),
}


def lines_of(layout):
    """Return a layout's texts, the last one as long as a page is fast."""
    *texts, last = TEXTS[layout]
    return [*texts, (last * FAST)[:FAST]]


class Typed:
    """What has arrived in a program since the last look; `read()` returns all that ever did."""

    def __init__(self, read):
        self._read = read
        self._seen = ""

    def wait(self, lines):
        """Wait for these lines; return what is wrong with what arrived in their place."""
        wanted = "".join(line + "\n" for line in lines)
        with contextlib.suppress(programs.Failure):  # what differs is told below
            session.until(lambda: self._read() == self._seen + wanted, WAIT_S, "the text")
        arrived = self._read()[len(self._seen) :]
        self._seen += arrived
        if arrived == wanted:
            return []
        pairs = itertools.zip_longest(lines, arrived.splitlines())
        return [f"{line!r} arrived as {got!r}" for line, got in pairs if line != got]


def set_layout(who, layout):
    """Load a layout on somebody's desktop."""
    run(who.screen, "setxkbmap", "-option", "", "-option", "compose:menu", "-layout", layout)


def type_lines(keyboard, lines):
    """Type lines; return what is to arrive."""
    events = []
    for line in lines:
        events += keyboard.events(line.removeprefix(LOCKED) + "\n", line.startswith(LOCKED))
    keyboard.type(events)
    return [line.removeprefix(LOCKED) for line in lines]


def check_pairs(t, name, helper, helpee, typed):
    """Type each layout's texts into a program on each layout, its own among them."""
    for here in TEXTS:
        set_layout(helper, here)
        keyboard = Keyboard(helper.screen)
        for there in TEXTS:
            set_layout(helpee, there)
            lines = lines_of(here)
            pages = [lines[at : at + PAGE] for at in range(0, len(lines), PAGE)]
            wrong = [one for page in pages for one in typed.wait(type_lines(keyboard, page))]
            t.check(f"{here} typed into {name} on {there}", wrong)
