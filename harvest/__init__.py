"""Opens the page, shows every pair, proves and records what it looked like."""
