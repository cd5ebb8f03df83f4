"""Sentences for visitors: all in `page/translations.py`, the same in each language."""

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import replace

import gradio as gr
import pytest

from page.corrections.store import open_corrections
from page.served_model import Notice, load_served_model
from page.translations import CHINESE, ENGLISH, LANGUAGES, i18n, texts_for
from page.ui.layout import build_demo
from tests.conftest import REPOSITORY

VISIBLE_CODE = [
    *(REPOSITORY / "page" / "ui").glob("*.py"),
    REPOSITORY / "page" / "api" / "docs_page.py",
    # The command `python -m page.corrections` is for operators.
    *(REPOSITORY / "page" / "corrections").glob("[!_]*.py"),
    REPOSITORY / "page" / "served_model.py",
]
# Constants with code or, in the dataset's card, with a document of its own.
NOT_SENTENCES = re.compile(r"CSS|_HEAD|_PAGE|CARD|CLIENT|CURL|JAVASCRIPT|PYTHON|\w*_JS")
# Arguments of components that visitors can see.
TEXT_ARGUMENTS = {"alt_text", "description", "info", "label", "placeholder", "title", "value"}


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=[tags[0] for tags in LANGUAGES])
def test_each_language_has_the_same_sentences_placeholders_and_emphasis(texts):
    assert texts.keys() == ENGLISH.keys()
    for key, sentence in ENGLISH.items():
        if key != "unreadable_image":  # in English, the reason is the whole sentence
            assert bool(sentence) == bool(texts[key]), key
        assert placeholders(sentence) == placeholders(texts[key]), key
        assert ("*" in sentence) == ("*" in texts[key]), key
        assert sentence.count("`") == texts[key].count("`"), key


@pytest.mark.parametrize(
    ("header", "texts"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", CHINESE),
        ("zh-TW", CHINESE),
        ("en-GB,en;q=0.9,zh;q=0.8", ENGLISH),
        ("de", ENGLISH),
        (None, ENGLISH),
    ],
)
def test_sentences_are_in_the_first_language_of_the_browser(header, texts):
    headers = {"accept-language": header} if header else {}
    assert texts_for(gr.Request(headers=headers)) is texts
    assert texts_for(None) is ENGLISH


def test_gradio_knows_each_language_by_each_of_its_tags():
    expected = {tag: texts for tags, texts in LANGUAGES.items() for tag in tags}
    assert i18n.translations_dict == expected


def strings_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from strings_in(part)


def test_page_uses_known_keys_and_one_key_in_a_string(tmp_path):
    """Gradio translates only the first key in a string (gradio 6.31)."""
    model = REPOSITORY / "model"
    served = load_served_model(str(model), None, model)
    served = replace(served, notice=Notice("a/b", "hub_unavailable", "using_builtin_model"))
    corrections = open_corrections({"FEEDBACK_DIR": str(tmp_path)})
    demo = build_demo(served, corrections, REPOSITORY / "docs" / "comparison" / "comparison.md")
    texts = [*strings_in([block["props"] for block in demo.get_config_file()["components"]])]
    keys = [re.findall(r'__i18n__.*?"key": "(\w+)"', text) for text in texts]
    assert {key for found in keys for key in found} <= ENGLISH.keys()
    assert max(map(len, keys)) == 1
    assert ["hub_unavailable"] in keys
    assert ["using_builtin_model"] in keys


def sentence_literals(source: str, *, allow_logs_and_errors: bool) -> Iterator[str]:
    """String constants that look like text for visitors.

    These are texts of three words or more, and all texts that a visible Gradio component gets as an
    argument. Docstrings don't count. Log messages, errors and commit messages are for operators, if
    `allow_logs_and_errors`.
    """
    tree = ast.parse(source)
    skipped: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            skipped.add(id(body[0].value))  # a docstring
        if isinstance(node, ast.Assign) and NOT_SENTENCES.fullmatch(ast.unparse(node.targets[0])):
            skipped |= {id(child) for child in ast.walk(node)}
        if allow_logs_and_errors and is_for_operators(node):
            skipped |= {id(child) for child in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) not in skipped and re.search(r"\w+ \w+ \w+", text_of(node)):
            yield text_of(node)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("gr."):
            yield from component_texts(node)


def is_for_operators(node: ast.AST) -> bool:
    """Whether a node is an error, a log message, or a message for the Hub."""
    if isinstance(node, ast.keyword):
        return node.arg in ("commit_message", "advice")
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).startswith(("_log.", "super()"))
    return isinstance(node, ast.Raise)


def component_texts(call: ast.Call) -> Iterator[str]:
    """Texts with a letter among the arguments of `gr.X(...)`, unless the component is hidden."""
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if "visible" in keywords:
        return
    values = [*call.args[:1], *(keywords[name] for name in TEXT_ARGUMENTS & keywords.keys())]
    for value in values:
        parts = value.values if isinstance(value, ast.JoinedStr) else [value]
        yield from (text_of(part) for part in parts if re.search(r"[^\W\d_]", text_of(part)))


def text_of(node: ast.AST) -> str:
    """The value of a string constant, or an empty string."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@pytest.mark.parametrize("path", VISIBLE_CODE, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_sentence_for_visitors_is_outside_translations(path):
    allow = path.parent.name != "ui"
    found = {*sentence_literals(path.read_text(), allow_logs_and_errors=allow)}
    assert found <= {"# Sketchdigits\n"}  # the name is the same in each language


@pytest.mark.parametrize(
    "code",
    [
        'gr.Button("Send")',
        'gr.Markdown(f"# Title {name}")',
        'gr.Checkbox(label="Why?")',
        'raise gr.Error("Try it again.")',
        'notice = f"You are using {name}."',
        'def f():\n    show("You are using it.")',
    ],
)
def test_check_for_sentences_finds_them(code):
    assert [*sentence_literals(code, allow_logs_and_errors=False)]
