// One entry of the conversation as nodes. It knows how things look, not when or where they are shown.
import { el, fill, locale, safeLink } from "./dom.js";

const LIST = 22; // characters from which a label is read rather than seen
const LONG = 2500; // characters of one's own words that are shown at once

/** `act` is {press(button, node), enlarge(picture)}; `texts` the page's sentences. */
export function bubble(entry, texts, act) {
  const article = el("article", { class: entry.mine ? "bubble mine" : "bubble bot", "data-id": entry.id, tabindex: -1 });
  article.append(...content(entry, texts, act));
  return article;
}

export function content(entry, texts, act) {
  if (entry.mine) return mine(entry.mine, texts, clock(entry.at));
  const card = el("div", { class: "card" }, el("span", { class: "for-ears" }, texts.bot_said));
  if (entry.progress) card.append(...step(entry.progress));
  const body = el("div", { class: "prose" }, ...(entry.blocks || []).map((block) => draw(block, texts, act)));
  card.append(body);
  const rows = entry.rows || [];
  card.append(el("div", { class: "foot" }, clock(entry.at)));
  if (rows.length) card.append(buttons(rows, texts, act));
  return [el("span", { class: "avatar", "aria-hidden": "true" }), card];
}

/** One's own words, with a place for their state. */
export function mine(words, texts, foot) {
  const short = words.length > LONG ? words.slice(0, LONG).trimEnd() + "…" : words;
  const text = el("p", { class: "words", dir: "auto" }, short);
  const card = el("div", { class: "card" }, el("span", { class: "for-ears" }, texts.you_said), text);
  if (short !== words) {
    const more = el("button", { class: "link", type: "button", click: () => (text.textContent = words) && more.remove() }, texts.show_all);
    card.append(more);
  }
  card.append(el("div", { class: "foot" }, foot));
  return [card];
}

function clock(at) {
  const when = new Date(at);
  return el("time", { datetime: at }, when.toLocaleTimeString(locale(), { timeStyle: "short" }));
}

function step(progress) {
  const bar = el("span", { class: "bar-done" });
  bar.style.inlineSize = `${Math.min(100, Math.round((100 * progress.at) / Math.max(1, progress.of)))}%`;
  const words = `${progress.title} · ${progress.said}`;
  return [el("p", { class: "step", dir: "auto" }, words), el("div", { class: "bar", "aria-hidden": "true" }, bar)];
}

function draw(block, texts, act) {
  switch (block.type) {
    case "p":
      return el("p", { dir: "auto" }, ...line(block.line, texts));
    case "h":
      return el("h2", { dir: "auto" }, ...line(block.line, texts));
    case "q":
      return el("blockquote", { dir: "auto" }, ...line(block.line, texts));
    case "li":
      return el(block.numbered ? "ol" : "ul", { dir: "auto" }, ...block.items.map((item) => el("li", { dir: "auto" }, ...line(item, texts))));
    case "pre":
      return el("pre", { dir: "auto", tabindex: 0, role: "region", "aria-label": texts.code }, el("code", {}, block.text));
    case "table":
      return table(block, texts);
    case "img":
      return picture(block, texts, act);
    default:
      return el("p", { dir: "auto" }, block.text || "");
  }
}

function line(spans, texts) {
  return spans.map((span) => {
    let node = document.createTextNode(span.text);
    if (span.code) node = el("code", {}, node);
    if (span.italic) node = el("em", {}, node);
    if (span.bold) node = el("strong", {}, node);
    const href = span.link && safeLink(span.link);
    return href ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, node, ears(texts.opens_new)) : node;
  });
}

const ears = (words) => el("span", { class: "for-ears" }, ` (${words})`);

function table(block, texts) {
  const named = block.head.some((cell) => cell);
  const head = el("thead", {}, el("tr", {}, ...block.head.map((cell) => (cell ? el("th", { scope: "col", dir: "auto" }, cell) : el("td", {})))));
  const body = el("tbody", {}, ...block.rows.map((row) => el("tr", {}, ...row.map((cell) => el("td", { dir: "auto" }, cell)))));
  return el("div", { class: "table", role: "region", tabindex: 0, "aria-label": texts.table }, el("table", {}, named && head, body));
}

function picture(block, texts, act) {
  const words = () => el("p", { class: "no-picture", dir: "auto" }, `🖼 ${block.alt}`);
  if (!block.src) return words();
  const size = block.width ? { width: block.width, height: block.height } : {};
  const image = el("img", { src: block.src, alt: block.alt, loading: "lazy", decoding: "async", ...size });
  const open = el("button", { class: "picture", type: "button", "aria-label": fill(texts.enlarge, { alt: block.alt }) }, image);
  open.addEventListener("click", () => act.enlarge(block));
  image.addEventListener("error", () => open.replaceWith(words()), { once: true });
  return open;
}

function buttons(rows, texts, act) {
  const all = rows.flat();
  const choosing = all.some((button) => button.picked);
  const alone = rows.filter((row) => row.length === 1 && !row[0].aside && !row[0].main);
  const list = alone.length > 1 && alone.some(([button]) => button.label.length > LIST); // options to be read
  const group = el("div", { class: "rows", role: "group", "aria-label": texts.answers });
  for (const row of rows) {
    group.append(el("div", { class: "row" }, ...row.map((button) => one(button, choosing, list && row.length === 1, texts, act))));
  }
  return group;
}

function one(button, choosing, listed, texts, act) {
  const label = el("span", { dir: "auto" }, button.label);
  const look = button.main ? "button main" : button.aside ? "button aside" : listed ? "button long" : "button";
  if (button.url) {
    const href = safeLink(button.url);
    if (!href) return el("span", { class: "button off" }, label);
    return el("a", { class: look, href, target: "_blank", rel: "noopener noreferrer" }, label, el("span", { "aria-hidden": "true" }, " ↗\uFE0E"), ears(texts.opens_new));
  }
  const pressed = choosing && !button.main && !button.aside ? String(Boolean(button.picked)) : undefined;
  const node = el("button", { class: button.picked ? look + " picked" : look, type: "button", "aria-pressed": pressed, "data-press": button.press });
  if (button.picked) node.append(el("span", { class: "check", "aria-hidden": "true" }, "✓"));
  node.append(label);
  node.addEventListener("click", (event) => act.press(node, event));
  return node;
}
