"""Every sentence on the page, in English and in Chinese.

What stands still goes through Gradio's own translation, in the browser; what a reading answers is
said here, in the language that the browser asks for. Both follow the browser's first language.
"""

from __future__ import annotations

import gradio as gr

ENGLISH = {
    "tagline": "Draw a digit. The answer follows your hand.",
    "read_tab": "Try it",
    "draw_tab": "Draw",
    "photo_tab": "Photo",
    "model_tab": "The model",
    "api_tab": "API",
    "draw_here": "Draw here",
    "photo_here": "A photo or scan of one digit",
    "photo_help": "Upload, paste or take a picture of one handwritten digit. It is deleted within "
    "the hour.",
    "all_ten": "All ten digits",
    "seen": "What the model saw, 28x28 pixels",
    "why": "Why?",
    "why_help": "Red speaks for the answer, blue against it.",
    "examples": "Or click a handwritten digit: its true label, and what the model reads",
    "examples_from_package": "These are from the test split that came with the model.",
    "examples_from_sklearn": "These are scikit-learn's digits, 8x8 pixels.",
    "wrong": "Wrong? Tell us the digit",
    "right_digit": "It is a",
    "not_a_digit": "no digit",
    "send": "Send",
    "kept_here": "Kept when you send, where this page runs: the drawing, your digit, the model's "
    "answer and version, and the time to the minute. Nothing about you.",
    "kept_on_hub": "Kept when you send, in a dataset on the Hugging Face Hub: the drawing, your "
    "digit, the model's answer and version, and the time to the minute. Nothing about you.",
    "ask_for_drawing": "Draw a digit from 0 to 9, large, with one finger or the mouse.",
    "this_is": "This is a **{best}**. {sure} % sure.",
    "unsure": "Not sure: this could be a **{best}** or a **{second}**. Try drawing it larger.",
    "no_digit": "*This doesn't look like a digit.* Draw one from 0 to 9, large.",
    "and": " and ",
    "comma": ", ",
    "side_by_side": "*One digit at a time*: these look like {row} side by side. Draw one of them.",
    "true_label": "True label: **{label}**. Read as **{best}**. {verdict}.",
    "right": "Right",
    "wrong_answer": "Wrong",
    "unreadable": "{reason}",
    "seen_alt": "The drawing as the model saw it: 28x28 pixels, ink bright on black",
    "nothing_to_send": "Draw a digit first, then say what it is.",
    "choose_digit": "Choose the digit that you drew, then send it.",
    "thanks": "Thank you. The next model can learn from it.",
    "api_help": "Ask this page from a program. One image file in, the three likeliest digits out.",
    "no_report": "This model came without a report of its quality.",
    "scores": "### How well it reads\n"
    "Images that it has never learned from, the share read right, and its 95 % interval.",
    "per_digit": "### Each digit",
    "comparison": "### Beside five tutorials",
    "figure_confusion_matrix": "### Confusion matrix",
    "figure_reliability": "### Reliability: is 90 % right nine times in ten?",
    "figure_accuracy": "### Accuracy with 95 % intervals",
    "figure_rejection": "### Digits accepted, others refused",
}

CHINESE = {
    "tagline": "写一个数字，答案随笔而现。",
    "read_tab": "试一试",
    "draw_tab": "手写",
    "photo_tab": "照片",
    "model_tab": "模型",
    "api_tab": "接口",
    "draw_here": "在这里写",
    "photo_here": "一个数字的照片或扫描件",
    "photo_help": "上传、粘贴或拍摄一个手写数字。图片会在一小时内删除。",
    "all_ten": "全部十个数字",
    "seen": "模型看到的 28x28 像素图像",
    "why": "为什么？",
    "why_help": "红色支持这个答案，蓝色反对。",
    "examples": "或点击一个手写数字：真实标签与模型的答案",
    "examples_from_package": "这些数字来自模型自带的测试集。",
    "examples_from_sklearn": "这些是 scikit-learn 的数字，8x8 像素。",
    "wrong": "错了？告诉我们是几",
    "right_digit": "应该是",
    "not_a_digit": "不是数字",
    "send": "发送",
    "kept_here": "点击发送后，本页面的服务器只保存：这幅图、您选的数字、模型的答案和版本，"
    "以及精确到分钟的时间。不保存任何个人信息。",
    "kept_on_hub": "点击发送后，Hugging Face Hub 上的一个数据集只保存：这幅图、您选的数字、模型的"
    "答案和版本，以及精确到分钟的时间。不保存任何个人信息。",
    "ask_for_drawing": "请写一个 0 到 9 的数字，写大一些，用手指或鼠标。",
    "this_is": "这是 **{best}**。把握 {sure} %。",
    "unsure": "不太确定：可能是 **{best}**，也可能是 **{second}**。请写大一些再试。",
    "no_digit": "*这看起来不像数字。* 请写一个 0 到 9 的数字，写大一些。",
    "and": " 和 ",
    "comma": "、",
    "side_by_side": "*一次只能识别一个数字*：这里并排写着 {row}。请只写其中一个。",
    "true_label": "真实标签：**{label}**。识别为 **{best}**。{verdict}。",
    "right": "正确",
    "wrong_answer": "错误",
    "unreadable": "无法读取这张图片。{reason}",
    "seen_alt": "模型看到的图像：28x28 像素，黑底亮字",
    "nothing_to_send": "请先写一个数字，再告诉我们是几。",
    "choose_digit": "请先选择您写的数字，再发送。",
    "thanks": "谢谢，下一个模型可以从中学习。",
    "api_help": "用程序调用本页面：输入一个图像文件，输出可能性最大的三个数字。",
    "no_report": "这个模型没有附带质量报告。",
    "scores": "### 识别得有多准\n从未用于训练的图像、识别正确的比例及其 95 % 置信区间。",
    "per_digit": "### 每个数字",
    "comparison": "### 与五个教程比较",
    "figure_confusion_matrix": "### 混淆矩阵",
    "figure_reliability": "### 可靠性：说 90 % 时，十次对九次吗？",
    "figure_accuracy": "### 准确率及 95 % 置信区间",
    "figure_rejection": "### 接受的数字与拒绝的其他图像",
}

# Gradio looks a browser's language up by its full name.
i18n = gr.I18n(
    en=ENGLISH, **dict.fromkeys(("zh", "zh-CN", "zh-TW", "zh-HK", "zh-SG", "zh-Hans"), CHINESE)
)


def texts_for(request: gr.Request | None) -> dict[str, str]:
    """The sentences in the first language that the browser asks for, or in English."""
    asked = (request.headers.get("accept-language") or "") if request else ""
    return CHINESE if asked.strip().lower().startswith("zh") else ENGLISH


# The server's answers: `detail` of a refused request, errors of the queue, `status` of /readyz.
# They stay English: programs read them.
EXPECTED_QUESTION = (
    'Expected {"data": [{"path": "what the upload answered", '
    '"meta": {"_type": "gradio.FileData"}}]}: upload an image file first, PNG, JPEG, WebP, GIF or '
    "BMP. The page's API tab shows how."
)
EXPECTED_FILE = (
    "Expected an image file as form data, such as curl -F files=@drawing.png sends: PNG, JPEG, "
    "WebP, GIF or BMP."
)
NO_FILE = "Upload an image file: PNG, JPEG, WebP, GIF or BMP."
FILE_GONE = "The uploaded file is no longer on the server. Upload it again."
SERVER_FAILED = "The server failed to read this image. Try again, or send another image."
UNKNOWN_EVENT = "There is no such question, or its answer was already sent. Ask again."
SERVER_BUSY = "The server is busy. Try again in a moment."
SERVER_CLOSING = "The server is closing. Try again in a minute."
NOT_FOUND = "There is nothing here."
NO_SUCH_ENDPOINT = "There is nothing here. The endpoint is /gradio_api/call/predict."
ADDRESS_TOO_LONG = "The address is too long. Send at most {limit} characters."
TOO_MANY_REQUESTS = "At most {limit} from one address. Try again later."
BODY_TOO_LARGE = "The request is too large: at most {limit:.1f} MB. Send a smaller image."
BODY_TOO_SLOW = "The request came too slowly. Try again."
DISK_FULL = "The server has no room for the file. Try again later."
SESSION_HASH_TOO_LONG = "A session_hash has at most {limit} characters. Send a shorter one."
UNREAD_ANSWERS = (
    "Listen to the answers to your earlier questions first, or ask with another session_hash."
)
MODEL_CHANGED = "the model doesn't answer as it should"
