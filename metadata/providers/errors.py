"""What can go wrong between us and a metadata provider."""


class ProviderError(Exception):
    """The provider gave no usable answer."""


class ProviderUnavailable(ProviderError):
    """Silence, a time-out or a 5xx, three times in a row: the next scheduled run may do better."""


class KeyRejected(ProviderError):
    """The provider refused our key or its scope: a person has to renew it."""


class QuotaSpent(ProviderError):
    """The provider told us to wait for longer than a request can: its quota is used up for now."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        """Keep how many seconds the provider asked us to wait, if it said so."""
        super().__init__(message)
        self.retry_after = retry_after


class UnexpectedAnswer(ProviderError):
    """An answer in a shape we do not know, or one that says our question was wrong."""
