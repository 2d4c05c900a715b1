"""What the API says of the library as a whole: its figures, and what is not as it should be."""
