"""Runs a network: images in, logits out.

protocol.py       `Runtime` and `RowRuntime`: the interfaces that the classifier uses
litert.py         LiteRT: starts in a moment, without TensorFlow
keras_runtime.py  Keras: needs seconds and 600 MB to start; can be fine-tuned
litert_rows.py    LiteRT, for the row network: one line of any width
keras_rows.py     Keras, for the row network
"""
