"""From the text of a search to its tree, and from texts to words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.search import documents
from library.search.correcting import nearest
from library.search.parsing import LONGEST_TEXT, parse
from library.search.tree import All, AnyOf, Between, Facet, Identifier, Not, Text

A, B, C = (Text((word,), "", is_prefix=True) for word in ("ant", "bee", "cat"))


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("", All()),
        ("ant", A),
        ("ÄNT", A),
        ("ant bee", All((A, B))),
        ("ant AND bee", All((A, B))),
        ("ant and bee", All((A, Text(("and",), "", is_prefix=True), B))),
        ("ant OR bee cat", AnyOf((A, All((B, C))))),
        ("(ant OR bee) cat", All((AnyOf((A, B)), C))),
        ("ant NOT bee", All((A, Not(B)))),
        ("ant -bee", All((A, Not(B)))),
        ("NOT NOT ant", A),
        ("-(ant bee)", Not(All((A, B)))),
        ('"ant bee"', Text(("ant", "bee"))),
        ("“ant bee”", Text(("ant", "bee"))),
        ("ant-bee", Text(("ant", "bee"), "", is_prefix=True)),
        ("x", Text(("x",))),
        ("author:ant", Text(("ant",), "author", is_prefix=True)),
        ('by:"ant bee"', Text(("ant", "bee"), "author")),
        ("Re:Zero", Text(("re", "zero"), "", is_prefix=True)),
        ("year:2010", Between("year", 2010, 2010)),
        ("year:2010-2015", Between("year", 2010, 2015)),
        ("year:2010..2015", Between("year", 2010, 2015)),
        ("year:2010-", Between("year", 2010, None)),
        ("year:-1999", Between("year", None, 1999)),
        ("year:>=2010", Between("year", 2010, None)),
        ("year:<2000", Between("year", None, 1999)),
        ("length:10h", Between("length", 600, 659)),
        ("length:>10h", Between("length", 601, None)),
        ("length:1h30m", Between("length", 90, 90)),
        ("length:1.5h-2h", Between("length", 90, 120)),
        ("isbn:0-7653-2635-3", Identifier("9780765326355")),
        ("asin:B00EXAMPLE", Identifier("b00example")),
        ("is:missing", Facet("standingmissing")),
        ("language:German", Facet("languagede")),
        ("decade:1990s", Facet("decade1990")),
        ("format:M4B", Facet("formatm4b")),
    ],
)
def test_a_search_is_understood(text, node):
    parsed = parse(text)

    assert parsed.node == node
    assert parsed.troubles == ()


@pytest.mark.parametrize(
    ("text", "node", "position", "words"),
    [
        ("(ant", A, 0, "never closed"),
        ("ant) bee", All((A, B)), 3, "never opened"),
        ('ant "bee', All((A, Text(("bee",)))), 4, "never closed"),
        ("AND ant", A, 0, "on either side"),
        ("ant OR", A, 4, "on either side"),
        ("ant NOT", A, 4, "something after"),
        ("ant year:soon", A, 9, "no year"),
        ("ant is:blue", A, 7, "owned, missing"),
        ("isbn:123", All(), 5, "neither an ISBN"),
        ("   !!! ", All(), 3, "nothing in this can be searched for"),
        ("💥", All(), 0, "nothing in this can be searched for"),
        ("*", All(), 0, "nothing in this can be searched for"),
        ("NOT %", All(), 0, "nothing in this can be searched for"),
        ("author:💥", All(), 0, "nothing in this can be searched for"),
        ("Title: ant", All((Text(("title",), "", is_prefix=True), A)), 0, "leave no space"),
        ("ant year:", All((A, Text(("year",), "", is_prefix=True))), 4, "leave no space"),
        ("ant year:1969-1960", A, 9, "ends before it begins"),
        ("length:10h-2h", All(), 7, "ends before it begins"),
    ],
)
def test_what_makes_no_sense_is_told_and_the_rest_is_searched(text, node, position, words):
    parsed = parse(text)

    assert parsed.node == node
    assert parsed.troubles[0].position == position
    assert words in parsed.troubles[0].message


def test_a_text_without_end_is_cut():
    parsed = parse("ant " * LONGEST_TEXT)

    assert "first 500 characters" in parsed.troubles[0].message


def test_brackets_without_end_are_read_over():
    assert parse("(" * 400).node == All()


@given(st.text(max_size=700))
def test_no_text_is_refused(text):
    parsed = parse(text)

    assert all(0 <= trouble.position <= len(text) for trouble in parsed.troubles)


@given(
    st.lists(
        st.sampled_from(['"', "(", ")", "-", "AND", "OR", "NOT", "year:", "is:", "ant", ">", "..", " ", "author:"])
    )
)
def test_no_mixture_of_signs_is_refused(signs):
    parsed = parse("".join(signs))

    assert len(parsed.troubles) <= 2 * len(signs)


@given(st.text(max_size=200))
def test_words_are_made_of_plain_letters_alone(text):
    words = documents.words(text)

    assert all(word.isascii() and word.isalnum() and word == word.lower() for word in words)
    assert len(documents.sort_title(text)) <= 60 or words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ærø's Café", ["aeros", "cafe"]),
        ("J. R. R. Tolkien", ["j", "r", "r", "tolkien"]),
        ("三体", ["zq04e09", "zq04f53"]),
        ("Спасибо", ["".join(f"zq{ord(letter):05x}" for letter in "спасибо")]),
    ],
)
def test_words_are_folded(text, words):
    assert documents.words(text) == words


def test_initials_are_found_apart_and_together():
    assert {"j", "r", "jrr", "tolkien"} <= set(documents.words_of_people(["J. R. R. Tolkien"]))


def test_titles_are_sorted_without_article_and_by_number():
    titles = ["Book 10", "The Book 9", "Ärger", "Zoo", "A Book"]

    assert sorted(titles, key=documents.sort_title) == ["Ärger", "A Book", "The Book 9", "Book 10", "Zoo"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("sandreson", "sanderson"),
        ("sanderso", "sanderson"),
        ("mrot", "mort"),
        ("sandersn", "sanderson"),
        ("xyzzyplugh", None),
        ("1985", None),
    ],
)
def test_the_nearest_known_word_is_meant(word, meant):
    known = [("sanderson", 5), ("mort", 1), ("1984", 3), ("sandersons", 1)]

    assert nearest(word, known) == meant


def test_many_open_brackets_are_one_mistake_told_where_it_begins():
    troubles = parse("(" * 15 + "emma").troubles

    assert [(trouble.position, trouble.message) for trouble in troubles] == [(0, "this bracket is never closed")]
