"""Draws images of digits and non-digits from pen strokes, for training and evaluation.

Each drawing on a canvas goes through `preprocess_drawing`, as a user's drawing does.

strokes.py            the `Strokes` type; a form -> strokes; the same strokes in another hand
digit_forms.py        strokes of digits, from a table of ways to write each
non_digit_forms.py    the table of letters and signs
non_digit_strokes.py  strokes of letters, signs, shapes, scribbles and digits side by side
canvas.py             strokes -> a canvas: size, pen width, position, colours
digits.py             digits -> a dataset of 28x28 images; the evaluation's styles of canvas
rows.py               rows of digits by one writer, as ink
row_pictures.py       rows -> drawings, photographs of paper, and fields of forms
number_sets.py        sets of such pictures, of numbers and of others
outliers.py           non-digits -> a dataset of 28x28 images
unseen_non_digits.py  canvases of non-digits in a style kept out of training
"""
