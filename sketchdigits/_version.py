"""The version of the code; models have their own."""

__version__ = "0.1.0"
