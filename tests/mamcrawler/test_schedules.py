"""What happens by itself."""

import ast
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils.module_loading import import_string
from django_q.models import Schedule

from mamcrawler import schedules
from mamcrawler.operations import jobs
from mamcrawler.operations.models import JobRun
from mamcrawler.schedules import SCHEDULES, Regular

pytestmark = pytest.mark.django_db

HOURLY = Regular("tidy", "mamcrawler.schedules.request", timedelta(hours=1), arguments=("tidy",))


@pytest.fixture
def tidy(monkeypatch):
    """A job to ask for."""
    monkeypatch.setattr(jobs, "JOBS", dict(jobs.JOBS))
    jobs.job("tidy")(lambda run: "tidied")


def test_writing_twice_changes_nothing_the_second_time():
    schedules.write([HOURLY])
    first = list(Schedule.objects.values())

    assert schedules.write([HOURLY]) == 0

    assert list(Schedule.objects.values()) == first


def test_a_changed_interval_is_written_and_a_schedule_that_went_is_removed():
    schedules.write([HOURLY, Regular("gone", "mamcrawler.operations.jobs.sweep", timedelta(hours=2))])

    changed = schedules.write([Regular("tidy", HOURLY.function, timedelta(minutes=5), arguments=("tidy",))])

    assert changed == 2
    assert list(Schedule.objects.values_list("name", "minutes")) == [("mamcrawler: tidy", 5)]


def test_the_rows_of_others_are_left_alone():
    Schedule.objects.create(name="mine", func="mamcrawler.operations.jobs.sweep", minutes=3)
    Schedule.objects.create(func="mamcrawler.operations.jobs.work", args="1")

    schedules.write([])

    assert Schedule.objects.count() == 2


def test_a_sped_up_clock_shortens_intervals_but_never_below_a_minute(fast_time):
    daily = Regular("daily", HOURLY.function, timedelta(days=1))

    assert schedules.real_interval(daily) == timedelta(minutes=5)
    assert schedules.real_interval(HOURLY) == timedelta(minutes=1)


def test_the_cycle_is_scheduled_for_real_services_only(settings):
    settings.SANDBOX = True
    in_sandbox = {regular.name for regular in schedules.current()}
    settings.SANDBOX = False

    assert {regular.name for regular in schedules.current()} - in_sandbox == {"cycle", "index", "listening", "backups"}


@pytest.mark.parametrize("regular", SCHEDULES, ids=lambda regular: regular.name)
def test_every_schedule_names_a_function_that_exists(regular):
    assert callable(import_string(regular.function))


def test_a_scheduled_call_reaches_its_job_as_django_q_makes_it(tidy):
    schedules.write([HOURLY])
    row = Schedule.objects.get()

    sentence = import_string(row.func)(*ast.literal_eval(row.args))

    assert sentence == f"asked for run {JobRun.objects.get(kind='tidy').pk}"


def test_a_job_that_is_under_way_is_not_asked_for_again(tidy):
    schedules.request("tidy")

    sentence = schedules.request("tidy")

    assert sentence.startswith("Tidy is already queued")
    assert JobRun.objects.filter(kind="tidy").count() == 1


def test_the_command_writes_and_its_dry_run_only_lists(settings):
    settings.SANDBOX = False
    listed = StringIO()

    call_command("schedules", "--dry-run", stdout=listed)
    assert not Schedule.objects.exists()
    call_command("schedules", stdout=StringIO())

    assert listed.getvalue().splitlines() == [
        "sweep: every 1 min",
        "search: every 5 min",
        "covers: every 10 min",
        "index: every 1440 min",
        "listening: every 1440 min",
        "backups: every 1440 min",
        "cycle: every 60 min",
    ]
    assert Schedule.objects.count() == len(SCHEDULES)
