// What is on the paper: marks, and the canvases that show them.
//
// A mark is a stroke, {erases, width, points: [[x, y, pressure], ...]}, or {clears: true}. Points
// and width are in pixels of the paper; a pressure of 1 gives the stroke its full width. Strokes
// are kept as points, so that a canvas of any resolution can show them, and undo needs no pictures.
class Ink {
  constructor(width, height) {
    this.contexts = [];
    this.resize(width, height);
  }

  // Take new, empty paper. Nothing of the old one can be undone.
  resize(width, height) {
    this.width = width;
    this.height = height;
    this.marks = [];
    this.undone = [];
    this.stroke = null;
    this.redraw();
  }

  // Let a canvas show the paper, as large as the canvas is.
  showOn(canvas) {
    this.contexts.push(canvas.getContext("2d", { alpha: false }));
    this.redraw();
  }

  begin(erases, width) {
    this.stroke = { erases, width, points: [] };
  }

  extend(x, y, pressure) {
    this.stroke.points.push([x, y, pressure]);
    const last = this.stroke.points.length - 1;
    for (const context of this.contexts) this.drawSegment(context, this.stroke, last);
  }

  // Keep the stroke that is being drawn, unless all of it is beside the paper.
  // Returns whether it is kept.
  end() {
    const { stroke } = this;
    this.stroke = null;
    if (!stroke || !this.touchesPaper(stroke)) return false;
    this.add(stroke);
    return true;
  }

  clear() {
    if (this.isEmpty()) return;
    this.add({ clears: true });
    this.redraw();
  }

  undo() {
    this.move(this.marks, this.undone);
  }

  redo() {
    this.move(this.undone, this.marks);
  }

  isEmpty() {
    return !this.shownStrokes().length;
  }

  add(mark) {
    this.marks.push(mark);
    this.undone = [];
  }

  move(from, to) {
    if (!from.length) return;
    to.push(from.pop());
    this.redraw();
  }

  shownStrokes() {
    return this.marks.slice(1 + this.marks.findLastIndex((mark) => mark.clears));
  }

  redraw() {
    const strokes = [...this.shownStrokes(), ...(this.stroke ? [this.stroke] : [])];
    for (const context of this.contexts) {
      const { width, height } = context.canvas;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.fillStyle = "#fff";
      context.fillRect(0, 0, width, height);
      // A canvas forgets these when it gets a new size.
      context.setTransform(width / this.width, 0, 0, height / this.height, 0, 0);
      context.lineCap = "round";
      for (const stroke of strokes) {
        stroke.points.forEach((_, index) => this.drawSegment(context, stroke, index));
      }
    }
  }

  // Draw the line to a point from the one before. What is beside the paper is cut off.
  drawSegment(context, stroke, index) {
    const [x, y, pressure] = stroke.points[index];
    const [fromX, fromY] = stroke.points[Math.max(0, index - 1)];
    context.strokeStyle = stroke.erases ? "#fff" : "#000";
    context.lineWidth = stroke.width * pressure;
    context.beginPath();
    context.moveTo(fromX, fromY);
    // Browsers draw a dot only for a line that has a length.
    context.lineTo(x + (index ? 0 : 0.01), y);
    context.stroke();
  }

  touchesPaper({ width, points }) {
    const margin = width / 2;
    return points.some(([x, y], index) => {
      const [fromX, fromY] = points[Math.max(0, index - 1)];
      return (
        Math.max(x, fromX) > -margin &&
        Math.min(x, fromX) < this.width + margin &&
        Math.max(y, fromY) > -margin &&
        Math.min(y, fromY) < this.height + margin
      );
    });
  }
}
