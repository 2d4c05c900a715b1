"""What catalogues say of the books we own or miss."""
