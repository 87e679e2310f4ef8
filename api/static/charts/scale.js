// Scales of axes: where a value lies between 0 and 1, and the values to name.

/** A linear scale from `low` to `high`. */
export function linear(low, high) {
  const range = high - low || 1;
  const step = niceStep(range / 4);
  const ticks = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) ticks.push(Math.abs(at) < step / 1e6 ? 0 : at);
  return { place: (value) => (value - low) / range, ticks };
}

/** A scale of square roots from 0, for amounts: many small ones and a few large ones. */
export function root(high) {
  const ticks = [0];
  for (const share of [1 / 16, 1 / 4, 9 / 16, 1]) {
    const step = niceStep(high * share * 0.9, Math.floor);
    if (step > ticks.at(-1) * 1.5 && step <= high) ticks.push(step);
  }
  return { place: (value) => Math.sqrt(Math.max(0, value) / (high || 1)), ticks };
}

/** A scale of times (ms) from `low` to `high`, named at most `most` times. */
export function time(low, high, most) {
  const range = high - low || 1;
  const steps = Math.max(1, Math.min(most - 1, 4));
  return { place: (value) => (value - low) / range, ticks: Array.from({ length: steps + 1 }, (_, n) => low + (range * n) / steps) };
}

/** The round number (1, 2 or 5 times a power of ten) that is at least, or at most, this. */
function niceStep(value, direction = Math.ceil) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const digits = [1, 2, 5, 10];
  const digit =
    direction === Math.ceil
      ? digits.find((one) => one * power >= value * (1 - 1e-9))
      : digits.findLast((one) => one * power <= value * (1 + 1e-9));
  return digit * power;
}
