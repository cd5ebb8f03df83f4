"""The files of a model package: read, checked and written.

files.py          the file names, their size limits, and reading a file safely
settings.py       sketchdigits.json
row_settings.py   the row network in sketchdigits.json
default.py        the folder of the default model
load.py           a package -> runtimes (LiteRT or Keras)
source.py         what a loaded classifier reads from its package later
keras_files.py    a package <-> a Keras model
row_network.py    the files of the row network <-> a runtime
hdf5_check.py     copies only plain float32 arrays from a weights file, in a process of its own
litert_layout.py  accepts only LiteRT files of our architectures
litert_export.py  a Keras model -> a LiteRT file
known_answer.py   images whose answers are saved, and checked after loading
report.py         metrics.json, figures and licence
examples.py       example images with labels
"""
