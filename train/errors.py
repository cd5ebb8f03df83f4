"""What can be wrong with what training is given; shown by the command line without a traceback."""


class TrainingError(Exception):
    """Base of the errors that `python -m train` prints as one message."""


class DatasetError(TrainingError):
    """A dataset is missing, damaged or another one: what was expected, and where to get it."""


class PublishError(TrainingError):
    """What should be published is incomplete, or was asked for in a wrong way."""


class RunError(TrainingError):
    """A training run's folder is missing, incomplete, or of another recipe."""
