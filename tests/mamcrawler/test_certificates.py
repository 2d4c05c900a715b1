"""Certificates of outside systems are checked, and what they are checked with is read once."""

import ssl

from mamcrawler.lib import certificates


def test_a_certificate_is_required_and_has_to_name_the_host():
    assert certificates.trusted().verify_mode == ssl.CERT_REQUIRED
    assert certificates.trusted().check_hostname


def test_the_trusted_certificates_are_read_once():
    assert certificates.trusted() is certificates.trusted()
