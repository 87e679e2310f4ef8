// The line-up: who serves, who shadows it, how the contests stand, and a retraining under way.

import { h, say, stretch } from "../dom.js";
import { count, shortPercent, small, wallTime } from "../format.js";

export class Lineup {
  constructor() {
    this.list = h("ul", { class: "contests", "aria-label": "How the contests stand" });
    this.phase = h("p", {});
    this.bar = h("i", { class: "share", "aria-hidden": "true" });
    this.training = h("div", { class: "training", hidden: true }, this.phase, this.bar);
    this.element = h("div", { class: "lineup" }, this.list, this.training);
  }

  /** The models and their contests. */
  show({ metrics, probation, challengers }) {
    const former = metrics.find((row) => row.role === "former");
    this.list.replaceChildren(
      ...[
        probation && contest(probation, "On probation", `${probation.model}, against the former champion ${probation.against}`),
        ...challengers.map((one) => contest(one, "Challenger", one.model)),
        former && !probation && h("li", {}, h("p", {}, h("b", {}, "Former champion"), ` ${former.model}: goes on learning; a rollback goes back to it.`)),
      ].filter(Boolean),
    );
    this.list.hidden = !this.list.children.length;
  }

  /** A retraining that runs, or is asked for. */
  retraining({ running, asked }) {
    this.training.hidden = !running && !asked;
    this.bar.hidden = !running;
    if (running) {
      const { phase, share, by, reason, started_at: since } = running;
      say(this.phase, `Retraining since ${wallTime(since)}: ${phase}, ${shortPercent(share)} done. Asked for by ${by}: ${reason}.`);
      stretch(this.bar, share);
    } else if (asked) {
      say(this.phase, `A retraining is asked for by ${asked.by}: ${asked.reason}. It has not begun.`);
    }
  }
}

/** One contest: who is ahead in words, the labels so far as a bar, the gain with its bounds. */
function contest(found, role, title) {
  const { labels, most_labels: most, looks, most_looks: mostLooks, outcomes, least_outcomes: least, loss, ranking } = found;
  const gains = labels ? [`Gain in loss ${bounded(loss)}, in ranking ${bounded(ranking)}.`] : [];
  const sofar = most ? `${count(labels)} of ${count(most)} labels, look ${looks} of ${mostLooks}.` : `The newest ${count(labels)} labels, look ${looks}; it goes on.`;
  const few = labels && outcomes < least ? [`Users with an outcome: ${outcomes} of the ${least} that a decision needs.`] : [];
  return h(
    "li",
    {},
    h("p", {}, h("b", {}, role), ` ${title}: `, h("span", { class: "ahead" }, ahead(found))),
    h("p", { class: "note" }, [...gains, sofar, ...few].join(" ")),
    ...(most ? [stretch(h("i", { class: "share", "aria-hidden": "true" }), labels / most)] : []),
  );
}

/** A gain and its bounds. */
export function bounded({ mean, low, high }) {
  return low === null || high === null ? `${small(mean)} (too few users for bounds)` : `${small(mean)} (${small(low)} to ${small(high)})`;
}

/** Who is ahead, and how sure that is. */
function ahead({ against, labels, loss, ranking }) {
  if (!labels) return "waiting for labels";
  if (loss.high !== null && loss.high < 0) return `worse than ${against}`;
  if ([loss, ranking].some(({ low }) => low !== null && low > 0)) return `better than ${against}`;
  if (loss.mean === 0) return `level with ${against}`;
  return `${loss.mean > 0 ? "ahead of" : "behind"} ${against}, not yet for sure`;
}
