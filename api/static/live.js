// The connection to the stream of events: opened, watched, and opened again.

import { request } from "./api.js";
import { events } from "./sse.js";

/** The API says something every 15 s, if only a comment; after this long without, it is lost. */
const PATIENCE_MS = 20_000;

/** How long to wait before the next attempts. */
const WAITS_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

/**
 * Follow the events for ever.
 *
 * @param path of the stream
 * @param heard called with each event's name and data
 * @param told called when the connection changes: {state: "connecting" | "open" | "lost" | "locked",
 *   why, retryAt}; for "locked" it returns a promise of the moment to try again
 * @returns a function that tries at once, when it is waiting
 */
export function follow(path, heard, told) {
  let hurry = () => {};
  const pause = (ms) =>
    new Promise((resolve) => {
      hurry = resolve;
      setTimeout(resolve, ms);
    });

  (async () => {
    for (let failures = 0; ; ) {
      let why = "the stream ended";
      try {
        if (!failures) told({ state: "connecting" });
        await listen(path, (event, data) => {
          if (event === "hello") {
            failures = 0;
            told({ state: "open" });
          }
          heard(event, data);
        });
      } catch (error) {
        if (error.status === 401 || error.status === 403) { // no key, or one for something else
          await told({ state: "locked", why: error.message });
          failures = 0;
          continue;
        }
        why = error.status ? error.message : "the API does not answer";
      }
      const wait = WAITS_MS[Math.min(failures, WAITS_MS.length - 1)] * (1 + Math.random() / 4);
      failures += 1;
      told({ state: "lost", why, retryAt: Date.now() + wait });
      await pause(wait);
    }
  })();

  addEventListener("online", () => hurry());
  return () => hurry();
}

async function listen(path, heard) {
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const response = await request(path, { signal: stop.signal, headers: { Accept: "text/event-stream" } });
    for await (const { event, data } of events(response.body)) {
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), PATIENCE_MS);
      if (event !== null) heard(event, JSON.parse(data));
    }
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}
