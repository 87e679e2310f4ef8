// A list of what happened, newest first: alarms, decisions. What comes while one looks is marked as new.

import { h, say } from "./dom.js";

/** Something is marked as new for so long. */
const NEW_MS = 60_000;

/** So many are shown. */
const MOST = 50;

export class News {
  /**
   * @param label what the list is called
   * @param announce called with a sentence to be read out when something is new
   * @param word what one of them is called in that sentence
   * @param draw makes {kind, parts} of one of them, given the mark of what is new (or false)
   * @param waiting what is said before the first answer
   * @param nothing what is said when nothing has happened
   */
  constructor({ label, announce, word, draw, waiting, nothing }) {
    Object.assign(this, { announce, word, draw, nothing });
    this.known = null;
    this.list = h("ol", {});
    this.box = h("div", { class: "news", hidden: true, tabindex: "0", role: "region", "aria-label": label }, this.list);
    this.none = h("p", { class: "note" }, waiting);
  }

  /** All so far, newest first. Those that came while the connection was lost are new. */
  replace(all) {
    const before = this.known;
    this.known = new Set(all.map((one) => one.id));
    const isNew = (one) => before !== null && !before.has(one.id);
    this.list.replaceChildren(...all.slice(0, MOST).map((one) => this.#item(one, isNew(one))));
    this.#shown();
    for (const one of all.filter(isNew)) this.#tell(one);
  }

  /** One that happens now. */
  add(one) {
    this.known ??= new Set();
    if (this.known.has(one.id)) return;
    this.known.add(one.id);
    this.list.prepend(this.#item(one, true));
    this.box.scrollTop = 0;
    if (this.list.children.length > MOST) this.list.lastChild.remove();
    this.#shown();
    this.#tell(one);
  }

  #item(one, isNew) {
    const badge = isNew && h("span", { class: "new" }, "new");
    const { kind, parts } = this.draw(one, badge);
    const element = h("li", { class: `${kind} ${isNew ? "fresh" : ""}` }, ...parts);
    if (isNew)
      setTimeout(() => {
        element.classList.remove("fresh");
        badge.remove();
      }, NEW_MS);
    return element;
  }

  #tell(one) {
    this.announce(`${this.word}. ${one.words}`);
  }

  #shown() {
    this.none.hidden = this.list.children.length > 0;
    this.box.hidden = !this.none.hidden;
    say(this.none, this.nothing);
  }
}
