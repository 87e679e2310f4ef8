// A line without axes: a sparkline, and the moving rate of events.

import { s } from "../dom.js";

const WIDTH = 100;
const HEIGHT = 30;

/**
 * Draw values as a line over the width, the newest at the right.
 *
 * @param values numbers, the oldest first
 * @param options.top the value at the upper edge
 * @param options.slots how many values fill the width; all there are by default
 * @param options.filled whether the area below is filled
 * @param options.label what the line says, for those who do not see it
 */
export function line(values, { top, slots = values.length, filled = false, label }) {
  const x = (index) => (slots > 1 ? ((slots - values.length + index) / (slots - 1)) * WIDTH : WIDTH);
  const y = (value) => HEIGHT - 1.5 - (Math.min(value, top) / (top || 1)) * (HEIGHT - 3);
  const points = values.map((value, index) => `${x(index).toFixed(2)},${y(value).toFixed(2)}`);
  const area = `M${x(0).toFixed(2)},${HEIGHT}L${points.join("L")}L${x(values.length - 1).toFixed(2)},${HEIGHT}Z`;
  return s(
    "svg",
    { class: "line", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    filled && points.length > 1 && s("path", { class: "area", d: area }),
    points.length > 1 && s("polyline", { class: "stroke", points: points.join(" ") }),
    // a round cap makes a point of a line without length, whatever the drawing is stretched to
    points.length > 0 && s("path", { class: "tip", d: `M${points.at(-1)}h0` }),
  );
}
