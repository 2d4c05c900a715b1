"""What the account's rules say to taking releases now; the account and the rules are looked at once for all of them."""

from collections.abc import Iterable
from datetime import timedelta

from acquisition.models import Download
from mamcrawler.lib import clock
from mamcrawler.operations import preferences
from tracker import budget
from tracker.models import AccountReading, Release


def weigh(release: Release) -> budget.Answer:
    """What the account's rules say to taking a release now."""
    return weigh_all([release])[release.pk]


def weigh_all(releases: Iterable[Release]) -> dict[int, budget.Answer]:
    """What the account's rules say to taking each release now, by its key."""
    reading = AccountReading.objects.newest()
    is_vip = reading is not None and reading.is_vip
    standing, rules, now = _standing(reading) if reading else None, _rules(), clock.now()
    return {
        release.pk: budget.weigh(
            budget.Cost(
                size_bytes=release.size_bytes,
                costs_ratio=release.costs_ratio(is_vip_member=is_vip),
                is_free_only_as_vip=release.is_vip and not release.is_free and not release.is_personal_freeleech,
            ),
            standing,
            rules,
            now=now,
        )
        for release in releases
    }


def _rules() -> budget.Rules:
    account, ratio = preferences.read(preferences.AccountRules), preferences.read(preferences.RatioRules)
    return budget.Rules(
        emergency_ratio=ratio.emergency,
        floor_after_snatch=ratio.floor_after_snatch,
        unsatisfied_margin=account.unsatisfied_margin,
        oldest_reading=timedelta(seconds=account.reading_max_age_s),
    )


def _standing(reading: AccountReading) -> budget.Standing:
    recent = Download.objects.snatched_since(reading.at - budget.LAG).exclude(info_hash="")
    return budget.Standing(
        read_at=reading.at,
        ratio=reading.ratio,
        uploaded_bytes=reading.uploaded_bytes,
        downloaded_bytes=reading.downloaded_bytes,
        unsatisfied_count=reading.unsatisfied_count,
        unsatisfied_limit=reading.unsatisfied_limit,
        hit_and_runs=reading.hit_and_run_count,
        is_vip=reading.is_vip,
        vip_until=reading.vip_until,
        recent_snatches=recent.count(),
        recent_paid_bytes=sum(
            size or 0 for size in recent.filter(cost_ratio=True).values_list("size_bytes", flat=True)
        ),
    )
