"""A night: from packs to scores that the page is proven to use, and the report of it."""
