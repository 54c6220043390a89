"""A view for each page: what its template shows, worked out beforehand."""
