"""The look of the page: theme, CSS for Gradio's components, and the document's head."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import gradio as gr
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

from page.translations import ENGLISH_ONLY

ASSETS = Path(__file__).parent.parent / "assets"
FAVICON = ASSETS / "favicon.svg"
PREVIEW = ASSETS / "preview.png"

THEME = gr.themes.Soft(
    primary_hue="orange",
    neutral_hue="stone",
    # System fonts: the browser downloads nothing, and no text moves when a font arrives.
    font=["system-ui", "sans-serif"],
    font_mono=["ui-monospace", "monospace"],
).set(
    background_fill_primary="*neutral_50",  # Soft's own value, which `set` would drop (gradio 6.31)
    checkbox_border_color="*neutral_500",
    checkbox_border_color_dark="*neutral_400",
    # Soft's own colours are too pale: WCAG AA requires a contrast of 4.5.
    body_text_color_subdued="*neutral_600",
    body_text_color_subdued_dark="*neutral_300",
    block_info_text_color="*neutral_600",
    block_info_text_color_dark="*neutral_300",
    block_label_text_color="*primary_800",
    block_label_background_fill_dark="*neutral_800",
    block_title_text_color="*primary_800",
    block_title_background_fill_dark="*neutral_800",
    input_placeholder_color="*neutral_600",
    link_text_color_dark="*primary_300",
    link_text_color_active_dark="*primary_200",
    link_text_color_hover_dark="*primary_200",
    link_text_color_visited_dark="*primary_300",
)

CSS = """
/* The canvas fills its column, with its tools above and below, not on it. (The Sketchpad leaves a
   margin of 29 pixels on each side.) The room is there before the browser has chosen a pad. */
#image-inputs { container-type: inline-size; }
#pad {
  --side: min(100cqw, 520px, max(260px, 100svh - 60px));  /* on a phone held sideways too */
  --tall: calc(var(--side) + 44px);
  min-height: var(--tall);
}
/* The wide canvas has 800x300 pixels. A phone held sideways gives it the whole screen. */
[data-canvas="wide"] #pad {
  --side: min(100cqw, 858px, max(260px, (100svh - 102px) * 8 / 3 + 58px));
  --tall: calc((var(--side) - 58px) * 3 / 8 + 102px);
}
#sketchpad { width: var(--side); margin: auto; height: var(--tall) !important; }
#sketchpad .html-container { padding: 0; }
@media (orientation: landscape) and (max-height: 500px) {
  [data-canvas="wide"]#image-inputs { flex-basis: 100%; }
}
#widen-canvas { width: fit-content; margin: auto; }
#widen-canvas[aria-pressed="true"] { outline: 2px solid var(--primary-700); }
#sketchpad .toolbar-wrap {
  flex-direction: row; inset: auto auto 6px 50%; transform: translateX(-50%);
  width: auto; height: auto;
}
#sketchpad .half-container { display: flex; flex-direction: row; width: auto; }
#sketchpad .size_picker { inset: auto auto calc(100% + 8px) 0; transform: translateX(-50%); }
#sketchpad .top-panel { top: 6px; right: 50%; transform: translateX(50%); }
#sketchpad button { min-width: 40px; min-height: 34px; justify-content: center; }
/* Hide the tools that nobody needs for a digit. */
#sketchpad :is(.zoom-number, .separator, [aria-label="Pan"], [aria-label="Zoom in"],
  [aria-label="Zoom out"], [aria-label="Color"], [aria-label="Image"]) { display: none; }
/* The open tab's orange is too pale on a light page: WCAG AA requires a contrast of 4.5. (The
   theme's variable for it has no value of its own for the dark mode.) */
body:not(.dark) [role="tab"].selected { color: var(--primary-700); }
/* Reserve space for the answer, so that nothing on the page moves when it arrives. */
#message { min-height: 3.4em; font-size: 1.2em; align-content: center; }
#prediction { min-height: 272px; }
#prediction h2 { font-size: 4.5rem; line-height: 1; }
/* A number takes the place of what belongs to one digit. Each box is a button; what is told about
   it appears below the picture, in the place of the hint. */
#number:not(:has(.number)) { display: none; }
.gradio-container:has(#number .number) :is(#prediction, #seen-row, #all-ten, #correction) {
  display: none;
}
#number { overflow: visible; }
#number .text {
  font-size: 3.4rem; line-height: 1.15; font-weight: 700; text-align: center;
  overflow-wrap: anywhere; font-variant-numeric: tabular-nums;
}
#number .text.doubtful { opacity: 0.75; }
#number .picture { position: relative; padding: 1.6em 0 0; }
#number .drawing { position: relative; margin: auto; }
#number .drawing img { display: block; width: 100%; height: auto; margin: 0; border-radius: 4px; }
#number .pixelated img { image-rendering: pixelated; }
#number button {
  position: absolute; min-width: 12px; min-height: 12px; padding: 0; cursor: help;
  border: 2px solid var(--box); border-radius: 3px; background: transparent;
  outline-offset: 2px;
}
#number .read { --box: #1d4ed8; }
#number .unsure { --box: #9a3412; border-style: dashed; }
#number .unexplained { --box: #b91c1c; border-style: dashed; }
#number .left-out { --box: #57534e; border-style: dotted; }
#number button:is(:hover, :focus) { outline: 2px solid var(--box); }
#number button span {
  position: absolute; left: -2px; bottom: 100%; padding: 0 4px; border-radius: 3px 3px 0 0;
  font-size: 0.8rem; line-height: 1.2rem; font-weight: 700; color: #fff; background: var(--box);
}
#number button span:empty { display: none; }
#number .hint, #number .told { padding: 6px 0 0; margin: 0; text-align: center; }
#number .hint { min-height: 3em; }
#number .told {
  display: none; position: absolute; inset: 100% 0 auto; font-weight: 600;
}
#number button:is(:hover, :focus) + .told { display: block; }
#number .drawing:has(button:is(:hover, :focus)) + .hint { visibility: hidden; }
.seen {
  width: 168px; height: 168px; background: #000; image-rendering: pixelated; border-radius: 6px;
}
/* The sentences about non-digits contain <em>. The answer below is greyed, but still readable. */
.gradio-container:has(#message em) #prediction { filter: grayscale(1); opacity: 0.65; }
/* Show all digits of the gallery, without empty rows below them. */
#gallery .grid-wrap { height: auto; min-height: 0; max-height: none; }
#gallery .grid-container {
  grid-template-columns: repeat(auto-fill, minmax(72px, 1fr)); grid-auto-rows: auto;
}
/* Captions are below the digits, not on them. */
#gallery .thumbnail-item { height: auto; aspect-ratio: auto; }
#gallery .thumbnail-item img { aspect-ratio: 1; height: auto; }
:is(#gallery, #number-gallery) .caption-label {
  position: static; display: block; max-width: none; text-align: center; border: 0;
}
/* Numbers are wider than digits. */
#number-gallery .grid-wrap { height: auto; min-height: 0; max-height: none; }
#number-gallery .grid-container {
  grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); grid-auto-rows: auto;
}
#number-gallery .thumbnail-item { height: auto; aspect-ratio: auto; }
#number-gallery .thumbnail-item img { height: 64px; background: #000; }
.figure { max-width: 900px; }
/* Numbers do not wrap; a table that is too wide for a phone scrolls. */
.scrolling { overflow-x: auto; }
.scrolling td:not(:first-child) { white-space: nowrap; }
/* Code in a colour with enough contrast. */
.gradio-container pre .token { color: inherit !important; }
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after {
    animation-duration: 0.01ms !important; transition-duration: 0.01ms !important;
  }
}
"""

_HEAD = """
<meta name="description" content="{description}">
<meta property="og:title" content="Sketchdigits">
<meta property="og:description" content="{description}">
<meta property="og:type" content="website">
<meta property="og:image" content="{address}/preview.png">
<meta name="twitter:card" content="summary_large_image">
<meta name="theme-color" content="#ea580c">
"""


def head(environment: Mapping[str, str], root_path: str) -> str:
    """The tags for the document's head.

    On a Space, `SPACE_HOST` gives the absolute address of the preview. `root_path` is the page's
    prefix or address behind a proxy; "": none.
    """
    host = environment.get("SPACE_HOST")
    description = ENGLISH_ONLY["page_description"]
    return _HEAD.format(description=description, address=f"https://{host}" if host else root_path)


async def send_preview(_: Request) -> FileResponse:
    """Send the picture that social networks show with a link to the page."""
    return FileResponse(PREVIEW)


# Routes for FastAPI, because Gradio serves our files only under long paths.
ROUTES = [Route("/preview.png", send_preview)]
