// Bars to both sides of zero, beside their words: reasons of a score, shifts of features.

import { h, stretch } from "../dom.js";

/**
 * Make a list of bars.
 *
 * @param rows {words, value, text, alarming, title}: what it is, its length and side (null for no
 *   bar), that in words, whether that is alarming, and more about it
 */
export function bars(rows) {
  const most = Math.max(...rows.map((row) => Math.abs(row.value ?? 0)), 1e-9);
  return h(
    "ul",
    { class: "bars" },
    ...rows.map(({ words, value, text, alarming, title }) =>
      h(
        "li",
        { title },
        h("span", { class: "words" }, words),
        h("span", { class: "track", "aria-hidden": "true" }, value && stretch(h("i", { class: value > 0 ? "plus" : "minus" }), Math.abs(value) / most)),
        h("span", { class: alarming ? "value bad" : "value" }, text),
      ),
    ),
  );
}
