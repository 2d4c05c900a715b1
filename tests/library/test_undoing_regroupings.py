"""Whatever was merged, split or moved is undone to the last row, unless what was done since would be lost."""

import random
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from library.models import (
    Author,
    Book,
    Coverage,
    Edition,
    FieldLock,
    Narrator,
    Recording,
    Regrouping,
    SearchDocument,
    Series,
)
from library.services import NotUndoable, indexing, regrouping
from mamcrawler.lib import clock
from tests.factories import (
    AliasFactory,
    AuthorFactory,
    BookFactory,
    CandidateFactory,
    ClaimFactory,
    CoverageFactory,
    EditionFactory,
    ExclusionFactory,
    FailedAttemptFactory,
    NarratorFactory,
    RecordingFactory,
    ReleaseFactory,
    SeriesEntryFactory,
    SeriesFactory,
    WantFactory,
)

pytestmark = pytest.mark.django_db

KEPT_OUT = {"regrouping", "auditentry"}


def everything() -> dict[str, Any]:
    """Every row of our tables, but for what tells of the regroupings themselves."""
    models = [model for app in ("library", "acquisition", "metadata", "operations")
              for model in apps.get_app_config(app).get_models(include_auto_created=True)]  # fmt: skip
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in models
        if model._meta.model_name not in KEPT_OUT
    }


def copy_of(book, **edition):
    return CoverageFactory(book=book, edition=EditionFactory(**edition)).edition


def test_a_regrouping_is_undone_once():
    made = regrouping.merge_books(BookFactory(), [BookFactory()], by=None)
    regrouping.undo_regrouping(made, by=None)

    with pytest.raises(NotUndoable, match="before"):
        regrouping.undo_regrouping(made, by=None)

    assert Book.objects.count() == 2


def test_what_came_later_is_undone_first():
    first, second, third = BookFactory.create_batch(3)
    copy_of(third)
    earlier = regrouping.merge_books(second, [third], by=None)
    later = regrouping.merge_books(first, [second], by=None)

    with pytest.raises(NotUndoable, match="undo what came later first"):
        regrouping.undo_regrouping(earlier, by=None)
    regrouping.undo_regrouping(later, by=None)
    regrouping.undo_regrouping(earlier, by=None)

    assert set(Book.objects.all()) == {first, second, third}


def test_a_book_that_has_gained_something_since_is_not_undone_away():
    book = BookFactory()
    made = regrouping.split_book(book, editions=[copy_of(book), copy_of(book)][:1], by=None)
    WantFactory(book_id=made.kept_id, book=None)

    with pytest.raises(NotUndoable, match="wants of its own"):
        regrouping.undo_regrouping(made, by=None)

    made.refresh_from_db()
    assert made.undone_at is None


def test_a_description_that_was_changed_since_does_not_stand_in_the_way():
    kept, other = BookFactory(), BookFactory(description="Of the other")
    made = regrouping.merge_books(kept, [other], by=None)
    Book.objects.filter(pk=kept.pk).update(description="Written since")

    regrouping.undo_regrouping(made, by=None)

    kept.refresh_from_db()
    assert (kept.description, Book.objects.count()) == ("Written since", 2)


def test_a_copy_that_vanished_from_the_database_stands_in_the_way_of_undoing():
    kept, other = BookFactory(), BookFactory()
    copy = copy_of(other)
    made = regrouping.merge_books(kept, [other], by=None)
    copy.delete()

    with pytest.raises(NotUndoable):
        regrouping.undo_regrouping(made, by=None)


def test_the_search_finds_books_that_were_merged_and_parted_again():
    kept, other = BookFactory(title="Northern Lights"), BookFactory(title="The Golden Compass")
    indexing.catch_up()
    made = regrouping.merge_books(kept, [other], by=None)
    assert list(indexing.waiting()) == [kept]
    indexing.catch_up()

    regrouping.undo_regrouping(made, by=None)
    indexing.catch_up()

    assert set(SearchDocument.objects.values_list("book", flat=True)) == {kept.pk, other.pk}


def test_a_split_book_that_the_search_has_read_is_undone():
    book = BookFactory()
    made = regrouping.split_book(book, editions=[copy_of(book)], title="Another", by=None)
    indexing.catch_up()

    regrouping.undo_regrouping(made, by=None)

    assert list(Book.objects.all()) == [book]


def some_library(dice: random.Random) -> None:
    """A few books that share authors, series, narrators, copies, wants and claims at random."""
    authors, narrators = AuthorFactory.create_batch(3), NarratorFactory.create_batch(3)
    series = [SeriesFactory(name="Songs")]
    series += [SeriesFactory(name="Tales", author_key=author.key) for author in dice.sample(authors, 2)]
    releases = ReleaseFactory.create_batch(2)
    for _ in range(4):
        book = BookFactory(description=dice.choice(["", "Words"]), is_placeholder=dice.random() < 0.2)
        book.authors.set(dice.sample(authors, dice.randint(0, 2)))
        for row in dice.sample(series, dice.randint(0, len(series))):
            number = dice.choice(["", "1", "2.5"])
            SeriesEntryFactory(series=row, book=book, position=number, start=number or None, end=number or None)
        _some_recordings(dice, book, narrators)
        if dice.random() < 0.6:
            CandidateFactory(want=WantFactory(book=book, series=dice.choice(series)), release=dice.choice(releases))
        if dice.random() < 0.5:
            FailedAttemptFactory(book=book, release=dice.choice(releases))
        for make in (ExclusionFactory, ClaimFactory):
            if dice.random() < 0.4:
                make(book=book)
        AliasFactory(target_id=book.pk, value=str(book.pk))
    FieldLock.objects.create(edition=Edition.objects.order_by("pk").first() or EditionFactory(), field="book")


def _some_recordings(dice: random.Random, book: Book, narrators: list[Narrator]) -> None:
    for asin in dice.sample(["", "B000000001", "B000000002"], dice.randint(0, 2)):
        recording = RecordingFactory(book=book, asin=asin, released_on=dice.choice([None, "2020-02-02"]))
        recording.narrators.set(dice.sample(narrators, dice.randint(0, 2)))
        recording.narrator_key = "|".join(sorted(one.key for one in recording.narrators.all()))
        recording.save()
        if dice.random() < 0.7:
            copy = copy_of(book, recording=recording)
            if dice.random() < 0.3:
                Coverage.objects.get_or_create(edition=copy, book=dice.choice(list(Book.objects.all())))


def some_regrouping(dice: random.Random) -> Regrouping | None:
    kind = dice.choice(["author", "narrator", "series", "book", "book", "split", "move", "reassign"])
    books = list(Book.objects.order_by("pk"))
    merges = {
        "author": (Author, regrouping.merge_authors), "narrator": (Narrator, regrouping.merge_narrators),
        "series": (Series, regrouping.merge_series), "book": (Book, regrouping.merge_books),
    }  # fmt: skip
    try:
        if kind in merges:
            model, merge = merges[kind]
            rows = list(model._default_manager.order_by("pk"))
            return merge(rows[0], dice.sample(rows, min(len(rows), dice.randint(1, 3))), by=None)
        if kind == "split":
            return regrouping.split_book(dice.choice(books), editions=list(Edition.objects.all()), by=None)
        if kind == "move":
            return regrouping.move_recording(dice.choice(list(Recording.objects.all())), dice.choice(books), by=None)
        return regrouping.reassign_edition(dice.choice(list(Edition.objects.all())), dice.choice(books), by=None)
    except (regrouping.CanNotMerge, IndexError):
        return None


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_whatever_is_regrouped_is_undone_to_the_last_row(seed):
    dice = random.Random(seed)
    with transaction.atomic():
        some_library(dice)
        before = everything()
        made = [one for one in (some_regrouping(dice) for _ in range(3)) if one]
        for one in reversed(made):
            regrouping.undo_regrouping(Regrouping.objects.get(pk=one.pk), by=None)

        assert everything() == before
        assert not Regrouping.objects.filter(undone_at__gt=clock.now()).exists()
        transaction.set_rollback(True)
