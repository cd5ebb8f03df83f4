"""Mutants of a package's settings and of its LiteRT file; seeded."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import numpy as np

from sketchdigits.package.litert_layout import Layout
from sketchdigits.package.settings import settings_checksum

Generator = np.random.Generator
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 4, 10**400, 1e308, -1e308, 5e-324, float("nan"), float("inf")),
    *("", "x" * 3_000, "\ud800", "\x00", "../../etc/passwd", "sketch-cnn", "mlp-512", "0" * 64),
    *([], [0.1] * 10, [0.1] * 11, [1] * 10, [[]] * 10, {}, {"scale": 1.0}, [{"a": [None] * 50}]),
)
_KEYS = ("surprise", "", "__class__", "threshold", "x" * 500, "é", "format_version")
_FLOATS = (float("nan"), float("inf"), 3e38, -3e38, 1e-40, 0.0, -0.0, 1.0)


def settings_mutant(base: bytes, number: int) -> bytes:
    """Mutant `number` of a settings file. Most have a right checksum; some are no JSON."""
    generator = np.random.default_rng(number)
    content = json.loads(base)
    for _ in range(int(generator.integers(0, 3))):
        _change_object(content, generator)
    if generator.random() < 0.8:
        content.pop("settings_sha256", None)
        content["settings_sha256"] = settings_checksum(content)
    text = json.dumps(content, indent=int(generator.integers(3)) or None)
    if generator.random() < 0.1:  # the same key twice
        text = text.replace("{", '{"architecture": "mlp-512", ', 1)
    return _damage(text.encode(), generator, 0.3)


def _change_object(content: dict[str, Any], generator: Generator) -> None:
    """Change, remove or add a value, here or in an object or list below."""
    key = _choose(list(content) or [""], generator)
    value = content.get(key)
    action = generator.integers(6)
    if action < 2 and isinstance(value, dict):
        _change_object(value, generator)
    elif action < 2 and isinstance(value, list) and value:
        value[int(generator.integers(len(value)))] = _choose(_VALUES, generator)
    elif action == 2:
        content.pop(key, None)
    elif action == 3:
        content[_choose(_KEYS, generator)] = _choose(_VALUES, generator)
    elif action == 4 and isinstance(value, float):
        content[key] = value * float(generator.choice([-1, 0, 0.5, 1e300, 1 + 1e-9]))
    else:
        content[key] = _choose(_VALUES, generator)


def litert_mutant(base: bytes, layout: Layout, number: int) -> bytes:
    """Mutant `number` of a LiteRT file: half of them differ in weights only.

    Args:
        base: the file.
        layout: of the file.
        number: chooses the changes.
    """
    generator = np.random.default_rng(number)
    if number % 2:
        return _damage(base, generator, 1.0)
    changed = bytearray(base)
    for _ in range(int(generator.integers(1, 5))):
        start, stop = _choose(layout.weights, generator)
        weights = np.frombuffer(changed[start:stop], "<f4").copy()
        if generator.random() < 0.5:
            places = generator.integers(0, len(weights), int(generator.integers(1, 9)))
            weights[places] = _choose(_FLOATS, generator)
        else:
            with np.errstate(all="ignore"):  # a mutant may hold infinite weights
                weights *= np.float32(generator.choice([-1, 0, 1 + 1e-6, 1e4, 1e-9]))
        changed[start:stop] = weights.tobytes()
    return bytes(changed)


def _damage(content: bytes, generator: Generator, probability: float) -> bytes:
    """With this probability: overwrite, insert or delete a few bytes; half of them near an end."""
    if generator.random() >= probability:
        return content
    damaged = bytearray(content)
    for _ in range(int(generator.choice([1, 1, 2, 8]))):
        if not damaged:
            break
        place = int(generator.integers(len(damaged)))
        if generator.random() < 0.5:
            near = int(generator.integers(min(2_000, len(damaged))))
            place = _choose([near, len(damaged) - 1 - near], generator)
        action = generator.integers(6)
        if action == 0:
            damaged[place] ^= 1 << int(generator.integers(8))
        elif action == 1:
            damaged[place] = int(generator.integers(256))
        elif action == 2:  # an offset or a length
            number = int(_choose([0, 1, 2**16, 2**31 - 1, 2**32 - 1, len(content)], generator))
            damaged[place : place + 4] = number.to_bytes(4, "little")
        elif action == 3:
            del damaged[place : place + int(generator.choice([1, 4, 100]))]
        elif action == 4:
            damaged[place:place] = damaged[place : place + int(generator.choice([1, 4, 100]))]
        else:
            del damaged[max(1, place) :]
    return bytes(damaged)


def _choose(choices: Any, generator: Generator) -> Any:
    return deepcopy(choices[int(generator.integers(len(choices)))])  # some can be changed
