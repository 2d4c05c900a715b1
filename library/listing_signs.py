"""What a listed entry gives away about itself: catalogues file much under a series that is no book of it."""

import re
from collections.abc import Collection, Iterable
from enum import StrEnum

from library.identity.languages import language_code, language_name
from library.identity.names import fold
from library.identity.titles import is_generic, names_a_collection, split_title
from library.positions import parse


class Sign(StrEnum):
    """Why a listed entry is no missing book."""

    BOX_SET = "a box set of several books"
    ABOUT = "about the book: a summary, a guide or a sample"
    DRAMATISED = "a dramatisation"
    OTHER_LANGUAGE = "only in other languages"


_DRAMATISED = re.compile(
    r"(?<!not )(?<!non )\bdramati[sz](?:ed|ation|ations)\b|\bgraphic ?audio\b|\b(?:radio|audio|bbc) (?:drama|play)s?\b"
    r"|\b(?:stage|radio) adaptation\b|\bfull cast (?:audio )?(?:drama|adaptation|play)\b"
)
_ABOUT = re.compile(
    r"^(?:(?:a |the )?(?:quick )?(?:summary|analysis|study guide|reading guide|workbook|conversation starters|"
    r"readers? companion|trivia|review)) (?:and [a-z]+ )?(?:to|of|for|on)\b"
    r"|\b(?:study guide|reading guide|sparknotes|cliffs ?notes|shmoop|conversation starters|"
    r"unofficial (?:guide|companion)|"
    r"summary and analysis|book summary|sneak peek|free preview|sampler|excerpt|colou?ring book)\b"
    r"|\b(?:summary|workbook|summary (?:by|from) .+)$"
)
_RANGE = re.compile(r"\b(?:books?|volumes?|vols?)\.? ?#? ?[0-9]+ ?(?:-|–|—|to|through|&) ?#?[0-9]+\b", re.IGNORECASE)
_SET = re.compile(
    r"\b(?:box(?:ed)? ?sets?|omnibus|bundle|[0-9]+ books? (?:set|collection|bundle)|books? set|"
    r"(?:[a-z]+ )?collection set|complete (?:series|saga|collection|trilogy)|books? collection)\b"
)
_EDITION_IN = re.compile(r"\b([a-z]+) (?:language )?(?:edition|translation|version)\b")
_IN_ITS_OWN_WORDS = {
    "edicion en espanol": "es", "edicion espanola": "es", "version espanola": "es", "edition francaise": "fr",
    "version francaise": "fr", "deutsche ausgabe": "de", "edizione italiana": "it", "edicao em portugues": "pt",
    "nederlandse editie": "nl", "svensk utgava": "sv", "wydanie polskie": "pl",
}  # fmt: skip


def sign_of(
    title: str,
    subtitle: str = "",
    *,
    position: str = "",
    recorded_in: Iterable[str] = (),
    languages: Collection[str] = (),
) -> Sign | None:
    """Why a listed entry is no missing book; None for one that may be.

    :param position: its place as written: a single number speaks for a single book, whatever its title.
    :param recorded_in: the languages of its recordings by name or code; one that is unknown may be ours.
    :param languages: the codes of the languages that are listened to; empty when any will do.
    """
    told = fold(f"{title} {subtitle}")
    if _ABOUT.search(fold(title)) or _ABOUT.search(fold(subtitle)):
        return Sign.ABOUT
    if _DRAMATISED.search(told):
        return Sign.DRAMATISED
    place = parse(position)
    if _SET.search(told) or _RANGE.search(f"{title} {subtitle}") or place.is_range:
        return Sign.BOX_SET
    if not place.is_known and _is_collection(title, subtitle):
        return Sign.BOX_SET
    return Sign.OTHER_LANGUAGE if languages and _is_foreign(told, recorded_in, languages) else None


def _is_foreign(told: str, recorded_in: Iterable[str], languages: Collection[str]) -> bool:
    """Whether its title names another language, or it is recorded in others alone."""
    if (named := _language_named(told)) is not None and named not in languages:
        return True
    codes = {language_code(language) for language in recorded_in}
    return bool(codes) and None not in codes and codes.isdisjoint(languages)


def _language_named(told: str) -> str | None:
    """The code of the language that a title says its edition is in: "Dune (Spanish Edition)"."""
    for words, code in _IN_ITS_OWN_WORDS.items():
        if words in told:
            return code
    for found in _EDITION_IN.finditer(told):
        named = language_code(found[1])
        if named is not None and language_name(named).casefold() == found[1]:  # a name we know, not "special"
            return named
    return None


def _is_collection(title: str, subtitle: str) -> bool:
    """Whether the main title calls itself a trilogy, and not merely its series: "Gap: A Trilogy", "Fool: Book 1"."""
    main = split_title(title)[0]
    return names_a_collection(main) and not is_generic(subtitle) and not re.search(r"[0-9]", main)
