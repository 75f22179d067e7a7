// The field people write in: grows with the words, sends with Enter, and offers the commands after a slash.
import { byId, el, fill, locale } from "./dom.js";

const desktop = matchMedia("(hover: hover) and (pointer: fine)");

export class Composer {
  constructor(boot, send) {
    this.boot = boot;
    this.texts = boot.texts;
    this.send = send;
    this.field = byId("text");
    this.list = byId("commands");
    this.button = byId("commands-button");
    this.at = 0;
    this.button.hidden = boot.commands.length === 0;
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("blur", () => setTimeout(() => this.inList() || this.close(), 150));
    this.button.addEventListener("click", () => this.toggle());
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.go(this.field.value);
    });
  }

  inList() {
    return document.activeElement === this.button || document.activeElement === this.field;
  }

  go(words) {
    this.close();
    if (!words.trim()) return this.field.focus();
    this.field.value = "";
    this.typed();
    this.send(words.slice(0, this.boot.textLimit));
    if (desktop.matches) this.field.focus();
    return undefined;
  }

  /** The newest message wants words, a number, or nothing in particular. `move`: the field may take the focus. */
  want(typing, move) {
    const { texts } = this;
    const words = typing === "number" ? texts.write_number : typing ? texts.write_answer : texts.write;
    this.field.placeholder = words;
    this.field.setAttribute("aria-label", words);
    this.field.inputMode = typing === "number" ? "decimal" : "text";
    byId("composer").classList.toggle("wanted", Boolean(typing));
    if (typing && move && desktop.matches && !document.querySelector("dialog[open]")) this.field.focus();
  }

  typed() {
    const { field } = this;
    field.style.blockSize = "auto";
    field.style.blockSize = `${field.scrollHeight}px`;
    const long = field.value.length > this.boot.readLimit;
    const limit = this.boot.readLimit.toLocaleString(locale());
    byId("composer-note").textContent = long ? fill(this.texts.too_long, { limit }) : "";
    if (/^\/\S*$/.test(field.value)) this.open(field.value.slice(1).toLowerCase());
    else this.close();
  }

  toggle() {
    if (this.list.hidden) {
      this.open("");
      this.field.focus();
    } else this.close();
  }

  open(start) {
    const fitting = this.boot.commands.filter((command) => command.name.startsWith(start));
    if (!fitting.length) return this.close();
    this.at = 0;
    this.list.replaceChildren(
      ...fitting.map((command, place) => {
        const item = el("li", { role: "option", id: `command-${place}`, "data-name": command.name },
          el("span", { class: "command-name" }, `/${command.name}`), el("span", { class: "command-about", dir: "auto" }, command.about));
        item.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
        item.addEventListener("pointermove", () => this.at !== place && this.mark((this.at = place)));
        item.addEventListener("click", () => this.go(`/${command.name}`));
        return item;
      }),
    );
    this.list.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    return this.mark();
  }

  close() {
    this.list.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }

  mark() {
    [...this.list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === this.at)));
    const item = this.list.children[this.at];
    this.field.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    if (event.isComposing) return;
    const open = !this.list.hidden;
    const chosen = open ? `/${this.list.children[this.at].dataset.name}` : "";
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.go(chosen || this.field.value);
    } else if (open && event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      this.field.value = `${chosen} `;
      this.typed();
    } else if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const many = this.list.children.length;
      this.at = (this.at + (event.key === "ArrowDown" ? 1 : many - 1)) % many;
      this.mark();
    } else if (open && event.key === "Escape") {
      event.preventDefault();
      this.close();
    }
  }
}
