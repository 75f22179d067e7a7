// The conversation on the screen: puts entries where they belong, changes them in place, and never moves what is being read.
import { byId, el, locale } from "./dom.js";
import { bubble, content } from "./render.js";

const NEAR = 60; // pixels from the end that still count as being there

export class Log {
  constructor(texts, act) {
    this.texts = texts;
    this.act = act;
    this.entries = new Map(); // id -> {entry, node}
    this.loaded = false;
    this.anchor = null; // what must stay in view while news come in: the last thing the person did or has not seen
    this.passing = false; // the anchor was only pressed: it gives way to the answer
    this.offset = 0; // how far the bot's clock is ahead, in milliseconds
    this.scroller = byId("scroller");
    this.list = byId("entries");
    this.unsent = byId("unsent");
    this.chip = byId("chip");
    this.follow = true;
    this.chip.addEventListener("click", () => this.toEnd());
    this.held = false; // following stopped short of the end, so that the top of something stays in view
    for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
      this.scroller.addEventListener(kind, () => this.letGo(), { passive: true });
    }
    this.scroller.addEventListener("scroll", () => this.looked(), { passive: true });
    // a key that is held down would answer one question after the other
    this.list.addEventListener("keydown", (event) => event.repeat && event.target.dataset.press && /^(Enter| )$/.test(event.key) && event.preventDefault());
    new ResizeObserver(() => this.settle()).observe(this.scroller);
    new ResizeObserver(() => this.settle()).observe(this.list);
  }

  atEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR;
  }

  looked() {
    this.follow = this.atEnd() || this.held;
    if (this.atEnd()) this.chip.hidden = true;
  }

  /** The person moves: from now on they decide what is in view. */
  letGo() {
    this.anchor = null;
    this.held = false;
  }

  toEnd() {
    this.anchor = null;
    this.follow = true;
    this.settle();
  }

  /** Follows the conversation, but not past the top of what the person is about to read. */
  settle() {
    if (!this.follow) return;
    const end = this.scroller.scrollHeight - this.scroller.clientHeight;
    const top = this.anchor?.isConnected ? this.anchor.offsetTop - 14 : end;
    this.held = top < end;
    this.scroller.scrollTop = Math.min(end, top);
    this.chip.hidden = !(this.loaded && this.held && !this.atEnd());
  }

  /** What the person did last: it stays in view when the answer is long. */
  hold(node, passing = false) {
    this.anchor = node;
    this.passing = passing;
    this.follow = true;
  }

  put(entry) {
    const known = this.entries.get(entry.id);
    if (known) this.change(known, entry);
    else this.add(entry);
    byId("empty").hidden = true;
  }

  add(entry) {
    const oldest = this.list.querySelector("article");
    if (this.loaded && oldest && entry.id < Number(oldest.dataset.id)) return; // an old entry changed that is not shown
    const node = bubble(entry, this.texts, this.act);
    if (this.loaded) node.classList.add("fresh");
    this.entries.set(entry.id, { entry, node });
    const later = [...this.list.children].reverse().find((child) => Number(child.dataset.id) < entry.id);
    if (later) later.after(node);
    else this.list.prepend(node);
    if (!this.loaded) return;
    this.days();
    this.newest();
    if (this.follow && (!this.anchor || this.passing)) this.hold(node);
    else if (!entry.mine) this.chip.hidden = false;
    this.settle();
  }

  change(known, entry) {
    const { node } = known;
    if (known.entry.changed > entry.changed) return;
    const focused = node.contains(document.activeElement) ? document.activeElement : null;
    const press = focused?.dataset?.press;
    const place = focused ? [...node.querySelectorAll("button")].indexOf(focused) : -1;
    const above = node.getBoundingClientRect().bottom < this.scroller.getBoundingClientRect().top;
    const before = node.offsetHeight;
    known.entry = entry;
    node.replaceChildren(...content(entry, this.texts, this.act));
    if (above && !this.follow) this.scroller.scrollTop += node.offsetHeight - before;
    if (focused) this.refocus(node, press, place);
    this.newest();
    this.settle();
  }

  /** The keyboard's place is kept when a bubble changes under it. */
  refocus(node, press, place) {
    const all = [...node.querySelectorAll("button")];
    const same = all.find((button) => press && button.dataset.press === press);
    (same || all[Math.min(place, all.length - 1)] || node).focus({ preventScroll: true });
  }

  /** Everything that was there is there: from now on news are read out. */
  ready() {
    if (!this.loaded) {
      this.loaded = true;
      this.days();
      byId("log").setAttribute("aria-live", "polite");
    }
    byId("empty").hidden = this.entries.size > 0 || this.unsent.children.length > 0;
    this.newest();
    this.settle();
  }

  /** Only the newest buttons shine; what the newest message asks for decides about the keyboard. */
  newest() {
    const bots = [...this.list.querySelectorAll(".bot")];
    const last = bots.at(-1);
    this.list.querySelector(".newest")?.classList.remove("newest");
    bots.findLast((node) => node.querySelector(".rows"))?.classList.add("newest");
    this.act.newest(last ? this.entries.get(Number(last.dataset.id)).entry : null);
  }

  /** A line between two days, in the reader's own time zone. */
  days() {
    for (const line of this.list.querySelectorAll(".day")) line.remove();
    let before = "";
    for (const node of [...this.list.children]) {
      const when = new Date(this.entries.get(Number(node.dataset.id)).entry.at);
      const day = when.toDateString();
      if (day !== before) node.before(el("p", { class: "day", "data-id": node.dataset.id - 0.5 }, el("span", {}, this.nameOf(when))));
      before = day;
    }
  }

  nameOf(when) {
    const now = new Date(Date.now() + this.offset);
    const daysAgo = Math.round((new Date(now).setHours(12, 0, 0, 0) - new Date(when).setHours(12, 0, 0, 0)) / 86400000);
    if (daysAgo === 0) return this.texts.today;
    if (daysAgo === 1) return this.texts.yesterday;
    const year = when.getFullYear() === now.getFullYear() ? undefined : "numeric";
    return when.toLocaleDateString(locale(), { weekday: "long", day: "numeric", month: "long", year });
  }
}
