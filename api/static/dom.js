// Elements are made here and nowhere else; data become text and never markup.

const SVG = "http://www.w3.org/2000/svg";

/** Make an HTML element: attributes, listeners (`onclick`), children; null and false are left out. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Make an SVG element, likewise. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Set a text, if it is another one: what has not changed is neither laid out nor announced again. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Set the version of a model; it may be broken before its number. */
export function sayVersion(element, version) {
  if (element.textContent === version) return;
  const [recipe, examples] = version.split("@");
  element.replaceChildren(recipe, ...(examples === undefined ? [] : [h("wbr"), `@${examples}`]));
}

/** Set the length of a bar, 0 to 1 (the style sheet says what that means). */
export function stretch(element, share) {
  element.style.setProperty("--share", String(Math.min(1, Math.max(0, share || 0))));
  return element;
}

/** A text for screen readers only. */
export function unseen(text) {
  return h("span", { class: "unseen" }, text);
}

let last = 0;

/** An id that no other element has. */
export function newId() {
  last += 1;
  return `n${last}`;
}

/** A part of a domain's section, with its heading. */
export function panel(title, kind, ...children) {
  const id = newId();
  return h("section", { class: `panel ${kind}`, "aria-labelledby": id }, h("h3", { id }, title), ...children);
}
