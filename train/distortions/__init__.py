"""Changes images and canvases as pens, cameras and programs do, for training and evaluation.

augmentation.py   training: varies 28x28 images at random, a batch at a time
poor_captures.py  training: degrades 28x28 images before the preprocessing
corruptions.py    evaluation: corruptions of 28x28 images, in the spirit of MNIST-C
canvas_damage.py  evaluation: damage to a whole canvas, such as a frame or JPEG artifacts
"""
