// Decisions: who was promoted, dropped or rolled back, by whom, why, and on what evidence.

import { h, panel, sayVersion, unseen } from "../dom.js";
import { count, eventTime, small, wallTime } from "../format.js";
import { icon } from "../icons.js";
import { News } from "../news.js";
import { bounded } from "./lineup.js";

/** What the policy decides needs no name; people and schedules have one. */
const POLICY = "policy";

export class DecisionsPanel {
  /**
   * @param info the domain
   * @param announce called with a sentence to be read out
   */
  constructor(info, announce) {
    this.decisions = new News({
      label: `Decisions of ${info.name}, newest first`,
      announce,
      word: "Decision",
      draw: item,
      waiting: "Waiting for the learner.",
      nothing: "No decision so far: the models are those that it began with.",
    });
    this.element = panel("Decisions", "decisions", this.decisions.none, this.decisions.box);
  }

  /** The decisions so far, newest first. */
  replace({ decisions }) {
    this.decisions.replace(decisions);
  }

  /** A decision that is taken now. */
  add(decision) {
    this.decisions.add(decision);
  }
}

function item(decision, badge) {
  const { kind, model, by, reason, evidence, trials, champion, event_time: at, wall_time: seen } = decision;
  const serves = h("span", {});
  sayVersion(serves, champion);
  return {
    kind,
    parts: [
      h("p", {}, icon(kind), h("b", {}, [model, kind.replaceAll("_", " ")].filter(Boolean).join(" ")), badge),
      h("p", {}, reason, by === POLICY ? null : ` (by ${by})`),
      evidence && h("p", { class: "note" }, inWords(evidence)),
      ...trials.slice(0, 3).map((trial) => h("p", { class: "note" }, `${trial.model}: gain ${small(trial.gain)} (${small(trial.low)} to ${small(trial.high)}) on ${count(trial.labels)} labels.`)),
      h("p", { class: "note" }, at ? `${eventTime(at)} in the stream · ` : null, `seen ${wallTime(seen)} · `, serves, unseen(" serves from here on")),
    ],
  };
}

/** How a contest stands, in a sentence. */
function inWords({ against, labels, users, loss, ranking, looks, most_looks: most }) {
  const look = most ? `look ${looks} of ${most}` : `look ${looks}`;
  return `Against ${against}: gain in loss ${bounded(loss)}, in ranking ${bounded(ranking)}; ${count(labels)} labels of ${count(users)} users, ${look}.`;
}
