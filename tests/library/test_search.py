"""Searching the library: the same books on every database, kept in step, narrowed down, saved and exported."""

import csv
import io
import json
import random
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.models import Book, SavedSearch, SearchDocument, SearchWord
from library.search import documents
from library.services import curating, indexing, searching
from mamcrawler.operations.sessions import BACKEND
from tests.factories import (
    BookFactory,
    CoverageFactory,
    EditionFactory,
    NarratorFactory,
    RecordingFactory,
    SavedSearchFactory,
    SeriesEntryFactory,
    UserFactory,
)
from tests.visitors import HTMX, queries_of, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def library():
    """A few books of every kind, indexed."""
    mort = BookFactory(title="Mort", by="Terry Pratchett", released_on="1987-11-12", language="English")
    SeriesEntryFactory(book=mort, series__name="Discworld", position="4")
    RecordingFactory(book=mort, runtime_s=7 * 3600, asin="B000EXAMPL").narrators.add(
        NarratorFactory(name="Nigel Planer")
    )
    CoverageFactory(book=mort, edition__audio_format="m4b")
    kings = BookFactory(title="The Way of Kings", by="Brandon Sanderson", isbn="0765326353", released_on="2010-08-31")
    RecordingFactory(book=kings, runtime_s=45 * 3600).narrators.add(NarratorFactory(name="Michael Kramer"))
    BookFactory(title="Désirée", by="Annemarie Selinko", language="German", is_monitored=False)
    BookFactory(title="Small Gods: Kings and Priests", by="Terry Pratchett", released_on="1992-05-01")
    indexing.catch_up()


def titles(text, **chosen):
    return sorted(book.title.split(":")[0] for book in searching.find(text, chosen).books)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mort", ["Mort"]),
        ("disc pratch", ["Mort"]),
        ("desiree", ["Désirée"]),
        ("DÉSIRÉE", ["Désirée"]),
        ("planer", ["Mort"]),
        ("kings", ["Small Gods", "The Way of Kings"]),
        ("kings NOT pratchett", ["The Way of Kings"]),
        ("kings -author:pratchett", ["The Way of Kings"]),
        ("NOT pratchett", ["Désirée", "The Way of Kings"]),
        ("mort OR desiree", ["Désirée", "Mort"]),
        ("(mort OR kings) pratchett", ["Mort", "Small Gods"]),
        ('"way of kings"', ["The Way of Kings"]),
        ('"kings way"', []),
        ('"king"', []),
        ("narrator:kramer", ["The Way of Kings"]),
        ("title:pratchett", []),
        ("series:discworld", ["Mort"]),
        ("9780765326355", ["The Way of Kings"]),
        ("isbn:0-7653-2635-3", ["The Way of Kings"]),
        ("B000EXAMPL", ["Mort"]),
        ("year:1985-1995", ["Mort", "Small Gods"]),
        ("year:1987 OR desiree", ["Désirée", "Mort"]),
        ("length:>10h", ["The Way of Kings"]),
        ("length:<=7h", ["Mort"]),
        ("NOT year:>1900", ["Désirée"]),
        ("is:owned", ["Mort"]),
        ("is:missing", ["Small Gods", "The Way of Kings"]),
        ("is:unmonitored", ["Désirée"]),
        ("format:m4b", ["Mort"]),
        ("language:de", ["Désirée"]),
        ("decade:1980", ["Mort"]),
    ],
)
def test_the_same_books_are_found_on_every_database(library, text, found):
    assert titles(text) == found


@pytest.mark.parametrize(
    ("text", "found", "corrected"),
    [
        ("sandreson", ["The Way of Kings"], (("sandreson", "sanderson"),)),
        ("micheal kramer", ["The Way of Kings"], (("micheal", "michael"),)),
        ("author:pratchet", ["Mort", "Small Gods"], ()),  # a beginning is no typing error
        ("mrot", ["Mort"], (("mrot", "mort"),)),
        ("xylophone", [], ()),
    ],
)
def test_typing_errors_are_forgiven_where_nothing_is_found(library, text, found, corrected):
    answer = searching.find(text)

    assert titles(text) == found
    assert answer.corrected == corrected


WORDS = ["mort", "kings", "pratchett", "sanderson", "desiree", '"way of"', "year:>1990", "is:missing", "the"]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.recursive(
    st.sampled_from(WORDS),
    lambda inner: st.tuples(inner, st.sampled_from([" AND ", " OR ", " NOT "]), inner).map(lambda t: f"({''.join(t)})"),
    max_leaves=6,
))  # fmt: skip
def test_boolean_searches_are_those_of_sets(library, text):
    python = text
    sets = {word: set(Book.objects.search(word).values_list("pk", flat=True)) for word in WORDS}
    for number, word in enumerate(WORDS):
        python = python.replace(word, f"s[{number}]")
    python = python.replace(" AND ", "&").replace(" OR ", "|").replace(" NOT ", "-")

    expected = eval(python, {"s": [sets[word] for word in WORDS]})

    assert set(Book.objects.search(text).values_list("pk", flat=True)) == expected


def test_a_changed_book_is_found_as_it_is_now(library):
    Book.objects.filter(title="Mort").update(title="Sourcery")
    assert titles("sourcery") == []

    assert indexing.repair() == 1

    assert (titles("sourcery"), titles('"mort"')) == (["Sourcery"], [])
    assert not SearchWord.objects.filter(word="mort", count__gt=0).exists()


def test_a_book_marked_is_read_again_by_the_next_run(library):
    book = Book.objects.get(title="Mort")
    edition = EditionFactory(audio_format="mp3")
    CoverageFactory(book=book, edition=edition)
    indexing.mark_stale(editions=[edition.pk])

    assert indexing.catch_up() == 1

    assert titles("format:mp3") == ["Mort"]
    assert indexing.catch_up() == 0


def test_what_a_person_decides_is_found_at_once(library):
    curating.exclude(Book.objects.get(title="The Way of Kings"), by=None)

    assert titles("is:excluded") == ["The Way of Kings"]


def test_counts_of_words_that_went_wrong_are_put_right(library):
    SearchWord.objects.filter(word="kings").update(count=99)

    indexing.repair()

    assert SearchWord.objects.get(kind="", word="kings").count == 2


def test_a_book_that_is_gone_is_found_no_more(library):
    Book.objects.get(title="Mort").delete()
    indexing.repair()

    assert titles("mort") == []
    assert not SearchWord.objects.filter(word="mort", count__gt=0).exists()


def test_books_are_sorted_the_same_everywhere(library):
    BookFactory(title="Ärger")
    indexing.catch_up()

    ordered = [book.title.split(":")[0] for book in Book.objects.order_by("sort_title", "pk")]

    assert ordered == ["Ärger", "Désirée", "Mort", "Small Gods", "The Way of Kings"]


def counts(facets, kind):
    return {value.label: value.count for facet in facets.facets if facet.kind == kind for value in facet.values}


def test_facets_count_what_was_found(library):
    everything, kings = (searching.facets_of(searching.find(text)) for text in ("", "kings"))

    assert counts(everything, "author") == {"Terry Pratchett": 2, "Brandon Sanderson": 1, "Annemarie Selinko": 1}
    assert counts(kings, "author") == {"Terry Pratchett": 1, "Brandon Sanderson": 1}
    assert counts(everything, "standing") == {"Missing": 2, "On the shelf": 1, "Not monitored": 1}
    assert counts(everything, "decade") == {"2010s": 1, "1990s": 1, "1980s": 1}
    assert counts(everything, "language") == {"English": 1, "German": 1}


def test_a_facet_narrows_down(library):
    author = Book.objects.get(title="Mort").authors.get().pk

    assert titles("kings", author=str(author)) == ["Small Gods"]


def page_of(client, name, **asked):
    answer = client.get(reverse(name), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_says_what_was_not_understood_and_what_was_meant(library):
    viewer = visitor("viewer")

    assert "this bracket is never closed" in page_of(viewer, "library:book-list", q="(mort")
    assert "nothing in this can be searched for" in page_of(viewer, "library:book-list", q="💥")
    assert "<strong>sanderson</strong>" in page_of(viewer, "library:book-list", q="sandreson")


def test_facets_lead_back_to_the_list(library):
    author = Book.objects.get(title="Mort").authors.get()

    page = page_of(visitor("viewer"), "library:book-facets", q="mort")

    assert f"/library/?q=mort&amp;author={author.pk}" in page


def test_chosen_facets_are_told_in_words_can_be_left_out_and_stay_while_one_types(library):
    author = Book.objects.get(title="Mort").authors.get()

    page = page_of(visitor("viewer"), "library:book-list", q="mort", author=str(author.pk), language="en")

    assert f'Author: <strong class="ms-1 break">{author.name}</strong>' in page
    assert 'Language: <strong class="ms-1 break">English</strong>' in page
    assert 'href="?q=mort&amp;language=en"' in page, "the way back to all authors"
    assert f'<input type="hidden" name="author" value="{author.pk}">' in page


def test_a_search_takes_as_many_queries_however_many_books(library):
    viewer, url = visitor("viewer"), f"{reverse('library:book-list')}?q=common"
    facets = f"{reverse('library:book-facets')}?q=common"
    for _ in range(3):
        BookFactory(title="Common Ground", by="Ann Author")
    indexing.catch_up()
    viewer.get(url)
    few, few_facets = queries_of(viewer, url), queries_of(viewer, facets)
    for _ in range(30):
        BookFactory(title="Common Ground", by="Ann Author")
    indexing.catch_up()

    assert (queries_of(viewer, url), queries_of(viewer, facets)) == (few, few_facets)


@pytest.mark.parametrize("asked", [{"author": "x"}, {"author": "9" * 30}, {"page": "²"}, {"q": "\x00 ( ' \" : *"}])
def test_an_address_that_makes_no_sense_shows_the_list(library, asked):
    assert "Library" in page_of(visitor("viewer"), "library:book-list", **asked)


def streamed(client, name, **asked):
    answer = client.get(reverse(name), asked)
    assert answer.streaming
    return b"".join(answer.streaming_content).decode()


def test_what_is_shown_is_exported(library):
    viewer = visitor("viewer")

    table = list(csv.DictReader(io.StringIO(streamed(viewer, "library:book-export-csv", q="pratchett"))))
    objects = json.loads(streamed(viewer, "library:book-export-json", q="pratchett"))

    assert [row["title"] for row in table] == ["Mort", "Small Gods: Kings and Priests"]
    assert (table[0]["series"], table[0]["narrators"], table[0]["runtime_min"]) == (
        "Discworld #4",
        "Nigel Planer",
        "420",
    )
    assert [row["authors"] for row in objects] == [["Terry Pratchett"], ["Terry Pratchett"]]
    assert json.loads(streamed(viewer, "library:book-export-json", q="xylophone")) == []


def test_no_cell_begins_a_formula():
    BookFactory(title="=cmd()")

    assert "'=cmd()" in streamed(visitor("viewer"), "library:book-export-csv")


def test_a_search_is_saved_opened_renamed_and_deleted(library):
    person = UserFactory()
    client = visitor()
    client.force_login(person, backend=BACKEND)

    client.post(reverse("library:search-save"), {"name": "Kings", "asked": "?q=kings&sort=added&standing=missing"})
    saved = SavedSearch.objects.get(user=person)
    opened = client.get(saved.get_absolute_url()).content.decode()
    client.post(reverse("library:search-rename", args=[saved.pk]), {"name": "Royalty"})

    assert (saved.query, saved.sort, saved.filters) == ("kings", "added", {"standing": "missing"})
    assert "The Way of Kings" in opened
    assert SavedSearch.objects.get().name == "Royalty"

    client.post(reverse("library:search-delete", args=[saved.pk]))

    assert not SavedSearch.objects.exists()


def test_a_name_is_used_once_and_never_empty():
    person = UserFactory()
    client = visitor()
    client.force_login(person, backend=BACKEND)
    SavedSearchFactory(user=person, name="Kings")

    for name in ("Kings", "  "):
        client.post(reverse("library:search-save"), {"name": name, "asked": ""})

    assert SavedSearch.objects.count() == 1


def test_nobody_reaches_the_searches_of_another():
    theirs = SavedSearchFactory()
    client = visitor("owner")

    answers = [
        client.post(reverse(f"library:search-{act}", args=[theirs.pk]), {"name": "Mine"})
        for act in ("rename", "delete")
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert SavedSearch.objects.get().name == theirs.name


def test_documents_are_made_of_books_alone(library):
    assert SearchDocument.objects.count() == Book.objects.count()


def test_with_htmx_only_the_facets_are_sent(library):
    answer = visitor("viewer").get(reverse("library:book-facets"), headers=HTMX)

    assert "<html" not in answer.content.decode()


def test_a_book_of_hundreds_of_narrators_is_told_by_as_many_facets_as_an_index_takes():
    people = range(10**6, 10**6 + 400)
    told = [documents.facet("standing", "owned"), *(documents.facet("narrator", number) for number in people)]

    kept = documents.kept_facets(iter(told))

    assert len(" ".join(kept)) <= documents.LONGEST_FACETS
    assert documents.LONGEST_FACETS - len(" ".join(kept)) < len(told[-1]) + 2
    assert set(kept) == set(told[: len(kept)])


def test_the_most_facets_that_are_kept_can_be_stored():
    book = BookFactory()
    indexing.catch_up()
    facets = random.Random(1).randbytes(documents.LONGEST_FACETS // 2).hex()

    SearchDocument.objects.filter(book=book).update(facets=facets)

    assert SearchDocument.objects.get(book=book).facets == facets


def test_a_book_keeps_the_languages_it_is_found_under(library):
    mort = Book.objects.get(title="Mort")
    assert dict(Book.objects.values_list("title", "languages"))["Désirée"] == " de "
    assert mort.languages == " en "

    RecordingFactory(book=mort, language="French")
    indexing.refresh([mort.pk])

    mort.refresh_from_db()
    assert (mort.languages, titles("language:fr"), titles("language:en")) == (" en fr ", ["Mort"], ["Mort"])
    Book.objects.update(languages=" xx ")  # as a restored backup may have it
    indexing.repair()
    assert set(Book.objects.values_list("languages", flat=True)) == {"", " de ", " en fr "}


def test_languages_that_no_list_knows_are_found_as_far_as_they_are_kept():
    odd = [f"a language that nobody knows {number:02}" for number in range(40)]

    kept = list(documents.kept_languages([*odd, "de", "", "!", "x" * 300]))

    told = documents.Document(facets=tuple(kept)).languages
    assert "languagede" in kept
    assert len(told) <= documents.LONGEST_LANGUAGES
    assert told.split() == [token.removeprefix("language") for token in kept]
    assert documents.Document().languages == ""


def test_the_languages_of_a_library_that_was_searched_before_are_taken_from_its_documents(library):
    Book.objects.update(languages="")
    taken_over = import_module("library.migrations.0026_languages_of_books")

    taken_over.fill(apps, None)

    told = {row.book_id: documents.Document(facets=tuple(row.facets.split())) for row in SearchDocument.objects.all()}
    assert {pk: document.languages for pk, document in told.items()} == dict(
        Book.objects.values_list("pk", "languages")
    )
    assert " de " in Book.objects.values_list("languages", flat=True)
