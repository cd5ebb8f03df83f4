"""Numbers: an image of a whole number -> its digits, from left to right and top to bottom.

An image passes through these files in this order:

    reader.py       runs all the steps: `read_number`
    row_ink.py      image -> ink of all marks, at a size at which a digit is about 64 pixels high
    form_fields.py  erases the printed boxes and lines of forms
    text_lines.py   marks -> lines of text
    cuts.py         marks that touch -> pieces, by cuts through little ink
    segments.py     pieces and marks side by side -> 28x28 images, one for each possible digit
    best_path.py    the scores of all segments -> the best way to divide a line into digits
    confidence.py   how likely the whole text is right
    number_reading.py  the answer: `NumberReading`

The digits are read by the same network as single digits, and each segment is cropped and scaled as
a single digit is (`sketchdigits/preprocessing`).
"""

from sketchdigits.numbers.number_reading import NumberReading

__all__ = ["NumberReading"]
