// Says that the connection is lost: once aloud, and how it goes on in silence.

import { say } from "./dom.js";
import { wallTime } from "./format.js";

/** Show why the connection is lost, or hide that it was. */
export function showLost(element, news, retry) {
  const [loud, silent, button] = element.children;
  element.hidden = !news;
  button.onclick = retry;
  if (!news) {
    say(loud, ""); // so that it is said again the next time
    return;
  }
  const old = news.heardAt ? ` What is shown is from ${wallTime(news.heardAt)}.` : "";
  say(loud, `Connection lost: ${news.why}.${old}`);
  say(silent, `Trying again at ${wallTime(news.retryAt)}.`);
}
