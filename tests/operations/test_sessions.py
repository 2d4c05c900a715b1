"""Who is signed in is looked up by queries of our own: they must answer as Django's do."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mamcrawler.operations.models import User
from mamcrawler.operations.sessions import BACKEND, PersonBackend, SessionStore
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_a_session_is_found_again_until_it_ends():
    session = SessionStore()
    session["here"] = "kept"
    session.create()
    again = SessionStore(session.session_key)
    assert again["here"] == "kept"

    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    over = SessionStore(session.session_key)
    assert over.get("here") is None
    assert over.session_key is None


@pytest.mark.parametrize("key", ["nobody-has-this-key", "'; DROP TABLE django_session; --", "ключ-nobody-has"])
def test_a_key_that_nobody_has_is_an_empty_session(key):
    assert SessionStore(key).get("here") is None


def test_who_may_no_longer_sign_in_is_nobody_from_the_next_page_on(client):
    user = UserFactory(role=User.Role.OWNER)
    client.force_login(user, backend=BACKEND)
    assert client.get(reverse("library:book-list")).status_code == 200

    User.objects.update(is_active=False)

    assert client.get(reverse("library:book-list")).status_code == 302
    assert PersonBackend().get_user(user.pk) is None


def test_a_person_has_all_that_a_page_may_ask():
    user = UserFactory(role=User.Role.CURATOR, first_name="Example", last_login=timezone.now())

    with CaptureQueriesContext(connection) as queries:
        found = PersonBackend().get_user(user.pk)
        assert {name: getattr(found, name) for name in vars(user) if name != "_state"} == {
            name: value for name, value in vars(User.objects.get()).items() if name != "_state"
        }

    assert len(queries) == 2  # ours and the one it is held to
    assert PersonBackend().get_user(user.pk + 1) is None
