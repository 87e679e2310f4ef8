// How the stream does: its rate as it moves, and what it has counted.

import { line } from "../charts/line.js";
import { h, panel, say, sayVersion } from "../dom.js";
import { count, eventMinute, rate, wallTime } from "../format.js";

/** Two minutes, at a status a second. */
const SLOTS = 120;

const FACTS = [
  ["lag", "Lag", "events that wait to be read", (status) => (status.lag === null ? "–" : `${count(status.lag)} events`)],
  ["users", "Users", "with a state", (status) => count(status.users)],
  ["snapshots", "Snapshots", "scores kept to be judged; open: those that wait for their label", snapshots],
  ["labels", "Labels", "outcomes known, and learnt from", (status) => count(status.labels)],
  ["rejected", "Rejected", "records that could not be read", (status) => count(status.rejected)],
  ["clock", "Stream's clock, UTC", "event time", (status) => eventMinute(status.clock)],
  ["committed", "Last commit", "your time", (status) => wallTime(status.committed_at)],
  ["version", "Model", "version that scores", (status) => (status.published ? status.model_version : "none yet")],
];

export class StreamPanel {
  constructor() {
    this.rates = [];
    this.rate = h("strong", {}, "–");
    this.peak = h("span", { class: "note" }, "waiting for the first events");
    this.chart = h("div", { class: "rate-chart" });
    this.facts = new Map(FACTS.map(([key]) => [key, h("dd", {}, "–")]));
    this.element = panel(
      "Stream",
      "stream",
      h("div", { class: "rate" }, h("p", {}, this.rate, " events/s"), this.chart, this.peak),
      h(
        "dl",
        { class: "facts" },
        ...FACTS.map(([key, name, meaning]) => h("div", { title: meaning, class: key }, h("dt", {}, name), this.facts.get(key))),
      ),
    );
  }

  status(status) {
    this.rates = [...this.rates, status.events_per_second].slice(-SLOTS);
    const top = Math.max(...this.rates);
    say(this.rate, rate(status.events_per_second));
    say(this.peak, top ? `highest in ${SLOTS / 60} min: ${rate(top)}/s` : "no events lately");
    const label = `Events a second over ${SLOTS / 60} minutes: now ${rate(status.events_per_second)}, at most ${rate(top)}`;
    this.chart.replaceChildren(line(this.rates, { top, slots: SLOTS, filled: true, label }));
    for (const [key, , , show] of FACTS) (key === "version" ? sayVersion : say)(this.facts.get(key), show(status));
    this.facts.get("rejected").classList.toggle("bad", status.rejected > 0);
  }
}

function snapshots({ snapshots: all, pending }) {
  return pending ? `${count(all)} (${count(pending)} open)` : count(all);
}
