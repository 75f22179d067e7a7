// The chat: ties the stream, the queue, the log and the composer together.
import { Composer } from "./composer.js";
import { Demo } from "./demo.js";
import { byId, el, toast } from "./dom.js";
import { Log } from "./log.js";
import { post, setPage } from "./net.js";
import { Queue } from "./queue.js";
import { mine } from "./render.js";
import { listen } from "./stream.js";
import { Uploads } from "./upload.js";

const boot = JSON.parse(document.body.dataset.boot);
const { texts } = boot;
setPage(boot.key);

let seen = 0; // how far the stream has come (the transcript's `changed`)
let unread = 0;
let byKeys = false; // the last press came from the keyboard: then the keyboard's place moves on with the lesson
const shownItems = new Map(); // queue item -> its bubble
const settled = []; // {upto, done()}: what to do once the stream has come that far
let tapped = { press: "", at: -1000, x: 0, y: 0 }; // the press that a second tap may belong to

const log = new Log(texts, {
  press: (node, event) => press(node, event),
  enlarge: (picture) => enlarge(picture),
  newest: (entry) => composer?.want(entry?.typing || "", false),
});
const demo = new Demo(texts);
const composer = new Composer(boot, say);
const queue = new Queue(boot.key, { state, sent, failed, gone });
new Uploads(boot, { shown: showUnsent, sent: fileSent, gone });

// --- What the person does ---

function say(words) {
  showSaying(queue.add("/say", { text: words }));
  queue.pump();
}

function showSaying(item) {
  const foot = el("span", { class: "state" }, texts.sending);
  const node = el("article", { class: "bubble mine unsent", tabindex: -1 }, ...mine(item.body.text, texts, foot));
  shownItems.set(item.body.id, node);
  showUnsent(node);
}

function showUnsent(node) {
  byId("empty").hidden = true;
  log.unsent.append(node);
  log.hold(node);
  log.settle();
}

/**
 * The second half of a double tap, on a button that came under the finger meanwhile: nobody meant that one.
 * A mouse counts its clicks (`detail`); a finger's are told apart by time and place.
 */
function slipped(press, event) {
  const { timeStamp: at, clientX: x, clientY: y } = event;
  const touch = event.pointerType === "touch" && at - tapped.at < 400 && Math.hypot(x - tapped.x, y - tapped.y) < 40;
  const again = event.detail > 1 || touch;
  tapped = { press: again ? tapped.press : press, at, x, y };
  return again && press !== tapped.press;
}

function press(node, event) {
  if (slipped(node.dataset.press, event)) return;
  const article = node.closest("article");
  if (node.getAttribute("aria-disabled") === "true") return;
  byKeys = event.detail === 0;
  rest(article, true);
  node.classList.add("busy");
  log.hold(article, true);
  queue.add("/press", { press: node.dataset.press }, { entry: Number(article.dataset.id) });
  queue.pump();
}

/** All buttons of one message rest (or work again). Not `disabled`: the keyboard's place would be lost. */
function rest(article, resting) {
  for (const button of article?.querySelectorAll("[data-press]") || []) {
    if (resting) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
    button.classList.toggle("busy", false);
  }
}

function enlarge(picture) {
  const image = byId("viewer-picture");
  image.src = picture.src;
  image.alt = picture.alt;
  byId("viewer").showModal();
}

// --- What becomes of it ---

const articleOf = (item) => log.entries.get(item.about?.entry)?.node;

function state(item, now) {
  const node = shownItems.get(item.body.id);
  const foot = node?.querySelector(".state");
  if (foot) foot.textContent = now === "waiting" ? texts.waiting : texts.sending;
  node?.classList.toggle("waiting", now === "waiting");
  if (now === "waiting") status(texts.offline, "off");
}

function sent(item, upto) {
  const node = shownItems.get(item.body.id);
  shownItems.delete(item.body.id);
  once(upto, () => {
    node?.remove();
    rest(articleOf(item), false);
  });
}

function fileSent(node, upto, name) {
  once(upto, () => {
    if ([...log.entries.values()].some(({ entry }) => entry.mine?.includes(name))) node.remove();
  });
}

/** The bot will never take this one. The words are not lost: the person may send them again or drop them. */
function failed(item, answer) {
  toast(answer.body.say || texts.went_wrong);
  const node = shownItems.get(item.body.id);
  shownItems.delete(item.body.id);
  rest(articleOf(item), false);
  if (!node) return;
  const again = el("button", { class: "link", type: "button", click: () => node.remove() || say(item.body.text) }, texts.try_again);
  const discard = el("button", { class: "link", type: "button", click: () => node.remove() }, texts.discard);
  node.classList.add("failed");
  node.querySelector(".foot").replaceChildren(el("span", {}, texts.not_sent), again, discard);
}

function once(upto, done) {
  if (seen >= upto) done();
  else settled.push({ upto, done });
}

function reached(changed) {
  seen = Math.max(seen, changed);
  for (let at = settled.length - 1; at >= 0; at--) if (settled[at].upto <= seen) settled.splice(at, 1)[0].done();
}

function gone() {
  if (document.body.dataset.leaving) return; // the answer that says where to is still on its way
  location.assign("/");
}

// --- What the server tells ---

function status(words, look) {
  const node = byId("status");
  if (node.textContent !== words) node.textContent = words;
  node.dataset.look = look;
}

function took(entry) {
  const fresh = log.loaded && !log.entries.has(entry.id);
  log.put(entry);
  if (entry.mine) {
    // our own words came back: the copy that waited goes at the same moment, so nothing is seen twice
    const [, node] = [...shownItems].find(([, one]) => one.querySelector(".words")?.textContent === entry.mine) || [];
    if (node?.isConnected) log.hold(log.entries.get(entry.id)?.node);
    node?.remove();
  }
  reached(entry.changed);
  if (!fresh || entry.mine) return;
  if (document.hidden) document.title = `(${++unread}) ${texts.title}`;
  follow(entry);
}

/** Whoever works by keyboard is led to the next thing to do. */
function follow(entry) {
  const node = log.entries.get(entry.id)?.node;
  const busy = document.activeElement?.closest?.("#entries");
  if (entry.typing) composer.want(entry.typing, true);
  else if (byKeys && (busy || document.activeElement === document.body)) {
    (node?.querySelector("[data-press]") || node)?.focus({ preventScroll: true });
    byKeys = false;
  }
}

listen({
  up() {
    status(texts.online, "on");
    queue.kick();
  },
  down: () => status(navigator.onLine ? texts.connecting : texts.offline, "off"),
  hello(data) {
    if (data.key !== boot.key) gone();
    log.offset = demo.clock(data.now, false);
  },
  entry: took,
  ready: () => {
    log.ready();
    for (const item of queue.items) if (item.path === "/press") rest(articleOf(item), true);
  },
  toast: (data) => toast(data.say),
  clock(data) {
    log.offset = demo.clock(data.now, true);
    log.days();
    if (log.follow) log.toEnd(); // what the moved clock brings is what the visitor wants to see
  },
  gone,
});

addEventListener("offline", () => status(texts.offline, "off"));
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unread = 0;
  document.title = texts.title;
  queue.kick();
});

byId("start").addEventListener("click", () => say("/start"));
byId("viewer-close").addEventListener("click", () => byId("viewer").close());
byId("viewer").addEventListener("click", (event) => event.target === byId("viewer") && byId("viewer").close());
byId("leave").addEventListener("click", async () => {
  const answer = await post("/leave", {});
  if (!answer.ok) return toast(answer.body.say || texts.offline);
  queue.clear();
  return location.assign("/");
});

// iOS lays the keyboard over the page instead of making it smaller: follow what can be seen.
const view = window.visualViewport;
view?.addEventListener("resize", () => {
  if (view.scale > 1.01) return; // the person zooms: leave the page alone
  document.documentElement.style.setProperty("--seen-height", `${view.height}px`);
  log.settle();
});

for (const item of queue.load()) if (item.path === "/say") showSaying(item);
