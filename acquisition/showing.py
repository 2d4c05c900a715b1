"""Why one release goes before another: pure functions over stored verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass

from acquisition.models import Candidate
from tracker import budget


@dataclass(frozen=True)
class Judged:
    """A candidate with the reason for its place, and what taking it would cost where that was asked."""

    candidate: Candidate
    place: str
    cost: budget.Answer | None = None


def judged(candidates: Sequence[Candidate], costs: dict[int, budget.Answer] | None = None) -> list[Judged]:
    """Candidates of one want, in order of their rank, each with why it stands where it stands."""
    fitting = [candidate for candidate in candidates if candidate.is_takeable]
    best = min(fitting, key=lambda candidate: candidate.rank, default=None)
    return [
        Judged(candidate, why_there(candidate, best), (costs or {}).get(candidate.release_id))
        for candidate in candidates
    ]


def why_there(candidate: Candidate, best: Candidate | None) -> str:
    """Why a candidate is the best or is not, in words and numbers."""
    if not candidate.is_takeable:
        against = [reason for reason in candidate.match_reasons if " agrees" not in reason]
        return "; ".join(against[:2]) or candidate.get_verdict_display()
    if best is None or candidate.pk == best.pk:
        return "the best of those that may be taken"
    for mine, theirs in zip(_criteria(candidate), _criteria(best), strict=False):
        if mine[1] != theirs[1]:
            return f"{mine[0]} decides: {mine[2]}, while the best has {theirs[2]}"
    return "as good as the best, found later"


def _criteria(candidate: Candidate) -> list[tuple[str, float, str]]:
    """Criterion, value and words in the order in which they decide: the edition, then its cost, then seeders."""
    rows = [
        (str(reason["criterion"]), float(value), str(reason["words"]))
        for reason, value in zip(candidate.quality_reasons, candidate.quality_key, strict=False)
    ]
    last = {"cost": 1, "seeders": 2}
    return sorted(rows, key=lambda row: last.get(row[0], 0))
