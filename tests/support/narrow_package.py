"""A package of few weights, for tests that load thousands of packages.

Its network is `tf-cnn`, the smallest of ours, with an eighth of the channels: its files have the
same entries and operators, and a fiftieth of the bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from sketchdigits.architectures import ARCHITECTURES
from sketchdigits.architectures.tutorials import build_tf_cnn
from sketchdigits.package import litert_layout
from sketchdigits.package.files import LITERT_FILE
from sketchdigits.package.settings import read_settings
from tests.support.package_copies import change_settings
from tests.support.running_app import REPOSITORY

if TYPE_CHECKING:
    import keras

ARCHITECTURE = "tf-cnn"
# In the package: as `architectures/litert_layouts.json`, with the narrow network's layout.
LAYOUTS_FILE = "layouts.json"


def build_narrow_network() -> keras.Model:
    """`tf-cnn` with an eighth of the channels; untrained."""
    from keras import Sequential

    config = build_tf_cnn().get_config()
    for layer in config["layers"]:
        layer.pop("build_config", None)  # the input's shape, of all channels
        for size in {"filters", "units"} & set(layer["config"]):
            if layer["config"]["name"] != "logits":
                layer["config"][size] //= 8
    return Sequential.from_config(config)


def save_narrow_package(folder: Path) -> None:
    """Write a package of random weights, with the digit score of the default package."""
    from sketchdigits.package.keras_files import save_network
    from sketchdigits.package.litert_export import export_litert, layout_of
    from train.publish.litert_layouts import with_random_weights

    network = with_random_weights(build_narrow_network(), seed=0)
    settings = read_settings(REPOSITORY / "model")
    with patch.dict(ARCHITECTURES, {ARCHITECTURE: build_narrow_network}):
        own = replace(settings, architecture=ARCHITECTURE)
        save_network(folder, network, own, with_litert=False)
    content = export_litert(network)
    (folder / LITERT_FILE).write_bytes(content)
    change_settings(folder, litert_sha256=hashlib.sha256(content).hexdigest())
    layouts = {**litert_layout.known_layouts(), ARCHITECTURE: layout_of(content)}
    litert_layout.write_layouts(layouts, folder / LAYOUTS_FILE)


def register_narrow_network(folder: Path) -> None:
    """Let this process load the package in `folder`, instead of packages of `tf-cnn`."""
    ARCHITECTURES[ARCHITECTURE] = build_narrow_network
    litert_layout.LAYOUTS_PATH = folder / LAYOUTS_FILE
    litert_layout.known_layouts.cache_clear()
