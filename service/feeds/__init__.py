"""One file per source format, each giving events: the caller passes them on."""
