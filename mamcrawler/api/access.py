"""Who may use the API: a person who is signed in, or a program with a key."""

from datetime import timedelta

from django.http import HttpRequest
from ninja.errors import AuthenticationError, AuthorizationError
from ninja.security import APIKeyHeader, HttpBearer, SessionAuth

from mamcrawler.lib import clock
from mamcrawler.operations.models import ApiKey, User

READING = frozenset({"GET", "HEAD", "OPTIONS"})
USE_NOTED_EVERY = timedelta(minutes=1)


class PersonAuth(SessionAuth):
    """The session of a signed-in person; what changes something carries the CSRF token."""

    def __call__(self, request: HttpRequest) -> User | None:
        """The person, None for a stranger."""
        if not isinstance(request.user, User):
            return None
        super().__call__(request)  # refuses what lacks the CSRF token
        _require_role(request, request.user)
        return request.user


class BearerAuth(HttpBearer):
    """An API key as `Authorization: Bearer mamc_…`."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey:
        """The key, after its scope and its owner's role were seen to allow the request."""
        return _key_in_use(request, token)


class HeaderAuth(APIKeyHeader):
    """An API key as `X-API-Key`, for programs that cannot set the other header."""

    param_name = "X-API-Key"

    def authenticate(self, request: HttpRequest, key: str | None) -> ApiKey | None:
        """The key, None when the header is not there."""
        return _key_in_use(request, key) if key else None


def _key_in_use(request: HttpRequest, secret: str) -> ApiKey:
    """The key with this secret, noted as used and its owner made the request's user.

    :raises AuthenticationError: if the key is unknown, expired or revoked.
    :raises AuthorizationError: if its scope or its owner's role does not allow the request.
    """
    key = ApiKey.objects.matching(secret)
    if key is None:
        raise AuthenticationError(message="This API key is unknown, expired or revoked: ask the owner for another.")
    if request.method not in READING and key.scope == ApiKey.Scope.READ:
        raise AuthorizationError(message="This API key may only read: it takes one with the scope write.")
    _require_role(request, key.user)
    now = clock.now()
    if key.last_used_at is None or key.last_used_at <= now - USE_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    request.user = key.user
    return key


def _require_role(request: HttpRequest, user: User) -> None:
    if request.method not in READING and not user.may_curate:
        raise AuthorizationError(message="This takes the role of a curator or of the owner; viewers only read.")
