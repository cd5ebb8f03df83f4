"""Errors that the command line prints as one message, without a traceback."""


class TrainingError(Exception):
    """Base of the errors that `python -m train` prints as one message."""


class DatasetError(TrainingError):
    """A dataset is missing, damaged or unknown. The message says where to get it."""


class PublishError(TrainingError):
    """The package to publish is incomplete or inconsistent, or the options are wrong."""


class RunError(TrainingError):
    """A training run's folder is missing, incomplete, or belongs to another recipe."""
