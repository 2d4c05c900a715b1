"""Health over the API: every outside system asked once."""

# ruff: noqa: ARG001

from ninja import Router, Schema

from mamcrawler import doctor
from mamcrawler.operations.api import ApiRequest

router = Router(tags=["Operations"])


class SystemHealthOut(Schema):
    """How one system is, and what to do about it."""

    system: str
    label: str
    status: str
    is_configured: bool
    is_ok: bool
    is_warning: bool
    message: str
    advice: str
    seconds: float


class HealthOut(Schema):
    """All systems, and whether a person has to do something."""

    is_ok: bool
    systems: list[SystemHealthOut]


@router.get("/health", response=HealthOut)
def get_health(request: ApiRequest) -> dict[str, object]:
    """Ask every system how it is; takes up to half a minute."""
    systems = doctor.check_all()
    return {"is_ok": not any(system.is_failure for system in systems), "systems": systems}


@router.get("/health/{system}", response=SystemHealthOut)
def get_system_health(request: ApiRequest, system: str) -> doctor.SystemHealth:
    """Ask one system how it is."""
    return doctor.check(system)
