// Columns: how many there are in each band, from one bound to the next.

import { s } from "../dom.js";
import { Chart } from "./chart.js";

const TOP = 18;
const BOTTOM = 22;

/** About the width of a character, px. */
const LETTER = 7.4;

export class Columns extends Chart {
  /**
   * @param spec {label, columns}: a column is {value, text, from, words}: its length, that in words,
   *   its lower bound in words, and all of it in words
   */
  paint({ label, columns }, width) {
    const step = width / columns.length;
    const base = this.height - BOTTOM;
    const most = Math.max(...columns.map((column) => column.value), 1);
    const named = Math.ceil((Math.max(...columns.map((column) => column.from.length)) * LETTER + 6) / step);
    const parts = columns.flatMap(({ value, text, from, words }, n) => {
      const x = n * step;
      // one in thousands is still seen, and none is not
      const tall = value ? Math.max(2, (value / most) * (base - TOP)) : 0;
      return [
        s("rect", { class: "column", x: x + 1, y: base - tall, width: step - 2, height: tall }, s("title", {}, words)),
        value > 0 && text.length * LETTER < step + 6 && s("text", { x: x + step / 2, y: base - tall - 5, "text-anchor": "middle", class: "count" }, text),
        n % named === 0 && s("text", { x: n ? x : 0, y: this.height - 6, "text-anchor": n ? "middle" : "start" }, from),
      ];
    });
    const size = { width, height: this.height, viewBox: `0 0 ${width} ${this.height}` };
    return s("svg", { ...size, role: "img", "aria-label": label }, s("path", { class: "rule", d: `M0 ${base + 0.5}H${width}` }), ...parts.filter(Boolean));
  }
}
