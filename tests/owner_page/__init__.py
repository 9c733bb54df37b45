"""A page that imitates newliveweb, with each of its documented defects on demand."""
