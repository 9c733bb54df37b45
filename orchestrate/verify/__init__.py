"""The proof in the page that the scores are read, and that they are used."""
