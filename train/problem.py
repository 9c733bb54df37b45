"""What stops a training and can be mended by whoever asked for it."""


class TrainError(Exception):
    """Says in a sentence why."""
