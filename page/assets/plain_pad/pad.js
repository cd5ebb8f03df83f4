// The plain pad: pointer, keyboard and tools -> `Ink`, and an answer after each change.
//
// Gradio runs this when the component is on the page, with `element` and `props` (gradio 6.31).
// `window.editor` is to the page what the Sketchpad's own object is: `on("change", ...)` is called
// after each stroke, undo, redo and clearing, `get_blobs()` gives the drawing, and `isEmpty()` says
// whether there is one.
const MAX_RESOLUTION = 2;
// How far the keyboard's pen goes with one key press, and with Shift, in pixels of the paper.
const STEP = 10;
const FINE_STEP = 2;
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
// A screen reader says where the pen is once it rests.
const REST_MS = 400;
const ERASER_BUTTON = 5;
const ERASER_BUTTONS = 32;

const [surround, canvas, pen, said, range] = [
  ".surround",
  "canvas",
  ".pen",
  ".said",
  "input",
].map((selector) => element.querySelector(selector));
const tools = Object.fromEntries(
  [...element.querySelectorAll("[data-tool]")].map((button) => [button.dataset.tool, button]),
);
const texts = props.texts[navigator.language.toLowerCase().split("-")[0]] ?? props.texts.en;
// Gradio translates no text of a component's own, only its label (gradio 6.31).
for (const part of element.querySelectorAll("[data-label]")) {
  const label = texts[part.dataset.label];
  part.setAttribute("aria-label", label);
  if (part.dataset.tool) part.title = label;
}
for (const part of element.querySelectorAll("[data-text]")) {
  part.textContent = texts[part.dataset.text];
}

const ink = new Ink(...props.paper);
const sent = document.createElement("canvas"); // the drawing as it is sent
const listeners = [];
let tool = "draw";
let radius = props.radius;
let pointer = null; // the id of the pointer that draws

const changed = () => {
  showTools();
  for (const listener of listeners) listener();
};

function showTools() {
  for (const name of ["draw", "erase"]) tools[name].setAttribute("aria-pressed", name === tool);
  // They stay focusable: `disabled` would drop the focus of a keyboard.
  tools.undo.setAttribute("aria-disabled", !ink.marks.length);
  tools.redo.setAttribute("aria-disabled", !ink.undone.length);
}

// An eraser is wider than the brush.
function begin(erases) {
  ink.begin(erases, (erases ? 4 : 2) * radius);
}

function end() {
  if (ink.end()) changed();
}

// ---------------------------------------------------------------- mouse, finger and stylus

function extendTo(event) {
  const box = canvas.getBoundingClientRect();
  // Only a stylus knows how hard it presses: 0.5 is usual.
  const isPressed = event.pointerType === "pen" && event.pressure > 0;
  ink.extend(
    ((event.clientX - box.left) / box.width) * ink.width,
    ((event.clientY - box.top) / box.height) * ink.height,
    isPressed ? 0.5 + event.pressure : 1,
  );
}

function startStroke(event) {
  if (pointer !== null || (event.button > 0 && event.button !== ERASER_BUTTON)) return;
  lift();
  surround.classList.remove("by-keyboard");
  pointer = event.pointerId;
  surround.setPointerCapture(pointer);
  begin(tool === "erase" || (event.buttons & ERASER_BUTTONS) > 0);
  extendTo(event);
}

function endStroke(event) {
  if (event.pointerId !== pointer) return;
  pointer = null;
  end();
}

surround.addEventListener("pointerdown", startStroke);
// A stroke may start beside the pad: what is on the paper counts. What starts on a button, a link
// or a slider is no stroke; these take the focus.
surround.addEventListener("pointerenter", (event) => {
  const isStroke = [document.body, surround].includes(document.activeElement);
  if (isStroke && event.pointerType !== "touch" && event.buttons & (1 | ERASER_BUTTONS)) {
    startStroke(event);
  }
});
surround.addEventListener("pointermove", (event) => {
  if (event.pointerId !== pointer) return;
  const events = event.getCoalescedEvents?.() ?? [];
  for (const each of events.length ? events : [event]) extendTo(each);
});
for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) {
  surround.addEventListener(kind, endStroke);
}
surround.addEventListener("contextmenu", (event) => event.preventDefault());

// ---------------------------------------------------------------- keyboard

const place = { x: ink.width / 2, y: ink.height / 2 };
const held = new Set(); // two arrows at the same time go diagonally
let isDown = false;
let rest;

function say() {
  const across = Math.round((100 * place.x) / ink.width);
  const down = Math.round((100 * place.y) / ink.height);
  said.textContent = (isDown ? texts.pad_pen_down : texts.pad_pen_up)
    .replace("{across}", across)
    .replace("{down}", down);
}

function showPen() {
  surround.classList.add("by-keyboard");
  surround.classList.toggle("is-down", isDown);
  pen.style.left = `${(100 * place.x) / ink.width}%`;
  pen.style.top = `${(100 * place.y) / ink.height}%`;
}

function movePen(step) {
  for (const key of held) {
    place.x += step * ARROWS[key][0];
    place.y += step * ARROWS[key][1];
  }
  place.x = Math.min(Math.max(place.x, 0), ink.width);
  place.y = Math.min(Math.max(place.y, 0), ink.height);
  if (isDown) ink.extend(place.x, place.y, 1);
  clearTimeout(rest);
  rest = setTimeout(say, REST_MS);
}

function lower() {
  isDown = true;
  begin(tool === "erase");
  ink.extend(place.x, place.y, 1);
}

function lift() {
  if (!isDown) return;
  isDown = false;
  surround.classList.remove("is-down");
  end();
}

surround.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || pointer !== null) return;
  if (event.key in ARROWS) {
    held.add(event.key);
    movePen(event.shiftKey ? FINE_STEP : STEP);
  } else if (event.key === " ") {
    if (!event.repeat) {
      if (isDown) lift();
      else lower();
      say();
    }
  } else if (event.key === "Delete" || event.key === "Backspace") {
    act("clear");
  } else {
    return;
  }
  showPen();
  event.preventDefault();
});
surround.addEventListener("keyup", (event) => held.delete(event.key));
surround.addEventListener("focus", () => {
  if (surround.matches(":focus-visible")) showPen();
});
surround.addEventListener("blur", () => {
  held.clear();
  lift();
  surround.classList.remove("by-keyboard");
});
element.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y") return;
  act(key === "y" || event.shiftKey ? "redo" : "undo");
  event.preventDefault();
});

// ---------------------------------------------------------------- tools

function act(name) {
  if (name === "draw" || name === "erase") {
    tool = name;
    showTools();
  } else if (name === "size") {
    const isHidden = range.parentElement.toggleAttribute("hidden");
    tools.size.setAttribute("aria-expanded", !isHidden);
  } else {
    lift();
    ink[name](); // undo, redo, clear
    changed();
  }
}

for (const [name, button] of Object.entries(tools)) {
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") act(name);
  });
}
Object.assign(range, { min: 2, max: 40, value: radius });
range.addEventListener("input", () => {
  radius = Number(range.value);
});

// ---------------------------------------------------------------- the page

function fitResolution() {
  const resolution = Math.min(window.devicePixelRatio, MAX_RESOLUTION);
  const width = Math.round(canvas.clientWidth * resolution);
  const height = Math.round(canvas.clientHeight * resolution);
  if (!width || (width === canvas.width && height === canvas.height)) return; // another tab is open
  Object.assign(canvas, { width, height });
  ink.redraw();
}

function setPaper(width, height) {
  Object.assign(sent, { width, height });
  canvas.style.aspectRatio = `${width} / ${height}`;
  Object.assign(place, { x: width / 2, y: height / 2 });
  ink.resize(width, height);
}

setPaper(...props.paper);
ink.showOn(canvas);
ink.showOn(sent);
new ResizeObserver(fitResolution).observe(canvas);
showTools();
window.editor = {
  isPlain: true,
  on: (_, listener) => listeners.push(listener),
  isEmpty: () => ink.isEmpty(),
  get_blobs: async () => ({
    background: null,
    layers: [],
    composite: ink.isEmpty() && !ink.stroke ? null : await new Promise((done) => sent.toBlob(done)),
  }),
  // Take paper of another size, which is empty.
  resize: (width, height) => {
    setPaper(width, height);
    changed();
  },
};
