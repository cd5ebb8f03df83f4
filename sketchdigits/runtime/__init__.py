"""Runs a network: images in, logits out.

protocol.py       `Runtime`: the interface that the classifier uses
litert.py         LiteRT: starts in a moment, without TensorFlow
keras_runtime.py  Keras: needs seconds and 600 MB to start; can be fine-tuned
"""
