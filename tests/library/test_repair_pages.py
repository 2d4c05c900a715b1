"""The pages that put identity right: what they show to whom, what they do, and how it is taken back."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from library.models import Author, Book, Change, Edition, NotDuplicate, Regrouping, Series
from library.services import catalogue_edition
from library.services.cleaning import SOURCE
from tests.factories import (
    AuthorFactory,
    BookFactory,
    CoverageFactory,
    EditionFactory,
    FieldLockFactory,
    NarratorFactory,
    NotDuplicateFactory,
    RecordingFactory,
    RegroupingFactory,
    SeriesEntryFactory,
    SeriesFactory,
    ShelfFactory,
)
from tests.visitors import queries_of, visitor

pytestmark = pytest.mark.django_db

LISTS = ["library:duplicate-list", "library:match-list", "library:name-list", "library:regrouping-list"]


@pytest.fixture
def viewer():
    return visitor("viewer")


@pytest.fixture
def curator():
    return visitor("curator")


@pytest.fixture
def shelf(tmp_path):
    return ShelfFactory(path=str(tmp_path))


def page_of(client, name, *args, **asked):
    answer = client.get(reverse(name, args=args), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def doubled(title="Project Hail Mary", **better):
    book = BookFactory(title=title, by="Andy Weir")
    recording = RecordingFactory(book=book, narrator_key=f"reader of {title}", runtime_s=36_000)
    for facts in ({"bitrate_kbps": 64}, {"bitrate_kbps": 128} | better):
        CoverageFactory(book=book, edition=EditionFactory(recording=recording, duration_s=36_000, **facts))
    return book


def item(shelf, title, **metadata):
    Path(shelf.path, title).mkdir()
    return EditionFactory(shelf=shelf, title=title, path=title, metadata={"title": title} | metadata)


def unplaced(title, **metadata):
    return EditionFactory(title=title, metadata={"title": title} | metadata)


@pytest.mark.parametrize("name", LISTS)
def test_strangers_sign_in_and_viewers_look(viewer, name):
    assert visitor().get(reverse(name)).status_code == 302
    assert "Nothing" in (page := page_of(viewer, name)) or "No " in page or "Every" in page


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("library:duplicate-list", lambda n: doubled(f"Book {n}")),
        ("library:match-list", lambda n: unplaced(f"Stray {n}", authors=["Andy Weir"])),
        ("library:name-list", lambda n: unplaced(f"Tales {n + 1} - A Title")),
        ("library:regrouping-list", lambda _: RegroupingFactory()),
    ],
)
def test_a_long_list_takes_as_many_queries_as_a_short_one(viewer, name, make):
    BookFactory(title="Stray", by="Andy Weir")
    for n in range(3):
        make(n)
    few = queries_of(viewer, reverse(name))

    for n in range(3, 20):
        make(n)

    assert queries_of(viewer, reverse(name)) == few


def test_a_duplicate_is_shown_with_the_copy_to_keep_and_why(viewer):
    book = doubled()

    page = page_of(viewer, "library:duplicate-list")

    assert book.title in page
    assert "128 kbit/s against 64 kbit/s" in page
    assert "Not a duplicate" not in page


def test_a_dismissed_duplicate_is_gone_and_its_book_can_bring_it_back(curator):
    book = doubled()
    curator.post(reverse("library:duplicate-dismiss", args=[book.pk]))
    assert "No performance is there twice" in page_of(curator, "library:duplicate-list")
    assert "after all" in page_of(curator, "library:book-detail", book.pk)

    curator.post(reverse("library:duplicate-restore", args=[book.pk]))

    assert book.title in page_of(curator, "library:duplicate-list")


def test_a_copy_without_a_book_is_shown_what_it_may_be_and_why(viewer):
    BookFactory(title="Project Hail Mary", by="Andy Weir")
    unplaced("Project Hail Mary", authors=["A. Weir"])

    page = page_of(viewer, "library:match-list")

    assert "Project Hail Mary by Andy Weir" in page
    assert "author agrees" in page


def test_several_copies_are_matched_at_once_and_stay_so(curator):
    book = BookFactory(title="Project Hail Mary", by="Andy Weir")
    known, new, left = unplaced("Hail Mary"), unplaced("Artemis", authors=["Andy Weir"]), unplaced("Left")

    curator.post(
        reverse("library:match-choose"),
        {
            "edition": [known.pk, new.pk],
            f"book-{known.pk}": book.pk,
            f"book-{new.pk}": "new",
            f"book-{left.pk}": book.pk,
        },
    )

    assert known.coverages.get().book == book
    assert new.coverages.get().book.title == "Artemis"
    assert not left.coverages.exists()
    assert known.locks.get().field == "book"


def test_a_copy_that_is_no_book_is_left_without_one_and_can_be_brought_back(curator):
    edition = unplaced("An Interview", authors=["Andy Weir"])
    curator.post(reverse("library:match-dismiss", args=[edition.pk]))
    catalogue_edition(edition)
    assert not Book.objects.exists()
    assert "Left without a book" in page_of(curator, "library:match-list")

    curator.post(reverse("library:match-restore", args=[edition.pk]))

    assert "Left without a book" not in page_of(curator, "library:match-list")
    assert list(Edition.objects.unplaced()) == [edition]


def test_a_copy_that_has_a_book_is_not_left_without_one(curator):
    edition = CoverageFactory().edition

    page = curator.post(reverse("library:match-dismiss", args=[edition.pk]), follow=True).content.decode()

    assert "has its book by now" in page
    assert not edition.locks.exists()


def test_a_matched_copy_that_is_taken_back_waits_again(curator):
    edition, book = unplaced("Hail Mary"), BookFactory()
    curator.post(reverse("library:match-choose"), {"edition": [edition.pk], f"book-{edition.pk}": book.pk})

    curator.post(reverse("library:edition-unplace", args=[edition.pk]))

    assert list(Edition.objects.unplaced()) == [edition]


@pytest.mark.parametrize("answer", ["", "nonsense", "99999999999999999999", "987654"])
def test_a_copy_without_an_answer_waits_on(curator, answer):
    edition = unplaced("Hail Mary")

    page = curator.post(
        reverse("library:match-choose"), {"edition": [edition.pk], f"book-{edition.pk}": answer}, follow=True
    ).content.decode()

    assert "Tick the copies first" in page
    assert not edition.coverages.exists()


@pytest.mark.parametrize(
    ("kind", "factory", "model"),
    [("author", AuthorFactory, Author), ("series", SeriesFactory, Series), ("book", BookFactory, Book)],
)
def test_rows_are_merged_after_what_would_follow_was_shown(curator, kind, factory, model):
    name = "title" if kind == "book" else "name"
    kept, other = factory(**{name: "Ann Author"}), factory(**{name: "Anne Author"})
    url = reverse("library:merge", args=[kind, kept.pk])
    assert "Anne Author" in page_of(curator, "library:merge", kind, kept.pk)
    assert "This becomes Ann Author" in page_of(curator, "library:merge", kind, kept.pk, other=other.pk)

    answer = curator.post(url, {"other": [other.pk]})

    assert answer["Location"] == kept.get_absolute_url()
    assert list(model.objects.all()) == [kept]


def test_narrators_are_merged_too_and_lead_to_the_history(curator):
    kept, other = NarratorFactory(name="Ray Porter"), NarratorFactory(name="Raymond Porter")

    answer = curator.post(reverse("library:merge", args=["narrator", kept.pk]), {"other": [other.pk]})

    assert answer["Location"] == reverse("library:regrouping-list")


def test_merging_with_nothing_says_what_to_do(curator):
    kept = BookFactory()

    page = curator.post(reverse("library:merge", args=["book", kept.pk]), {"other": [kept.pk]}).content.decode()

    assert "choose at least one other to merge" in page


def test_only_known_kinds_are_merged(curator):
    assert curator.get(reverse("library:merge", args=["shelf", 1])).status_code == 404


def test_copies_are_split_off_to_the_book_they_are(curator):
    book, to = doubled("One"), BookFactory(title="Two")
    copy = book.coverages.first().edition
    assert "Two" in page_of(curator, "library:book-split", book.pk, q="two")

    answer = curator.post(reverse("library:book-split", args=[book.pk]), {"edition": [copy.pk], "into": to.pk})

    assert answer["Location"] == to.get_absolute_url()
    assert copy.coverages.get().book == to


def test_splitting_off_nothing_says_why_not(curator):
    page = curator.post(reverse("library:book-split", args=[BookFactory().pk]), {"edition": ["x"]}).content.decode()

    assert "nothing was chosen" in page


def test_a_merge_is_undone_on_the_history_page(curator):
    kept, other = BookFactory(title="Kept"), BookFactory(title="Other")
    curator.post(reverse("library:merge", args=["book", kept.pk]), {"other": [other.pk]})
    made = Regrouping.objects.get()
    assert "Other merged into Kept" in page_of(curator, "library:regrouping-list")

    for _ in range(2):
        page = curator.post(reverse("library:regrouping-undo", args=[made.pk]), follow=True).content.decode()

    assert "it was undone before" in page
    assert Book.objects.count() == 2


def test_names_are_shown_as_a_difference_and_only_what_is_ticked_is_written(curator, shelf):
    edition = item(shelf, "Mistborn 1 - The Final Empire", authors=["Sanderson, Brandon"])
    assert "Brandon Sanderson" in page_of(curator, "library:name-list")
    assert not Change.objects.exists()

    curator.post(reverse("library:name-clean"), {"field": [f"{edition.pk}:authors", f"{edition.pk}:asin", "x:title"]})

    edition.refresh_from_db()
    assert edition.metadata["authors"] == ["Brandon Sanderson"]
    assert edition.metadata["title"] == "Mistborn 1 - The Final Empire"


def test_a_batch_of_cleaned_names_is_undone_as_a_whole(curator, shelf):
    titles = ["Dune (1965)", "Emma (1815) (Unabridged)"]
    editions = [item(shelf, title) for title in titles]
    curator.post(reverse("library:name-clean"), {"field": [f"{edition.pk}:title" for edition in editions]})
    batch = Change.objects.filter(source=SOURCE).values_list("batch", flat=True).distinct().get()
    assert "2 fields" in page_of(curator, "library:regrouping-list")

    curator.post(reverse("library:batch-undo", args=[batch]))

    for edition, title in zip(editions, titles, strict=True):
        edition.refresh_from_db()
        assert edition.metadata["title"] == title


def test_ticking_no_name_says_what_to_do(curator):
    assert "Tick the fields first" in curator.post(reverse("library:name-clean"), follow=True).content.decode()


def test_a_locked_field_is_not_proposed(viewer, shelf):
    edition = item(shelf, "Dune (1965)", published_year="1965")
    FieldLockFactory(edition=edition, field="title")

    assert "Every name here is clean" in page_of(viewer, "library:name-list")


def test_an_item_takes_over_the_series_that_its_book_is_known_to_stand_in(viewer, shelf):
    entry = SeriesEntryFactory(series__name="Mistborn", position="1")
    CoverageFactory(book=entry.book, edition=item(shelf, "The Final Empire"))

    assert "Mistborn #1" in page_of(viewer, "library:name-list")


@pytest.mark.parametrize(
    "url",
    [
        "match-dismiss 1", "match-restore 1", "duplicate-dismiss 1", "duplicate-restore 1", "match-choose",
        "name-clean", "regrouping-undo 1", "merge book 1", "book-split 1",
    ],
)  # fmt: skip
def test_a_viewer_can_not_repair(viewer, url):
    name, *args = url.split()

    assert viewer.post(reverse(f"library:{name}", args=args)).status_code == 403


def test_the_command_shows_what_it_would_write_and_writes_on_order(shelf, capsys):
    edition = item(shelf, "Dune (1965)")
    call_command("clean_names")
    assert "Nothing was written" in capsys.readouterr().out

    call_command("clean_names", apply=True, json=True)

    told = json.loads(capsys.readouterr().out)
    edition.refresh_from_db()
    assert (told["written"], told["items"][0]["fields"]["title"]) == (2, ["Dune (1965)", "Dune"])
    assert (edition.metadata["title"], edition.metadata["published_year"]) == ("Dune", "1965")


def test_the_command_fails_when_a_shelf_can_not_be_written(shelf):
    EditionFactory(shelf=shelf, path="gone/away", metadata={"title": "Dune (1965)"})

    with pytest.raises(CommandError, match="left alone"):
        call_command("clean_names", apply=True)


def test_a_dismissal_follows_a_merge(curator):
    kept = NotDuplicateFactory().book
    other = NotDuplicateFactory().book

    curator.post(reverse("library:merge", args=["book", kept.pk]), {"other": [other.pk]})

    assert NotDuplicate.objects.get().book == kept
