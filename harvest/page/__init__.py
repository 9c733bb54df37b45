"""What shows pairs: the only place that knows a page's selectors and hooks."""
