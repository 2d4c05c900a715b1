"""Series for programs: their API and its schemas."""
