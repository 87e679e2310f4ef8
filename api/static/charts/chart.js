// A drawing that is made for its width, and made anew when that changes, so that letters are of one
// size everywhere.

import { h } from "../dom.js";

export class Chart {
  #spec = null;

  /** @param height px */
  constructor(height) {
    this.height = height;
    this.element = h("div", { class: "plot" });
    this.element.style.setProperty("--height", `${height}px`);
    new ResizeObserver(() => this.#redraw()).observe(this.element);
  }

  /** Draw what `paint` makes of a spec. */
  draw(spec) {
    this.#spec = spec;
    this.#redraw();
  }

  /** Return the drawing of a spec for a width (px); each kind of chart has its own. */
  paint(_spec, _width) {
    throw new Error("a chart needs a way to paint");
  }

  #redraw() {
    const width = Math.round(this.element.clientWidth);
    if (width && this.#spec) this.element.replaceChildren(this.paint(this.#spec, width));
  }
}
