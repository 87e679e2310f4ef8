// For questions whose answers are put on record: asked only when there is a reason, not too often,
// and not for a page that nobody sees.

/** Return a function that asks for `task`: at most every `ms`, and only while the page is visible. */
export function sparingly(task, ms = 5_000) {
  let wanted = false;
  let running = false;
  let last = -Infinity;
  let timer = 0;

  async function look() {
    clearTimeout(timer);
    if (!wanted || running || document.visibilityState !== "visible") return;
    const wait = last + ms - performance.now();
    if (wait > 0) {
      timer = setTimeout(look, wait);
      return;
    }
    wanted = false;
    running = true;
    last = performance.now();
    try {
      await task();
    } finally {
      running = false;
      look();
    }
  }

  document.addEventListener("visibilitychange", look);
  const want = () => {
    wanted = true;
    look();
  };
  want.stop = () => {
    wanted = false;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", look);
  };
  return want;
}
