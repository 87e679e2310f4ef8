// The icons of states: each has a shape of its own, so that none depends on its colour.

import { s } from "./dom.js";

const SHAPES = {
  running: "M4 2.5v11l9.5-5.5z",
  idle: "M3.5 3h3.2v10H3.5zM9.3 3h3.2v10H9.3z",
  behind: "M3.5 2h9v1.8L9.6 8l2.9 4.2V14h-9v-1.8L6.4 8 3.5 3.8z",
  stopped: "M3 3h10v10H3z",
  unknown: "M8 1.5 14.5 8 8 14.5 1.5 8z",
  connecting: "M1.5 6.7h3v3h-3zM6.5 6.7h3v3h-3zM11.5 6.7h3v3h-3z",
  lost: "m3 4.6 1.6-1.6L8 6.4 11.4 3 13 4.6 9.6 8l3.4 3.4-1.6 1.6L8 9.6 4.6 13 3 11.4 6.4 8z",
  up: "M8 3l6 10H2z",
  down: "M8 13 2 3h12z",
  changed: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z",
};
SHAPES.promoted = SHAPES.up;
SHAPES.confirmed = "M6.2 13 1.8 8.6l1.7-1.7 2.7 2.7 6.3-6.3 1.7 1.7z";
SHAPES.challenged = "M3 3h4.4v10H3zM8.6 3H13v10H8.6z";
SHAPES.retrained = SHAPES.changed;
SHAPES.dropped = SHAPES.down;
SHAPES.rolled_back = "M1.5 8 8.5 2.5v3.7h6v3.6h-6v3.7z";
SHAPES.refused = SHAPES.lost;
SHAPES.locked = SHAPES.unknown;
SHAPES.degraded = SHAPES.down;
SHAPES.improved = SHAPES.up;

/** The icon of a state or a direction; hidden from screen readers, for the word stands beside it. */
export function icon(name) {
  return s("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, s("path", { d: SHAPES[name] ?? SHAPES.unknown }));
}
