"""Who may use the application, in person or by key."""

import hashlib
import secrets
from typing import Self

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q

from mamcrawler.lib import clock


class User(AbstractUser):
    """A person who signs in; the role decides what they may change."""

    class Role(models.TextChoices):
        OWNER = "owner", "Owner"
        CURATOR = "curator", "Curator"
        VIEWER = "viewer", "Viewer"

    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(name="user_role_known", condition=Q(role__in=["owner", "curator", "viewer"])),
        ]

    @property
    def may_curate(self) -> bool:
        """Whether this person may change books, decide on candidates and start jobs."""
        return self.is_active and self.role in (self.Role.OWNER, self.Role.CURATOR)

    @property
    def may_own(self) -> bool:
        """Whether this person may change settings, people and spending."""
        return self.is_active and self.role == self.Role.OWNER


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self) -> Self:
        """Keys that are neither revoked nor expired and whose owner is active."""
        unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=clock.now())
        return self.filter(unexpired, revoked_at__isnull=True, user__is_active=True).select_related("user")

    def matching(self, secret: str) -> "ApiKey | None":
        """The usable key with this secret, if there is one."""
        return self.usable().filter(digest=ApiKey.digest_of(secret)).first()


class ApiKey(models.Model):
    """A key for programs; only its digest is kept, the secret is shown once."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        WRITE = "write", "Read and write"
        ADMIN = "admin", "Everything"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(max_length=10, choices=Scope.choices, default=Scope.READ)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(name="api_key_scope_known", condition=Q(scope__in=["read", "write", "admin"])),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @staticmethod
    def digest_of(secret: str) -> str:
        """What is stored in place of a secret; its 256 random bits need no slow hash."""
        return hashlib.sha256(secret.encode()).hexdigest()

    @classmethod
    def issue(cls, user: User, name: str, scope: str = Scope.READ) -> tuple["ApiKey", str]:
        """Make a key; the second value is the secret, which cannot be had again."""
        secret = f"mamc_{secrets.token_urlsafe(32)}"
        key = cls.objects.create(user=user, name=name, scope=scope, prefix=secret[:10], digest=cls.digest_of(secret))
        return key, secret
