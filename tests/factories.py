"""The smallest valid row of each model; a test states only what matters to it."""

import factory
from factory.django import DjangoModelFactory

from acquisition.models import (
    Candidate,
    Download,
    DownloadEvent,
    FailedAttempt,
    Inspection,
    PathMapping,
    Want,
)
from library import identity
from library.models import (
    Alias,
    AudioFile,
    Author,
    Book,
    CalendarFeed,
    Change,
    Coverage,
    Edition,
    Exclusion,
    FieldLock,
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
)
from mamcrawler.lib import clock
from mamcrawler.operations.models import (
    ApiKey,
    AuditEntry,
    Finding,
    JobPhase,
    JobRun,
    OutsideHost,
    Setting,
    User,
)
from metadata.models import Claim, Lookup, Proposal
from tracker.models import (
    AccountReading,
    Crawl,
    CrawlTarget,
    Document,
    DocumentVersion,
    Release,
    TrackerSession,
)


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"person{n}")
    role = User.Role.OWNER
    password = factory.django.Password("a long example password")


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


class WantFactory(DjangoModelFactory[Want]):
    class Meta:
        model = Want

    book = factory.SubFactory(BookFactory)


class CandidateFactory(DjangoModelFactory[Candidate]):
    class Meta:
        model = Candidate

    want = factory.SubFactory(WantFactory, status=Want.Status.CHOSEN)
    release = factory.SubFactory(ReleaseFactory)
    verdict = Candidate.Verdict.ACCEPTED
    match_score = 0.97
    policy = "test"


class DownloadFactory(DjangoModelFactory[Download]):
    class Meta:
        model = Download

    candidate = factory.SubFactory(CandidateFactory)


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

    series = factory.SubFactory("tests.factories.SeriesFactory")
    by = factory.SubFactory(UserFactory)


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


class LookupFactory(DjangoModelFactory[Lookup]):
    class Meta:
        model = Lookup

    provider = "audnexus"
    question = factory.Sequence(lambda n: f"book {n}")
    outcome = Lookup.Outcome.NOTHING
    fingerprint = "0" * 64


class ClaimFactory(DjangoModelFactory[Claim]):
    class Meta:
        model = Claim

    book = factory.SubFactory(BookFactory)
    field = "title"
    value = "A Title"
    source = "audnexus"
    confidence = 0.9


class ProposalFactory(DjangoModelFactory[Proposal]):
    class Meta:
        model = Proposal

    edition = factory.SubFactory(EditionFactory)
    book = factory.SubFactory(BookFactory)
    field = "title"
    old = "Old"
    new = "New"
    confidence = 0.8
    sources = "audnexus"


class DownloadEventFactory(DjangoModelFactory[DownloadEvent]):
    class Meta:
        model = DownloadEvent

    download = factory.SubFactory(DownloadFactory)
    was = Download.Status.INTENDED
    became = Download.Status.ADDED


class InspectionFactory(DjangoModelFactory[Inspection]):
    class Meta:
        model = Inspection

    download = factory.SubFactory(DownloadFactory)
    verdict = Inspection.Verdict.PASSED


class FailedAttemptFactory(DjangoModelFactory[FailedAttempt]):
    class Meta:
        model = FailedAttempt

    book = factory.SubFactory(BookFactory)
    release = factory.SubFactory(ReleaseFactory)
    reason = "it did not decode"


class PathMappingFactory(DjangoModelFactory[PathMapping]):
    class Meta:
        model = PathMapping

    system = "qbittorrent"
    theirs = factory.Sequence(lambda n: f"/downloads/{n}")
    ours = "/srv/downloads"


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


class ApiKeyFactory(DjangoModelFactory[ApiKey]):
    class Meta:
        model = ApiKey

    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"key {n}")
    prefix = "mamc_exam"
    digest = factory.Sequence(lambda n: f"example-digest-{n}")


class AuditEntryFactory(DjangoModelFactory[AuditEntry]):
    class Meta:
        model = AuditEntry

    user = factory.SubFactory(UserFactory)
    action = "book.excluded"
    subject = "A book"


class FindingFactory(DjangoModelFactory[Finding]):
    class Meta:
        model = Finding

    kind = "shelving.failed"
    subject = factory.Sequence(lambda n: f"download {n}")
    message = factory.Sequence(lambda n: f"Book {n} could not be shelved")


class JobRunFactory(DjangoModelFactory[JobRun]):
    class Meta:
        model = JobRun

    kind = factory.Sequence(lambda n: f"job_{n}")
    requested_by = factory.SubFactory(UserFactory)


class JobPhaseFactory(DjangoModelFactory[JobPhase]):
    class Meta:
        model = JobPhase

    run = factory.SubFactory(JobRunFactory)
    position = 1
    name = "search"
    label = "Search"


class OutsideHostFactory(DjangoModelFactory[OutsideHost]):
    class Meta:
        model = OutsideHost

    name = factory.Sequence(lambda n: f"host {n}")


class SettingFactory(DjangoModelFactory[Setting]):
    class Meta:
        model = Setting

    group = factory.Sequence(lambda n: f"group {n}")


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
