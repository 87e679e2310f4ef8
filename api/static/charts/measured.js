// An element whose drawing is made for its width, and made anew when that changes, so that letters
// are of one size everywhere.

import { h } from "../dom.js";

/**
 * @param height px
 * @param paint gives the drawing for a width (px), or null while there is nothing to draw
 * @returns {element, redraw}
 */
export function measured(height, paint) {
  const element = h("div", { class: "plot" });
  element.style.setProperty("--height", `${height}px`);
  const redraw = () => {
    const width = Math.round(element.clientWidth);
    const drawing = width ? paint(width) : null;
    if (drawing) element.replaceChildren(drawing);
  };
  new ResizeObserver(redraw).observe(element);
  return { element, redraw };
}
