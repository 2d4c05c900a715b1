"""The smallest valid rows of what listeners did; a test states only what matters to it."""

import factory
from factory.django import DjangoModelFactory

from library.models import Collection, CollectionMember, Listener, ListeningProgress, Shelf
from mamcrawler.lib import clock
from tests.factories import CoverageFactory, EditionFactory, ShelfFactory


class ListenerFactory(DjangoModelFactory[Listener]):
    class Meta:
        model = Listener

    external_id = factory.Sequence(lambda n: f"user-{n}")
    name = factory.Sequence(lambda n: f"example-listener-{n}")


class ServerShelfFactory(ShelfFactory):
    kind = Shelf.Kind.AUDIOBOOKSHELF
    external_id = factory.Sequence(lambda n: f"library-{n}")


class ItemFactory(EditionFactory):
    """A copy that the library server has as an item."""

    shelf = factory.SubFactory(ServerShelfFactory)
    external_id = factory.Sequence(lambda n: f"item-{n}")


class ListeningProgressFactory(DjangoModelFactory[ListeningProgress]):
    """Progress in a copy of a book, both made where they are not given."""

    class Meta:
        model = ListeningProgress

    class Params:
        coverage = factory.SubFactory(CoverageFactory, edition=factory.SubFactory(ItemFactory))
        done = factory.Trait(fraction=1.0, is_finished=True, finished_at=factory.LazyFunction(clock.now))

    listener = factory.SubFactory(ListenerFactory)
    edition = factory.LazyAttribute(lambda progress: progress.coverage.edition)
    book = factory.LazyAttribute(lambda progress: progress.coverage.book)
    item_id = factory.LazyAttribute(lambda progress: progress.edition.external_id)
    fraction = 0.5
    listened_at = factory.LazyFunction(clock.now)


class CollectionFactory(DjangoModelFactory[Collection]):
    class Meta:
        model = Collection

    kind = Collection.Kind.COLLECTION
    shelf = factory.SubFactory(ServerShelfFactory)
    external_id = factory.Sequence(lambda n: f"collection-{n}")
    name = factory.Sequence(lambda n: f"Collection {n}")


class CollectionMemberFactory(DjangoModelFactory[CollectionMember]):
    class Meta:
        model = CollectionMember

    class Params:
        coverage = factory.SubFactory(CoverageFactory, edition=factory.SubFactory(ItemFactory))

    collection = factory.SubFactory(CollectionFactory)
    edition = factory.LazyAttribute(lambda member: member.coverage.edition)
    book = factory.LazyAttribute(lambda member: member.coverage.book)
    item_id = factory.LazyAttribute(lambda member: member.edition.external_id)
    position = factory.Sequence(lambda n: n)
