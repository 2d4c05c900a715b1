"""How many books have each word, and what a word was meant to be: held to a count of all words one by one."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.models import SearchWord
from library.search import correcting, vocabulary

pytestmark = pytest.mark.django_db

WORDS = {"kings": 4, "king": 2, "kin": 1, "wing": 3, "desiree": 1, "толстой": 5, "толстая": 2, "東京": 1, "gone": 0}
FACETS = {("standing", "owned"): 7, ("standing", "missing"): 3, ("language", "en"): 6, ("author", "12"): 2}


@pytest.fixture
def known():
    told = {("", word): count for word, count in WORDS.items()} | FACETS
    SearchWord.objects.bulk_create(
        SearchWord(kind=kind, word=word, count=count, head=word[:2], tail=word[-2:], length=len(word))
        for (kind, word), count in told.items()
    )
    return told


ASKED = st.sampled_from(["kin", "king", "wings", "толст", "т", "東", "gone", "xylophone", "'%s", "%"])
EXACT = st.tuples(st.just(""), ASKED, st.booleans())
FACET = st.sampled_from([("language", "en", False), ("author", "12", False), ("author", "13", False)])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(EXACT | FACET))
def test_words_and_beginnings_are_counted_as_one_by_one(known, asked):
    counts = vocabulary.counts(asked)

    assert counts.of_all == 10
    for kind, word, begins in asked:
        fitting = [
            count
            for (other, one), count in known.items()
            if other == kind and (one.startswith(word) if begins else one == word)
        ]
        assert counts.together[kind, word, begins] == sum(fitting)
        assert counts.most[kind, word, begins] == max(fitting, default=0)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("kigns", "kings"),  # two letters swapped
        ("wnig", "wing"),  # short: only its first letter is as it was
        ("tolstoi", None),
        ("толстйо", "толстой"),
        ("толтсой", "толстой"),
        ("gnoe", None),  # no book has it any more
        ("kin", None),  # too short to be one that went wrong
    ],
)
def test_the_nearest_word_is_one_that_a_book_has(known, word, meant):
    alone = {word: meant} if meant else {}

    assert vocabulary.nearest([word]) == alone
    assert correcting.nearest(word, [(other, count) for other, count in WORDS.items() if count]) == meant
    assert vocabulary.nearest(["desriee", word]) == {"desriee": "desiree"} | alone
    assert vocabulary.nearest([]) == {}


def test_a_library_without_books_has_no_words():
    counts = vocabulary.counts([("", "king", True)])

    assert (counts.of_all, counts.together["", "king", True], vocabulary.nearest(["kings"])) == (0, 0, {})


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite compares letter by letter")
def test_words_are_compared_letter_by_letter_whatever_the_locale_of_the_database():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, collation_name FROM information_schema.columns "
            "WHERE table_name = 'library_searchword' AND column_name IN ('word', 'head', 'tail')"
        )
        assert dict(cursor.fetchall()) == {"word": "C", "head": "C", "tail": "C"}
