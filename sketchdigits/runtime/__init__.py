"""Runs a network: images in, logits out.

protocol.py       `Runtime`: what the classifier needs of a runtime
litert.py         LiteRT: starts in a moment, without TensorFlow
keras_runtime.py  Keras: needs seconds and 600 MB to start; can be fine-tuned
"""
