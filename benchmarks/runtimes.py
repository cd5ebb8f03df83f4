"""One preprocessed image through everything that could run the network, TensorFlow among it."""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

from benchmarks.timing import fastest
from sketchdigits import DigitClassifier
from sketchdigits.known_answer import known_image


def main(package: str) -> None:
    """Print seconds for one image, by name, as JSON."""
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    network = DigitClassifier.from_pretrained(package, runtime="keras").network
    image = known_image()[None, ..., None].astype(np.float32)
    tensor = tf.constant(image)
    signature = tf.TensorSpec(tensor.shape, tensor.dtype)
    traced = tf.function(lambda x: network(x, training=False), input_signature=[signature])
    fast = DigitClassifier.from_pretrained(package, runtime="litert")
    found = {
        "Keras call": fastest(lambda: network(image, training=False)),
        "tf.function": fastest(lambda: traced(tensor)),
        "LiteRT": fastest(lambda: fast._logits(image[..., 0])),
    }
    if (onnx := onnx_session(network)) is not None:
        found["ONNX Runtime"] = fastest(lambda: onnx.run(None, {onnx.get_inputs()[0].name: image}))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        network.save(path)
        found["tutorial"] = fastest(
            lambda: keras.models.load_model(path).predict(image, verbose=0), repeats=5
        )
    print(json.dumps(found))


def onnx_session(network: keras.Model):
    """The same network in ONNX Runtime; None where that, or the export, isn't installed."""
    try:
        import onnxruntime

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            network.export(path, format="onnx", verbose=False)
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            return onnxruntime.InferenceSession(path.read_bytes(), options)
    except ImportError:
        return None


if __name__ == "__main__":
    main(sys.argv[1])
