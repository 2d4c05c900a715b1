"""Pages that show several apps, one module each."""
