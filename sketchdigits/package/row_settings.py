"""The row network in `sketchdigits.json`: what belongs to its files; checked when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from sketchdigits.errors import ModelPackageError
from sketchdigits.package.known_answer import ROW_ANSWER_LENGTH


@dataclass(frozen=True)
class RowSettings:
    """The settings of a package's row network, which reads a line of digits at once.

    Attributes:
        architecture: its name in `sketchdigits.architectures`.
        weights_sha256: of `row.weights.h5`, in hexadecimal.
        litert_sha256: of `row.tflite`, in hexadecimal.
        known_answer: what `known_answer.answer_for_line` gave when it was saved.
    """

    architecture: str
    weights_sha256: str
    litert_sha256: str
    known_answer: tuple[float, ...]


def read_row_settings(content: Mapping[str, object], where: str) -> RowSettings:
    """Check the object `row_network` of the settings file that messages call `where`.

    Raises:
        ModelPackageError: a key is missing, unknown, or has a value of another type.
    """
    expected = [field.name for field in fields(RowSettings)]  # the last one is known_answer
    texts = {key: value for key, value in content.items() if isinstance(value, str)}
    answer = _read_answer(content.get("known_answer"))
    if (
        content.keys() != {*expected}
        or texts.keys() != {*expected} - {"known_answer"}
        or not answer
    ):
        raise ModelPackageError(
            f"{where}: expected row_network with {', '.join(expected)}: texts, and as the last "
            f"{ROW_ANSWER_LENGTH} numbers. Received: {content!r:.120}. Fetch the package again."
        )
    return RowSettings(**texts, known_answer=answer)


def _read_answer(answer: object) -> tuple[float, ...] | None:
    if not isinstance(answer, list) or len(answer) != ROW_ANSWER_LENGTH:
        return None
    return tuple(answer) if all(isinstance(share, float) for share in answer) else None
