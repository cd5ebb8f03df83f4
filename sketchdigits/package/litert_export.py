"""A Keras model -> a LiteRT file, which computes the same logits for one image.

Keras and TensorFlow convert the model. Their metadata (names of layers and signatures, versions)
is removed, so that two files of one architecture differ only in their weights.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import Builder

from sketchdigits.package.files import LITERT_FILE
from sketchdigits.package.litert_layout import Layout, measure_layout

_FILE_IDENTIFIER = b"TFL3"
# The size in the file of an input that has any size in Keras. An interpreter can change it.
_EXPORTED_SIZE = 128
# Bytes; the alignment of buffers that the format's schema demands (`force_align`).
_ALIGNMENT = 16


def export_litert(network: keras.Model) -> bytes:
    """Convert a model to a LiteRT file's content: 0-255, ink bright -> logits, both float32.

    That of a network for digits maps `(1, 28, 28, 1)` to `(1, 10)`, that of the row network
    `(1, 32, 128, 1)` to `(1, 1, 26, 24)`. An interpreter can resize the latter's width.

    Raises:
        OSError: there is no room for temporary files.
    """
    logits = _rename_layers(keras.Model(network.inputs, network.get_layer("logits").output))
    # A batch of one: larger ones gain nothing on a CPU.
    sizes = (size or _EXPORTED_SIZE for size in network.input_shape[1:])
    image = keras.Input(batch_shape=(1, *sizes), name="pixels")
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / LITERT_FILE
        try:
            keras.Model(image, logits(image)).export(path, format="litert", verbose=False)
        except tf.errors.OpError as error:  # TensorFlow writes temporary files
            raise OSError("the disk may be full") from error
        content = path.read_bytes()
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    for entry in model.metadata or ():
        model.buffers[entry.buffer].data = None
    model.metadata = model.signatureDefs = model.description = None
    for tensor in model.subgraphs[0].tensors:
        tensor.name = None
    model.subgraphs[0].name = None
    builder = _AligningBuilder(len(content))
    builder.Finish(model.Pack(builder), _FILE_IDENTIFIER)
    return bytes(builder.Output())


def _rename_layers(network: keras.Model) -> keras.Model:
    """A copy whose layers have names that depend on nothing but the network.

    TensorFlow sorts some arrays of the file by these names, and Keras numbers them through all
    networks of a process: "..._10" would come before "..._9".
    """
    numbers: Counter[str] = Counter()

    def copy(layer: keras.Layer) -> keras.Layer:
        kind = re.sub(r"_\d+$", "", layer.name)
        numbers[kind] += 1
        return layer.from_config({**layer.get_config(), "name": f"{kind}_{numbers[kind]:02d}"})

    renamed = keras.models.clone_model(network, clone_function=copy)
    renamed.set_weights(network.get_weights())
    return renamed


def layout_of(content: bytes) -> Layout:
    """Measure the layout of a file that `export_litert` wrote."""
    model = schema.Model.GetRootAs(content, 0)
    graph = model.Subgraphs(0)
    weights = []
    for index in range(graph.TensorsLength()):
        tensor = graph.Tensors(index)
        values = model.Buffers(tensor.Buffer()).DataAsNumpy()
        if tensor.Type() == schema.TensorType.FLOAT32 and isinstance(values, np.ndarray):
            start = _offset(content, values)
            weights.append((start, start + values.nbytes))
    return measure_layout(content, tuple(sorted(weights)))


class _AligningBuilder(Builder):
    """Same as FlatBuffers' Python builder (25.12), with 16-byte alignment for weight buffers."""

    def CreateNumpyVector(self, x: np.ndarray) -> int:  # noqa: N802
        if x.dtype == np.uint8:
            self.Prep(_ALIGNMENT, x.nbytes)
        return super().CreateNumpyVector(x)


def _offset(content: bytes, view: np.ndarray) -> int:
    whole = np.frombuffer(content, np.uint8)
    return view.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
