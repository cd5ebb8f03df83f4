"""The gallery: handwritten digits to click, with their true labels and the model's answers.

It shows the examples of the model package. `choose_telling` in `sketchdigits/package/examples.py`
chose them when the package was written. For a package without examples, it chooses digits of
scikit-learn here.
"""

from __future__ import annotations

from importlib.metadata import distribution

import gradio as gr
import numpy as np

from page import limits
from page.errors import Refusal
from page.served_model import ServedModel
from page.translations import EXPECTED_REQUEST, i18n, texts_for
from page.ui.answer import MODEL_QUEUE, Reading
from page.ui.answer_panel import AnswerPanel
from page.ui.number_gallery import build_number_gallery
from sketchdigits import DigitClassifier, Prediction, SketchdigitsError
from sketchdigits.package.examples import MAX_EXAMPLES, Example, choose_telling

DISPLAY_SIZE = 112


def build_gallery(served: ServedModel, panel: AnswerPanel) -> None:
    """Build the gallery; a click on a digit shows its answer in `panel`."""
    found, source = examples_to_show(served)
    examples, answers = predict_examples(found, served.classifier)
    gr.Markdown(i18n("gallery_help"))
    gallery = gr.Gallery(
        [
            (magnify(example.image), caption(example, answer))
            for example, answer in zip(examples, answers, strict=True)
        ],
        show_label=False,
        elem_id="gallery",
        columns=10,
        height="auto",
        object_fit="contain",
        allow_preview=False,
        interactive=False,
        buttons=[],
        format="png",
    )
    gr.Markdown(i18n(f"examples_from_{source}"))
    build_number_gallery(examples, answers, served.classifier, panel)

    def show_example(why: bool, selected: gr.SelectData, request: gr.Request):
        texts = texts_for(request)
        index = selected.index
        if not isinstance(index, int) or not 0 <= index < len(examples):
            raise Refusal(EXPECTED_REQUEST)
        example, answer = examples[index], answers[index]
        sentence = texts["gallery_answer"].format(
            label=example.label,
            best=answer.label,
            verdict=texts["verdict_right" if answer.label == example.label else "verdict_wrong"],
        )
        return panel.values(Reading(None, answer), sentence, why, texts)

    gallery.select(
        show_example,
        panel.why,
        panel.outputs,
        show_progress="hidden",
        api_visibility="private",
        concurrency_id=MODEL_QUEUE,
    )


def examples_to_show(served: ServedModel) -> tuple[list[Example], str]:
    """The gallery's digits, and their source: "package" or "sklearn".

    If the package has no examples, they are digits that come with scikit-learn.
    """
    if served.examples:
        return served.examples, "package"

    images, labels = scikit_learn_digits(limits.MAX_GALLERY_CANDIDATES)
    answers = served.classifier.predict_batch(list(images))
    probabilities = np.stack([answer.probabilities for answer in answers])
    chosen = choose_telling(labels, probabilities, MAX_EXAMPLES)
    return [Example(images[index], int(labels[index])) for index in chosen], "sklearn"


def scikit_learn_digits(count: int) -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's first `count` digits, `(n, 8, 8) uint8, 0-255`, and their labels, `(n,)`.

    Reads the file that `sklearn.datasets.load_digits` reads, without importing scikit-learn: the
    import takes a second, and 70 MB of memory as long as the page runs.

    Raises:
        PackageNotFoundError: scikit-learn is not installed.
        FileNotFoundError: this release of scikit-learn stores its digits elsewhere.
    """
    path = distribution("scikit-learn").locate_file("sklearn/datasets/data/digits.csv.gz")
    rows = np.loadtxt(str(path), delimiter=",", max_rows=count)
    images = np.rint(rows[:, :-1].reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
    return images, rows[:, -1].astype(np.int64)


def predict_examples(
    examples: list[Example], classifier: DigitClassifier
) -> tuple[list[Example], list[Prediction]]:
    """The examples that can be read, and the answers. A package may contain blank images."""
    kept, answers = [], []
    for example in examples:
        try:
            answers.append(classifier.predict(example.image))
        except SketchdigitsError:
            continue
        kept.append(example)
    return kept, answers


def caption(example: Example, answer: Prediction) -> str:
    """The true label and, if it differs, the model's answer."""
    if answer.label == example.label:
        return f"{example.label} ✓"
    return f"{example.label} → {answer.label} ✗"


def magnify(image: np.ndarray) -> np.ndarray:
    """Enlarge `(h, w) uint8` by a whole factor, so that each pixel becomes a square."""
    factor = max(1, DISPLAY_SIZE // max(image.shape))
    return image.repeat(factor, axis=0).repeat(factor, axis=1)
