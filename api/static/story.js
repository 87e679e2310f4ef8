// One user's story: a dialog over the page, live while it is open.

import { ask } from "./api.js";
import { bars } from "./charts/bars.js";
import { Plot } from "./charts/plot.js";
import { linear, time } from "./charts/scale.js";
import { h, say, sayVersion } from "./dom.js";
import { count, eventDay, eventMinute, percent, scoreFormat, short, shortPercent, signed } from "./format.js";
import { sparingly } from "./sparingly.js";

const DAY_MS = 86_400_000;

const STATUS = {
  active: "active",
  dormant: "dormant: silent for long, the score is an extrapolation",
  ended: "ended: nothing is left to predict",
};

export class Story {
  /** @param dialog the element, which gives the focus back when it closes */
  constructor(dialog) {
    this.dialog = dialog;
    this.look = null;
    dialog.addEventListener("close", () => this.#end());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close(); // beside the content: on the backdrop
    });
  }

  /** Show a user of a domain. */
  open(info, userId) {
    this.info = info;
    this.userId = userId;
    this.format = scoreFormat(info.objective);
    this.#build();
    this.look = sparingly(() => this.#look(userId));
    this.look();
    this.dialog.showModal();
  }

  /** Something has moved in a domain: look again, if it is the one that is shown. */
  moved(domain) {
    if (this.look && domain === this.info.name) this.look();
  }

  #end() {
    this.look?.stop();
    this.look = null;
    this.dialog.replaceChildren();
  }

  #build() {
    const { objective, title } = this.info;
    this.score = h("strong", { class: "big" }, "–");
    this.note = h("p", { class: "note" }, "Waiting for the answer.");
    this.facts = h("dl", { class: "facts" });
    this.plot = new Plot(220);
    this.reasons = h("div", {});
    this.dialog.replaceChildren(
      h(
        "article",
        {},
        h(
          "header",
          {},
          h("h2", { id: "story-title" }, "User ", h("span", { class: "id" }, this.userId)),
          h("button", { type: "button", class: "close", onclick: () => this.dialog.close() }, "Close"),
        ),
        h("p", { class: "headline" }, this.score, h("span", {}, objective === "chance" ? `chance of ${title}` : title)),
        this.note,
        this.facts,
        h("h3", {}, "Score over time"),
        this.plot.element,
        h("h3", {}, "What moves the score"),
        h("p", { class: "note" }, `Against the average user, as an effect on ${objective === "chance" ? "the log-odds" : "the expected amount"}; the strongest first.`),
        this.reasons,
        h("p", { class: "note foot" }, "Every look at a user is put on record."),
      ),
    );
  }

  async #look(userId) {
    try {
      const user = await ask(`v1/${encodeURIComponent(this.info.name)}/users/${encodeURIComponent(userId)}?history=true`);
      if (this.look && userId === this.userId) this.#show(user);
    } catch (error) {
      if (this.look) say(this.note, error.status === 404 ? "This user has left the stream." : `Cannot be shown now: ${error.message}.`);
    }
  }

  #show(user) {
    say(this.score, user.score === null ? "–" : this.format(user.score));
    const share = user.rank_percentile === 100 ? "all" : percent(user.rank_percentile / 100);
    const above = user.rank_percentile === null ? "" : `; higher than ${share} of the other users`;
    say(this.note, `This user is ${STATUS[user.status] ?? user.status}${above}.`);
    const facts = [
      ["First seen, UTC", eventMinute(user.first_seen_at)],
      ["Last event, UTC", eventMinute(user.last_event_at)],
      user.ended_at && ["Ended, UTC", eventMinute(user.ended_at)],
      ["Score as of, UTC", eventMinute(user.as_of)],
      user.chance_above_zero !== null && ["Chance above 0", percent(user.chance_above_zero)],
      ["Model version", user.model_version],
    ];
    this.facts.replaceChildren(...facts.filter(Boolean).map(([name, value]) => fact(name, value)));
    this.#draw(user);
    this.reasons.replaceChildren(
      user.reasons.length
        ? bars(user.reasons.map(({ words, effect }) => ({ words, value: effect, text: signed(effect) })))
        : h("p", { class: "note" }, "No reasons: nothing is predicted."),
    );
  }

  #draw(user) {
    const chance = this.info.objective === "chance";
    const points = (user.history ?? []).map(({ at, score }) => [Date.parse(at), score]);
    if (user.score !== null) points.push([Date.parse(user.as_of), user.score]);
    if (!points.length) return;
    const times = points.map(([at]) => at);
    const [low, high] = [Math.min(...times), Math.max(...times)];
    const coarse = high - low > 3 * DAY_MS;
    const top = Math.max(...points.map(([, score]) => score)) * 1.1;
    const words = points.map(([at, score]) => `${eventDay(at, coarse)}: ${this.format(score)}`);
    this.plot.draw({
      label: `Score at ${count(points.length)} points in time. ${words.join("; ")}.`,
      x: (width) => ({
        scale: time(low === high ? low - DAY_MS : low, high, Math.floor(width / (coarse ? 80 : 110))),
        format: (at) => eventDay(at, coarse),
        title: "event time (UTC)",
      }),
      y: { scale: linear(0, chance ? Math.min(1, top || 0.01) : top || 1), format: chance ? shortPercent : short },
      series: [{ points, kind: "series-0", dots: "series-0", titles: words }],
    });
  }
}

function fact(name, value) {
  const shown = h("dd", {});
  sayVersion(shown, value);
  return h("div", {}, h("dt", {}, name), shown);
}
