"""The morning's report: what a night's folder tells, judged, and shown as one page and on the terminal."""
