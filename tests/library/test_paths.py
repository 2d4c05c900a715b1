"""Names on a shelf: what people see in ordinary cases, and what holds for any text at all."""

import re
import unicodedata
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library import paths
from library.paths import DEFAULT_TEMPLATE, NamingFields, OutsideShelf, TemplateError

RESERVED = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)")
nasty = st.text(
    st.one_of(st.characters(), st.sampled_from(list('/\\:?*"<>|. \t\n\0-{}()')), st.sampled_from(list("🎧👩‍🚀🏽🇩🇪é́"))),
    max_size=400,
) | st.sampled_from(["CON", "nul.txt", "com1", "..", ".", "...", "~", "LPT¹", "👩‍👩‍👧‍👦" * 40, "e\u0301" * 300])


def is_safe(name):
    return (
        0 < len(name.encode()) <= 255
        and not set(name) & set('/\\:?*"<>|')
        and all(unicodedata.category(character) != "Cc" for character in name)
        and name.strip(" ") == name
        and name[-1] != "."
        and name[0] != "."
        and not RESERVED.match(name)
        and unicodedata.is_normalized("NFC", name)
    )


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        (
            {"author": "Agatha Christie", "series": "Poirot", "position": "1", "narrator": "Example Reader"},
            "Agatha Christie/Poirot/01 - T {Example Reader}",
        ),
        ({"author": "A", "series": "S", "position": "1.5"}, "A/S/01.5 - T"),
        ({"author": "A", "series": "S", "position": "12"}, "A/S/12 - T"),
        ({"author": "A", "series": "S", "position": "1-3"}, "A/S/01-03 - T"),
        ({"author": "A", "series": "S", "position": "2.0"}, "A/S/02 - T"),
        ({"author": "A", "series": "S", "position": "0.5"}, "A/S/00.5 - T"),
        ({"author": "A", "series": "S", "position": "Prequel"}, "A/S/Prequel - T"),
        ({"author": "A", "series": "S", "narrator": "N"}, "A/S/T {N}"),
        ({"author": "A", "narrator": "N"}, "A/T {N}"),
        ({}, "T"),
    ],
)
def test_what_is_empty_goes_with_its_separators(fields, path):
    assert paths.render(DEFAULT_TEMPLATE, NamingFields(title="T", **fields)) == PurePosixPath(path)


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("{title} ({year}) [{asin}]", "T (1902)"),
        ("{title} [{asin}] ({year})", "T (1902)"),
        ("Audiobooks/{author}/{title}", "Audiobooks/A/T"),
        ("{series}/Book {position} - {title} by {author}", "T by A"),
        ("{title} (Unabridged)", "T (Unabridged)"),
        ("{author}/{series} (series)/{title}", "A/T"),
        ("/{author}//../{title}", "A/T"),
    ],
)
def test_words_and_brackets_belong_to_their_field(template, path):
    assert paths.render(template, NamingFields(title="T", author="A", year="1902")) == PurePosixPath(path)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("2001: A Space Odyssey", "2001 - A Space Odyssey"),
        ("Either/Or", "Either-Or"),
        ("What If?", "What If"),
        ('The "Genius"', "The 'Genius'"),
        ("...And Ladies of the Club...", "And Ladies of the Club"),
        ("11:59", "11-59"),
        ("CON", "_CON"),
        ("nul.m4b", "_nul.m4b"),
        ("Emoji 🎧👩‍🚀", "Emoji 🎧👩‍🚀"),
        ("Ame\u0301lie", "Amélie"),
        ("tab\tand\0null", "tab and null"),
        ("\u202ereversed", "reversed"),
        ("???", "Untitled"),
    ],
)
def test_titles_are_made_safe_and_stay_readable(title, name):
    assert paths.render("{title}", NamingFields(title=title)) == PurePosixPath(name)


def test_a_title_of_300_characters_leaves_the_narrator_readable():
    path = paths.render(DEFAULT_TEMPLATE, NamingFields(title="Wörter " * 50, author="A", narrator="Example Reader"))

    assert path.name.startswith("Wörter Wörter")
    assert path.name.endswith(" {Example Reader}")
    assert 240 <= len(path.name.encode()) <= 255


def test_a_cut_does_not_break_an_emoji_or_a_flag():
    family, flag = "👩‍👩‍👧‍👦", "🇩🇪"

    assert paths.folder_name(family * 40).replace(family, "") == ""
    assert paths.folder_name("x" + flag * 80).replace(flag, "") == "x"


def test_a_file_keeps_its_suffix_however_long_its_name():
    name = paths.file_name("Part 1: " + "long " * 100 + ".mp3")

    assert name.startswith("Part 1 - long")
    assert name.endswith(".mp3")
    assert is_safe(name)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{author}/{titel}", "no {titel}"),
        ("{title.__class__}", "no {title.__class__}"),
        ("{title!r}", "no {title}"),
        ("{title:>300}", "no {title}"),
        ("{title}{}", "no {}"),
        ("{title", "malformed"),
        ("{author}", "has to name the {title}"),
        ("", "has to name the {title}"),
        ("/".join(["{title}"] * 11), "more than 10"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused(template, words):
    with pytest.raises(TemplateError, match=re.escape(words)):
        paths.render(template, NamingFields(title="T"))


@given(title=nasty, author=nasty, series=nasty, position=nasty, narrator=nasty)
def test_any_text_gives_a_safe_path(title, author, series, position, narrator):
    naming = NamingFields(title=title, author=author, series=series, position=position, narrator=narrator)

    path = paths.render(DEFAULT_TEMPLATE, naming)

    assert all(is_safe(part) for part in path.parts)
    assert 1 <= len(path.parts) <= 3
    assert paths.inside(Path("/shelf"), path) == Path("/shelf") / path


@given(st.lists(nasty, min_size=10, max_size=10))
def test_the_deepest_template_stays_below_a_thousand_bytes(texts):
    template = "/".join(["{title} {author}", *["{title}"] * 8, "{narrator}"])

    path = paths.render(template, NamingFields(title=texts[0], author=texts[1], narrator=texts[2]))

    assert len(str(path).encode()) <= 1_000


@given(nasty)
def test_a_safe_name_stays_as_it_is(text):
    folder, file = paths.folder_name(text), paths.file_name(text)

    assert is_safe(folder)
    assert is_safe(file)
    assert paths.folder_name(folder) == folder
    assert paths.file_name(file) == file


@pytest.mark.parametrize("relative", ["../a", "a/../../b", "/etc/passwd", "", "."])
def test_a_path_out_of_the_shelf_is_refused(tmp_path, relative):
    with pytest.raises(OutsideShelf):
        paths.inside(tmp_path, PurePosixPath(relative))


def test_a_link_out_of_the_shelf_is_refused(tmp_path):
    shelf, elsewhere = tmp_path / "shelf", tmp_path / "elsewhere"
    shelf.mkdir()
    elsewhere.mkdir()
    (shelf / "Author").symlink_to(elsewhere)

    with pytest.raises(OutsideShelf, match="link"):
        paths.inside(shelf, PurePosixPath("Author/Title"))
