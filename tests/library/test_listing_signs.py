"""Things that catalogues file under a series and that are no missing book."""

import pytest

from library.listing_signs import Sign, sign_of


@pytest.mark.parametrize(
    ("title", "subtitle", "sign"),
    [
        ("The Way of Kings", "", None),
        ("The Way of Kings", "The Stormlight Archive, Book 1", None),
        ("Guards! Guards!", "A Discworld Novel", None),
        ("Dune Messiah", "", None),
        ("The Collector", "", None),
        ("Analysis Paralysis", "", None),
        ("A Guide to the Dungeon", "", None),  # a novel may be called so
        ("The Companion", "", None),
        ("Summary of The Way of Kings", "by Brandon Sanderson", Sign.ABOUT),
        ("Summary and Analysis of Dune", "", Sign.ABOUT),
        ("Dune: A Study Guide", "", Sign.ABOUT),
        ("Mistborn", "SparkNotes Literature Guide", Sign.ABOUT),
        ("The Martian - Summary", "", Sign.ABOUT),
        ("Conversation Starters for Dune", "", Sign.ABOUT),
        ("The Final Empire (Sneak Peek)", "", Sign.ABOUT),
        ("Warbreaker (Dramatized Adaptation)", "", Sign.DRAMATISED),
        ("Mort: BBC Radio Drama", "", Sign.DRAMATISED),
        ("Elantris", "GraphicAudio", Sign.DRAMATISED),
        ("Mort (not dramatised)", "", None),
        ("The Expanse Box Set", "Books 1-3", Sign.BOX_SET),
        ("Mistborn Trilogy", "", Sign.BOX_SET),
        ("The Land", "Books 1-3", Sign.BOX_SET),
        ("Wheel of Time 4 Books Set", "", Sign.BOX_SET),
        ("The Complete Series", "", Sign.BOX_SET),
    ],
)
def test_titles_tell_what_is_no_book_of_the_series(title, subtitle, sign):
    assert sign_of(title, subtitle) == sign


@pytest.mark.parametrize(
    ("recorded_in", "languages", "sign"),
    [
        (["German"], {"en"}, Sign.OTHER_LANGUAGE),
        (["German", "fr"], {"en"}, Sign.OTHER_LANGUAGE),
        (["German", "English"], {"en"}, None),
        (["German"], {"en", "de"}, None),
        (["German"], set(), None),
        (["German", ""], {"en"}, None),
        ([], {"en"}, None),
    ],
)
def test_a_book_recorded_only_in_languages_nobody_listens_to_is_not_missing(recorded_in, languages, sign):
    assert sign_of("Tintenherz", recorded_in=recorded_in, languages=languages) == sign


def test_a_position_tells_a_single_book_from_a_set():
    assert sign_of("The Collection", position="3") is None
    assert sign_of("The Collection") == Sign.BOX_SET
    assert sign_of("First Light", position="1-3") == Sign.BOX_SET
