"""Health over the API: every outside system asked once."""

# ruff: noqa: ARG001

from ninja import Field, Router, Schema, Status
from ninja.errors import AuthorizationError
from ninja.pagination import paginate

from mamcrawler import doctor, standstills
from mamcrawler.operations.api import ApiRequest, Paging
from mamcrawler.operations.models import ApiKey

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


class StandstillOut(Schema):
    """A host that nothing is sent to, what happened, and what a person looks at before it is asked again."""

    host: str
    happened: str
    to_check: str


class ResumeIn(Schema):
    """What a person has looked at; it is kept with the record."""

    checked: str = Field(min_length=1, max_length=300, examples=["The account may download again."])


@router.get("/standstills", response=list[StandstillOut])
@paginate(Paging)
def list_standstills(request: ApiRequest) -> list[standstills.Standstill]:
    """The hosts that nothing is sent to until a person has looked."""
    return standstills.all_of_them()


@router.post("/standstills/{host}/resume", response={204: None})
def resume_host(request: ApiRequest, host: str, answer: ResumeIn) -> Status[None]:
    """Let requests through to a host again, as an owner or with an owner's key for everything."""
    key = getattr(request, "auth", None)
    if not request.user.may_own or (isinstance(key, ApiKey) and key.scope != ApiKey.Scope.ADMIN):
        raise AuthorizationError(message="This takes the role of an owner, and an API key with the scope admin.")
    standstills.resume(host, by=request.user, checked=answer.checked)
    return Status(204, None)
