// Questions to the API, with the key when there is one. Addresses are relative, so that the page
// also works behind a prefix.

const NAME = "weir-api-key";

let held = null;

/** The key: in this tab only. */
export const key = {
  get() {
    try {
      return sessionStorage.getItem(NAME);
    } catch {
      return held; // storage is forbidden
    }
  },
  set(value) {
    held = value;
    try {
      if (value) sessionStorage.setItem(NAME, value);
      else sessionStorage.removeItem(NAME);
    } catch {
      // likewise
    }
  },
};

/** The answer was an error; `status` and the message of the API. */
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** Fetch; a Refused for every answer that is not one of success. */
export async function request(path, options = {}) {
  const headers = { ...options.headers };
  if (key.get()) headers["X-API-Key"] = key.get();
  const response = await fetch(path, { cache: "no-store", ...options, headers });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Refused(response.status, problem.detail ?? `the API answered ${response.status}`);
}

/** Return an answer as JSON. */
export async function ask(path, options) {
  return (await request(path, options)).json();
}
