// One domain's section: its panels, and which event goes to which of them.

import { h, newId, say } from "./dom.js";
import { count, eventTime, wallTime } from "./format.js";
import { icon } from "./icons.js";
import { BandsPanel } from "./panels/bands.js";
import { DecisionsPanel } from "./panels/decisions.js";
import { DriftPanel } from "./panels/drift.js";
import { ModelPanel } from "./panels/model.js";
import { StreamPanel } from "./panels/stream.js";
import { TopPanel } from "./panels/top.js";

/** What each state that is no good news means, and what it does not. */
const WARNINGS = {
  stopped: ({ pulse_at: pulse, clock }) =>
    `The stream has stopped: no worker has reported since ${pulse ? wallTime(pulse) : "this API started"}. ` +
    `Everything below stands as of ${eventTime(clock)} in event time.`,
  behind: ({ committed_at: committed }) => `The stream is behind: events wait, and nothing was committed since ${wallTime(committed)}.`,
  unknown: ({ detail }) => `The state of the stream is not known: ${detail || "Redis does not answer"}. What is shown may be old.`,
};

export class DomainSection {
  /**
   * @param info the domain, as the stream's hello has it
   * @param open called with the domain and a user's id when its story is asked for
   * @param announce called with a sentence to be read out
   */
  constructor(info, open, announce) {
    const id = newId();
    this.info = info;
    this.state = "waiting";
    this.pill = h("p", { class: "pill" }, "waiting for its state");
    this.warning = h("p", { class: "notice", role: "alert", hidden: true });
    const stream = new StreamPanel();
    const bands = new BandsPanel(info);
    const top = new TopPanel(info, (userId) => open(info, userId));
    const model = new ModelPanel(info);
    const drift = new DriftPanel(info, announce);
    const decisions = new DecisionsPanel(info, announce);
    this.handlers = {
      status: [(data) => this.#status(data), (data) => stream.status(data)],
      scores: [(data) => bands.scores(data)],
      ranking: [(data) => bands.ranking(data), (data) => top.ranking(data)],
      model: [(data) => model.show(data)],
      drift: [(data) => drift.drift(data), (data) => model.drift(data)],
      alarms: [(data) => drift.replace(data)],
      alarm: [(data) => drift.add(data)],
      retraining: [(data) => model.retraining(data)],
      decisions: [(data) => decisions.replace(data)],
      decision: [(data) => decisions.add(data)],
    };
    this.element = h(
      "section",
      { class: "domain", "aria-labelledby": id },
      h(
        "header",
        {},
        h("h2", { id }, info.name),
        h("p", { class: "what" }, info.title),
        this.pill,
        this.warning,
      ),
      ...[stream, bands, top, drift, model, decisions].map((one) => one.element),
    );
  }

  /** Show an event of this domain; those of a newer API are passed over. */
  heard(event, data) {
    for (const handle of this.handlers[event] ?? []) handle(data);
  }

  #status(status) {
    const { state, lag } = status;
    const words = lag > 0 && state !== "stopped" ? `${state}, ${count(lag)} to read` : state;
    if (state !== this.state) {
      this.state = state;
      this.pill.className = `pill ${state}`;
      this.pill.replaceChildren(icon(state), h("span", {}));
      this.warning.hidden = !(state in WARNINGS);
      this.warning.className = `notice ${state}`;
    }
    say(this.pill.lastChild, words);
    if (state in WARNINGS) say(this.warning, WARNINGS[state](status));
  }
}
