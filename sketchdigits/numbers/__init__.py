"""Numbers: an image of a whole number -> its digits, from left to right and top to bottom.

An image passes through these files in this order:

    reader.py          runs all the steps: `read_number`
    row_ink.py         image -> ink of all marks, at a size at which a digit is about 64 pixels high
    form_fields.py     erases the printed boxes and lines of forms
    text_lines.py      marks -> lines of text
    line_image.py      a line -> a level image, 32 pixels high, for the row network
    line_symbols.py    what the row network reads in it, by `ctc.py`
    division.py        gives each digit that was read its ink
    segments.py        pieces and marks side by side -> 28x28 images, one for each possible digit
    confidence.py      how likely the whole text is right
    number_reading.py  the answer: `NumberReading`

A package of an older format has no row network. Then, and in the boxes of forms, a line is divided
by what its parts look like:

    cuts.py            marks that touch -> pieces, by cuts through little ink
    best_path.py       the scores of all segments -> the best way to divide a line into digits

Each segment is cropped and scaled as a single digit is (`sketchdigits/preprocessing`), and read by
the same network.
"""

from sketchdigits.numbers.number_reading import NumberReading

__all__ = ["NumberReading"]
