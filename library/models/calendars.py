"""Addresses at which people subscribe to the calendar."""

import uuid

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import models

from mamcrawler.lib import clock


class CalendarFeed(models.Model):
    """A person's own address of the calendar; whoever knows it may read, so it can be replaced.

    The address is signed: the row alone, as in a copy of the database, does not tell it.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed")
    number = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    made_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["user"]

    def __str__(self) -> str:
        return f"calendar of {self.user}"

    @property
    def token(self) -> str:
        """The secret part of the address."""
        return _signer().sign(self.number.hex)

    @classmethod
    def of_token(cls, token: str) -> "CalendarFeed | None":
        """The feed that a token opens, of a person who may still sign in; None if it was replaced or made up."""
        try:
            number = uuid.UUID(_signer().unsign(token))
        except (BadSignature, ValueError):
            return None
        return cls.objects.filter(number=number, user__is_active=True).first()


def _signer() -> Signer:
    return Signer(salt="library.calendar", sep=".")
