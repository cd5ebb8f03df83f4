"""Every sentence that a visitor sees, in each language of the page.

To add a language: write one more dictionary with the keys of `ENGLISH`, and add one line to
`LANGUAGES`. To change a sentence: change it in each dictionary, and keep its `{placeholders}`.

Static texts are translated by Gradio in the browser: pass `i18n("key")` to a component, at most one
per string. Sentences in an answer are written by the server: take them from `texts_for(request)`.
Both use the first language that the browser asks for, and English if the page does not have it.
"""

from __future__ import annotations

import re

import gradio as gr
from starlette.requests import Request

ENGLISH = {
    # The tabs, the canvas and the photo.
    "tagline": "Draw a digit or a number and see the answer at once.",
    "read_tab": "Try it",
    "draw_tab": "Draw",
    "photo_tab": "Photo",
    "model_tab": "The model",
    "api_tab": "API",
    "canvas_label": "Draw here",
    "widen_canvas": "Wide canvas, for a long number",
    "pad_tools": "Drawing tools",
    "pad_undo": "Undo",
    "pad_redo": "Redo",
    "pad_draw": "Brush",
    "pad_erase": "Erase",
    "pad_size": "Brush Size",
    "pad_clear": "Clear canvas",
    "pad_keys": "Arrow keys move the pen, Shift makes small steps. Space lowers and lifts it. "
    "Delete clears, Ctrl+Z undoes.",
    "pad_pen_down": "Pen down: {across} % from the left, {down} % from the top.",
    "pad_pen_up": "Pen up: {across} % from the left, {down} % from the top.",
    "photo_label": "A photo or scan of a digit or a number",
    "photo_help": "Upload, paste or take a picture of a handwritten digit or number. It is deleted "
    "within an hour.",
    # The answer.
    "ask_for_drawing": "Draw a digit from 0 to 9, or a number, with one finger or the mouse. Draw "
    "it large.",
    "digit": "a **{digit}**",
    "digit_8": "an **{digit}**",
    "sure_answer": "This is {best}. {sure} % sure.",
    "unsure_answer": "Not sure: this could be {best} or {second}. Try drawing it larger.",
    "unusual_answer": "Is it {best}? It looks unusual. The three likeliest digits are below.",
    "not_one_digit": "*This doesn't look like a digit.* Draw large digits from 0 to 9.",
    "list_comma": ", ",
    # A number, and its picture.
    "number_sure": "This is {number}. {sure} % sure.",
    "number_unsure": "Not sure: this could be {number}. {sure} % sure. Check each digit.",
    "number_unexplained": "*I can't tell what this is*: the box with a question mark. The rest "
    "could be {number}.",
    "number_unexplained_many": "*I can't tell what this is*: the {count} boxes with question "
    "marks. The rest could be {number}.",
    "number_left_out": " Marks that are no digits, such as dots, are left out.",
    "number_picture": "The drawing, with a box around each digit",
    "number_hint": "Point at a box or tap it to see its three likeliest digits.",
    "number_mark": "No digit: left out.",
    "number_unknown": "I can't tell what this is.",
    "unreadable_image": "{reason}",
    "heic_image": "This photo is in the format HEIC, which can't be read here. Save it as JPEG, or "
    "send a screenshot of it. iPhones take JPEGs with Settings > Camera > Formats > Most "
    "Compatible.",
    "drawing_not_png": "Expected the drawing as a PNG in a data URI. Draw again.",
    "drawing_damaged": "The drawing arrived damaged. Draw again.",
    "all_ten": "All ten digits",
    "seen": "What the model saw, 28x28 pixels",
    "seen_alt": "The drawing as the model saw it: 28x28 pixels, bright ink on black",
    "why": "Why?",
    "why_help": "Red supports the answer, blue counts against it.",
    # The gallery.
    "gallery_help": "Or click a handwritten digit: its true label is below, ✗ marks a wrong "
    "answer.",
    "examples_from_package": "These digits are from the test split that came with the model.",
    "examples_from_sklearn": "These digits are from scikit-learn, 8x8 pixels.",
    "number_gallery_help": "Or click a number, a row of these digits:",
    "gallery_answer": "True label: **{label}**. Read as **{best}**. {verdict}.",
    "verdict_right": "Right",
    "verdict_wrong": "Wrong",
    # Corrections.
    "correction_title": "Wrong? Tell us the digit",
    "correct_digit": "The correct digit",
    "not_a_digit": "not a digit",
    "correction_send": "Send",
    "stored_here": "When you click Send, this server stores the drawing, your digit, the model's "
    "answer and version, the time to the minute, and a code made from your network address, so "
    "that all corrections from one network can be deleted. It stores nothing else about you.",
    "stored_on_hub": "When you click Send, a dataset on the Hugging Face Hub stores the drawing, "
    "your digit, the model's answer and version, the time to the minute, and a code made from your "
    "network address, so that all corrections from one network can be deleted. It stores nothing "
    "else about you.",
    "nothing_to_send": "Draw a digit first, then say which digit it is.",
    "choose_digit": "Choose the digit that you drew, then click Send.",
    "correction_thanks": "Thank you. The next model can learn from it.",
    "corrections_full": "Thank you, but this page cannot store more corrections at the moment.",
    "corrections_too_fast": "Thank you, but these were many corrections from your network in a "
    "minute. Wait a minute, then click Send again.",
    "corrections_enough_today": "Thank you. Your network has sent as many corrections as this page "
    "stores in a day. Send more tomorrow.",
    "corrections_enough": "Thank you. This page stores no more corrections from your network, so "
    "that there is room for those of others.",
    "correction_disk_full": "Thank you, but the correction could not be stored: the disk is full.",
    "correction_not_written": "Thank you, but the correction could not be stored: the folder is "
    "not writable.",
    # The model tab.
    "commit": "commit",
    "no_report": "This model came without a report of its quality.",
    "scores": "### How well it reads\n"
    "The share of images read correctly, with its 95 % interval. The model was not trained on "
    "these images.",
    "scores_table": "Accuracy on each test set",
    "per_digit": "### Each digit",
    "per_digit_table": "Accuracy on each digit",
    "comparison": "### Compared with five tutorials",
    "comparison_table": "Accuracy of the tutorials' models",
    "figure_confusion_matrix": "### Confusion matrix",
    "figure_reliability": "### Reliability: is a 90 % answer right nine times in ten?",
    "figure_accuracy": "### Accuracy with 95 % intervals",
    "figure_rejection": "### Digits accepted and other images rejected",
    # The API tab.
    "api_help": "Call this page from a program: send one image file, get the three likeliest "
    "digits.",
    "snippet_one_request": "curl: one request",
    "snippet_fetch": "JavaScript, on any website",
    "snippet_urllib": "Python, without any package",
    "snippet_number": "A whole number: curl",
    "snippet_python_client": "Python, `gradio_client`",
    "snippet_curl": "curl, over Gradio's queue: upload the file, ask, wait for the answer",
    "snippet_javascript": "JavaScript, `@gradio/client`",
    "snippet_python": "Python, without this page: `pip install .` in the source folder",
    "snippet_mcp": "MCP, as a tool for a language model",
    # The API's own page, /api/docs.
    "api_docs_link": "Every form of a request, every status and limit: {link}",
    "api_docs_title": "Sketchdigits API",
    "api_bodies": "Send an image file to `/api/predict`: as the body of a POST; as the one file of "
    'a form (`multipart/form-data`); or in JSON, `{"image": "..."}`, as base64 or as a data URI.',
    "api_answer": "The answer",
    "api_answer_help": "`confidences` has the three likeliest digits. `is_digit` is true if the "
    "image looks like one digit; `digit_score` (0-1) says how much. `verdict` is `digit`; "
    "`unusual`, which may be a digit or not; or `no digit`.",
    "api_number_help": "`/api/read_number` takes the same, and reads digits side by side, also on "
    "several lines.",
    "api_number_answer_help": "`text` is the number, `lines` has its lines; `confidence` (0-1) "
    "says how likely the whole text is right. `digits` has each digit, from left to right: at most "
    "{digits}. A `box` is x, y, width and height in pixels of the image. `is_number` is false if "
    "there is ink that is no digit: `unexplained` has its boxes. `left_out` has the boxes of dots, "
    "dashes and other marks.",
    "api_errors": "Errors",
    "api_errors_help": "The field `detail` says what to send instead. With 429 and 503, the header "
    "`Retry-After` says after how many seconds to ask again.",
    "api_status_400": "The form, the JSON or its base64 is damaged.",
    "api_status_408": "The body arrived too slowly.",
    "api_status_413": "The body is too large.",
    "api_status_415": "The body is of another type, or the file of another format.",
    "api_status_422": "There is no image, it is damaged or too large, or nothing is drawn on it.",
    "api_status_429": "Your address has sent too many requests.",
    "api_status_503": "The server is busy or closing, or reading the image took too long.",
    "api_limits_title": "Limits",
    "api_limits": "PNG, JPEG, WebP, GIF or BMP, at most {megabytes} MB and {side} pixels; a JPEG "
    "may have twice as many pixels, a WebP {webp}. Scripts of any website may ask; cookies are not "
    "used.",
    "api_rate_limit": "Each address may send {limit}.",
    # The notice: why the page does not use the model that it was started for.
    "hub_unavailable": "The Hugging Face Hub does not respond.",
    "hub_not_found": "The Hugging Face Hub does not have this model.",
    "hub_no_access": "The Hugging Face Hub does not allow this page to download the model.",
    "cache_failed": "The model could not be stored on this server.",
    "package_damaged": "The files on the Hugging Face Hub are damaged, or are not a model of this "
    "kind.",
    "using_cached_copy": "You are using a cached copy of this model.",
    "using_builtin_model": "You are using the model that comes with this page.",
}

CHINESE = {
    # The tabs, the canvas and the photo.
    "tagline": "写一个数字或一个多位数，立刻看到答案。",
    "read_tab": "试一试",
    "draw_tab": "手写",
    "photo_tab": "照片",
    "model_tab": "模型",
    "api_tab": "接口",
    "canvas_label": "在这里写",
    "widen_canvas": "宽画布，适合较长的数",
    "pad_tools": "绘图工具",
    "pad_undo": "撤销",
    "pad_redo": "重做",
    "pad_draw": "画笔",
    "pad_erase": "橡皮",
    "pad_size": "画笔大小",
    "pad_clear": "清空画布",
    "pad_keys": "方向键移动笔，按住 Shift 小步移动。空格键落笔和抬笔。Delete 键清空，Ctrl+Z 撤销。",
    "pad_pen_down": "落笔：距左边 {across} %，距上边 {down} %。",
    "pad_pen_up": "抬笔：距左边 {across} %，距上边 {down} %。",
    "photo_label": "一个数字或多位数的照片或扫描件",
    "photo_help": "上传、粘贴或拍摄一个手写的数字或多位数。图片会在一小时内删除。",
    # The answer.
    "ask_for_drawing": "请用一根手指或鼠标写一个 0 到 9 的数字，或一个多位数。请写大一些。",
    "digit": "**{digit}**",
    "digit_8": "**{digit}**",
    "sure_answer": "这是 {best}。把握 {sure} %。",
    "unsure_answer": "不太确定：可能是 {best}，也可能是 {second}。请写大一些再试。",
    "unusual_answer": "这是 {best} 吗？写法不太常见。下面是可能性最大的三个数字。",
    "not_one_digit": "*这看起来不像数字。* 请写 0 到 9 的数字，写大一些。",
    "list_comma": "、",
    # A number, and its picture.
    "number_sure": "这是 {number}。把握 {sure} %。",
    "number_unsure": "不太确定：可能是 {number}。把握 {sure} %。请核对每个数字。",
    "number_unexplained": "*看不出这是什么*：带问号的框。其余可能是 {number}。",
    "number_unexplained_many": "*看不出这是什么*：{count} 个带问号的框。其余可能是 {number}。",
    "number_left_out": "点等不是数字的记号已略去。",
    "number_picture": "这幅图，每个数字都有框",
    "number_hint": "指向或点按一个框，可以看到可能性最大的三个数字。",
    "number_mark": "不是数字：已略去。",
    "number_unknown": "看不出这是什么。",
    "unreadable_image": "无法读取这张图片。{reason}",
    "heic_image": "这张照片是 HEIC 格式，这里无法读取。请另存为 JPEG，或发送它的截图。iPhone 可在"
    "“设置 > 相机 > 格式”中选择“兼容性最佳”，以后拍摄的就是 JPEG。",
    "drawing_not_png": "这幅图应该是数据 URI 中的 PNG 图像。请重新写。",
    "drawing_damaged": "这幅图在传输中损坏了。请重新写。",
    "all_ten": "全部十个数字",
    "seen": "模型看到的 28x28 像素图像",
    "seen_alt": "模型看到的图像：28x28 像素，黑底亮字",
    "why": "为什么？",
    "why_help": "红色支持这个答案，蓝色反对。",
    # The gallery.
    "gallery_help": "或点击一个手写数字：下面是它的真实标签，✗ 表示模型读错。",
    "examples_from_package": "这些数字来自模型自带的测试集。",
    "examples_from_sklearn": "这些数字来自 scikit-learn，8x8 像素。",
    "number_gallery_help": "或点击一个多位数，由这些数字排成：",
    "gallery_answer": "真实标签：**{label}**。识别为 **{best}**。{verdict}。",
    "verdict_right": "正确",
    "verdict_wrong": "错误",
    # Corrections.
    "correction_title": "错了？告诉我们是几",
    "correct_digit": "正确的数字",
    "not_a_digit": "不是数字",
    "correction_send": "发送",
    "stored_here": "点击“发送”后，本页面的服务器会保存：这幅图、您选的数字、模型的答案和版本、"
    "精确到分钟的时间，以及由您的网络地址生成的代码（以便一并删除同一网络的更正）。"
    "不保存您的其他信息。",
    "stored_on_hub": "点击“发送”后，Hugging Face Hub 上的一个数据集会保存：这幅图、您选的数字、"
    "模型的答案和版本、精确到分钟的时间，以及由您的网络地址生成的代码（以便一并删除同一网络的更正）。"
    "不保存您的其他信息。",
    "nothing_to_send": "请先写一个数字，再告诉我们是几。",
    "choose_digit": "请先选择您写的数字，再点击“发送”。",
    "correction_thanks": "谢谢，下一个模型可以从中学习。",
    "corrections_full": "谢谢，但本页面目前无法保存更多的更正。",
    "corrections_too_fast": "谢谢，但您的网络在一分钟内发送的更正太多。请等一分钟，再点击“发送”。",
    "corrections_enough_today": "谢谢。您的网络今天发送的更正已达到一天的上限。请明天再发送。",
    "corrections_enough": "谢谢。为了给其他人留出空间，本页面不再保存来自您的网络的更正。",
    "correction_disk_full": "谢谢，但无法保存这个更正：磁盘已满。",
    "correction_not_written": "谢谢，但无法保存这个更正：文件夹不可写。",
    # The model tab.
    "commit": "提交",
    "no_report": "这个模型没有附带质量报告。",
    "scores": "### 识别得有多准\n"
    "正确识别的图像所占的比例，及其 95 % 置信区间。模型没有用这些图像训练过。",
    "scores_table": "在每个测试集上的准确率",
    "per_digit": "### 每个数字",
    "per_digit_table": "每个数字的准确率",
    "comparison": "### 与五个教程比较",
    "comparison_table": "各教程模型的准确率",
    "figure_confusion_matrix": "### 混淆矩阵",
    "figure_reliability": "### 可靠性：说 90 % 时，十次对九次吗？",
    "figure_accuracy": "### 准确率及 95 % 置信区间",
    "figure_rejection": "### 接受的数字与拒绝的其他图像",
    # The API tab.
    "api_help": "用程序调用本页面：发送一个图像文件，得到可能性最大的三个数字。",
    "snippet_one_request": "curl：一次请求",
    "snippet_fetch": "JavaScript，在任何网站上",
    "snippet_urllib": "Python，不需要任何软件包",
    "snippet_number": "整个数：curl",
    "snippet_python_client": "Python，`gradio_client`",
    "snippet_curl": "curl，通过 Gradio 的队列：上传文件，提出请求，等待答案",
    "snippet_javascript": "JavaScript，`@gradio/client`",
    "snippet_python": "Python，不用本页面：在源代码文件夹中运行 `pip install .`",
    "snippet_mcp": "MCP，作为语言模型的工具",
    # The API's own page, /api/docs.
    "api_docs_link": "所有请求形式、状态码和限制：{link}",
    "api_docs_title": "Sketchdigits 接口",
    "api_bodies": "把一个图像文件发送到 `/api/predict`：作为 POST 的正文；作为表单"
    '（`multipart/form-data`）中唯一的文件；或放在 JSON 中，`{"image": "..."}`，'
    "用 base64 或数据 URI。",
    "api_answer": "答案",
    "api_answer_help": "`confidences` 是可能性最大的三个数字。图像看起来像一个数字时，`is_digit` "
    "为 true；`digit_score`（0-1）表示有多像。`verdict` 是 `digit`；`unusual`，"
    "即可能是也可能不是数字；或 `no digit`。",
    "api_number_help": "`/api/read_number` 接受同样的图像，识别并排的数字，也可以是多行。",
    "api_number_answer_help": "`text` 是整个数，`lines` 是其中的各行；`confidence`（0-1）表示整个"
    "结果正确的可能性。`digits` 是从左到右的每个数字，最多 {digits} 个。`box` 是 x、y、宽和高，"
    "以图像的像素为单位。图像上有不是数字的笔迹时，`is_number` 为 false，`unexplained` 是它们的框。"
    "`left_out` 是点、短横等记号的框。",
    "api_errors": "错误",
    "api_errors_help": "字段 `detail` 说明应该发送什么。状态码为 429 和 503 时，`Retry-After` "
    "说明多少秒后可以再试。",
    "api_status_400": "表单、JSON 或其中的 base64 已损坏。",
    "api_status_408": "正文到达得太慢。",
    "api_status_413": "正文太大。",
    "api_status_415": "正文是其他类型，或文件是其他格式。",
    "api_status_422": "没有图像，图像已损坏或太大，或者上面什么也没有写。",
    "api_status_429": "您的地址发送的请求太多。",
    "api_status_503": "服务器正忙或正在关闭，或者读取图像的时间太长。",
    "api_limits_title": "限制",
    "api_limits": "PNG、JPEG、WebP、GIF 或 BMP，最多 {megabytes} MB、{side} 像素；"
    "JPEG 的像素可以多一倍，WebP 最多 {webp}。任何网站的脚本都可以提出请求；不使用 cookie。",
    "api_rate_limit": "每个地址最多 {limit}。",
    # The notice: why the page does not use the model that it was started for.
    "hub_unavailable": "Hugging Face Hub 没有响应。",
    "hub_not_found": "Hugging Face Hub 上没有这个模型。",
    "hub_no_access": "Hugging Face Hub 不允许本页面下载这个模型。",
    "cache_failed": "无法在这台服务器上保存这个模型。",
    "package_damaged": "Hugging Face Hub 上的文件已损坏，或不是这一类模型。",
    "using_cached_copy": "您正在使用这个模型的缓存副本。",
    "using_builtin_model": "您正在使用本页面自带的模型。",
}

# Texts that stay in English: the document's head and the figures' alt texts, which Gradio does not
# translate (gradio 6.31), and the API's description for programs.
ENGLISH_ONLY = {
    "page_title": "Sketchdigits: draw a digit",
    "page_description": "Draw a digit and get the three likeliest answers at once, and how sure "
    "the model is.",
    "alt_confusion_matrix": "Confusion matrices: true digits against the digits read",
    "alt_reliability": "Reliability diagram: confidence against the share read correctly",
    "alt_accuracy": "Accuracy on each test set, with 95 % intervals",
    "alt_rejection": "Share of digits accepted against the share of other images rejected",
    "endpoint_description": "Read the digit in an image file: PNG, JPEG, WebP, GIF or BMP, one "
    "digit, any colours. `label` is the likeliest digit, `confidences` are the probabilities of "
    "the three likeliest digits. `is_digit` is true if the image looks like one digit; "
    '`digit_score` (0-1) says how much. `verdict` is "digit"; "unusual", which may be a digit or '
    'not; or "no digit".',
    "number_description": "Read the number in an image file: PNG, JPEG, WebP, GIF or BMP, digits "
    "side by side, on one or several lines, any colours, at most {digits} digits. `text` is the "
    "number, `lines` has its lines, `confidence` (0-1) says how likely the whole text is right. "
    "`is_number` is false if there is ink that is no digit: `unexplained` has its boxes. `digits` "
    "has each digit, from left to right, with its three likeliest labels and its box. `left_out` "
    "has the boxes of dots, dashes and other marks. A box is x, y, width and height in pixels of "
    "the image.",
}

# One line per language. The first tag stands for all regions of the language; the others are there
# because Gradio looks up the browser's full tag.
LANGUAGES = {
    ("en",): ENGLISH,
    ("zh", "zh-CN", "zh-TW", "zh-HK", "zh-SG", "zh-Hans"): CHINESE,
}

i18n = gr.I18n(**{tag: texts for tags, texts in LANGUAGES.items() for tag in tags})


def texts_for(request: gr.Request | Request | None) -> dict[str, str]:
    """The sentences in the first language that the browser asks for, or in English."""
    header = (request.headers.get("accept-language") or "") if request else ""
    language = re.split(r"[^a-z]", header.strip().lower())[0]
    return next((texts for tags, texts in LANGUAGES.items() if tags[0] == language), ENGLISH)


# The server's answers: `detail` of a refused request, errors of the queue, `status` of /readyz.
# They stay English: programs read them.
EXPECTED_REQUEST = (
    'Expected {"data": [{"path": "the path that the upload returned", '
    '"meta": {"_type": "gradio.FileData"}}]}: upload an image file first, PNG, JPEG, WebP, GIF or '
    "BMP. The page's API tab shows how."
)
EXPECTED_FILE = (
    "Expected an image file as form data, such as curl -F files=@drawing.png sends: PNG, JPEG, "
    "WebP, GIF or BMP. One file in each request."
)
EXPECTED_IMAGE = (
    "Expected an image file, PNG, JPEG, WebP, GIF or BMP: as the body, such as "
    "curl --data-binary @drawing.png sends; as the one file of a form, such as "
    'curl -F image=@drawing.png sends; or in JSON, {"image": "base64 or a data URI"}.'
)
NO_FILE = "Upload an image file: PNG, JPEG, WebP, GIF or BMP."
FILE_GONE = "The uploaded file is no longer on the server. Upload it again."
SERVER_FAILED = "The server failed to read this image. Try again, or send another image."
UNKNOWN_EVENT = "There is no such request, or its answer was already sent. Send the request again."
QUESTION_TOO_SLOW = "Reading this image takes too long. Send another image."
QUESTION_STUCK = "a request takes too long"
SERVER_BUSY = "The server is busy. Try again in a moment."
SERVER_CLOSING = "The server is closing. Try again in a minute."
NOT_FOUND = "There is nothing here."
NO_SUCH_ENDPOINT = "There is nothing here. The endpoints are /api/predict and /api/read_number."
OTHER_ORIGIN = "Other websites can't upload files here. Send them from the page, or from a program."
ADDRESS_TOO_LONG = "The address is too long. Send at most {limit} characters."
TOO_MANY_REQUESTS = "At most {limit} from one address. Try again later."
BODY_TOO_LARGE = "The request is too large: at most {limit:.1f} MB. Send a smaller image."
BODY_TOO_SLOW = "The request came too slowly. Try again."
NO_ROOM_FOR_FILE = "The server has no room for the file now. Try again in a minute."
TOO_MANY_UPLOADS = "Your address uploads too many files at the same time. Try again in a moment."
DISK_FULL = "The server has no room for the file. Try again later."
SESSION_HASH_TOO_LONG = "A session_hash has at most {limit} characters. Send a shorter one."
UNREAD_ANSWERS = "Read the answers to your earlier requests first, or use another session_hash."
MODEL_CHANGED = "the model doesn't answer as it should"
BAD_ADDRESS = "The address has control characters, such as a line break. Send it without them."
NO_HOST = "The request has no Host header. Send one."
JSON_TOO_LONG = (
    "The JSON has too many lists, objects and commas: at most {limit} together. Send a shorter one."
)
