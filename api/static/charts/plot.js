// A plot with two axes: lines, dots and a diagonal.

import { s } from "../dom.js";
import { Chart } from "./chart.js";

const MARGIN = { left: 46, right: 12, top: 10, bottom: 40 };

export class Plot extends Chart {
  /**
   * @param spec {label, x, y, series, diagonal}: x and y are {scale, format, title}, or x a function of
   *   the width that gives that; a series is {points: [[x, y]...], kind, dots, titles}; `kind` is the
   *   class of its line, "" for none
   */
  paint({ label, x: axis, y, series, diagonal }, width) {
    const x = typeof axis === "function" ? axis(width) : axis;
    const { left, top } = MARGIN;
    const right = width - MARGIN.right;
    const bottom = this.height - MARGIN.bottom;
    const across = (value) => left + x.scale.place(value) * (right - left);
    const up = (value) => bottom - y.scale.place(value) * (bottom - top);
    const at = ([px, py]) => `${across(px).toFixed(1)},${up(py).toFixed(1)}`;

    const parts = [
      ...y.scale.ticks.map((tick) => s("path", { class: "rule", d: `M${left} ${up(tick)}H${right}` })),
      ...y.scale.ticks.map((tick) => text(left - 6, up(tick) + 4, y.format(tick), "end")),
      ...x.scale.ticks.map((tick, n, all) =>
        text(across(tick), bottom + 16, x.format(tick), n === all.length - 1 && across(tick) > right - 20 ? "end" : "middle"),
      ),
      text((left + right) / 2, this.height - 6, x.title, "middle"),
      diagonal && s("path", { class: "diagonal", d: `M${left} ${bottom}L${right} ${top}` }),
      ...series.flatMap(({ points, kind, dots, titles = [] }) => [
        kind && points.length > 1 && s("polyline", { class: `series ${kind}`, points: points.map(at).join(" ") }),
        ...(dots ? points.map((point, n) => dot(at(point).split(","), dots, titles[n])) : []),
      ]),
    ];
    const size = { width, height: this.height, viewBox: `0 0 ${width} ${this.height}` };
    return s("svg", { ...size, role: "img", "aria-label": label }, ...parts);
  }
}

function text(x, y, content, anchor) {
  return s("text", { x, y, "text-anchor": anchor }, content);
}

function dot([cx, cy], kind, title) {
  return s("circle", { class: `dot ${kind}`, cx, cy, r: 3.5 }, title && s("title", {}, title));
}
