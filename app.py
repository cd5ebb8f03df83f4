"""The demo and its API: draw a digit, get the three likeliest answers.

`python app.py` serves the model in `model/` on http://127.0.0.1:7860, and
`MODEL_ID=owner/name MODEL_REVISION=... python app.py` one from the Hub. A Space serves the model
that its card preloads.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import gradio as gr
import numpy as np

from sketchdigits import (
    BlankDrawingError,
    DigitClassifier,
    Prediction,
    SketchdigitsError,
)
from sketchdigits.gallery import MAX_EXAMPLES, Example
from sketchdigits.serving import ServedModel, chosen_model, load_served_model
from sketchdigits.side_by_side import split_side_by_side

HERE = Path(__file__).parent
BUILTIN_MODEL = HERE / "model"

CANVAS_SIZE = 400
BRUSH_RADIUS = 14
TOP_K = 3
# The sentences about what is no digit are those with an emphasis; the answer below them is greyed.
# (An update of the Label's class can't clear its value as well: gradio 6.31.)
CSS = ".gradio-container:has(#message em) #prediction { opacity: 0.35; }"
DISPLAY_SIZE = 224

DRAW_A_DIGIT = "Draw a digit from 0 to 9, large, with one finger or the mouse."
NO_DIGIT = "*This doesn't look like a digit.* Draw one from 0 to 9, large."
MOST_DIGITS_NAMED = 6
UNSURE_BELOW = 0.6

# Gradio's Sketchpad ignores strokes until its Brush button is clicked, at the start and again
# after each clearing: it selects no tool by itself (gradio 6.31).
SELECT_BRUSH_JS = """
() => {
  const brush = () => document.querySelector('#sketchpad button[aria-label="Brush"]');
  const canvas = () => document.querySelector('#sketchpad canvas');
  const select = (tries) => {
    if (brush() && canvas()) brush().click();
    else if (tries > 0) setTimeout(() => select(tries - 1), 50);
  };
  setTimeout(() => select(200), 100);
}
"""


def examples_to_show(served: ServedModel) -> tuple[list[Example], str]:
    """The gallery's digits and where they are from.

    A package without examples of its own gets scikit-learn's digits, which come with that library.
    """
    if served.examples:
        return served.examples, "the test split that came with the model"

    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.rint(digits.images[:MAX_EXAMPLES] * (255 / 16)).astype(np.uint8)
    labels = digits.target[:MAX_EXAMPLES]
    examples = [Example(image, int(label)) for image, label in zip(images, labels, strict=True)]
    return examples, "scikit-learn's digits (8x8 pixels)"


def label_value(prediction: Prediction, k: int = 10) -> dict[str, float]:
    """What `gr.Label` takes: `{"7": 0.98, ...}`, the `k` likeliest."""
    return {str(digit): probability for digit, probability in prediction.top(k)}


def magnify(image: np.ndarray) -> np.ndarray:
    """Every pixel as a square, so that 28x28 or 8x8 can be seen as they are."""
    factor = max(1, DISPLAY_SIZE // max(image.shape))
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def describe(prediction: Prediction) -> str:
    """One sentence for people, about what looks like a digit."""
    (best, confidence), (second, _) = prediction.top(2)
    if confidence < UNSURE_BELOW:
        return f"Not sure: this could be a **{best}** or a **{second}**. Try drawing it larger."
    return f"This is a **{best}**."


def describe_refused(canvas: np.ndarray, classifier: DigitClassifier) -> str:
    """One sentence about what doesn't look like one digit: several in a row, or none."""
    parts = split_side_by_side(canvas)
    if 2 <= len(parts) <= MOST_DIGITS_NAMED:
        predictions = classifier.predict_batch(parts)
        if all(prediction.is_digit for prediction in predictions):
            *others, last = [f"**{prediction.label}**" for prediction in predictions]
            row = f"{', '.join(others)} and {last}"
            return f"*One digit at a time*: these look like {row} side by side. Draw one of them."
    return NO_DIGIT


def read_canvas(canvas: np.ndarray | None, classifier: DigitClassifier):
    """The answer, what the model saw, and a sentence, as the page's components take them."""
    if canvas is None:
        return None, None, DRAW_A_DIGIT
    try:
        prediction = classifier.predict(canvas)
        refused = not prediction.is_digit
        sentence = describe_refused(canvas, classifier) if refused else describe(prediction)
    except BlankDrawingError:
        return None, None, DRAW_A_DIGIT
    except SketchdigitsError as error:
        return None, None, str(error)
    return label_value(prediction), magnify(prediction.image), sentence


def build_demo(served: ServedModel) -> gr.Blocks:
    """The page and its one public endpoint, `/predict`."""
    classifier = served.classifier
    examples, examples_source = examples_to_show(served)

    def read_drawing(drawing: dict | None):
        return read_canvas(drawing["composite"] if drawing else None, classifier)

    def read_example(selected: gr.SelectData):
        example = examples[selected.index]
        try:
            prediction = classifier.predict(example.image)
        except SketchdigitsError as error:  # a blank one, from a stranger's package
            return None, None, str(error)
        verdict = "Right" if prediction.label == example.label else "Wrong"
        sentence = f"True label: **{example.label}**. Read as **{prediction.label}**. {verdict}."
        return label_value(prediction), magnify(prediction.image), sentence

    def predict(image: str | None) -> dict[str, float]:
        """Read the digit on an image file: PNG, JPEG, WebP, GIF or BMP, one digit, any colours."""
        if image is None:
            raise gr.Error("Upload an image file: PNG, JPEG, WebP, GIF or BMP.")
        try:
            return label_value(classifier.predict(Path(image).read_bytes()), TOP_K)
        except OSError as error:
            raise gr.Error("The uploaded file is gone. Upload it again.") from error
        except SketchdigitsError as error:
            raise gr.Error(str(error)) from error

    with gr.Blocks(title="Sketchdigits: draw a digit", analytics_enabled=False) as demo:
        gr.Markdown("# Sketchdigits\nDraw a digit. The answer follows your hand.")
        if served.notice:
            gr.Markdown(f"*{served.notice}*", elem_id="notice")
        with gr.Row():
            sketchpad = gr.Sketchpad(
                label="Draw here",
                elem_id="sketchpad",
                canvas_size=(CANVAS_SIZE, CANVAS_SIZE),
                height=CANVAS_SIZE + 110,  # room for the tools, so that it isn't scaled down
                fixed_canvas=True,
                type="numpy",
                format="png",
                layers=False,
                transforms=(),
                buttons=[],
                brush=gr.Brush(default_size=BRUSH_RADIUS, colors=["#000000"], color_mode="fixed"),
            )
            with gr.Column():
                message = gr.Markdown(DRAW_A_DIGIT, elem_id="message")
                prediction = gr.Label(label="Answer", num_top_classes=TOP_K, elem_id="prediction")
                gr.Markdown("What the model saw, 28x28 pixels:")
                seen = gr.Image(
                    label="What the model saw",
                    show_label=False,
                    elem_id="seen",
                    format="png",
                    image_mode="L",
                    height=DISPLAY_SIZE + 8,
                    interactive=False,
                    buttons=[],
                )
        gr.Markdown(f"Or click a handwritten digit. These are from {examples_source}.")
        gallery = gr.Gallery(
            [magnify(example.image) for example in examples],
            label="Handwritten digits",
            show_label=False,
            elem_id="gallery",
            columns=10,
            height=270,
            object_fit="contain",
            allow_preview=False,
            interactive=False,
            buttons=[],
            format="png",
        )

        answers = [prediction, seen, message]
        sketchpad.change(
            read_drawing,
            sketchpad,
            answers,
            trigger_mode="always_last",
            show_progress="hidden",
            api_visibility="private",
        )
        gallery.select(
            read_example, None, answers, show_progress="hidden", api_visibility="private"
        )
        demo.load(None, None, None, js=SELECT_BRUSH_JS)
        sketchpad.clear(None, None, None, js=SELECT_BRUSH_JS)

        # The endpoint has components of its own, in its own shape, that the page doesn't show.
        # gr.File, unlike gr.Image, opens nothing but uploads, whatever the request's shape.
        image_file = gr.File(label="image", visible=False, type="filepath")
        answer = gr.Label(label="answer", num_top_classes=TOP_K, visible=False)
        gr.Button("predict", visible=False).click(
            predict, image_file, answer, api_name="predict", api_visibility="public"
        )
    return demo


try:
    demo = build_demo(
        load_served_model(
            *chosen_model(os.environ, HERE / "README.md", BUILTIN_MODEL), BUILTIN_MODEL
        )
    )
except SketchdigitsError as error:
    raise SystemExit(f"app.py: {error}\nThe model is chosen with MODEL_ID.") from error

if __name__ == "__main__":
    demo.queue(max_size=64).launch(
        enable_monitoring=False,
        run_history=False,
        max_file_size="20mb",
        ssr_mode=False,
        css=CSS,
        footer_links=["api", "gradio"],
    )
