"""The smallest valid rows of the metadata app: what sources say."""

import factory
from factory.django import DjangoModelFactory

from metadata.models import Claim, Lookup, Proposal
from tests.factories.library import BookFactory, EditionFactory


class LookupFactory(DjangoModelFactory[Lookup]):
    class Meta:
        model = Lookup

    provider = "audnexus"
    question = factory.Sequence(lambda n: f"book {n}")
    outcome = Lookup.Outcome.NOTHING
    fingerprint = "0" * 64


class ClaimFactory(DjangoModelFactory[Claim]):
    class Meta:
        model = Claim

    book = factory.SubFactory(BookFactory)
    field = "title"
    value = "A Title"
    source = "audnexus"
    confidence = 0.9


class ProposalFactory(DjangoModelFactory[Proposal]):
    class Meta:
        model = Proposal

    edition = factory.SubFactory(EditionFactory)
    book = factory.SubFactory(BookFactory)
    field = "title"
    old = "Old"
    new = "New"
    confidence = 0.8
    sources = "audnexus"
