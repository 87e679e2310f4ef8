// Numbers and times in words. Event times are shown in UTC, as logs have them; wall times as the
// viewer's own clock.

const LOCALE = "en-GB";

const formats = new Map();

function number(value, options) {
  if (value === null || value === undefined) return "–";
  const key = JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(LOCALE, options));
  // the typographic minus is as wide as the plus
  return formats.get(key).format(value).replace("-", "−");
}

/** Things counted. */
export const count = (n) =>
  Math.abs(n) < 1e7 ? number(n, { maximumFractionDigits: 0 }) : number(n, { notation: "compact", maximumSignificantDigits: 4 });

/** Things a second. */
export const rate = (n) => number(n, { maximumFractionDigits: n < 10 ? 1 : 0 });

/** A share, as a percentage. */
export const percent = (share) =>
  number(share, { style: "percent", maximumFractionDigits: 1, minimumFractionDigits: share > 0 && share < 1 ? 1 : 0 });

/** A share, as a percentage with its sign. */
export const signedPercent = (share) =>
  number(share, { style: "percent", maximumFractionDigits: 1, signDisplay: "exceptZero" });

/** An amount, in the currency of the log, which nobody has told us. */
export const amount = (n) => number(n, { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** A bound on an axis: as short as it can be. */
export const short = (n) => number(n, { maximumSignificantDigits: 3, notation: Math.abs(n) < 1e4 ? "standard" : "compact" });

/** A bound on an axis of shares. */
export const shortPercent = (share) => number(share, { style: "percent", maximumSignificantDigits: 2 });

/** A figure of quality. */
export const figure = (n) => number(n, { minimumFractionDigits: 3, maximumFractionDigits: 3 });

/** A small difference: always with its sign, and as many digits as tell it from 0. */
export const small = (n) => number(n, { maximumSignificantDigits: 2, signDisplay: "exceptZero" });

/** Twice as often, and so on. */
export const times = (n) => (n === null || n === undefined ? "–" : `${number(n, { minimumFractionDigits: 1, maximumFractionDigits: 1 })}×`);

/** An effect, or a shift: always with its sign. */
export const signed = (n) => number(n, { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "exceptZero" });

const zoned = (timeZone, options) => new Intl.DateTimeFormat(LOCALE, { timeZone, ...options });
const EVENT = zoned("UTC", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
const EVENT_DAY = zoned("UTC", { day: "numeric", month: "short" });
const EVENT_HOUR = zoned("UTC", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const CLOCK = zoned(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** An event time, under a heading that says UTC. */
export const eventMinute = (iso) => (iso ? EVENT.format(new Date(iso)) : "–");

/** An event time, in a sentence. */
export const eventTime = (iso) => (iso ? `${eventMinute(iso)} UTC` : "–");

/** The day of an event time; with the hour where days are too coarse. */
export const eventDay = (ms, coarse = true) => (coarse ? EVENT_DAY : EVENT_HOUR).format(new Date(ms));

/** A wall time of today. */
export const wallTime = (at) => (at ? CLOCK.format(new Date(at)) : "–");

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** A span of time, in its largest unit. */
export function span(seconds) {
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? UNITS.at(-1);
  return number(seconds / size, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: seconds < 10 * size && size > 1 ? 1 : 0 });
}

/** How to show scores of a domain: chances as percentages, amounts as amounts. */
export const scoreFormat = (objective) => (objective === "chance" ? percent : amount);
