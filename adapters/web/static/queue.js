// What the person did and the bot does not have yet. Kept in this browser until the bot has it for good, then forgotten.
// Sent in order, one at a time, each with the id it was born with: a lost answer means asking again, never doing it twice.
import { makeId } from "./dom.js";
import { post } from "./net.js";

const SLOWEST = 15; // seconds between two tries when there is no signal

export class Queue {
  /** `on` is {state(item, state), sent(item, upto), failed(item, answer), gone()}; a state is "sending" or "waiting". */
  constructor(page, on) {
    this.prefix = `morsel.unsent.${page}.`;
    this.on = on;
    this.items = [];
    this.count = 0;
    this.pause = 1;
  }

  /** What was left from before, oldest first. */
  load() {
    try {
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.prefix)).sort();
      this.items = keys.map((key) => ({ ...JSON.parse(localStorage.getItem(key)), key }));
    } catch {
      this.items = []; // a browser that keeps nothing: then this page's memory must do
    }
    return this.items;
  }

  add(path, body, about = {}) {
    const order = `${String(Date.now()).padStart(15, "0")}.${String(this.count++).padStart(6, "0")}`;
    const item = { path, body: { id: makeId(), ...body }, about, key: `${this.prefix}${order}` };
    this.items.push(item);
    try {
      localStorage.setItem(item.key, JSON.stringify({ path, body: item.body, about }));
    } catch {
      // full or forbidden: it stays in memory
    }
    return item;
  }

  drop(item) {
    this.items = this.items.filter((other) => other !== item);
    try {
      localStorage.removeItem(item.key);
    } catch {
      // nothing was kept
    }
  }

  clear() {
    for (const item of [...this.items]) this.drop(item);
  }

  /** There may be signal again: try now. */
  kick() {
    clearTimeout(this.timer);
    this.pause = 1;
    return this.pump();
  }

  async pump() {
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      while (this.items.length) {
        const item = this.items[0];
        this.on.state(item, "sending");
        const answer = await post(item.path, item.body);
        if (answer.ok) {
          this.pause = 1;
          this.drop(item);
          this.on.sent(item, answer.body.upto || 0);
        } else if (answer.retry) {
          for (const waiting of this.items) this.on.state(waiting, "waiting");
          this.timer = setTimeout(() => this.pump(), Math.max(this.pause, answer.after) * 1000);
          this.pause = Math.min(SLOWEST, this.pause * 2);
          return;
        } else if (answer.status === 401 || answer.status === 409) {
          this.on.gone(answer);
          return;
        } else {
          this.drop(item);
          this.on.failed(item, answer);
        }
      }
    } finally {
      this.busy = false;
    }
  }
}
