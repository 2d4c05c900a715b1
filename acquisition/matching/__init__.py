"""Which offered release is the wanted book, and what to search for to find it. Pure: nothing outside is touched."""

from acquisition.matching.judging import POLICY_VERSION, Kind, Match, judge
from acquisition.matching.offers import Offer, Wish, offer_from_prowlarr_title
from acquisition.matching.searching import queries

__all__ = ["POLICY_VERSION", "Kind", "Match", "Offer", "Wish", "judge", "offer_from_prowlarr_title", "queries"]
