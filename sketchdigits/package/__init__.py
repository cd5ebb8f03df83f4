"""The files of a model package: read, checked and written.

files.py          the file names, their size limits, and reading a file safely
settings.py       sketchdigits.json
default.py        the folder of the default model
load.py           a package -> a runtime (LiteRT or Keras)
keras_files.py    a package <-> a Keras model
hdf5_check.py     copies only plain float32 arrays from a weights file, in a process of its own
litert_layout.py  accepts only LiteRT files of our architectures
litert_export.py  a Keras model -> a LiteRT file
known_answer.py   one image whose answer is saved, and checked after loading
report.py         metrics.json, figures and licence
examples.py       example images with labels
"""
