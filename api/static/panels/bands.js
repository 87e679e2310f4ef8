// How many users there are at each level of the score, and who was scored just now.

import { Columns } from "../charts/columns.js";
import { h, panel, say } from "../dom.js";
import { count, scoreFormat, short, shortPercent } from "../format.js";

const NEWEST = 6;

/** Of the chart, px. */
const HEIGHT = 150;

export class BandsPanel {
  /** @param info the domain, as the stream's hello has it */
  constructor({ objective }) {
    this.objective = objective;
    this.total = h("p", { class: "note" }, "Waiting for the first scored users.");
    this.chart = new Columns(HEIGHT);
    this.newest = h("ol", { class: "newest" }, h("li", { class: "note" }, "Waiting for a score."));
    this.scored = [];
    this.element = panel(
      objective === "chance" ? "Users by risk" : "Users by expected amount",
      "spread",
      h("div", {}, this.total, this.chart.element),
      h("div", {}, h("h4", {}, "Just scored"), this.newest),
    );
  }

  ranking({ bands, total }) {
    this.chart.element.hidden = !total;
    if (!total) return;
    say(this.total, `${count(total)} users ranked`);
    const name = this.objective === "chance" ? shortPercent : short;
    const columns = bands.map(({ above, users }, n) => {
      const below = bands[n + 1]?.above;
      const range = below === undefined ? `${name(above)} or more` : `${name(above)} to ${name(below)}`;
      return { value: users, text: short(users), from: name(above), words: `${range}: ${count(users)} users` };
    });
    const filled = columns.filter((column) => column.value).map((column) => column.words);
    this.chart.draw({ columns, label: `Users by score. ${filled.join("; ")}.` });
  }

  scores({ scores }) {
    const newest = new Map(); // each user once
    for (const one of [...scores, ...this.scored]) if (!newest.has(one.user_id)) newest.set(one.user_id, one);
    this.scored = [...newest.values()].slice(0, NEWEST);
    const format = scoreFormat(this.objective);
    this.newest.replaceChildren(
      ...this.scored.map((one) => h("li", {}, h("span", { class: "id" }, one.user_id), h("span", { class: "value" }, format(one.score)))),
    );
  }
}
