"""Half characters in JSON: programs that cut a text in the middle of an emoji write them, and no decoder takes them."""

import re

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole pair
    rb"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|.)",  # any other escape, that of a backslash among them
    re.DOTALL,
)


def without_halves(document: bytes) -> bytes:
    """The JSON document with U+FFFD in the place of every half of a surrogate pair that stands alone."""
    return _ESCAPE.sub(lambda escape: rb"\ufffd" if escape["half"] else escape[0], document)
