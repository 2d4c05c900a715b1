"""Nothing that is written down holds a credential."""

import pytest

from mamcrawler.lib.logs import MASK, Redactor


@pytest.mark.parametrize(
    "text",
    [
        "Cookie: mam_id=example-cookie-value; path=/",
        "GET http://127.0.0.1/api?apikey=example-cookie-value&q=dune",
        "Authorization: Bearer example-cookie-value",
        "http://127.0.0.1/announce/example-cookie-value?info_hash=1",
        "/tor/download.php/example-cookie-value?tid=1",
    ],
)
def test_what_looks_like_a_credential_is_masked(text):
    cleaned = Redactor().text(text)

    assert "example-cookie-value" not in cleaned
    assert MASK in cleaned


def test_a_learnt_value_is_masked_wherever_it_stands():
    redactor = Redactor()
    redactor.learn("rotated-example-value")

    event = redactor(None, "info", {"event": "got rotated-example-value", "list": ["rotated-example-value"]})

    assert event == {"event": f"got {MASK}", "list": [MASK]}


def test_values_under_telling_keys_are_masked():
    event = Redactor()(None, "info", {"event": "sent", "api_key": "anything", "headers": {"Cookie": "anything"}})

    assert event["api_key"] == MASK
    assert event["headers"] == {"Cookie": MASK}
