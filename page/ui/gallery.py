"""Handwritten digits to click: their true labels, and what the model reads."""

from __future__ import annotations

from importlib.metadata import distribution

import gradio as gr
import numpy as np

from page import limits
from page.served_model import ServedModel
from page.translations import i18n, texts_for
from page.ui.answer import QUEUE, Reading
from page.ui.answer_panel import AnswerPanel
from sketchdigits import DigitClassifier, Prediction, SketchdigitsError
from sketchdigits.package.examples import MAX_EXAMPLES, Example, choose_telling

DISPLAY_SIZE = 112


def build_gallery(served: ServedModel, panel: AnswerPanel) -> None:
    """The gallery, wired to the panel that answers."""
    found, source = examples_to_show(served)
    examples, answers = read_examples(found, served.classifier)
    gr.Markdown(i18n("examples"))
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

    def read_example(marked: bool, selected: gr.SelectData, request: gr.Request):
        texts = texts_for(request)
        example, answer = examples[selected.index], answers[selected.index]
        sentence = texts["true_label"].format(
            label=example.label,
            best=answer.label,
            verdict=texts["right" if answer.label == example.label else "wrong_answer"],
        )
        return panel.values(Reading(None, answer), sentence, marked, texts)

    gallery.select(
        read_example,
        panel.why,
        panel.outputs,
        show_progress="hidden",
        api_visibility="private",
        concurrency_id=QUEUE,
    )


def examples_to_show(served: ServedModel) -> tuple[list[Example], str]:
    """The gallery's digits, and where they are from: "package" or "sklearn".

    A package without examples of its own gets scikit-learn's digits, which come with that library.
    """
    if served.examples:
        return served.examples, "package"

    images, labels = scikit_learn_digits(limits.MAX_GALLERY_CANDIDATES)
    answers = served.classifier.predict_batch(list(images))
    probabilities = np.stack([answer.probabilities for answer in answers])
    chosen = choose_telling(labels, probabilities, MAX_EXAMPLES)
    return [Example(images[index], int(labels[index])) for index in chosen], "sklearn"


def scikit_learn_digits(count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first `count` of its digits, `(n, 8, 8) uint8, 0-255`, and their labels, `(n,)`.

    Read from the file that `sklearn.datasets.load_digits` reads: to import that library takes a
    second, and 70 MB for as long as the page is served.

    Raises:
        PackageNotFoundError: scikit-learn is not installed.
        FileNotFoundError: it is a release that keeps its digits elsewhere.
    """
    path = distribution("scikit-learn").locate_file("sklearn/datasets/data/digits.csv.gz")
    rows = np.loadtxt(str(path), delimiter=",", max_rows=count)
    images = np.rint(rows[:, :-1].reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
    return images, rows[:, -1].astype(np.int64)


def read_examples(
    examples: list[Example], classifier: DigitClassifier
) -> tuple[list[Example], list[Prediction]]:
    """Those that can be read, with the answers: a stranger's package may hold blank ones."""
    kept, answers = [], []
    for example in examples:
        try:
            answers.append(classifier.predict(example.image))
        except SketchdigitsError:
            continue
        kept.append(example)
    return kept, answers


def caption(example: Example, answer: Prediction) -> str:
    """The true label and, where it is another one, the model's answer."""
    if answer.label == example.label:
        return f"{example.label} ✓"
    return f"{example.label} → {answer.label} ✗"


def magnify(image: np.ndarray) -> np.ndarray:
    """Every pixel as a square, so that 28x28 or 8x8 can be seen as they are."""
    factor = max(1, DISPLAY_SIZE // max(image.shape))
    return image.repeat(factor, axis=0).repeat(factor, axis=1)
