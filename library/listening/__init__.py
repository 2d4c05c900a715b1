"""What the API tells of listeners, collections and the library server's backups."""
