"""The smallest valid rows of the library app: books, copies and what is decided about them."""

import factory
from factory.django import DjangoModelFactory

from library import identity
from library.models import (
    Alias,
    AudioFile,
    Author,
    Book,
    CalendarFeed,
    Change,
    Cover,
    Coverage,
    Edition,
    Exclusion,
    FieldLock,
    HygieneDismissal,
    HygieneMark,
    LeftOut,
    Narrator,
    NotDuplicate,
    NotInterested,
    Recording,
    Regrouping,
    SavedSearch,
    SearchDocument,
    SearchWord,
    Series,
    SeriesEntry,
    Shelf,
    Snapshot,
)
from tests.factories.operations import UserFactory


class ShelfFactory(DjangoModelFactory[Shelf]):
    class Meta:
        model = Shelf

    kind = Shelf.Kind.FOLDER
    name = factory.Sequence(lambda n: f"Shelf {n}")
    path = factory.Sequence(lambda n: f"/srv/audiobooks/{n}")


class AuthorFactory(DjangoModelFactory[Author]):
    class Meta:
        model = Author
        django_get_or_create = ("key",)

    name = factory.Sequence(lambda n: f"Author Number{n}")
    key = factory.LazyAttribute(lambda author: identity.name_key(author.name))


class BookFactory(DjangoModelFactory[Book]):
    class Meta:
        model = Book
        skip_postgeneration_save = True

    title = factory.Sequence(lambda n: f"Book {n}")
    key = factory.LazyAttribute(lambda book: identity.title_key(book.title))
    sort_title = factory.SelfAttribute("title")
    is_monitored = True

    @factory.post_generation  # type: ignore[untyped-decorator]
    def by(self, create: bool, extracted: str | None, **_: object) -> None:
        """Give it an author by name."""
        if create and extracted:
            self.authors.add(AuthorFactory(name=extracted))


class SeriesFactory(DjangoModelFactory[Series]):
    class Meta:
        model = Series

    name = factory.Sequence(lambda n: f"Tales {n}")
    key = factory.LazyAttribute(lambda series: identity.series_key(series.name))


class SeriesEntryFactory(DjangoModelFactory[SeriesEntry]):
    class Meta:
        model = SeriesEntry

    series = factory.SubFactory(SeriesFactory)
    book = factory.SubFactory(BookFactory)
    position = "1"
    start = factory.LazyAttribute(lambda entry: entry.position)
    end = factory.LazyAttribute(lambda entry: entry.position)


class EditionFactory(DjangoModelFactory[Edition]):
    class Meta:
        model = Edition

    shelf = factory.SubFactory(ShelfFactory)
    title = factory.Sequence(lambda n: f"Edition {n}")
    path = factory.SelfAttribute("title")


class CoverageFactory(DjangoModelFactory[Coverage]):
    class Meta:
        model = Coverage

    edition = factory.SubFactory(EditionFactory)
    book = factory.SubFactory(BookFactory)


class NarratorFactory(DjangoModelFactory[Narrator]):
    class Meta:
        model = Narrator

    name = factory.Sequence(lambda n: f"Narrator Number{n}")
    key = factory.LazyAttribute(lambda narrator: identity.name_key(narrator.name))


class RecordingFactory(DjangoModelFactory[Recording]):
    class Meta:
        model = Recording

    book = factory.SubFactory(BookFactory)
    runtime_s = 36_000


class AudioFileFactory(DjangoModelFactory[AudioFile]):
    class Meta:
        model = AudioFile

    edition = factory.SubFactory(EditionFactory)
    position = 1
    path = factory.Sequence(lambda n: f"{n:03}.m4b")


class AliasFactory(DjangoModelFactory[Alias]):
    class Meta:
        model = Alias

    target = Alias.Target.BOOK
    target_id = 1
    source = "hardcover"
    value = factory.Sequence(str)


class ExclusionFactory(DjangoModelFactory[Exclusion]):
    class Meta:
        model = Exclusion

    book = factory.SubFactory(BookFactory)
    by = factory.SubFactory(UserFactory)


class CalendarFeedFactory(DjangoModelFactory[CalendarFeed]):
    class Meta:
        model = CalendarFeed

    user = factory.SubFactory(UserFactory)


class FieldLockFactory(DjangoModelFactory[FieldLock]):
    class Meta:
        model = FieldLock

    edition = factory.SubFactory(EditionFactory)
    field = "title"
    by = factory.SubFactory(UserFactory)


class ChangeFactory(DjangoModelFactory[Change]):
    class Meta:
        model = Change

    edition = factory.SubFactory(EditionFactory)
    field = "title"
    old = "Old"
    new = "New"
    source = "audnexus"
    by = factory.SubFactory(UserFactory)
    status = Change.Status.WRITTEN


class RegroupingFactory(DjangoModelFactory[Regrouping]):
    class Meta:
        model = Regrouping

    kind = Regrouping.Kind.MERGE
    target = Regrouping.Target.AUTHOR
    kept_id = 1
    words = "Two authors were merged."
    by = factory.SubFactory(UserFactory)


class NotDuplicateFactory(DjangoModelFactory[NotDuplicate]):
    class Meta:
        model = NotDuplicate

    book = factory.SubFactory(BookFactory)
    copies = 2
    newest_edition = 1
    by = factory.SubFactory(UserFactory)


class SearchDocumentFactory(DjangoModelFactory[SearchDocument]):
    class Meta:
        model = SearchDocument

    book = factory.SubFactory(BookFactory)
    digest = "0" * 32


class SearchWordFactory(DjangoModelFactory[SearchWord]):
    class Meta:
        model = SearchWord

    word = factory.Sequence(lambda n: f"word{n}")
    head = "wo"
    tail = "rd"
    length = 6
    count = 1


class SavedSearchFactory(DjangoModelFactory[SavedSearch]):
    class Meta:
        model = SavedSearch

    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Search {n}")


class HygieneMarkFactory(DjangoModelFactory[HygieneMark]):
    class Meta:
        model = HygieneMark

    kind = "no-cover"
    edition = factory.SubFactory(EditionFactory)


class HygieneDismissalFactory(DjangoModelFactory[HygieneDismissal]):
    class Meta:
        model = HygieneDismissal

    kind = "no-cover"
    edition = factory.SubFactory(EditionFactory)
    by = factory.SubFactory(UserFactory)


class SnapshotFactory(DjangoModelFactory[Snapshot]):
    class Meta:
        model = Snapshot
        django_get_or_create = ("kind",)

    kind = Snapshot.Kind.HYGIENE


class CoverFactory(DjangoModelFactory[Cover]):
    class Meta:
        model = Cover

    edition = factory.SubFactory(EditionFactory)
    status = Cover.Status.READY
    digest = factory.Sequence(lambda n: f"{n:032x}")
    width = 480
    height = 480
    source = Cover.Source.SERVER


class LeftOutFactory(DjangoModelFactory[LeftOut]):
    class Meta:
        model = LeftOut

    author = factory.SubFactory(AuthorFactory)
    source = "hardcover"
    title = factory.Sequence(lambda n: f"Summary of Book {n}")
    why = LeftOut.Why.ABOUT


class NotInterestedFactory(DjangoModelFactory[NotInterested]):
    class Meta:
        model = NotInterested

    series = factory.SubFactory(SeriesFactory)
    by = factory.SubFactory(UserFactory)
