"""Structured logs without credentials."""

import logging
import re
from collections.abc import Iterable
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

MASK = "[redacted]"
_TELLING_KEYS = re.compile(r"(?i)(cookie|token|passkey|password|secret|api_?key|authorization|mam_id)")
_TELLING_TEXT = [
    re.compile(r"(?i)(mam_id=)[^;\s\"']+"),
    re.compile(r"(?i)((?:api_?key|token|passkey|password)=)[^&\s\"']+"),
    re.compile(r"(?i)(bearer\s+)[\w.~+/=-]+"),
    re.compile(r"(?i)(/announce/)[\w-]+"),
    re.compile(r"(?i)(download\.php/)[^?\s\"']+"),
]


class Redactor:
    """Takes credentials out of anything that is to be written down.

    :param secrets: exact values to remove besides what looks like a credential; more can be added as they rotate.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = {secret for secret in secrets if secret}

    def learn(self, secret: str) -> None:
        """Remove this value too from now on, such as a cookie that was just rotated."""
        if len(secret) >= 8:
            self._secrets.add(secret)

    def text(self, text: str) -> str:
        """The text without credentials."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        for pattern in _TELLING_TEXT:
            text = pattern.sub(rf"\g<1>{MASK}", text)
        return text

    def value(self, value: Any) -> Any:
        """The value, with credentials removed from every text inside."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {k: MASK if _TELLING_KEYS.search(str(k)) else self.value(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.value(item) for item in value)
        return value

    def __call__(self, _logger: Any, _method: str, event: EventDict) -> EventDict:
        """Work as a structlog processor."""
        cleaned: EventDict = self.value(event)
        return cleaned


redactor = Redactor()
"""The process's own; settings teach it the configured credentials, sessions the rotated ones."""


class _RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Redacts the finished line as well: tracebacks are only text by then."""

    def format(self, record: logging.LogRecord) -> str:
        return redactor.text(super().format(record))


def logging_settings(*, level: str, form: str, secrets: Iterable[str]) -> dict[str, Any]:
    """Django's LOGGING, and structlog configured to match.

    :param form: "json" for machines, anything else for people.
    """
    for secret in secrets:
        redactor.learn(secret)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redactor,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": _RedactingFormatter, "processor": renderer, "foreign_pre_chain": shared}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "werkzeug": {"level": "WARNING"},
            "qbittorrentapi": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
            "watchfiles": {"level": "WARNING"},
            "django-q": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
            "django_structlog": {"level": "WARNING"},
        },
    }
