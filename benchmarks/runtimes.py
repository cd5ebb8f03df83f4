"""Measure one preprocessed image with each runtime that can run the network.

Run by `python -m benchmarks`, in its own process.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import tempfile
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import onnxruntime
import tensorflow as tf

from benchmarks.timing import fastest
from sketchdigits import DigitClassifier
from sketchdigits.package.known_answer import known_image


def main(package: str) -> None:
    """Print `{runtime: seconds per image}` as JSON; "tutorial" loads the model for each image."""
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    network = DigitClassifier.from_pretrained(package, runtime="keras").network
    image = known_image()[None, ..., None].astype(np.float32)
    tensor = tf.constant(image)
    signature = tf.TensorSpec(tensor.shape, tensor.dtype)
    traced = tf.function(lambda x: network(x, training=False), input_signature=[signature])
    fast = DigitClassifier.from_pretrained(package, runtime="litert")
    measured = {
        "Keras call": fastest(lambda: network(image, training=False)),
        "tf.function": fastest(lambda: traced(tensor)),
        "LiteRT": fastest(lambda: fast._runtime.logits(image[..., 0])),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        network.save(path)
        measured["tutorial"] = fastest(
            lambda: keras.models.load_model(path).predict(image, verbose=0), repeats=5
        )
        session = _onnx_session(network, Path(folder) / "model.onnx")
        [name] = [entry.name for entry in session.get_inputs()]
        [probabilities] = session.run(None, {name: image})
        assert np.abs(probabilities - network(image, training=False)).max() < 1e-4
        measured["ONNX Runtime"] = fastest(lambda: session.run(None, {name: image}))
    print(json.dumps(measured))


def _onnx_session(network: keras.Model, path: Path) -> onnxruntime.InferenceSession:
    """The same network in ONNX Runtime, on one thread like LiteRT: a request gets one core."""
    shape = keras.InputSpec(shape=(None, 28, 28, 1), dtype="float32")
    with contextlib.redirect_stdout(sys.stderr):  # stdout is for the measurements
        network.export(path, format="onnx", input_signature=[shape], verbose=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    main(sys.argv[1])
