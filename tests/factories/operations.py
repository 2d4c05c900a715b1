"""The smallest valid rows of the operations app: people, jobs and the rest of the platform."""

import factory
from factory.django import DjangoModelFactory

from mamcrawler.operations.models import ApiKey, AuditEntry, Finding, JobPhase, JobRun, OutsideHost, Setting, User


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"person{n}")
    role = User.Role.OWNER
    password = factory.django.Password("a long example password")


class ApiKeyFactory(DjangoModelFactory[ApiKey]):
    class Meta:
        model = ApiKey

    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"key {n}")
    prefix = "mamc_exam"
    digest = factory.Sequence(lambda n: f"example-digest-{n}")


class AuditEntryFactory(DjangoModelFactory[AuditEntry]):
    class Meta:
        model = AuditEntry

    user = factory.SubFactory(UserFactory)
    action = "book.excluded"
    subject = "A book"


class FindingFactory(DjangoModelFactory[Finding]):
    class Meta:
        model = Finding

    kind = "shelving.failed"
    subject = factory.Sequence(lambda n: f"download {n}")
    message = factory.Sequence(lambda n: f"Book {n} could not be shelved")


class JobRunFactory(DjangoModelFactory[JobRun]):
    class Meta:
        model = JobRun

    kind = factory.Sequence(lambda n: f"job_{n}")
    requested_by = factory.SubFactory(UserFactory)


class JobPhaseFactory(DjangoModelFactory[JobPhase]):
    class Meta:
        model = JobPhase

    run = factory.SubFactory(JobRunFactory)
    position = 1
    name = "search"
    label = "Search"


class OutsideHostFactory(DjangoModelFactory[OutsideHost]):
    class Meta:
        model = OutsideHost

    name = factory.Sequence(lambda n: f"host {n}")


class SettingFactory(DjangoModelFactory[Setting]):
    class Meta:
        model = Setting

    group = factory.Sequence(lambda n: f"group {n}")
