"""What the benchmark of the pages asks for: every list, search and row, as a page and as its twin in the API."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from library.models import Author, Book, Series
from mamcrawler.benchmarks import library_rows

A_PAGE = 50
FIRST_PAGES = 40
"""So far people page through what was narrowed down; the whole list is paged to its end."""
Drawn = Callable[[random.Random], dict[str, object]]
_TWINS = {"author": "author_id"}


@dataclass(frozen=True)
class Target:
    """A page or list, asked for with other values each time."""

    name: str
    address: Callable[[random.Random], str]


def targets() -> list[Target]:
    """What is asked for, its values drawn from the library at hand."""
    books, series, authors = (list(model.objects.values_list("pk", flat=True)) for model in (Book, Series, Author))
    titles = list(Book.objects.order_by("pk").values_list("title", flat=True)[:5_000])
    drawn = _lists(len(books), authors) | {f"search {name}": _asking(text) for name, text in _searches(titles).items()}
    rare = _searches(titles)["rare word"]
    return [
        *(Target(f"page {name}", _addressed("/library/", query)) for name, query in drawn.items()),
        *(Target(f"api {name}", _addressed("/api/v1/books", _twin(query))) for name, query in drawn.items()),
        Target("page missing", lambda chance: f"/library/missing/?page={_page(chance)}"),
        Target("api missing", lambda chance: f"/api/v1/missing?limit={A_PAGE}&offset={A_PAGE * (_page(chance) - 1)}"),
        Target("page series list", lambda chance: f"/library/series/?page={_page(chance)}"),
        Target("api series list", lambda chance: f"/api/v1/series?limit={A_PAGE}&offset={A_PAGE * _page(chance)}"),
        Target("page series", lambda chance: f"/library/series/{chance.choice(series)}/"),
        Target("page series' modes", lambda chance: f"/library/series/{chance.choice(series)}/modes/"),
        Target("api series", lambda chance: f"/api/v1/series/{chance.choice(series)}"),
        Target("page author list", lambda chance: f"/library/authors/?page={_page(chance)}"),
        Target("api author list", lambda chance: f"/api/v1/authors?limit={A_PAGE}&offset={A_PAGE * _page(chance)}"),
        Target("page author", lambda chance: f"/library/authors/{chance.choice(authors)}/"),
        Target("page author's modes", lambda chance: f"/library/authors/{chance.choice(authors)}/modes/"),
        Target("api author", lambda chance: f"/api/v1/authors/{chance.choice(authors)}"),
        Target("page book", lambda chance: f"/library/books/{chance.choice(books)}/"),
        Target("api book", lambda chance: f"/api/v1/books/{chance.choice(books)}"),
        Target("page facets", lambda chance: f"/library/facets/?{urlencode({'q': rare(chance)})}"),
        Target("page facets of all", lambda _: "/library/facets/"),
        Target("page facets of missing", lambda _: "/library/facets/?standing=missing"),
        Target("page facets common", lambda _: f"/library/facets/?q={library_rows.COMMON[0]}"),
        Target("api facets", lambda chance: f"/api/v1/books/facets?{urlencode({'q': rare(chance)})}"),
        Target("api facets of all", lambda _: "/api/v1/books/facets"),
        Target("api facets common", lambda _: f"/api/v1/books/facets?q={library_rows.COMMON[0]}"),
    ]


def _lists(books: int, authors: list[int]) -> dict[str, Drawn]:
    last = max(1, books // A_PAGE)
    return {
        "list": lambda chance: {"page": chance.randint(1, last)},
        "list by release": lambda chance: {"page": _page(chance), "sort": "released"},
        "owned": lambda chance: {"standing": "owned", "page": _page(chance)},
        "missing of the list": lambda chance: {"standing": "missing", "page": _page(chance)},
        "facet author": lambda chance: {"author": chance.choice(authors)},
        "facet language": lambda chance: {"language": chance.choice(("en", "de", "fr")), "page": _page(chance)},
    }


def _searches(titles: list[str]) -> dict[str, Callable[[random.Random], str]]:
    def rare(chance: random.Random) -> str:
        return chance.choice(titles).split()[-1].lower()

    def typo(chance: random.Random) -> str:
        word = next(word for word in iter(lambda: rare(chance), "") if len(word) > 6)
        at = chance.randrange(2, len(word) - 3)
        return f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}"

    return {
        "rare word": rare,
        "common word": lambda _: library_rows.COMMON[0],
        "beginning": lambda chance: rare(chance)[:2],
        "typo": typo,
        "boolean": lambda chance: f"(the OR {rare(chance)}) AND NOT king year:1990-2010 length:>10h",
    }


def _page(chance: random.Random) -> int:
    return chance.randint(1, FIRST_PAGES)


def _asking(text: Callable[[random.Random], str]) -> Drawn:
    return lambda chance: {"q": text(chance)}


def _addressed(path: str, query: Drawn) -> Callable[[random.Random], str]:
    return lambda chance: f"{path}?{urlencode(query(chance))}"


def _twin(query: Drawn) -> Drawn:
    """The same question in the words of the API."""

    def asked(chance: random.Random) -> dict[str, object]:
        twin: dict[str, object] = {"limit": A_PAGE}
        for name, value in query(chance).items():
            if name == "page":
                twin["offset"] = A_PAGE * (int(str(value)) - 1)
            elif name == "standing":
                twin[str(value)] = "true"
            elif name == "language":
                twin["q"] = f"language:{value}"
            elif name == "sort":
                twin["ordering"] = "-released_on"
            else:
                twin[_TWINS.get(name, name)] = value
        return twin

    return asked
