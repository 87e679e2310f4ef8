// How many users there are at each level of the score, and who was scored just now.

import { h, panel, say, stretch } from "../dom.js";
import { count, scoreFormat, short, shortPercent } from "../format.js";

const NEWEST = 6;

export class BandsPanel {
  /** @param info the domain, as the stream's hello has it */
  constructor({ objective }) {
    this.objective = objective;
    this.total = h("p", { class: "note" }, "Waiting for the first scored users.");
    this.bands = h("ul", { class: "bands" });
    this.newest = h("ol", { class: "newest" }, h("li", { class: "note" }, "Waiting for a score."));
    this.scored = [];
    this.element = panel(
      objective === "chance" ? "Users by risk" : "Users by expected amount",
      "spread",
      h("div", {}, this.total, this.bands),
      h("div", {}, h("h4", {}, "Just scored"), this.newest),
    );
  }

  ranking({ bands, total }) {
    this.bands.hidden = !total;
    if (!total) return;
    say(this.total, `${count(total)} users ranked`);
    const most = Math.max(...bands.map((band) => band.users), 1);
    if (this.bands.children.length !== bands.length) {
      this.bands.replaceChildren(
        ...bands.map((band, n) =>
          h(
            "li",
            {},
            h("span", { class: "words" }, this.#range(band.above, bands[n + 1]?.above)),
            h("span", { class: "track", "aria-hidden": "true" }, h("i", {})),
            h("span", { class: "value" }),
          ),
        ),
      );
    }
    bands.forEach((band, n) => {
      const [, track, value] = this.bands.children[n].children;
      stretch(track.firstChild, band.users / most);
      say(value, count(band.users));
    });
  }

  scores({ scores }) {
    this.scored = [...scores, ...this.scored].slice(0, NEWEST);
    const format = scoreFormat(this.objective);
    this.newest.replaceChildren(
      ...this.scored.map((one) => h("li", {}, h("span", { class: "id" }, one.user_id), h("span", { class: "value" }, format(one.score)))),
    );
  }

  #range(above, below) {
    const format = this.objective === "chance" ? shortPercent : short;
    if (below === undefined) return this.objective === "chance" ? `${format(above)} to 100%` : `${format(above)} or more`;
    return `${format(above)} to ${format(below)}`;
  }
}
