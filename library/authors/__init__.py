"""What the API says of authors' lists and of recommendations."""
