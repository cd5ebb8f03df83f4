"""What visitors see: the components of the page, and the functions that answer their events.

    layout.py            the whole page
    reading_tab.py       tab "Try it": canvas, photo, answer, gallery
    pad_choice.py        which of the two pads a visitor draws on
    sketchpad.py         Gradio's Sketchpad, and the scripts that send a drawing
    plain_pad.py         the plain pad, where WebGL is missing or slow
    photo.py             the photo input
    answer.py            a prediction -> sentence, bars and 28x28 image
    number_answer.py     a number -> sentence, and a picture with a box around each digit
    image_answer.py      an image -> the answer: a digit or a number
    answer_panel.py      the panel that shows an answer
    correction_panel.py  the panel "Wrong? Tell us the digit"
    gallery.py           handwritten digits to click
    number_gallery.py    numbers to click, rows of the gallery's digits
    model_tab.py         tab "The model": accuracy, figures, comparison
    api_tab.py           tab "API": code to copy
    endpoint.py          the public endpoints, `/predict` and `/read_number`, and their answers
    theme.py             theme, CSS and the document's head

All sentences are in `page/translations.py`.
"""
