// The live page: put together here. Events come in, sections show them.

import { DomainSection } from "./domain.js";
import { h, say } from "./dom.js";
import { wallTime } from "./format.js";
import { KeyDialog } from "./key-dialog.js";
import { follow } from "./live.js";
import { showLost } from "./lost.js";
import { showOverall } from "./overall.js";
import { Story } from "./story.js";

const find = (id) => document.getElementById(id);
const [main, lost, pill, clock, announcer] = ["main", "lost", "state", "clock", "announcer"].map(find);
const story = new Story(find("story"));
const keyDialog = new KeyDialog(find("key"), find("key-button"));

let sections = new Map();
let connection = "connecting";
let heardAt = null;

function announce(words) {
  // each in an element of its own: one that comes at the same time is read out too
  announcer.append(h("p", {}, words));
  while (announcer.children.length > 5) announcer.firstChild.remove();
}

function hello({ domains }) {
  const names = domains.map((info) => info.name);
  if (String(names) === String([...sections.keys()])) return; // connected again: all stays in its place
  sections = new Map(domains.map((info) => [info.name, new DomainSection(info, (...which) => story.open(...which), announce)]));
  main.replaceChildren(...[...sections.values()].map((section) => section.element));
}

function heard(event, data) {
  heardAt = Date.now();
  if (event === "hello") hello(data);
  else sections.get(data.domain)?.heard(event, data);
  if (event === "ranking") story.moved(data.domain);
  if (event === "status") showOverall(pill, connection, [...sections.values()]);
}

function told({ state, why, retryAt }) {
  connection = state;
  document.body.classList.toggle("stale", state === "lost" && sections.size > 0);
  showLost(lost, state === "lost" && { why, retryAt, heardAt }, () => retry());
  showOverall(pill, connection, [...sections.values()]);
  return keyDialog.told(state, why);
}

function tick() {
  say(clock, wallTime(Date.now()));
  clock.dateTime = new Date().toISOString();
}

tick();
setInterval(tick, 1_000);
const retry = follow("v1/events", heard, told);
