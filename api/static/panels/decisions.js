// Decisions: who was promoted, dropped or rolled back, by whom, why, and on what evidence.

import { h, panel, say, sayVersion, unseen } from "../dom.js";
import { count, eventTime, small, wallTime } from "../format.js";
import { icon } from "../icons.js";
import { bounded } from "./lineup.js";

const DECISIONS = 50;

/** A decision is marked as new for so long. */
const NEW_MS = 60_000;

/** What the policy decides needs no name; people and schedules have one. */
const POLICY = "policy";

export class DecisionsPanel {
  /**
   * @param info the domain
   * @param announce called with a sentence to be read out
   */
  constructor(info, announce) {
    this.announce = announce;
    this.known = null;
    this.list = h("ol", {});
    this.box = h("div", { class: "news", hidden: true, tabindex: "0", role: "region", "aria-label": `Decisions of ${info.name}, newest first` }, this.list);
    this.none = h("p", { class: "note" }, "Waiting for the learner.");
    this.element = panel("Decisions", "decisions", this.none, this.box);
  }

  /** The decisions so far, newest first. Those that came while the connection was lost are new. */
  replace({ decisions }) {
    const before = this.known;
    this.known = new Set(decisions.map((decision) => decision.id));
    const isNew = (decision) => before !== null && !before.has(decision.id);
    this.list.replaceChildren(...decisions.slice(0, DECISIONS).map((decision) => item(decision, isNew(decision))));
    this.#none();
    for (const decision of decisions.filter(isNew)) this.announce(`Decision. ${decision.words}`);
  }

  /** A decision that is taken now. */
  add(decision) {
    this.known ??= new Set();
    if (this.known.has(decision.id)) return;
    this.known.add(decision.id);
    this.list.prepend(item(decision, true));
    this.box.scrollTop = 0;
    if (this.list.children.length > DECISIONS) this.list.lastChild.remove();
    this.#none();
    this.announce(`Decision. ${decision.words}`);
  }

  #none() {
    this.none.hidden = this.list.children.length > 0;
    this.box.hidden = !this.none.hidden;
    say(this.none, "No decision so far: the models are those that it began with.");
  }
}

function item(decision, isNew) {
  const { kind, model, by, reason, evidence, trials, champion, event_time: at, wall_time: seen } = decision;
  const badge = isNew && h("span", { class: "new" }, "new");
  const serves = h("span", {});
  sayVersion(serves, champion);
  const element = h(
    "li",
    { class: `${kind} ${isNew ? "fresh" : ""}` },
    h("p", {}, icon(kind), h("b", {}, [model, kind.replaceAll("_", " ")].filter(Boolean).join(" ")), badge),
    h("p", {}, reason, by === POLICY ? null : ` (by ${by})`),
    evidence && h("p", { class: "note" }, inWords(evidence)),
    ...trials.slice(0, 3).map((trial) => h("p", { class: "note" }, `${trial.model}: gain ${small(trial.gain)} (${small(trial.low)} to ${small(trial.high)}) on ${count(trial.labels)} labels.`)),
    h("p", { class: "note" }, at ? `${eventTime(at)} in the stream · ` : null, `seen ${wallTime(seen)} · `, serves, unseen(" serves from here on")),
  );
  if (isNew)
    setTimeout(() => {
      element.classList.remove("fresh");
      badge.remove();
    }, NEW_MS);
  return element;
}

/** How a contest stands, in a sentence. */
function inWords({ against, labels, users, loss, ranking, looks, most_looks: most }) {
  const look = most ? `look ${looks} of ${most}` : `look ${looks}`;
  return `Against ${against}: gain in loss ${bounded(loss)}, in ranking ${bounded(ranking)}; ${count(labels)} labels of ${count(users)} users, ${look}.`;
}
