"""The first visit."""

import pytest
from django.urls import reverse

from library.models import Shelf
from mamcrawler.lib import clock
from mamcrawler.operations.models import JobRun, User
from tests.factories import UserFactory

OWNER = {"username": "first", "password1": "a long example password", "password2": "a long example password"}


def test_the_first_visitor_is_led_to_the_set_up(client, db):
    answer = client.get(reverse("dashboard"), follow=True)

    assert answer.redirect_chain[-1][0] == reverse("setup")
    assert "Make the account that owns this library" in answer.content.decode()


def test_the_first_visitor_becomes_the_owner_and_is_signed_in(client, db):
    client.post(reverse("setup"), OWNER)

    owner = User.objects.get()
    assert (owner.role, owner.is_staff, owner.is_superuser) == (User.Role.OWNER, True, True)
    assert client.get(reverse("setup")).status_code == 200


def test_a_weak_password_is_refused_in_words(client, db):
    answer = client.post(reverse("setup"), {"username": "first", "password1": "short", "password2": "short"})

    assert "too short" in answer.content.decode()
    assert not User.objects.exists()


def test_nobody_makes_a_second_owner(client, db):
    UserFactory()

    answer = client.post(reverse("setup"), OWNER)

    assert answer["Location"].startswith(reverse("sign-in"))
    assert User.objects.count() == 1


def test_each_system_is_named_with_its_variables(owner, settings):
    settings.SANDBOX, settings.HARDCOVER_TOKEN = False, ""

    page = owner.get(reverse("setup")).content.decode()

    assert "HARDCOVER_TOKEN" in page
    assert "not set" in page


def test_the_first_run_is_offered_until_there_was_one(owner):
    assert "Start the first run" in owner.get(reverse("setup")).content.decode()

    JobRun.objects.create(kind="cycle", status="succeeded", finished_at=clock.now())

    assert "Start the first run" not in owner.get(reverse("setup")).content.decode()


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_connection_is_tested(owner, settings, headers):
    settings.HARDCOVER_TOKEN = ""

    answer = owner.post(reverse("setup-test", args=["hardcover"]), headers=headers, follow=True)

    assert "hardcover.app: Settings" in answer.content.decode()


def test_a_system_that_is_none_is_not_found(owner):
    assert owner.post(reverse("setup-test", args=["nonsense"])).status_code == 404


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_configured_folders_become_shelves(owner, settings, tmp_path, headers):
    settings.LIBRARY_FOLDERS, settings.AUDIOBOOKSHELF_TOKEN = [str(tmp_path)], ""

    page = owner.post(reverse("setup-shelves"), headers=headers, follow=True).content.decode()

    assert Shelf.objects.get().path == str(tmp_path)
    assert str(tmp_path) in page


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_silent_library_server_is_told(owner, settings, fast_time, headers):
    settings.AUDIOBOOKSHELF_URL = "http://127.0.0.1:9"

    page = owner.post(reverse("setup-shelves"), headers=headers, follow=True).content.decode()

    assert "Test its connection first" in page
