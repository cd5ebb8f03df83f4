"""Scoring: what a finished run can do, on images that it has never seen.

run.py                  `evaluate`: score a run, write metrics.json and figures
evaluation_data.py      the images that `evaluate` scores a run on
accuracy.py             accuracy and calibration on one test set
reliability.py          how well probabilities are calibrated
rejection_scores.py     how well digits are told from other drawings
robustness.py           corrupted images; one drawing on many canvases
numbers.py              whole numbers: rows of digits, and pictures without numbers
throughput.py           images a second in training
cross_validation.py     `crossval`: k-fold cross-validation of a recipe
comparison.py           `compare`: our model and the tutorials, measured on one machine
ablation.py             `ablate`: what each ingredient of the recipe brings
ablation_table.py       its results as a table
other_preprocessing.py  other ways to 28x28, to compare with
"""
