"""What we own and what there is to own."""
