"""The stand-in for Audiobookshelf: one library of books over the sandbox's real files."""

from mamcrawler.sandbox.audiobookshelf.app import Audiobookshelf

__all__ = ["Audiobookshelf"]
