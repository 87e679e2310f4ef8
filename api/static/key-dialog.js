// Asks for the key when the API wants one, and forgets it when told to.

import { key } from "./api.js";
import { say } from "./dom.js";

export class KeyDialog {
  /**
   * @param dialog the dialog, with a form in it
   * @param button beside it: shows the dialog again when it was closed without a key; forgets the
   *   key there is
   */
  constructor(dialog, button) {
    this.dialog = dialog;
    this.button = button;
    this.input = dialog.querySelector("input");
    this.locked = false;
    this.given = () => {};
    button.addEventListener("click", () => (this.locked ? dialog.showModal() : this.#forget()));
    dialog.querySelector("form").addEventListener("submit", () => {
      key.set(this.input.value.replace(/[^\x21-\x7e]/g, "")); // a header carries nothing else
      this.given();
    });
  }

  /** The connection has changed; when it is locked, return a promise of a key to try. */
  told(state, why) {
    this.locked = state === "locked";
    this.button.hidden = !this.locked && !key.get();
    say(this.button, this.locked ? "Enter a key" : "Forget the key");
    if (!this.locked) return undefined;
    const refused = Boolean(key.get());
    say(
      this.dialog.querySelector("#key-why"),
      refused ? `The API has refused the key: ${why}.` : "This API answers only those who have a key.",
    );
    this.input.setAttribute("aria-invalid", String(refused));
    this.input.value = "";
    return new Promise((resolve) => {
      this.given = resolve;
      this.dialog.showModal();
    });
  }

  #forget() {
    key.set(null);
    location.reload();
  }
}
