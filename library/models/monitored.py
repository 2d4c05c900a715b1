"""What a series and an author have in common: a list that providers give, and a word on what of it is wanted."""

from datetime import date

from django.db import models

from mamcrawler.lib import clock


class Monitored(models.Model):
    """Something whose books a provider lists, and of which a mode says which count as missing."""

    class Monitor(models.TextChoices):
        ALL = "all", "All books"
        MISSING = "missing", "Books that are not owned now"
        FUTURE = "future", "Only books released from now on"
        NONE = "none", "Nothing"

    monitor = models.CharField(max_length=10, choices=Monitor.choices, default=Monitor.ALL)
    monitor_chosen_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the mode was chosen, and not only set by default."
    )
    listed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When a provider last gave its full list."
    )
    listed_by = models.CharField(max_length=40, blank=True, default="", editable=False)

    class Meta:
        abstract = True

    @property
    def wants_back_catalogue(self) -> bool:
        """Whether books that have long been out count as missing."""
        return self.monitor in (self.Monitor.ALL, self.Monitor.MISSING)

    def counts_from(self, *, is_announced: bool, released_on: date | None) -> bool:
        """Whether a book that is to come, or came out on a day, is one from now on: since the mode was chosen."""
        since = (self.monitor_chosen_at or clock.now()).date()
        return is_announced or (released_on is not None and released_on > since)
