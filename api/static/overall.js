// The state of everything, in the header and in the title of the tab.

import { h, say } from "./dom.js";
import { icon } from "./icons.js";

const WORST_FIRST = ["unknown", "stopped", "behind", "waiting", "running", "idle"];

/** What needs no names of domains; of the others it is said which they are. */
const PLAIN = {
  connecting: "connecting",
  lost: "connection lost",
  locked: "an API key is needed",
  waiting: "connected",
  running: "running",
  idle: "idle",
};

/** Show the state of the connection, or the worst one of the domains. */
export function showOverall(element, connection, sections) {
  const states = sections.map((section) => section.state);
  const worst = WORST_FIRST.find((state) => states.includes(state)) ?? "waiting";
  const state = connection === "open" ? worst : connection;
  const where = sections.filter((section) => section.state === worst).map((section) => section.info.name);
  const words = PLAIN[state] ?? `${where.join(", ")}: ${state}`;
  if (element.dataset.state !== state) {
    element.dataset.state = state;
    element.className = `pill ${state}`;
    element.replaceChildren(icon(state === "waiting" ? "connecting" : state), h("span", {}));
  }
  say(element.lastChild, words);
  const wrong = !["running", "idle", "waiting"].includes(state);
  document.title = wrong ? `${words} – Weir` : "Weir";
}
