"""Names and codes of languages, brought to one form for comparing."""

_SPELLINGS = {
    "en": "eng english",
    "de": "ger deu german deutsch",
    "fr": "fre fra french français",
    "es": "spa spanish español castilian",
    "it": "ita italian italiano",
    "nl": "dut nld dutch nederlands",
    "pt": "por portuguese português",
    "sv": "swe swedish svenska",
    "no": "nor nb nob nn norwegian norsk",
    "da": "dan danish dansk",
    "fi": "fin finnish suomi",
    "is": "ice isl icelandic",
    "pl": "pol polish polski",
    "cs": "cze ces czech",
    "sk": "slo slk slovak",
    "hu": "hun hungarian magyar",
    "ro": "rum ron romanian",
    "bg": "bul bulgarian",
    "hr": "hrv croatian",
    "sr": "srp serbian",
    "el": "gre ell greek",
    "ru": "rus russian",
    "uk": "ukr ukrainian",
    "tr": "tur turkish",
    "ar": "ara arabic",
    "he": "heb hebrew",
    "fa": "per fas persian farsi",
    "hi": "hin hindi",
    "ja": "jpn japanese",
    "zh": "chi zho chinese mandarin cantonese",
    "ko": "kor korean",
    "la": "lat latin",
    "ga": "gle irish",
    "cy": "wel cym welsh",
    "ca": "cat catalan",
}
_VARIETIES = {"mandarin", "cantonese"}
_CODES = {spelling: code for code, spellings in _SPELLINGS.items() for spelling in (code, *spellings.split())}


def language_code(language: str | None) -> str | None:
    """The two-letter code of a language given by name or code ("ENG", "en-GB", "German"); None where it is unknown.

    A language missing from the table is itself, in lower case, so that it still differs from the others.
    """
    plain = (language or "").strip().casefold()
    if plain in {"", "und", "unknown", "mul", "multi", "other"}:
        return None
    return _CODES.get(plain) or _CODES.get(plain.replace("_", "-").split("-")[0].split(" ")[0]) or plain


def language_name(code: str) -> str:
    """The English name of a language by its code, as far as the table knows it."""
    names = (word for word in _SPELLINGS.get(code, "").split() if len(word) > len("eng"))
    return next(names, code).capitalize()


def usual_spelling(language: str) -> str:
    """How the library writes a language, however a source spells it; what the table does not know stays as it is.

    Mandarin and Cantonese share a code and keep their names.
    """
    told, code = language.strip(), language_code(language)
    if told.casefold() in _VARIETIES:
        return told.capitalize()
    return language_name(code) if code in _SPELLINGS else told
