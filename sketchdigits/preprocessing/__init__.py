"""Preprocessing: any image of a handwritten digit -> a 28x28 image in MNIST's format.

An image passes through these files in this order:

    pipeline.py    runs all the steps: `preprocess_drawing`
    decode.py      file, bytes, PIL image or array -> pixels, (H, W, 1|2|3|4) uint8, 0-255,
                     with pillow_image.py, for what Pillow has opened, and
                     after file_headers.py, which checks the file's structure, with
                     jpeg_headers.py and image_limits.py, and with
                     exif_orientation.py, which finds how a camera was held
                     or, for an array, after array_input.py, which converts its values
    background.py  removes transparency and finds the background colour
    photo.py       only for a photograph of paper (photo_or_drawing.py tells it from a drawing):
                     photo_paper.py finds how much darker each pixel is than the paper, with
                     closing.py, blurs.py and medians.py,
                     photo_printed_lines.py, which erases printed lines, with
                     photo_ruled_lines.py and ruled_line_search.py, and
                     photo_segmentation.py selects the digit among all dark marks
    cleanup.py     removes frames and specks of dust, with connected_components.py and
                     printed_frame.py, which removes the frames of forms and the lines of tables
                     with straight_lines.py, frame_sides.py, line_removal.py and
                     frame_plausibility.py
    crop.py        crops to the digit
    resize.py      scales the digit to a box of 20 pixels: (24, 24) float32, 0-1
    pipeline.py    moves the centre of mass to the middle: (28, 28) uint8, 0-255, ink bright

Two more files use these steps or their results:

    batch.py       preprocesses many images faster than one by one: `preprocess_drawings`
    preprocessed.py  checks images that a caller has preprocessed

In between, "ink" means an array of (H, W) uint8: how far each pixel is from the background, with 0
for the background itself.
"""
