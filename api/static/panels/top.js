// The users with the highest scores: their rank as it changes, their history and reasons as often
// as they may be asked for.

import { ask } from "../api.js";
import { line } from "../charts/line.js";
import { h, panel, say, stretch, unseen } from "../dom.js";
import { scoreFormat } from "../format.js";
import { sparingly } from "../sparingly.js";

const ROWS = 10;
const REASONS = 3;

/** After the pointer has moved over the list, it stays as it is for so long. */
const HOLD_MS = 2_000;

export class TopPanel {
  /**
   * @param info the domain
   * @param open called with a user's id when its story is asked for
   */
  constructor(info, open) {
    this.info = info;
    this.format = scoreFormat(info.objective);
    this.users = null;
    this.details = new Map();
    this.trouble = h("p", { class: "note bad", hidden: true });
    this.list = h("ol", { class: "top-users" });
    this.waiting = h("p", { class: "waiting" }, "Waiting for the first ranked users.");
    this.element = panel(
      info.objective === "chance" ? "Highest-risk users" : "Highest expected amounts",
      "highest",
      this.waiting,
      this.trouble,
      this.list,
    );
    this.rows = Array.from({ length: ROWS }, () => new Row(open));
    this.pointedAt = -Infinity;
    this.later = 0;
    this.list.addEventListener("pointermove", () => {
      this.pointedAt = performance.now();
    });
    this.look = sparingly(() => this.#look());
  }

  ranking({ users }) {
    this.users = users;
    this.#show();
    this.look();
  }

  async #look() {
    try {
      const answer = await ask(`v1/${encodeURIComponent(this.info.name)}/users?limit=${ROWS}&reasons=true&history=true`);
      this.details = new Map(answer.users.filter((user) => user.current).map((user) => [user.user_id, user.current]));
      this.trouble.hidden = true;
      this.#show();
    } catch (error) {
      say(this.trouble, `Reasons cannot be shown now: ${error.message}.`);
      this.trouble.hidden = false;
    }
  }

  #show() {
    if (!this.users) return;
    // who is being pointed at must not change under the hand
    const wait = this.pointedAt + HOLD_MS - performance.now();
    clearTimeout(this.later);
    if (wait > 0) {
      this.later = setTimeout(() => this.#show(), wait);
      return;
    }
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.user : null;
    const top = Math.max(...this.users.map((user) => user.score));
    this.users.forEach((user, n) => this.rows[n].show(user, this.details.get(user.user_id), top, this.format));
    this.waiting.hidden = this.users.length > 0;
    const shown = this.rows.slice(0, this.users.length).map((row) => row.element);
    if (this.list.children.length !== shown.length) this.list.replaceChildren(...shown);
    // who had the focus keeps it, at whatever rank
    const again = focused && this.rows.find((row) => row.button.dataset.user === focused);
    if (again && again.button !== document.activeElement) again.button.focus({ preventScroll: true });
  }
}

class Row {
  constructor(open) {
    this.rank = h("span", { class: "rank" });
    this.button = h("button", { type: "button", class: "user", "aria-haspopup": "dialog", onclick: () => open(this.button.dataset.user) });
    this.score = h("span", { class: "score" });
    this.history = h("span", { class: "spark" });
    this.reasons = h("span", { class: "reasons" });
    this.element = h("li", {}, this.rank, this.button, this.score, this.history, this.reasons);
    this.drawn = "";
  }

  show(user, details, top, format) {
    say(this.rank, `${user.rank}`);
    if (this.button.dataset.user !== user.user_id) {
      this.button.dataset.user = user.user_id;
      this.button.replaceChildren(unseen("User "), user.user_id);
    }
    say(this.score, format(user.score));
    stretch(this.score, user.score / top);
    const points = [...(details?.history ?? []).map((point) => point.score), user.score];
    const drawn = JSON.stringify([user.user_id, points, details?.reasons, details?.status]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.history.replaceChildren(details ? sparkline(points, format) : "");
    this.reasons.replaceChildren(...why(details));
  }
}

/** Each has a scale of its own, from 0: the number beside it tells the level, the line what became of it. */
function sparkline(points, format) {
  const label =
    points.length > 1
      ? `Score from ${format(points[0])} to ${format(points.at(-1))} over ${points.length} points`
      : "Only one score so far";
  return line(points, { top: Math.max(...points), label });
}

function why(details) {
  if (!details) return ["…"];
  if (!details.reasons.length) {
    const note = details.status === "ended" ? "nothing is left to predict" : "no reasons yet: the model has still to learn";
    return [h("span", { class: "note" }, note)];
  }
  return details.reasons.slice(0, REASONS).flatMap((one) => [reason(one), " "]);
}

function reason({ words, effect }) {
  const up = effect > 0;
  return h(
    "span",
    { class: up ? "reason plus" : "reason minus" },
    h("span", { "aria-hidden": "true" }, up ? "▲ " : "▼ "),
    unseen(up ? "raised by " : "lowered by "),
    words,
  );
}
