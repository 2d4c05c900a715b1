"""The tracker account of the sandbox, its purchases, and the credentials that every stand-in accepts."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Secrets:
    """The credentials of the sandbox: obviously not real, so that a test can look for them in any output."""

    mam_id: str = "sandbox-mam-id-0001"
    passkey: str = "sandbox-passkey-0001"
    abs_token: str = "sandbox-abs-token-0001"
    abs_username: str = "sandbox-listener"
    abs_password: str = "sandbox-abs-password-0001"
    qb_username: str = "sandbox-torrents"
    qb_password: str = "sandbox-qb-password-0001"
    prowlarr_key: str = "sandbox-prowlarr-key-0001"
    hardcover_token: str = "sandbox-hardcover-token-0001"

    def values(self) -> tuple[str, ...]:
        """List the values that may appear in no log, page or message."""
        names = {"abs_username", "qb_username"}
        return tuple(getattr(self, field.name) for field in fields(self) if field.name not in names)


SECRETS = Secrets()


@dataclass
class Account:
    """The member that the sandbox's tracker knows; the stand-ins and `/control` change it."""

    uid: int
    username: str
    classname: str
    uploaded_bytes: int
    downloaded_bytes: int
    seedbonus: int
    wedges: int
    vip_until: datetime | None
    unsat_limit: int
    unsat_at_start: int

    @property
    def ratio(self) -> float | None:
        """Uploaded over downloaded; None when nothing was downloaded."""
        return self.uploaded_bytes / self.downloaded_bytes if self.downloaded_bytes else None

    def change(self, values: dict[str, Any]) -> None:
        """Set some fields from their JSON form.

        :raises ValueError: if a field does not exist or a value has the wrong type; nothing is changed then.
        """
        for name, value in values.items():
            if not self._can_be(name, value):
                raise ValueError(f"{name} of the account cannot be {value!r}")
        ready = {name: _moment(value) if name == "vip_until" else value for name, value in values.items()}
        for name, value in ready.items():
            setattr(self, name, value)

    def _can_be(self, name: str, value: Any) -> bool:
        if name == "vip_until":
            return value is None or isinstance(value, str)
        return name in {field.name for field in fields(self)} and type(value) is type(getattr(self, name))

    def as_json(self) -> dict[str, Any]:
        """Give all fields as JSON can hold them."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values["vip_until"] = self.vip_until.isoformat() if self.vip_until else None
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Account":
        """Read back what `as_json` gave."""
        return cls(**{**values, "vip_until": _moment(values["vip_until"])})


@dataclass(frozen=True)
class Purchase:
    """One line of the tracker store's ledger."""

    kind: str  # "VIP", "upload", "wedge", "personal freeleech"
    points: int
    wedges: int
    tracker_id: int | None
    bought_at: datetime

    def as_json(self) -> dict[str, Any]:
        """Give all fields as JSON can hold them."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**values, "bought_at": self.bought_at.isoformat()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Purchase":
        """Read back what `as_json` gave."""
        return cls(**{**values, "bought_at": datetime.fromisoformat(values["bought_at"])})


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
