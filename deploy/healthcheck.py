"""Exit code 0 if the web server on this machine answers: for the container's HEALTHCHECK."""

import http.client
import os
import sys


def is_healthy(port: int) -> bool:
    """Whether a page comes, or at least a refusal; an error of the server does not count."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/sign-in/", headers={"X-Forwarded-Proto": "https"})
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_healthy(int(os.environ.get("PORT", "8000"))) else 1)
