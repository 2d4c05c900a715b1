"""MAMcrawler: self-hosted audiobook automation."""

__version__ = "0.1.0"
