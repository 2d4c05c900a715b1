"""How books and their metadata are shown: initials for covers, descriptions made safe, values in words."""

from typing import Any, Literal

import nh3
from django import template
from django.http import HttpRequest
from django.template import engines
from django.utils.safestring import SafeString, mark_safe

from library.models import Cover
from library.showing import current_want

register = template.Library()

TINTS = ("blue", "azure", "indigo", "purple", "pink", "orange", "lime", "green", "teal", "cyan")
PROSE = {"p", "br", "b", "i", "em", "strong", "ul", "ol", "li", "blockquote"}
FEW_LETTERS = 2
ACRONYMS = {"asin", "isbn"}


@register.filter
def initials(title: str) -> str:
    """The first letters of a title's first words, for a cover that is not there."""
    words = [word for word in str(title).split() if word[:1].isalnum()]
    telling = [word for word in words if word.casefold() not in {"the", "a", "an", "of"}] or words
    return "".join(word[0].upper() for word in telling[:FEW_LETTERS])


@register.filter
def tint(pk: int) -> str:
    """One of the theme's colours, always the same for the same row."""
    return TINTS[pk % len(TINTS)]


@register.simple_tag
def cover(picture: Cover | Literal[""] | None, title: str, number: int, size: str = "middle") -> SafeString:
    """A cover, or initials where there is none.

    :param picture: of a copy without a row of covers a template makes an empty text.
    :param number: key of its book or copy, which chooses the colour behind the initials.
    :param size: "small" in a row, "large" on a page of its own.
    """
    engine: Any = engines["rows"]
    drawn = engine.env.get_template("library/_cover.html").module.cover(picture, title, number, size)
    return SafeString(drawn.strip())


@register.filter
def prose(html: str) -> SafeString:
    """A description as its source wrote it, with nothing left that could act or load."""
    return mark_safe(nh3.clean(html, tags=PROSE, attributes={}))  # noqa: S308 - nh3 keeps only the tags above


@register.filter
def told(value: Any) -> str:
    """A metadata value in words: lists joined, series with their numbers, yes and no."""
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_one(part) for part in value)
    return str(value)


@register.filter
def in_words(name: str) -> str:
    """A field's or kind's name as people write it."""
    words = str(name).replace("_", " ").replace(".", ": ").capitalize().split(" ")
    return " ".join(word.upper() if word.lower() in ACRONYMS else word for word in words)


def _one(part: Any) -> str:
    if isinstance(part, dict):
        part = (part.get("name") or "", part.get("sequence") or "")
    if isinstance(part, list | tuple):
        name, *number = [str(piece) for piece in part if piece not in (None, "")] or [""]
        return f"{name} #{number[0]}" if number else name
    return str(part)


_LIKE = {"owned": "present", "missing": "warning", "announced": "announced"}


@register.filter
def standing_status(standing: str) -> str:
    """The status whose colour a book's standing takes."""
    return _LIKE.get(standing, "")


@register.filter
def current(wants: Any) -> Any:
    """Of a book's wants the open one, else the newest that was given up, else None."""
    return current_want(wants.all() if hasattr(wants, "all") else wants)


def narrowed(request: HttpRequest, kind: str) -> str:
    """A page's query string with one facet set, from the first page on; its value goes behind."""
    parameters = request.GET.copy()
    for name in ("page", kind):
        parameters.pop(name, None)
    return f"?{parameters.urlencode()}{'&' if parameters else ''}{kind}="


@register.simple_tag(takes_context=True)
def without(context: template.Context, kind: str) -> str:
    """The page's query string without one facet, from the first page on."""
    parameters = context["request"].GET.copy()
    for name in ("page", kind):
        parameters.pop(name, None)
    return f"?{parameters.urlencode()}"
