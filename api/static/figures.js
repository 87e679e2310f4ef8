// The figures that models are judged by: what they are called, how they are shown, what is better.

import { amount, count, figure, percent, signedPercent, times } from "./format.js";

const high = (n) => n;
const low = (n) => -n;
const nearZero = (n) => -Math.abs(n);

/** By key: name, meaning, format, and a function that is highest for the best; in order of interest. */
const FIGURES = {
  auc: ["AUC", "chance that a user with the outcome is ranked above one without", figure, high],
  gini: ["Gini", "1 ranks users as the amounts themselves do, 0 as chance does", figure, high],
  pr_auc: ["PR-AUC", "average precision", figure, high],
  spearman: ["Spearman", "rank correlation", figure, high],
  lift_top_decile: ["Lift", "how much more often the outcome comes in the top tenth", times, high],
  top_decile_share: ["Top tenth", "share of all that came from the tenth with the highest predictions", percent, high],
  log_loss: ["Log loss", "mean negative log likelihood", figure, low],
  brier: ["Brier score", "mean squared error", figure, low],
  ece: ["Calibration error", "expected calibration error", figure, low],
  decile_mape: ["Decile error", "how far the sums of ten groups are from what came", percent, low],
  bias: ["Bias", "predicted sum over true sum, minus 1", signedPercent, nearZero],
  mae: ["Mean error", "mean absolute error, in the currency of the log", amount, low],
  base_rate: ["Came true", "share of labels with the outcome", percent],
  mean_label: ["Mean that came", "in the currency of the log", amount],
  mean_prediction: ["Mean predicted", "equals what came, when calibrated at large", null],
  labels: ["Labels", "how many predictions were judged", count],
};

/** Describe a figure: {name, meaning, format, better}; one that is unknown goes by its key. */
export function describe(key, objective) {
  const [name, meaning, format, better] = FIGURES[key] ?? [key, "", figure];
  return { name, meaning, better, format: format ?? (objective === "chance" ? percent : amount) };
}

/** Put the keys of figures into the order of interest; unknown ones last, the count of positives out. */
export function inOrder(keys) {
  const known = Object.keys(FIGURES);
  const place = (key) => (known.includes(key) ? known.indexOf(key) : known.length);
  return keys.filter((key) => key !== "positives").sort((a, b) => place(a) - place(b));
}
