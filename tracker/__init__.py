"""What the private tracker offers and how our account stands."""
