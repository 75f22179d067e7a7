// Builds nodes. Words only ever become text nodes and attributes; nothing here, or anywhere in the page, parses HTML.

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const byId = (id) => document.getElementById(id);

/** A sentence with its {holes} filled in. */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (hole, name) => (name in values ? String(values[name]) : hole));
}

/** Only http and https may be followed; the server has checked already. */
export function safeLink(link) {
  try {
    return ["http:", "https:"].includes(new URL(link).protocol) ? link : "";
  } catch {
    return "";
  }
}

/** The browser's own flavour of the page's language, for dates and numbers (13:05 or 1:05 PM). */
export function locale() {
  const { lang } = document.documentElement;
  return navigator.languages.find((one) => one.toLowerCase().startsWith(lang)) || lang;
}

export function makeId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const toasts = () => byId("toasts");

/** A kind word that need not stay. `about`: a newer one about the same thing takes its place. */
export function toast(words, about = "") {
  if (!words) return;
  const node = el("p", { class: "toast", dir: "auto", "data-about": about }, words);
  if (about) [...toasts().children].find((one) => one.dataset.about === about)?.remove();
  toasts().append(node);
  while (toasts().children.length > 3) toasts().firstChild.remove();
  setTimeout(() => node.remove(), 4000 + words.length * 60);
}
