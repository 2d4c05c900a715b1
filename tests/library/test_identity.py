"""Whether names, titles and descriptions mean the same person, series or book."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.identity import (
    Verdict,
    Work,
    compare,
    name_key,
    same_person,
    same_series,
    same_title,
    series_key,
    split_title,
    title_key,
)
from library.identity.languages import language_code, usual_spelling

PROPER_NAMES = st.text(st.characters(whitelist_categories=("L", "P", "Zs", "Nd")), max_size=40)


@pytest.mark.parametrize(
    ("spelling", "key"),
    [
        ("J.R.R. Tolkien", "jrr tolkien"),
        ("J. R. R. Tolkien", "jrr tolkien"),
        ("Tolkien, J.R.R.", "jrr tolkien"),
        ("J R R Tolkien", "jrr tolkien"),
        ("JRR Tolkien", "jrr tolkien"),
        ("Gabriel García Márquez", "gabriel garcia marquez"),
        ("Brontë, Charlotte", "charlotte bronte"),
        ("Patrick O’Brian", "patrick obrian"),
        ("Martin Luther King, Jr.", "martin luther king"),
        ("King, Martin Luther, Jr.", "martin luther king"),
        ("Oliver Sacks, M.D.", "oliver sacks"),
        ("Brené Brown Ph.D.", "brene brown"),
        ("Sir Terry Pratchett", "terry pratchett"),
        ("Constance Garnett - translator", "constance garnett"),
        ("Constance Garnett (Translator)", "constance garnett"),
        ("Dr. Seuss", "dr seuss"),
        ("村上春樹", "村上春樹"),
        ("...", "..."),
        ("", ""),
    ],
)
def test_name_key_is_one_form_for_all_spellings(spelling, key):
    assert name_key(spelling) == key


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Neil Gaiman", "Gaiman, Neil"),
        ("Gaiman Neil", "Neil Gaiman"),
        ("J.R.R. Tolkien", "John Ronald Reuel Tolkien"),
        ("E. A. Mayes", "E A Mayes"),
        ("Ursula Le Guin", "Ursula K. Le Guin"),
        ("Iain Banks", "Iain M. Banks"),
        ("Steven Erikson", "Steven Erickson"),
        ("Elliot Hill", "Elliott Hill"),
        ("MacLeod Andrews", "Mac Leod Andrews"),
    ],
)
def test_variants_of_a_name_are_one_person(a, b):
    assert same_person(a, b) > 0.8
    assert same_person(b, a) > 0.8


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Robert Jordan", "Michael Jordan"),
        ("J.R.R. Tolkien", "Christopher Tolkien"),
        ("Erin Hunter", "Evan Hunter"),
        ("John A. Smith", "John B. Smith"),
        ("Stephen King", "Owen King"),
        ("J.D. Robb", "Nora Roberts"),
        ("", "Neil Gaiman"),
        ("", ""),
    ],
)
def test_other_names_are_other_people(a, b):
    assert same_person(a, b) <= 0.8
    assert same_person(b, a) <= 0.8


@pytest.mark.parametrize(
    ("spelling", "key"),
    [
        ("The Expanse", "expanse"),
        ("Expanse series", "expanse"),
        ("Expanse Saga", "expanse"),
        ("The Soldier Son Trilogy", "soldier son"),
        ("Anty Boisjoly Mysteries", "anty boisjoly"),
        ("Chronicles of Sir Crabby", "chronicles of sir crabby"),
        ("The Chronicles", "chronicles"),
        ("Series", "series"),
        ("!!!", "!!!"),
    ],
)
def test_series_key_drops_what_only_says_that_it_is_a_series(spelling, key):
    assert series_key(spelling) == key


@given(st.text(min_size=1))
def test_series_key_of_something_is_never_empty(name):
    assert series_key(name) != ""


@pytest.mark.parametrize(
    ("a", "b", "comparable"),
    [
        ("The Farseer Trilogy", "Farseer", True),
        ("Realms of the Elderlings", "The Realm of the Elderlings", True),
        ("The Land: Chaos Seeds", "Chaos Seeds", True),
        ("Discworld", "Discworld: Witches", False),
        ("New Era Online", "New Era Online: Biomancer", False),
        ("Era 1", "Era 2", False),
        ("", "Discworld", False),
        ("", "", False),
    ],
)
def test_only_one_series_has_comparable_numbers(a, b, comparable):
    assert (same_series(a, b) >= 0.85) is comparable
    assert (same_series(b, a) >= 0.85) is comparable


@pytest.mark.parametrize(
    ("spelling", "key"),
    [
        ("The Hobbit (Unabridged)", "hobbit"),
        ("The Hobbit [M4B 64kbps]", "hobbit"),
        ("Hobbit, The", "hobbit"),
        ("The Hobbit - Audiobook", "hobbit"),
        ("The Hobbit - MP3 64K", "hobbit"),
        ("The Hobbit (75th Anniversary Edition)", "hobbit"),
        ("Cleopatra &amp; Frankenstein", "cleopatra and frankenstein"),
        ("Assassin’s Fate", "assassins fate"),
        ("Slaughterhouse-Five", "slaughterhouse 5"),
        ("Rocky III", "rocky 3"),
        ("", ""),
    ],
)
def test_title_key_is_one_form_for_all_spellings(spelling, key):
    assert title_key(spelling) == key


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("Sapiens: A Brief History of Humankind", ("Sapiens", "A Brief History of Humankind")),
        ("The Land: Founding: A LitRPG Saga", ("The Land", "Founding: A LitRPG Saga")),
        ("Educated - A Memoir (Unabridged)", ("Educated", "A Memoir")),
        ("Catch-22", ("Catch-22", "")),
        ("Mort:", ("Mort", "")),
        ("", ("", "")),
    ],
)
def test_a_title_is_split_from_its_subtitle(title, parts):
    assert split_title(title) == parts


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Guards! Guards!", "Guards, Guards"),
        ("The Bonehunters", "Bonehunters"),
        ("Assassins Apprentice", "Assassin’s Apprentice"),
        ("The Tap Dancing Tarrasque", "The Tap Dancing Tarasque"),
        ("The Call of the Wild", "Call of Wild"),
        ("Sandman Slim", "Sandman Slim: A Novel"),
        ("The Land-Raiders", "The Land: Raiders"),
        ("Fools Quest 2015", "Fool's Quest"),
        ("Sapiens: A Brief History of Humankind", "Sapiens: Brief History of Humankind"),
    ],
)
def test_spellings_of_one_title_are_the_same(a, b):
    assert same_title(a, b) >= 0.9
    assert same_title(b, a) >= 0.9


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("The Housemaid", "The Housemaid's Secret"),
        ("It", "It Ends with Us"),
        ("Dune", "Dune Messiah"),
        ("Foundation", "Second Foundation"),
        ("Stardust", ""),
        ("", ""),
        ("Defiance of the Fall 4", "Defiance of the Fall 14"),
        ("Defiance of the Fall", "Defiance of the Fall 4"),
        ("Biomancer: Book 1", "Biomancer: Book 2"),
        ("The Light", "The Night"),
        ("Fool's Quest", "Fool's Fate"),
        ("The Land: Founding", "The Land: Forging"),
    ],
)
def test_other_titles_do_not_match(a, b):
    assert same_title(a, b) < 0.6
    assert same_title(b, a) < 0.6


def test_a_missing_subtitle_is_likely_but_not_sure():
    assert same_title("Atomic Habits", "Atomic Habits: An Easy and Proven Way") == 0.85


@pytest.mark.parametrize(
    ("spelling", "code"),
    [("ENG", "en"), ("en-GB", "en"), ("German", "de"), ("xx", "xx"), ("", None), (None, None), ("und", None)],
)
def test_languages_are_known_by_name_and_code(spelling, code):
    assert language_code(spelling) == code


def work(title="Mort", **changes):
    return Work(**{"title": title, "authors": ("Terry Pratchett",), **changes})


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        (work(), work(), "same"),
        (work(), work(authors=("Sir Terry Pratchett", "Stephen Briggs")), "same"),
        (work(), work(authors=("Neil Gaiman",)), "different"),
        (work(), work(authors=()), "ambiguous"),
        (work(), work("Sourcery", authors=()), "different"),
        (work(), work("Sourcery"), "different"),
        (work(language="en"), work(language="GER"), "different"),
        (work(medium="audiobook"), work(medium="e-book"), "different"),
        (work(dramatised=False), work(dramatised=True), "different"),
        (work(dramatised=True), work(dramatised=False), "different"),
        (work(abridged=False), work(abridged=True), "same"),
        (work(narrators=("Nigel Planer",)), work(narrators=("Tony Robinson",)), "same"),
        (work(series=(("Discworld", "4"),)), work(series=(("Discworld", "04"), ("Death", "1"))), "same"),
        (work(series=(("Discworld", "4"),)), work(series=(("Discworld", "5"),)), "ambiguous"),
        (work(series=(("Discworld", "4"),)), work("Sourcery", series=(("Discworld", "4"),)), "ambiguous"),
        (work(series=(("Discworld", "4"),)), work("Discworld #4"), "same"),
        (work(series=(("Discworld", "4"),)), work("Discworld 5"), "different"),
        (work("Discworld 04 - Mort"), work("Mort (Discworld, #4)"), "same"),
        (work("Terry Pratchett - Mort"), work(), "same"),
        (work("Mort by Terry Pratchett"), work(), "same"),
        (work("Mort", subtitle="Discworld, Book 4"), work("Discworld, Book 4"), "same"),
        (work("Life Reset"), work("Life Reset: Salvation", series=(("New Era Online", "6"),)), "ambiguous"),
        (work("Fragile Things"), work("Fragile Things: Short Fictions and Wonders"), "same"),
        (work("Hobnobbing", series=(("Era", "3"),)), work("Life Reset Hobnobbing", series=(("Era", "3"),)), "same"),
        (work("Golden Son", series=(("Red Rising", "2"),)), work("Red Rising 2: Golden Son"), "same"),
        (work("Dune", series=(("Dune", "3"),)), work("Dune", series=(("Dune", None),)), "ambiguous"),
        (work(isbn="9780062225689"), work("Mort: A Novel of Discworld", isbn="0062225685"), "same"),
        (work(asin="B000000001"), work("Sourcery", asin="b000000001"), "ambiguous"),
    ],
)
def test_whether_two_works_are_the_same_book(a, b, verdict):
    assert compare(a, b).verdict == verdict
    assert compare(b, a).verdict == verdict


def test_british_and_american_titles_of_one_number_are_the_same_book():
    british = work("Harry Potter and the Philosopher's Stone", series=(("Harry Potter", "1"),))
    american = work("Harry Potter and the Sorcerer's Stone", series=(("Harry Potter", "1"),))

    assert compare(british, american).verdict == Verdict.SAME


def test_the_reasons_are_sentences_for_a_person():
    comparison = compare(work(series=(("Discworld", "4"),)), work("Sourcery", series=(("Discworld", "5"),)))

    assert comparison.reasons == (
        "author agrees: Terry Pratchett",
        "another title: Sourcery",
        "this is book 5 of Discworld, wanted 4",
    )


def test_confidence_goes_with_the_verdict():
    sure, open_, other = (compare(work(), work(**changes)) for changes in ({}, {"authors": ()}, {"title": "Eric"}))

    assert sure.confidence > open_.confidence > other.confidence
    assert sure.confidence >= 0.75
    assert other.confidence <= 0.35


@given(PROPER_NAMES, PROPER_NAMES, PROPER_NAMES)
def test_any_text_can_be_compared(title, author, series):
    a, b = (
        Work(title, authors=(author,), series=((series, "1"),)),
        Work(author, authors=(title,), series=((title, series),)),
    )

    assert compare(a, b).verdict == compare(b, a).verdict
    assert 0 <= compare(a, b).confidence <= 1


@given(PROPER_NAMES, PROPER_NAMES)
def test_likeness_is_the_same_both_ways(a, b):
    assert same_title(a, b) == same_title(b, a)
    assert same_person(a, b) == same_person(b, a)
    assert same_series(a, b) == same_series(b, a)


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("english", "English"),
        ("ENG", "English"),
        ("en-GB", "English"),
        ("Deutsch", "German"),
        ("cantonese", "Cantonese"),
        ("Klingon", "Klingon"),
        ("English, French", "English, French"),
        ("", ""),
    ],
)
def test_a_language_is_written_one_way_however_it_is_spelled(told, written):
    assert usual_spelling(told) == written
