// The model: what it is, who challenges it, how right all have been lately, and what its newest
// scores themselves let expect.

import { ranking, calibration } from "../charts/curves.js";
import { h, newId, panel, say } from "../dom.js";
import { describe, inOrder } from "../figures.js";
import { count } from "../format.js";
import { Lineup } from "./lineup.js";

export class ModelPanel {
  /** @param info the domain */
  constructor(info) {
    this.info = info;
    this.model = null;
    this.estimated = [];
    this.age = info.ages[Math.floor(info.ages.length / 2)];
    this.about = h("p", { class: "note" }, "Waiting for the model.");
    this.table = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Figures of the ${info.name} models` });
    this.calibration = calibration(info.objective);
    this.ranking = ranking(info.objective);
    this.legend = h("ul", { class: "legend" });
    this.lineup = new Lineup();
    this.body = h(
      "div",
      { hidden: true },
      info.ages.length > 1 && this.#ages(),
      this.table,
      this.legend,
      h("div", { class: "curves" }, this.calibration.element, this.ranking.element),
    );
    this.element = panel("Model", "model", this.about, this.lineup.element, this.body);
  }

  show(model) {
    this.model = model;
    this.lineup.show(model);
    this.#show();
  }

  retraining(state) {
    this.lineup.retraining(state);
  }

  drift({ estimated }) {
    this.estimated = estimated;
    this.#show();
  }

  #ages() {
    const name = newId();
    const choose = (age) => {
      this.age = age;
      this.#show();
    };
    return h(
      "fieldset",
      { class: "ages" },
      h("legend", {}, "Predicted at"),
      ...this.info.ages.map((age) =>
        h(
          "label",
          {},
          h("input", { type: "radio", name, value: age, checked: age === this.age, onchange: () => choose(age) }),
          h("span", {}, age),
        ),
      ),
    );
  }

  #show() {
    if (!this.model) return;
    const { title, version, published, examples, metrics } = this.model;
    say(
      this.about,
      published && examples
        ? `${title}, ${version}. Each prediction is judged when its label comes.`
        : "Waiting for the first labels: until then, scores are what the model believes beforehand.",
    );
    const rows = metrics.filter((row) => row.age === this.age && row.rolling.labels);
    this.body.hidden = !rows.length;
    if (!rows.length) return;
    const expected = this.estimated.find((one) => one.age === this.age && one.model === rows[0].model);
    this.table.replaceChildren(table(rows, expected, this.info.objective));
    this.legend.replaceChildren(
      ...rows.map((row, n) => h("li", { class: `series-${n}` }, h("i", { "aria-hidden": "true" }), row.model)),
      h("li", { class: "diagonal" }, h("i", { "aria-hidden": "true" }), "calibrated exactly; ranked by chance"),
    );
    this.calibration.draw(rows);
    this.ranking.draw(rows);
  }
}

/** A row a figure; a column for the champion, what is expected of it, and each challenger. */
function table(rows, expected, objective) {
  const columns = rows.map((row, n) => ({
    role: row.role,
    name: row.model,
    title: row.title,
    note: `${count(row.rolling.labels)} labels`,
    figures: row.rolling,
  }));
  if (expected) {
    const note = `${count(expected.snapshots)} open scores`;
    const title = "What the newest scores themselves let expect, before their labels come";
    columns.splice(1, 0, { role: "champion", name: "estimated", title, note, figures: expected.metrics, estimate: true });
  }
  const judged = columns.filter((column) => !column.estimate);
  return h(
    "table",
    {},
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("td", {}),
        ...columns.map(({ role, name, title, note, estimate }) =>
          h("th", { scope: "col", title, class: estimate && "estimate" }, h("small", {}, role), h("b", {}, name), h("small", {}, note)),
        ),
      ),
    ),
    h(
      "tbody",
      {},
      ...inOrder(Object.keys(rows[0].rolling))
        .filter((key) => key !== "labels")
        .map((key) => {
          const { name, meaning, format, better } = describe(key, objective);
          const grades = better ? judged.map(({ figures }) => goodness(better, figures[key])) : [];
          const best = Math.max(...grades);
          const differ = grades.some((grade) => grade < best);
          return h(
            "tr",
            {},
            h("th", { scope: "row", title: meaning }, name),
            ...columns.map(({ figures, estimate }) => {
              const wins = !estimate && differ && goodness(better, figures[key]) === best;
              return h("td", { class: wins ? "best" : estimate && "estimate" }, format(figures[key] ?? null), wins && h("span", { class: "unseen" }, ", the best"));
            }),
          );
        }),
    ),
  );
}

const goodness = (better, value) => (value === null || value === undefined ? -Infinity : better(value));
