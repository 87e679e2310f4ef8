// The two curves of a model: is it right on the whole (calibration), and whom it puts first.

import { h } from "../dom.js";
import { amount, percent, short, shortPercent } from "../format.js";
import { Plot } from "./plot.js";
import { linear, root } from "./scale.js";

const HEIGHT = 260;

/** Mean prediction against mean label, of ten groups. `draw` takes the rows of a model's figures. */
export function calibration(objective) {
  const chance = objective === "chance";
  const format = chance ? percent : amount;
  return curve("Calibration", (rows) => {
    const points = (row) => row.curves.calibration.map(([predicted, came]) => [predicted, came]);
    const high = Math.max(...rows.flatMap((row) => points(row).flat()), chance ? 0.01 : 1) * 1.05;
    const scale = chance ? linear(0, Math.min(1, high)) : root(high);
    const axis = { scale, format: chance ? shortPercent : short };
    return {
      label: text(rows, ({ curves }) => curves.calibration.map(([p, y, n]) => `predicted ${format(p)}, came ${format(y)} (${n} labels)`)),
      x: { ...axis, title: chance ? "predicted chance" : "predicted amount" },
      y: axis,
      diagonal: true,
      series: rows.map((row, n) => ({
        points: points(row),
        kind: `series-${n}`,
        dots: n === 0 && "series-0",
        titles: row.curves.calibration.map(([p, y, labels]) => `predicted ${format(p)}, came ${format(y)}, ${labels} labels`),
      })),
    };
  }, "what came, by what was predicted");
}

/** Of chances the ROC curve, of amounts the gain curve. */
export function ranking(objective) {
  const chance = objective === "chance";
  const title = chance ? "ROC curve" : "Gain curve";
  const at = chance ? "of the false alarms" : "of the users";
  return curve(title, (rows) => ({
    label: text(rows, ({ curves }) => [0.1, 0.25, 0.5].map((x) => `${percent(height(curves.ranking, x))} at ${percent(x)} ${at}`)),
    x: { scale: linear(0, 1), format: shortPercent, title: chance ? "false alarms" : "users, the highest predictions first" },
    y: { scale: linear(0, 1), format: shortPercent },
    diagonal: true,
    series: rows.map((row, n) => ({ points: row.curves.ranking, kind: `series-${n}` })),
  }), chance ? "outcomes found, by false alarms" : "what came, by users");
}

function curve(title, spec, subtitle) {
  const plot = new Plot(HEIGHT);
  const element = h("figure", {}, h("figcaption", {}, h("b", {}, title), ` ${subtitle}`), plot.element);
  const draw = (rows) => {
    const drawn = rows.filter((row) => row.curves);
    // the champion is drawn last, above the others
    const made = spec(drawn);
    plot.draw({ ...made, label: `${title}. ${made.label}`, series: made.series.reverse() });
  };
  return { element, draw };
}

const text = (rows, words) => rows.map((row) => `${row.model}: ${words(row).join("; ") || "no labels yet"}.`).join(" ");

/** The curve's height at x, between its points. */
function height(points, x) {
  const n = points.findIndex(([px]) => px >= x);
  if (n < 1) return points[0]?.[1] ?? null;
  const [[x0, y0], [x1, y1]] = [points[n - 1], points[n]];
  return x1 > x0 ? y0 + ((x - x0) / (x1 - x0)) * (y1 - y0) : y1;
}
