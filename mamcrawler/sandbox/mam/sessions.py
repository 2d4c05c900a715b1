"""The session cookie of the stand-in: it rotates, and what it was before is worth nothing."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from werkzeug.wrappers import Request, Response

from mamcrawler.sandbox.world import SECRETS, World

REFUSAL = "Error, you are not signed in <br />Invalid/missing cookie"
"""What the site's JSON endpoints answer, as HTML and with 403, when the cookie is no good."""

EXPIRES = "expires=Thu, 31-Dec-2099 23:59:59 GMT; path=/; secure; HttpOnly"


@dataclass
class Sessions:
    """The one session that the site knows; kept in the world, so that it survives a restart."""

    world: World
    rotate_every: int

    def is_signed_in(self, request: Request, path: str) -> bool:
        """Say whether a request carries the current cookie."""
        if self.world.faults.take("mam", "expired_session", path):
            return False
        return unquote(sent_cookie(request)) == self.current()

    def current(self) -> str:
        """The cookie that is good now."""
        return str(self._state().get("cookie", SECRETS.mam_id))

    def answered(self, response: Response, path: str) -> None:
        """Count an answer to a good session, and rotate the cookie with it when it is due."""
        with self.world.lock:
            state = self._state()
            state["requests"] = state.get("requests", 0) + 1
            is_due = self.rotate_every > 0 and state["requests"] % self.rotate_every == 0
            if self.world.faults.take("mam", "rotate_cookie", path) or is_due:
                state["rotations"] = state.get("rotations", 0) + 1
                state["cookie"] = f"{SECRETS.mam_id}-r{state['rotations']}"
                response.headers.add("Set-Cookie", f"mam_id={state['cookie']}; {EXPIRES}")
                self.world.save()

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.world.state.setdefault("mam", {})
        return state


def sent_cookie(request: Request) -> str:
    """The raw `mam_id` of a request; "" when there is none."""
    for part in request.headers.get("Cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == "mam_id":
            return value.strip('"')
    return ""
