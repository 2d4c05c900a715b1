"""Listing series, completing editions, and a person's word on proposals."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from library.models import Alias, Book, Change, Edition, FieldLock, Series, SeriesEntry
from mamcrawler.lib import clock
from metadata import services
from metadata.models import Claim, Lookup, Proposal
from metadata.providers.answers import ProviderBook, ProviderRecording, ProviderSeries, SeriesBook
from metadata.providers.errors import ProviderUnavailable
from metadata.services import proposing
from tests.factories import (
    BookFactory,
    CoverageFactory,
    EditionFactory,
    SeriesEntryFactory,
    SeriesFactory,
    ShelfFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


class Catalogue:
    """A provider that answers what it is told, or fails, and remembers what it was asked."""

    weight = 0.9

    def __init__(self, name, *, book=None, series=None, trouble=None):
        self.name = self.origin = name
        self.book, self.series, self.trouble, self.asked = book, series, trouble, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def find_book(self, question):
        return self._give(question, [self.book] if self.book else [])

    def series_books(self, series):
        return self._give(series, self.series)

    def _give(self, question, answer):
        self.asked.append(question)
        if self.trouble:
            raise self.trouble
        return answer


def listed(position, title, **fields):
    recording = ProviderRecording(external_id=f"r{position}", narrators=("Tim Gerard Reynolds",), runtime_s=60_000)
    told = {"external_id": f"b{position}", "authors": ("Pierce Brown",), "recordings": (recording,), "has_audio": True}
    return SeriesBook(title=title, position=position, **{**told, **fields})


def red_rising(*books, provider="hardcover", **series):
    return ProviderSeries(
        provider=provider, external_id="777", name="Red Rising Saga", author="Pierce Brown", books=books, **series
    )


@pytest.fixture
def series():
    """A series of which the first book is owned."""
    series = SeriesFactory(name="Red Rising Saga")
    book = BookFactory(title="Red Rising", by="Pierce Brown")
    CoverageFactory(book=SeriesEntryFactory(series=series, book=book, position="1").book)
    return series


def test_a_listed_series_tells_what_is_missing(series):
    provider = Catalogue(
        "hardcover", series=red_rising(listed("1", "Red Rising"), listed("2", "Golden Son"), is_completed=False)
    )

    recorded = services.list_series(series, [provider])

    series.refresh_from_db()
    assert (recorded.new, recorded.known) == (1, 1)
    assert [book.title for book in Book.objects.missing()] == ["Golden Son"]
    assert Book.objects.count() == 2
    assert (series.listed_by, series.is_complete) == ("hardcover", False)
    assert provider.asked[0].author == "Pierce Brown"
    assert Lookup.objects.get().outcome == Lookup.Outcome.FOUND


def test_listing_again_adds_nothing_and_asks_by_the_provider_s_own_id(series):
    provider = Catalogue("hardcover", series=red_rising(listed("1", "Red Rising"), listed("2", "Golden Son")))
    services.list_series(series, [provider])

    again = services.list_series(series, [provider])

    assert again.new == 0
    assert provider.asked[1].external_id == "777"
    assert Alias.objects.filter(target=Alias.Target.SERIES).count() == 1


def test_novellas_are_listed_and_not_missing_and_what_is_to_come_is_announced(series):
    novella, coming = listed("1.5", "A Novella", kind="novella"), listed("7", "Red God", recordings=(), has_audio=None)

    services.list_series(series, [Catalogue("hardcover", series=red_rising(novella, coming))])

    assert not Book.objects.missing().exists()
    assert Book.objects.get(title="Red God").is_announced
    assert SeriesEntry.objects.get(book__title="A Novella").kind == SeriesEntry.Kind.NOVELLA


def test_the_next_provider_is_asked_when_one_is_down_or_knows_nothing(series):
    down, ignorant = Catalogue("audnexus", trouble=ProviderUnavailable("503")), Catalogue("itunes")
    knows = Catalogue("hardcover", series=red_rising(listed("2", "Golden Son")))

    assert services.list_series(series, [down, ignorant, knows]).new == 1

    assert list(Lookup.objects.order_by("pk").values_list("outcome", flat=True)) == ["unavailable", "nothing", "found"]


def test_a_series_that_nobody_knows_rests_for_a_month_and_one_nobody_was_asked_about_does_not(series):
    assert services.list_series(series, [Catalogue("hardcover", trouble=ProviderUnavailable("503"))]) is None
    assert series in services.series_due()

    assert services.list_series(series, [Catalogue("hardcover")]) is None

    assert series not in services.series_due()
    Series.objects.update(listed_at=clock.now() - timedelta(days=31))
    assert series in services.series_due()


def test_only_monitored_series_with_an_owned_book_are_due(series):
    SeriesEntryFactory()
    unmonitored = SeriesFactory(monitor=Series.Monitor.NONE)
    CoverageFactory(book=SeriesEntryFactory(series=unmonitored).book)

    assert list(services.series_due()) == [series]


@pytest.fixture
def edition(tmp_path):
    """A copy of a book on a folder shelf that knows little of itself."""
    (tmp_path / "Red Rising").mkdir()
    book = BookFactory(title="Red Rising", by="Pierce Brown")
    edition = EditionFactory(
        shelf=ShelfFactory(path=str(tmp_path)),
        path="Red Rising",
        title="Red Rising",
        metadata={"title": "Red Rising", "authors": ["Pierce Brown"]},
        duration_s=60_000,
    )
    CoverageFactory(edition=edition, book=book)
    return edition


def described(provider="audnexus", **fields):
    told = {
        "external_id": "B00I2VWW5U",
        "authors": ("Pierce Brown",),
        "narrators": ("Tim Gerard Reynolds",),
        "description": "A helldiver digs deep beneath the surface of Mars and rises far above it.",
        "publisher": "Recorded Books",
        "language": "English",
        "runtime_s": 60_000,
    }
    return ProviderBook(provider=provider, title="Red Rising", **{**told, **fields})


def sidecar(edition):
    return json.loads((Path(edition.shelf.path) / edition.path / "metadata.json").read_text())


def two_providers(**second):
    return [Catalogue("audnexus", book=described()), Catalogue("hardcover", book=described("hardcover", **second))]


def test_what_two_providers_agree_on_is_written_beside_the_files_and_journalled(edition):
    enriched = services.enrich_edition(edition, two_providers())

    edition.refresh_from_db()
    book = Book.objects.get()
    assert {"description", "publisher"} <= set(enriched.written)
    assert sidecar(edition)["publisher"] == "Recorded Books"
    assert edition.metadata["publisher"] == "Recorded Books"
    assert Change.objects.filter(status=Change.Status.WRITTEN).count() == len(enriched.written)
    assert Claim.objects.filter(field="publisher").count() == 2
    assert book.enriched_at is not None
    assert book.publisher == "Recorded Books"
    assert edition not in Edition.objects.lacking_metadata()


def test_a_language_is_written_as_the_library_spells_it_and_another_spelling_is_no_change(edition):
    spelled = {"language": "english"}

    services.enrich_edition(edition, [Catalogue("audnexus", book=described(**spelled)), *two_providers(**spelled)[1:]])
    edition.refresh_from_db()

    assert (edition.metadata["language"], Book.objects.get().language) == ("English", "English")

    edition.metadata["language"] = "eng"
    edition.save()
    again = services.enrich_edition(edition, two_providers())

    assert "language" not in [*again.written, *again.proposed]


def test_completing_again_writes_nothing(edition):
    services.enrich_edition(edition, two_providers())
    written_at = (Path(edition.shelf.path) / edition.path / "metadata.json").stat().st_mtime_ns

    again = services.enrich_edition(Edition.objects.get(), two_providers())

    assert again.written == []
    assert (Path(edition.shelf.path) / edition.path / "metadata.json").stat().st_mtime_ns == written_at


def test_a_locked_field_is_never_written(edition):
    FieldLock.objects.create(edition=edition, field="publisher")

    enriched = services.enrich_edition(edition, two_providers())

    assert "publisher" not in enriched.written
    assert not Edition.objects.get().metadata.get("publisher")


def test_an_empty_answer_takes_nothing_away(edition):
    edition.metadata |= {"description": "Mine.", "publisher": "Mine too"}
    edition.save()
    empty = {"description": "", "publisher": "", "narrators": (), "language": ""}
    providers = [
        Catalogue("audnexus", book=described(**empty)),
        Catalogue("hardcover", book=described("hardcover", **empty)),
    ]

    services.enrich_edition(edition, providers)

    edition.refresh_from_db()
    assert (edition.metadata["description"], edition.metadata["publisher"]) == ("Mine.", "Mine too")


def test_one_provider_down_does_not_stop_the_other(edition):
    providers = [Catalogue("hardcover", trouble=ProviderUnavailable("503")), Catalogue("audnexus", book=described())]

    enriched = services.enrich_edition(edition, providers)

    assert (enriched.silent, enriched.answered) == (["hardcover"], ["audnexus"])
    assert Book.objects.get().enriched_at is not None


def test_a_book_whose_providers_were_all_down_is_asked_about_again(edition):
    enriched = services.enrich_edition(edition, [Catalogue("hardcover", trouble=ProviderUnavailable("503"))])

    assert enriched.silent == ["hardcover"]
    assert edition in Edition.objects.lacking_metadata()
    assert Lookup.objects.get().reason == "503"


def test_another_book_of_that_title_tells_nothing(edition):
    other = described(authors=("Somebody Else",), runtime_s=900)

    services.enrich_edition(edition, [Catalogue("audnexus", book=other)])

    assert not Claim.objects.exists()
    assert not Proposal.objects.exists()


def test_an_edition_of_no_known_book_is_left_alone():
    provider = Catalogue("audnexus", book=described())

    assert services.enrich_edition(EditionFactory(), [provider]) == services.Enriched()
    assert provider.asked == []


@pytest.fixture
def proposal(edition):
    return Proposal.objects.create(
        edition=edition,
        book=Book.objects.get(),
        field="publisher",
        old=None,
        new="Recorded Books",
        confidence=0.8,
        sources="audnexus",
    )


def test_an_accepted_proposal_is_written_with_who_said_so(proposal, edition):
    person = UserFactory()

    services.accept(proposal, by=person)

    change = Change.objects.get()
    assert sidecar(edition)["publisher"] == "Recorded Books"
    assert (proposal.status, proposal.decided_by) == (Proposal.Status.ACCEPTED, person)
    assert (change.batch, change.by, change.source) == (proposal.batch, person, "audnexus")
    with pytest.raises(proposing.DecidedBefore, match="this was accepted before"):
        services.reject(proposal, by=person)


def test_an_accepted_proposal_goes_over_a_lock_since_a_person_said_so(proposal, edition):
    FieldLock.objects.create(edition=edition, field="publisher")

    services.accept(proposal, by=UserFactory())

    assert Edition.objects.get().metadata["publisher"] == "Recorded Books"


def test_a_proposal_for_a_field_that_changed_on_the_shelf_stays_open_and_says_why(proposal, edition):
    (Path(edition.shelf.path) / edition.path / "metadata.json").write_text('{"publisher": "Typed by hand"}')

    with pytest.raises(proposing.NotWritten, match="changed on the shelf meanwhile, to 'Typed by hand'"):
        services.accept(proposal, by=UserFactory())

    proposal.refresh_from_db()
    assert proposal.status == Proposal.Status.OPEN
    assert sidecar(edition)["publisher"] == "Typed by hand"


def test_reopening_an_accepted_proposal_puts_the_old_value_back(proposal, edition):
    services.accept(proposal, by=UserFactory())

    services.reopen(proposal, by=UserFactory())

    assert proposal.status == Proposal.Status.OPEN
    assert not sidecar(edition)["publisher"]
    assert not Edition.objects.get().metadata["publisher"]
    assert Change.objects.filter(status=Change.Status.UNDONE).count() == 1
    with pytest.raises(proposing.DecidedBefore):
        services.reopen(proposal, by=UserFactory())


def test_a_value_that_was_changed_again_since_is_not_put_back(proposal, edition):
    services.accept(proposal, by=UserFactory())
    edition.refresh_from_db()
    Edition.objects.update(metadata={**edition.metadata, "publisher": "Newer"})
    proposal.refresh_from_db()

    with pytest.raises(proposing.NotWritten, match="changed again since"):
        services.reopen(proposal, by=UserFactory())

    proposal.refresh_from_db()
    assert proposal.status == Proposal.Status.ACCEPTED


def test_a_rejected_value_is_neither_proposed_nor_written_until_it_is_reopened(proposal, edition):
    services.reject(proposal, by=UserFactory())

    enriched = services.enrich_edition(edition, two_providers())

    assert "description" in enriched.written
    assert "publisher" not in {*enriched.written, *enriched.proposed}
    assert not sidecar(edition).get("publisher")
    services.reopen(proposal, by=UserFactory())
    assert Proposal.objects.open().get() == proposal


def test_a_value_that_was_not_rejected_is_written_though_another_one_was(proposal, edition):
    Proposal.objects.update(new="Another House")
    services.reject(proposal, by=UserFactory())

    services.enrich_edition(edition, two_providers())

    assert sidecar(edition)["publisher"] == "Recorded Books"


def test_what_two_providers_disagree_on_is_proposed_once_with_its_reason(edition):
    first = services.enrich_edition(edition, two_providers(publisher="Another House"))
    second = services.enrich_edition(Edition.objects.get(), two_providers(publisher="Another House"))

    proposal = Proposal.objects.open().get()
    assert first.proposed == second.proposed == ["publisher"]
    assert (proposal.field, proposal.old) == ("publisher", None)
    assert proposal.why
    assert proposal.sources
    assert not Edition.objects.get().metadata.get("publisher")
