"""A shelf that lost many items at once: the question, and each door through which it is answered."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from library.models import Edition, Shelf
from library.services import TooManyVanished, sync_shelf
from mamcrawler.operations import jobs
from mamcrawler.operations.models import AuditEntry, Finding, JobRun
from tests.audiofiles import make_audio
from tests.visitors import visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(tmp_path, settings):
    """A folder of six books of which four were deleted, as the last reading found out."""
    settings.LIBRARY_FOLDERS, settings.AUDIOBOOKSHELF_TOKEN = [], ""
    folder = tmp_path / "books"
    for number in range(6):
        make_audio(folder / "Jane Austen" / f"Novel {number}" / "novel.mp3", seconds=1, seed=number)
    shelf = Shelf.objects.create(kind=Shelf.Kind.FOLDER, name="Home", path=str(folder))
    sync_shelf(shelf, beat=lambda doing: None)
    take_away(shelf, tmp_path, range(4))
    with pytest.raises(TooManyVanished):
        sync_shelf(shelf, beat=lambda doing: None)
    return shelf


def take_away(shelf, tmp_path, numbers):
    for number in numbers:
        (tmp_path / "books" / "Jane Austen" / f"Novel {number}").rename(tmp_path / f"away {number}")


def question():
    return Finding.objects.open().get(kind="library.vanished")


def assert_marked(run, *, count=4):
    assert run.status == JobRun.Status.SUCCEEDED, run.failure
    assert Edition.objects.filter(status=Edition.Status.VANISHED).count() == count
    assert not Finding.objects.open().filter(kind="library.vanished").exists()


def finished(run_id):
    jobs.work(run_id, is_chunked=False)
    return JobRun.objects.get(pk=run_id)


def test_the_finding_says_where_it_is_confirmed(shelf):
    assert question().advice.endswith(f"python manage.py sync_library --confirm-vanished {shelf.pk} 4")
    assert "Review page" in question().advice


def test_a_button_on_the_review_page_confirms_it(shelf):
    curator = visitor("curator", username="Ann")
    address = reverse("library:shelf-confirm-vanished", args=[shelf.pk])
    page = curator.get(reverse("acquisition:review")).content.decode()

    answer = curator.post(address, {"gone": "4"})

    run = JobRun.objects.get()
    assert f'action="{address}"' in page
    assert 'name="gone" value="4" data-confirm=' in page
    assert answer["Location"] == reverse("job-run", args=[run.pk])
    assert_marked(finished(run.pk))
    assert AuditEntry.objects.get(action="shelf.vanished_confirmed").detail == {"items": 4, "run": run.pk}


def test_a_viewer_sees_no_button_and_may_not_confirm(shelf):
    viewer = visitor("viewer")
    address = reverse("library:shelf-confirm-vanished", args=[shelf.pk])

    assert address not in viewer.get(reverse("acquisition:review")).content.decode()
    assert viewer.post(address, {"gone": "4"}).status_code == 403
    assert not JobRun.objects.exists()


@pytest.mark.parametrize("gone", ["", "3", "-4", "²"])
def test_a_button_that_tells_of_fewer_confirms_nothing(shelf, gone):
    page = visitor("curator").post(
        reverse("library:shelf-confirm-vanished", args=[shelf.pk]), {"gone": gone}, follow=True
    )

    assert "4 items are gone by now; look again first" in page.content.decode()
    assert not JobRun.objects.exists()


def test_the_command_confirms_it(shelf):
    call_command("sync_library", "--confirm-vanished", str(shelf.pk), "4")

    assert_marked(JobRun.objects.get())


def test_the_command_says_when_nothing_asks(shelf):
    with pytest.raises(CommandError, match="there is no shelf 0"):
        call_command("sync_library", "--confirm-vanished", "0", "4")
    with pytest.raises(CommandError, match="4 items are gone by now"):
        call_command("sync_library", "--confirm-vanished", str(shelf.pk), "1")
    Finding.objects.all().delete()
    with pytest.raises(CommandError, match="no items wait for your word"):
        call_command("sync_library", "--confirm-vanished", str(shelf.pk), "4")


def test_more_items_than_were_confirmed_are_not_marked(shelf, tmp_path, monkeypatch):
    monkeypatch.setattr("library.services.vanishing.FEW", 0)
    run = jobs.request("sync_library", shelves=[shelf.pk], may_vanish=4)
    take_away(shelf, tmp_path, [4])

    assert finished(run.pk).status == JobRun.Status.FAILED

    assert Edition.objects.present().count() == 6
    assert question().detail["gone"] == 5
    assert question().advice.endswith(f"--confirm-vanished {shelf.pk} 5")


def test_a_word_holds_over_a_crash_and_is_used_up_by_the_reading_that_used_it(shelf, tmp_path, monkeypatch):
    monkeypatch.setattr("library.services.vanishing.FEW", 0)
    run = jobs.request("sync_library", shelves=[shelf.pk], may_vanish=4)

    def crash(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("library.services.sync._mark_vanished", crash)
        with pytest.raises(KeyboardInterrupt):
            jobs.work(run.pk)
    JobRun.objects.update(status=JobRun.Status.QUEUED, holder="")
    with monkeypatch.context() as patch:
        patch.setattr("library.services.catch_up", crash)
        with pytest.raises(KeyboardInterrupt):
            jobs.work(run.pk)
    take_away(shelf, tmp_path, [4])
    JobRun.objects.update(status=JobRun.Status.QUEUED, holder="")

    assert finished(run.pk).status == JobRun.Status.FAILED
    assert Edition.objects.present().count() == 2
    assert question().detail["gone"] == 1


def test_what_was_confirmed_returns_when_it_comes_back(shelf, tmp_path):
    call_command("sync_library", "--confirm-vanished", str(shelf.pk), "4")
    for number in range(4):
        (tmp_path / f"away {number}").rename(tmp_path / "books" / "Jane Austen" / f"Novel {number}")

    assert sync_shelf(shelf, beat=lambda doing: None).returned == 4
    assert Edition.objects.present().count() == 6
