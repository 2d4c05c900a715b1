"""What to type into a search for a wanted book."""

import html
import re

from acquisition.matching.offers import Wish
from library.identity import split_title
from library.identity.titles import essence
from library.positions import parse


def queries(wish: Wish) -> list[str]:
    """The texts to search for: title and author, series and number and author, title, title without its subtitle.

    Characters that mean something to a search engine are blanks; equal texts are asked once.
    """
    author = _author(wish)
    variants = [f"{wish.title} {author}"]
    position = parse(wish.position)
    if wish.series and position.start is not None and not position.is_range:
        variants.append(f"{wish.series} {position.start.normalize():f} {author}")
    own = essence(wish.title, series=[wish.series or ""], people=wish.authors).own
    variants += [wish.title, split_title(re.sub(r"[(\[{][^()\[\]{}]*[)\]}]", " ", own or wish.title))[0]]
    unique: dict[str, str] = {}
    for variant in map(_searchable, variants):
        if variant:
            unique.setdefault(variant.casefold(), variant)
    return list(unique.values())


def _author(wish: Wish) -> str:
    """The first author in the usual order: "Gaiman, Neil" is searched as "Neil Gaiman"."""
    name = wish.authors[0] if wish.authors else ""
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}" if comma else name


def _searchable(text: str) -> str:
    """Letters, digits and inner apostrophes and decimal points; everything else may be search syntax."""
    plain = re.sub(r"[’‘`´]", "'", html.unescape(text))
    plain = re.sub(r"(?<!\w)'|'(?!\w)|(?<![0-9])\.|\.(?![0-9])|[^\w\s'.]|_", " ", plain)
    return " ".join(plain.split())
