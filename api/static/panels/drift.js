// Drift: the alarms as they happen, what is watched, and how far the features have moved.

import { bars } from "../charts/bars.js";
import { h, panel, say } from "../dom.js";
import { count, eventTime, figure, signed, span, wallTime } from "../format.js";
import { icon } from "../icons.js";

const ALARMS = 50;
const FEATURES = 8;

/** An alarm is marked as new for so long. */
const NEW_MS = 60_000;

export class DriftPanel {
  /**
   * @param info the domain
   * @param announce called with a sentence to be read out
   */
  constructor(info, announce) {
    this.announce = announce;
    this.known = null;
    this.alarms = h("ol", {});
    this.box = h("div", { class: "news alarms", hidden: true, tabindex: "0", role: "region", "aria-label": `Alarms of ${info.name}, newest first` }, this.alarms);
    this.none = h("p", { class: "note" }, "Waiting for the watch over drift.");
    this.about = h("p", { class: "note" });
    this.signals = h("div", { class: "scroll" });
    this.features = h("div", {});
    this.report = h(
      "div",
      { class: "watch", hidden: true },
      h("div", {}, h("h4", {}, "Watched as labels come"), this.signals),
      h("div", {}, h("h4", {}, "Features by shift"), this.features),
    );
    this.element = panel("Drift", "drift", this.none, this.box, this.about, this.report);
  }

  /** The alarms so far, newest first. Those that came while the connection was lost are new. */
  replace({ alarms }) {
    const before = this.known;
    this.known = new Set(alarms.map((alarm) => alarm.id));
    const isNew = (alarm) => before !== null && !before.has(alarm.id);
    this.alarms.replaceChildren(...alarms.slice(0, ALARMS).map((alarm) => item(alarm, isNew(alarm))));
    this.#none();
    for (const alarm of alarms.filter(isNew)) this.announce(`Alarm. ${alarm.words}`);
  }

  /** An alarm that happens now. */
  add(alarm) {
    this.known ??= new Set();
    if (this.known.has(alarm.id)) return;
    this.known.add(alarm.id);
    this.alarms.prepend(item(alarm, true));
    this.box.scrollTop = 0;
    if (this.alarms.children.length > ALARMS) this.alarms.lastChild.remove();
    this.#none();
    this.announce(`Alarm. ${alarm.words}`);
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

  #none() {
    this.none.hidden = this.alarms.children.length > 0;
    this.box.hidden = !this.none.hidden;
    say(this.none, "No alarm so far.");
  }
}

function item(alarm, isNew) {
  const { kind, direction, words, event_time: at, wall_time: seen, version } = alarm;
  const badge = isNew && h("span", { class: "new" }, "new");
  const element = h(
    "li",
    { class: `${direction} ${isNew ? "fresh" : ""}` },
    h("p", {}, icon(direction), h("b", {}, `${kind} ${direction}`), badge),
    h("p", {}, words),
    h("p", { class: "note" }, `${eventTime(at)} in the stream · seen ${wallTime(seen)} · ${version}`),
  );
  if (isNew)
    setTimeout(() => {
      element.classList.remove("fresh");
      badge.remove();
    }, NEW_MS);
  return element;
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
