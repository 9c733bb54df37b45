"""The morning: what a night came to, on one page and in the terminal."""
