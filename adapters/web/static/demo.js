// Only in the demo: who you are, and the time machine.
import { byId, fill, locale, toast } from "./dom.js";
import { post } from "./net.js";

export class Demo {
  constructor(texts) {
    this.texts = texts;
    this.offset = 0;
    this.side = byId("side");
    this.toggle = byId("side-toggle");
    if (!this.side) return;
    this.toggle.addEventListener("click", () => this.show(this.toggle.getAttribute("aria-expanded") !== "true"));
    addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.toggle.getAttribute("aria-expanded") !== "true") return;
      this.show(false);
      this.toggle.focus();
    });
    byId("talk").addEventListener("pointerdown", () => this.show(false));
    this.side.addEventListener("click", (event) => this.clicked(event.target.closest("button")));
    setInterval(() => this.tick(), 10_000);
  }

  show(open) {
    this.toggle.setAttribute("aria-expanded", String(open));
    this.side.classList.toggle("open", open);
  }

  async clicked(button) {
    if (!button) return;
    if (button.dataset.chat) {
      // The old session ends before the answer is here; a page that left at that word would never get the new one.
      document.body.dataset.leaving = "yes";
      const answer = await post("/demo/enter", { chat: button.dataset.chat });
      if (answer.ok) return location.assign("/");
      delete document.body.dataset.leaving;
      toast(answer.body.say || this.texts.offline);
    } else if (button.dataset.hours && !button.disabled) {
      const all = this.side.querySelectorAll("[data-hours]");
      for (const one of all) one.setAttribute("aria-disabled", "true");
      const answer = this.moving ? null : await (this.moving = post("/demo/forward", { hours: Number(button.dataset.hours) }));
      this.moving = null;
      for (const one of all) one.removeAttribute("aria-disabled");
      if (answer && !answer.ok) toast(answer.body.say || this.texts.offline);
      else if (answer) this.show(false);
    }
  }

  /** The bot's time, from the server; `moved`: somebody just turned the clock. */
  clock(now, moved) {
    this.offset = new Date(now).getTime() - Date.now();
    this.tick();
    if (moved) toast(fill(this.texts.moved, { time: this.say("long") }), "clock");
    return this.offset;
  }

  say(style) {
    const day = style === "long" ? { weekday: "long", day: "numeric", month: "long" } : { weekday: "short" };
    return new Date(Date.now() + this.offset).toLocaleString(locale(), { ...day, hour: "numeric", minute: "2-digit" });
  }

  tick() {
    for (const node of document.querySelectorAll("[data-bot-time]")) {
      const words = this.say(node.dataset.botTime);
      node.textContent = node.dataset.botTime === "long" ? fill(this.texts.bot_time, { time: words }) : words;
    }
  }
}
