// What Gradio's Sketchpad lacks, through its own objects (gradio 6.31):
//
// 1. In the light mode, the paper and what is around it are both white.
// 2. A stroke that starts beside the paper is ignored. (`is_drawing` is true while one is drawn.)
// 3. Clearing can't be undone, and makes the paper smaller on wide screens. Here it is one stroke of
//    an eraser as wide as the paper. What came before it can be undone no longer.
(editor, find) => {
  const canvas = find("canvas");
  if (!document.body.classList.contains("dark")) {
    editor.app.renderer.background.color = "#d6d3d1";
    editor.wake_render_loop();
  }
  const brush = editor.tools.get("brush");
  Object.getPrototypeOf(brush.brush_cursor).is_over_image = () => true;
  canvas.addEventListener("pointerenter", (event) => {
    const { pointerId, pointerType, isPrimary, buttons, clientX, clientY } = event;
    if (pointerType === "touch" || !(buttons & 1) || brush.is_drawing) return;
    const down = { pointerId, pointerType, isPrimary, buttons, clientX, clientY, button: 0 };
    canvas.dispatchEvent(new PointerEvent("pointerdown", down));
  });
  const clear = (event) => {
    // A script's click is left to Gradio: its own clearing also changes the size of the paper.
    if (!event.isTrusted || !event.target.closest('[aria-label="Clear canvas"]')) return;
    event.stopImmediatePropagation();
    const { width, height } = editor;
    editor.command_manager.reset();
    brush.brush_textures.draw_segment(0, 0, width, height, width, "#ffffff", 1, "erase");
    brush.brush_textures.commit_stroke();
    editor.notify("change");
  };
  document.querySelector("#sketchpad").addEventListener("click", clear, true);
}
