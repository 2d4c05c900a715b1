"""Whether the library server's own backups would help, and who is told when they would not."""

from datetime import UTC, datetime, timedelta

import pytest

from library import services
from library.audiobookshelf import LibraryServerError
from library.backups import Keeping, KeptBackup, judge
from mamcrawler.lib import clock
from mamcrawler.operations import jobs
from mamcrawler.operations.models import Finding, JobRun
from mamcrawler.sandbox.server import serve
from tests.library.listeningserver import ListeningServer

NOW = datetime(2026, 8, 12, 12, 0, tzinfo=UTC)  # a Wednesday
DAILY = Keeping("30 1 * * *", 30)


def aged(*days, size=4_000_000, hours=0.0):
    return [KeptBackup(NOW - timedelta(days=number, hours=hours), size) for number in days]


def warnings_of(backups, keeping=DAILY):
    return " ".join(judge(backups, keeping, now=NOW).warnings)


def test_a_month_of_daily_backups_is_as_it_should_be():
    check = judge(aged(*range(28), hours=10.5), DAILY, now=NOW)

    assert (check.is_ok, check.count, check.advice) == (True, 28, "")
    assert check.message == (
        "28 backups, lately of 8 days and 5 weeks; the newest has 4.0 MB. "
        "The server makes one at 30 1 * * * (cron) and keeps the newest 30."
    )


def test_seven_daily_and_four_weekly_ones_are_enough():
    assert warnings_of(aged(0, 1, 2, 3, 4, 5, 6, 13, 20, 27)) == ""


def test_that_todays_backup_is_still_to_come_is_no_fault():
    assert warnings_of(aged(*range(1, 29))) == ""


def test_a_server_without_any_backup_says_how_it_is_set():
    check = judge([], Keeping("", 2), now=NOW)

    assert "has no backup of itself" in check.message
    assert check.message.endswith("The server makes none by itself and keeps the newest 2.")
    assert "at least 28" in check.advice


@pytest.mark.parametrize(("days", "is_old"), [(7.9, False), (8.1, True), (400, True)])
def test_the_newest_is_of_the_last_eight_days(days, is_old):
    assert ("days old" in warnings_of(aged(days))) == is_old


@pytest.mark.parametrize(("size", "is_small"), [(1_000_000, False), (999_999, True), (0, True)])
def test_the_newest_has_a_megabyte(size, is_small):
    backups = [*aged(*range(1, 29)), KeptBackup(NOW, size)]

    assert ("it can not hold a library" in warnings_of(backups)) == is_small


def test_a_size_that_is_not_told_is_said_to_be_unknown():
    assert "does not tell how large" in warnings_of([*aged(*range(1, 29)), KeptBackup(NOW, None)])


@pytest.mark.parametrize(
    ("backups", "said"),
    [
        (aged(*range(6)), "6 daily and 2 weekly backups; 7 and 4 are asked for"),
        (aged(*range(9)), "8 daily and 2 weekly"),
        ([*aged(*range(28), size=10), *aged(0.2)], "1 daily and 1 weekly"),
        (aged(0, 0.1, 0.2, 0.3, 0.4, 7, 14, 21), "2 daily and 4 weekly"),
        (aged(*range(100, 130)), "0 daily and 0 weekly"),
    ],
)
def test_fewer_days_or_weeks_than_asked_for_are_counted(backups, said):
    assert said in warnings_of(backups)


def test_a_moment_in_the_future_does_no_harm():
    assert judge(aged(-3), DAILY, now=NOW).days == 1


@pytest.fixture
def server(settings, db):
    app = ListeningServer()
    with serve(app) as address:
        settings.AUDIOBOOKSHELF_URL, settings.AUDIOBOOKSHELF_TOKEN = address, "example-token"
        yield app


def listed(*days):
    told = [clock.now() - timedelta(days=number, minutes=1) for number in days]
    return [
        {"id": f"b{number}", "fileSize": 4_000_000, "createdAt": int(at.timestamp() * 1000)}
        for number, at in enumerate(told)
    ]


def test_the_job_tells_a_person_once_and_takes_it_back_when_it_is_right(server):
    first, again = jobs.run_now("check_backups"), jobs.run_now("check_backups")
    finding = Finding.objects.get()
    server.backups, server.settings = listed(*range(30)), {"backupSchedule": "30 1 * * *", "backupsToKeep": 30}
    last = jobs.run_now("check_backups")

    assert "has no backup of itself" in first.summary == again.summary
    assert finding.advice.startswith("In Audiobookshelf")
    assert last.summary.startswith("30 backups")
    assert not Finding.objects.open().exists()


def test_the_server_is_only_asked(server):
    services.check_backups()

    assert server.asked == ["/api/authorize", "/api/backups"]


def test_an_odd_backup_is_passed_over(server):
    server.backups = [*listed(*range(30)), None, {"id": "odd", "createdAt": "yesterday"}]

    assert services.check_backups().count == 30


@pytest.mark.parametrize("status", [403, 404])
def test_a_token_that_may_not_see_them_is_told_and_nothing_is_claimed(server, status):
    server.refused["/backups"] = status

    run = jobs.run_now("check_backups")

    assert run.status == JobRun.Status.SUCCEEDED
    assert "no administrator" in run.summary
    assert not Finding.objects.exists()


def test_a_refused_token_fails_the_job(server):
    server.refused["/authorize"] = 401

    with pytest.raises(LibraryServerError):
        services.check_backups()
    assert jobs.run_now("check_backups").status == JobRun.Status.FAILED


def test_without_a_library_server_there_is_nothing_to_check(settings, db):
    settings.AUDIOBOOKSHELF_TOKEN = ""

    assert "nothing to check" in jobs.run_now("check_backups").summary
