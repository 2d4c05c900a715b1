"""The guide crawl on the sandbox, from the job's row to the stored guides."""

import json
from datetime import timedelta
from io import StringIO
from itertools import pairwise

import pytest
from django.core.management import call_command

from mamcrawler.operations import jobs, preferences
from mamcrawler.operations.models import JobRun
from mamcrawler.sandbox.mam.documents import documents as sandbox_documents
from mamcrawler.sandbox.world import World
from tests.worlds import connected
from tracker import documents, services
from tracker.models import Crawl, CrawlTarget, Document, DocumentVersion, TrackerSession

pytestmark = [pytest.mark.sandbox, pytest.mark.django_db]

GUIDES = {address for address in sandbox_documents() if address.startswith("/guides/?")}


class SpoiltWorld(World):
    """A world that arms a failure once so many requests were answered."""

    def spoil_after(self, requests, kind, **options):
        self.plan = (requests, kind, options)

    def remember(self, asked):
        super().remember(asked)
        requests, kind, options = getattr(self, "plan", (0, "", {}))
        if kind and self.times_asked == requests:
            self.faults.arm("mam", kind, **options)


@pytest.fixture
def world(tmp_path, settings, fast_time):
    with connected(SpoiltWorld.empty(tmp_path / "world"), settings) as world:
        yield world


def asked_paths(world):
    return [f"{asked.path}?{asked.query}" if asked.query else asked.path for asked in world.asked]


def test_a_crawl_keeps_every_guide_without_the_people_in_it(world):
    run = jobs.run_now("crawl")

    assert run.status == JobRun.Status.SUCCEEDED, run.failure
    assert run.summary == f"{len(GUIDES)} guides: {len(GUIDES)} new."
    assert set(Document.objects.values_list("path", flat=True)) == GUIDES | {"/guides/"}
    kept = "\n".join(DocumentVersion.objects.values_list("text", flat=True))
    for private in ("cheddarquill", "brambleknit", "user_tapestry", "helpdesk@", "sandbox-member"):
        assert private not in kept
    beginners = Document.objects.get(path="/guides/?gid=37768")
    assert (beginners.kind, beginners.title, beginners.category) == ("guide", "Beginners' guide", "Basics")
    assert "Written by [USER]" in beginners.current.text
    assert "[EMAIL]" in beginners.current.text
    assert "| VIP | 150 |" in beginners.current.text
    assert Crawl.objects.get().finished_at is not None


def test_pages_are_asked_for_at_the_pace_of_a_person(world):
    jobs.run_now("crawl")

    gaps = [after.asked_at - before.asked_at for before, after in pairwise(world.asked)]
    assert len(gaps) == len(GUIDES)
    assert min(gaps) >= timedelta(seconds=10)


def test_a_second_crawl_finds_nothing_changed(world):
    jobs.run_now("crawl")

    again = jobs.run_now("crawl")

    assert again.summary == f"{len(GUIDES)} guides: {len(GUIDES)} unchanged."
    assert DocumentVersion.objects.count() == len(GUIDES) + 1


def test_a_refused_session_ends_the_crawl_and_the_next_goes_on_from_there(world):
    world.spoil_after(4, "expired_session")

    cut = jobs.run_now("crawl")

    assert cut.status == JobRun.Status.FAILED
    assert "SessionRejected" in cut.failure
    assert services.session().state == TrackerSession.State.REJECTED
    assert Document.objects.count() == 4
    before = asked_paths(world)[:4]

    services.resume_session()
    resumed = jobs.run_now("crawl")

    assert resumed.status == JobRun.Status.SUCCEEDED, resumed.failure
    assert Crawl.objects.count() == 1
    assert not set(before) & set(asked_paths(world)[5:]), "a finished page was asked for again"
    assert set(Document.objects.values_list("path", flat=True)) == GUIDES | {"/guides/"}


def test_a_login_page_is_never_kept(world):
    world.spoil_after(2, "html")

    run = jobs.run_now("crawl")

    assert run.status == JobRun.Status.FAILED
    assert Document.objects.count() == 2
    assert not Document.objects.filter(title__icontains="log").exists()
    assert not CrawlTarget.objects.filter(status=CrawlTarget.Status.FAILED).exists()


def test_a_page_that_fails_is_marked_and_the_rest_goes_on(world):
    world.spoil_after(3, "status", status=404)

    run = jobs.run_now("crawl")

    failed = CrawlTarget.objects.get(status=CrawlTarget.Status.FAILED)
    assert failed.reason == "/guides/: answered 404"
    assert run.summary == f"{len(GUIDES) - 1} guides: {len(GUIDES) - 1} new, 1 failed."
    assert run.report["failed"] == {failed.path: failed.reason}


def test_a_tracker_that_is_down_stops_the_crawl_before_its_pages_are_given_up(world):
    world.spoil_after(2, "status", times=50)

    run = jobs.run_now("crawl")

    assert run.status == JobRun.Status.SUCCEEDED
    assert "Stopped early: tracker failed 5 times in a row" in run.summary
    assert "wait for the next run" in run.summary
    assert Crawl.objects.get().finished_at is None


def test_a_session_reads_no_more_pages_than_its_budget(world):
    preferences.change(preferences.TrackerPace, by=None, pages_a_session=3)

    first = jobs.run_now("crawl")

    assert first.summary == f"2 guides: 2 new. {len(GUIDES) - 2} pages wait for the next run."
    assert len(world.asked) == 3

    for _ in range(2):
        jobs.run_now("crawl")

    paths = asked_paths(world)
    assert len(paths) == len(set(paths)) == len(GUIDES) + 1


def test_a_chunk_that_is_over_goes_on_in_the_next(world, monkeypatch):
    monkeypatch.setattr(jobs, "CHUNK", timedelta(seconds=0.15))
    run = jobs.request("crawl")

    for _ in range(50):
        jobs.work(run.pk)
        run.refresh_from_db()
        if not run.is_active:
            break

    assert run.status == JobRun.Status.SUCCEEDED
    assert run.chunks > 1
    assert run.summary == f"{len(GUIDES)} guides: {len(GUIDES)} new."
    assert len(world.asked) == len(GUIDES) + 1


def test_a_cancelled_crawl_keeps_what_it_read(world):
    class CancelledAfterTwo(jobs.Run):
        def beat(self, doing=None):
            if Document.objects.count() == 2:
                jobs.cancel(self.row)
            super().beat(doing)

    row = JobRun.objects.create(
        kind="crawl", status=JobRun.Status.RUNNING, holder="here:1:test", heartbeat_at="2026-01-01T00:00Z"
    )

    with pytest.raises(jobs.RunCancelled):
        documents.crawl_guides(CancelledAfterTwo(row, is_chunked=False))

    assert Document.objects.count() == 2
    assert len(world.asked) == 2


def test_a_crawl_that_is_switched_off_says_so_and_asks_for_nothing(world, settings):
    settings.TRACKER_PAGES_ALLOWED = False

    run = jobs.run_now("crawl")

    assert run.status == JobRun.Status.SUCCEEDED
    assert "crawling is switched off" in run.summary
    assert "MAM_CRAWL_PAGES=true" in run.summary
    assert not world.asked
    assert not Crawl.objects.exists()


def test_the_command_prints_what_the_crawl_came_to(world):
    out = StringIO()

    call_command("crawl", "--json", stdout=out)

    told = json.loads(out.getvalue())
    assert (told["status"], told["new"], told["left"]) == ("succeeded", len(GUIDES), 0)
