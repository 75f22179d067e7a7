// Sends files, with progress. A file that could not be sent can be tried again with the id it was born with.
import { byId, el, fill, locale, makeId, toast } from "./dom.js";
import { pageHeader, understand } from "./net.js";

export class Uploads {
  /** `on` is {shown(node), sent(node, upto, name), gone()}. */
  constructor(boot, on) {
    this.boot = boot;
    this.texts = boot.texts;
    this.on = on;
    const input = byId("file");
    byId("attach").addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      for (const file of input.files) this.start(file);
      input.value = "";
    });
    this.dropping();
  }

  dropping() {
    const drop = byId("drop");
    let inside = 0;
    const files = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
    const show = (by) => (drop.hidden = (inside = Math.max(0, inside + by)) === 0);
    addEventListener("dragenter", (event) => files(event) && show(1));
    addEventListener("dragleave", (event) => files(event) && show(-1));
    addEventListener("dragover", (event) => files(event) && event.preventDefault());
    addEventListener("drop", (event) => {
      if (!files(event)) return;
      event.preventDefault();
      inside = 0;
      drop.hidden = true;
      for (const item of event.dataTransfer.items) {
        if (item.webkitGetAsEntry?.()?.isDirectory) toast(this.texts.file_folder);
        else if (item.kind === "file") this.start(item.getAsFile());
      }
    });
  }

  size(bytes) {
    const [value, unit] = bytes < 1e6 ? [Math.max(1, bytes / 1e3), "kB"] : [bytes / 1e6, "MB"];
    return `${value.toLocaleString(locale(), { maximumFractionDigits: value < 10 ? 1 : 0 })} ${unit}`;
  }

  start(file) {
    if (file.size > this.boot.uploadLimit) {
      return toast(fill(this.texts.file_too_big, { name: file.name, limit: this.size(this.boot.uploadLimit) }));
    }
    const bar = el("progress", { max: 100, value: 0, "aria-label": fill(this.texts.file_sending, { name: file.name }) });
    const state = el("p", { class: "file-state", role: "status" });
    const actions = el("div", { class: "foot" });
    const card = el("div", { class: "card" }, el("p", { class: "words", dir: "auto" }, `📎 ${file.name}`), bar, state, actions);
    const node = el("article", { class: "bubble mine file", tabindex: -1 }, card);
    const upload = { file, id: makeId(), node, bar, state, actions };
    this.on.shown(node);
    return this.send(upload);
  }

  send(upload) {
    const { file, bar, state, actions } = upload;
    const query = new URLSearchParams({ id: upload.id, name: file.name });
    const request = new XMLHttpRequest();
    request.open("POST", `/file?${query}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.setRequestHeader("x-morsel-page", pageHeader()["x-morsel-page"]);
    const step = (done) => {
      const percent = Math.round((100 * done) / Math.max(1, file.size));
      bar.value = percent;
      state.textContent = percent < 100 ? fill(this.texts.file_percent, { percent, size: this.size(file.size) }) : this.texts.file_checking;
    };
    request.upload.addEventListener("progress", (event) => step(event.loaded));
    request.addEventListener("load", () => this.answered(upload, understand(request.status, request.responseText, request.getResponseHeader("retry-after"))));
    request.addEventListener("error", () => this.answered(upload, understand(0, "", null)));
    actions.replaceChildren(el("button", { class: "link", type: "button", click: () => request.abort() || upload.node.remove() }, this.texts.file_cancel));
    bar.hidden = false;
    step(0);
    request.send(file);
  }

  answered(upload, answer) {
    const { node, bar, state, actions, file } = upload;
    bar.hidden = true;
    if (answer.ok) {
      state.textContent = `${this.texts.file_sent} · ${this.size(file.size)}`;
      actions.replaceChildren();
      return this.on.sent(node, answer.body.upto || 0, file.name);
    }
    if (answer.status === 401 || answer.status === 409) return this.on.gone();
    state.textContent = [fill(this.texts.file_failed, { name: file.name }), answer.status === 413 ? answer.body.say : ""].join(" ");
    const again = el("button", { class: "link", type: "button", click: () => this.send(upload) }, this.texts.try_again);
    const discard = el("button", { class: "link", type: "button", click: () => node.remove() }, this.texts.discard);
    return actions.replaceChildren(...(answer.retry ? [again, discard] : [discard]));
  }
}
