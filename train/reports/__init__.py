"""Turns measurements and datasets into text, tables and figures.

formatting.py          numbers as text: shares, intervals, durations
figures.py             the figures of a run: accuracy, confusion, calibration, learning curves...
image_grids.py         grids of images: samples of a dataset, first answers, worst mistakes
comparison.py          the comparison of all models as JSON, Markdown, CSV and a plot
list_architectures.py  the table of networks that `fit` can train
show_data.py           shapes, counts and samples of a dataset
"""
