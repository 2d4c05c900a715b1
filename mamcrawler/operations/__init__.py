"""The platform's own rows: people, jobs, hosts, settings, audit."""
