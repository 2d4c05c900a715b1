"""The providers that are configured, each at its own pace, and what they answered before."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings

from mamcrawler.lib import clock
from mamcrawler.lib.pace import NotNow
from mamcrawler.operations.leases import HostLease
from metadata.models import Lookup
from metadata.providers import Provider
from metadata.providers.audnexus import Audnexus
from metadata.providers.errors import ProviderError
from metadata.providers.hardcover import Hardcover

log = structlog.get_logger(__name__)

GOOD_FOR = timedelta(days=7)
HARDCOVER_GAP = timedelta(seconds=1)
"""Sixty requests a minute."""
AUDNEXUS_GAP = timedelta(seconds=0.6)
"""A hundred requests a minute."""


@contextmanager
def connect_all() -> Iterator[list[Provider]]:
    """Every configured provider, connected."""
    providers: list[Provider] = [
        Audnexus(base_url=settings.AUDNEXUS_URL, lease=HostLease("audnexus", gap=AUDNEXUS_GAP))
    ]
    if settings.HARDCOVER_TOKEN:
        providers.append(
            Hardcover(
                base_url=settings.HARDCOVER_URL,
                token=settings.HARDCOVER_TOKEN,
                lease=HostLease("hardcover", gap=HARDCOVER_GAP),
            )
        )
    with ExitStack() as stack:
        yield [stack.enter_context(provider) for provider in providers]


def ask(provider: Provider, question: str, look: Callable[[], Any]) -> tuple[Any, Lookup]:
    """Ask a provider and keep its answer; its troubles are an answer of their own and never rise.

    :return: what `look` gave, None when the provider is unavailable, and the row that was kept.
    """
    try:
        answer = look()
    except (ProviderError, NotNow) as error:
        log.warning("provider unavailable", provider=provider.name, reason=str(error))
        return None, _keep(provider.name, question, Lookup.Outcome.UNAVAILABLE, {}, reason=str(error)[:300])
    raw = _raw(answer)
    outcome = Lookup.Outcome.FOUND if raw else Lookup.Outcome.NOTHING
    return answer, _keep(provider.name, question, outcome, {"answer": raw})


def _raw(answer: Any) -> Any:
    if isinstance(answer, list | tuple):
        return [_raw(one) for one in answer]
    return json.loads(json.dumps(asdict(answer), default=str)) if answer is not None else None


def _keep(provider: str, question: str, outcome: Lookup.Outcome, answer: dict[str, Any], *, reason: str = "") -> Lookup:
    fingerprint = hashlib.sha256(json.dumps(answer, sort_keys=True).encode()).hexdigest()
    good_for = timedelta(0) if outcome == Lookup.Outcome.UNAVAILABLE else GOOD_FOR
    return Lookup.objects.create(
        provider=provider,
        question=question[:300],
        outcome=outcome,
        answer=answer,
        fingerprint=fingerprint,
        good_until=clock.now() + good_for,
        reason=reason,
    )
