// Drift: the alarms as they happen, what is watched, and how far the features have moved.

import { bars } from "../charts/bars.js";
import { h, panel, say } from "../dom.js";
import { count, eventTime, figure, signed, span, wallTime } from "../format.js";
import { icon } from "../icons.js";
import { News } from "../news.js";

const FEATURES = 8;

export class DriftPanel {
  /**
   * @param info the domain
   * @param announce called with a sentence to be read out
   */
  constructor(info, announce) {
    this.alarms = new News({
      label: `Alarms of ${info.name}, newest first`,
      announce,
      word: "Alarm",
      draw: item,
      waiting: "Waiting for the watch over drift.",
      nothing: "No alarm so far.",
    });
    this.about = h("p", { class: "note" });
    this.signals = h("div", { class: "scroll" });
    this.features = h("div", {});
    this.report = h(
      "div",
      { class: "watch", hidden: true },
      h("div", {}, h("h4", {}, "Watched as labels come"), this.signals),
      h("div", {}, h("h4", {}, "Features by shift"), this.features),
    );
    this.element = panel("Drift", "drift", this.alarms.none, this.alarms.box, this.about, this.report);
  }

  /** The alarms so far, newest first. */
  replace({ alarms }) {
    this.alarms.replace(alarms);
  }

  /** An alarm that happens now. */
  add(alarm) {
    this.alarms.add(alarm);
  }

  drift(report) {
    const { reference, label_delay_days: delay, features, signals } = report;
    const parts = [
      reference
        ? `Compared with ${count(reference.snapshots)} snapshots from ${eventTime(reference.since)} to ${eventTime(reference.until)} (${reference.version}).`
        : "No reference yet: it is made of the first snapshots of a champion.",
      delay !== null && `Labels come ${span(delay * 86_400)} after the prediction.`,
    ];
    say(this.about, parts.filter(Boolean).join(" "));
    this.report.hidden = !signals.length && !features.length;
    this.signals.replaceChildren(table(signals));
    this.features.replaceChildren(shifts(features));
  }
}

function item({ kind, direction, words, event_time: at, wall_time: seen, version }, badge) {
  return {
    kind: direction,
    parts: [
      h("p", {}, icon(direction), h("b", {}, `${kind} ${direction}`), badge),
      h("p", {}, words),
      h("p", { class: "note" }, `${eventTime(at)} in the stream · seen ${wallTime(seen)} · ${version}`),
    ],
  };
}

function table(signals) {
  const NAMES = { loss: "Loss", calibration: "Calibration", chance: "Chance", base_rate: "Base rate" };
  return h(
    "table",
    {},
    h("thead", {}, h("tr", {}, ...["Signal", "Mean now", "Labels", "Shifts"].map((name) => h("th", { scope: "col" }, name)))),
    h(
      "tbody",
      {},
      ...signals.map((one) =>
        h(
          "tr",
          { title: one.last_alarm_at ? `last alarm: ${eventTime(one.last_alarm_at)}` : "no alarm so far" },
          h("th", { scope: "row" }, NAMES[one.signal] ?? one.signal),
          h("td", {}, figure(one.mean)),
          h("td", {}, count(one.window)),
          h("td", {}, count(one.detections)),
        ),
      ),
    ),
  );
}

function shifts(features) {
  const weight = ({ shift, psi, psi_limit: limit }) => Math.max(Math.abs(shift ?? 0), limit ? (psi ?? 0) / limit : 0);
  const first = [...features].sort((a, b) => weight(b) - weight(a)).slice(0, FEATURES);
  if (!first.length) return h("p", { class: "note" }, "Waiting for a reference.");
  return bars(
    first.map(({ feature, shift, psi, psi_limit: limit }) => ({
      words: feature,
      value: shift,
      text: [shift !== null && `${signed(shift)} SD`, psi !== null && `PSI ${figure(psi)}`].filter(Boolean).join(", ") || "–",
      alarming: limit !== null && psi > limit,
      title: limit === null ? null : `alarm above PSI ${figure(limit)}`,
    })),
  );
}
