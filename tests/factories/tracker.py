"""The smallest valid rows of the tracker app: the account, what is on offer, and pages."""

import factory
from factory.django import DjangoModelFactory

from mamcrawler.lib import clock
from tracker.models import AccountReading, Crawl, CrawlTarget, Document, DocumentVersion, Release, TrackerSession


class ReleaseFactory(DjangoModelFactory[Release]):
    class Meta:
        model = Release

    class Params:
        freeleech = factory.Trait(is_free=True)

    tracker_id = factory.Sequence(lambda n: 1000 + n)
    title = factory.Sequence(lambda n: f"Release {n}")
    main_category = 13
    language = "ENG"
    file_types = "m4b"
    seeders = 10
    size_bytes = 300_000_000


class AccountReadingFactory(DjangoModelFactory[AccountReading]):
    class Meta:
        model = AccountReading

    member_class = "VIP"
    ratio = 2.4
    uploaded_bytes = 2_400_000_000_000
    downloaded_bytes = 1_000_000_000_000
    bonus_points = 35_000
    wedges = 5
    unsatisfied_count = 10
    unsatisfied_limit = 150
    hit_and_run_count = 0


class TrackerSessionFactory(DjangoModelFactory[TrackerSession]):
    class Meta:
        model = TrackerSession

    name = factory.Sequence(lambda n: f"session {n}")
    seed_digest = "example-seed-digest"
    sealed_cookie = "example-sealed-cookie"


class DocumentFactory(DjangoModelFactory[Document]):
    class Meta:
        model = Document

    path = factory.Sequence(lambda n: f"/guides/{n}")
    title = factory.Sequence(lambda n: f"Guide {n}")


class DocumentVersionFactory(DjangoModelFactory[DocumentVersion]):
    class Meta:
        model = DocumentVersion

    document = factory.SubFactory(DocumentFactory)
    number = 1
    text = "Be kind."
    digest = "0" * 64
    source = "import"


class CrawlFactory(DjangoModelFactory[Crawl]):
    class Meta:
        model = Crawl

    page_budget = 50
    finished_at = factory.LazyFunction(clock.now)


class CrawlTargetFactory(DjangoModelFactory[CrawlTarget]):
    class Meta:
        model = CrawlTarget

    crawl = factory.SubFactory(CrawlFactory)
    path = factory.Sequence(lambda n: f"/guides/{n}")
