"""`harvest bench chaos`: a run broken on purpose, again and again, beside one that nobody disturbs."""
