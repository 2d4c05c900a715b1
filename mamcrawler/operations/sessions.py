"""Who is signed in: Django's sessions and people, asked for by queries that are worked out once.

Every page asks for both. Put together anew each time they take a tenth of a quick page.
"""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from mamcrawler.lib.keyed import models_by_keys, models_by_texts
from mamcrawler.operations.models import User

BACKEND = f"{__name__}.PersonBackend"
"""How somebody is signed in who need not give a password, such as the first owner."""


class SessionStore(db.SessionStore):
    """Sessions in the database."""

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        now = timezone.now()  # as Django says when a session ends, whatever the product's clock tells
        for session in _sessions([str(self.session_key)]):
            if session.expire_date > now:
                return session
        self._session_key = None  # as Django leaves a session that is over
        return None


class PersonBackend(ModelBackend):
    """People by name and password."""

    def get_user(self, user_id: Any) -> User | None:
        """The person with this key; None if there is none who may sign in."""
        return next((user for user in _people([user_id]) if self.user_can_authenticate(user)), None)


@models_by_texts
def _sessions(keys: RawSQL) -> QuerySet[Session]:
    return Session.objects.filter(session_key__in=keys)


@models_by_keys
def _people(keys: RawSQL) -> QuerySet[User]:
    return User.objects.filter(pk__in=keys)
