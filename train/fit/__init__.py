"""Training: from the images of the datasets to the folder of a finished, calibrated run.

`python -m train fit` calls `runs.fit_run`, which loads the images and calls `loop.fit_network`,
which trains and at the end calls `calibrate.calibrate_network`.

runs.py           one run: its options, its data, what run.json records
recipes.py        how each architecture is trained: every number
training_data.py  the training and validation images
corrections.py    corrections by the page's visitors as training images
loop.py           the training loop, checkpoints and resuming
prediction.py     predict many images
fine_tuning.py    start from a package's network, and keep a share of its weights
distillation.py   labels from trained networks
calibrate.py      the last step, which can be repeated: temperature and threshold
temperature.py    fit the temperature, and divide the logits by it
rejection.py      the class "no digit"; fit the threshold (`REFUSED_DIGITS`)
number_confidence.py  fit the confidence of whole numbers
run_folder.py     the files of a run's folder
tutorials.py      the five tutorials: sources and claims
intervals.py      Wilson's interval
"""
