"""What programs may do to put identity right."""
