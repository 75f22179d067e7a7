// The one-way stream from the server: resumes where it was, notices silence, and comes back by itself.
import { moved } from "./net.js";

const SILENCE = 40_000; // milliseconds without even a beat: the line is dead though nobody has said so
const HIDDEN = 600_000; // a page nobody looks at gives its connection back (a browser has six for a host)

/** `on` is {up(), down(), hello(data), entry(data), ready(), toast(data), clock(data), gone()}. */
export function listen(on) {
  let source = null;
  let after = 0;
  let watch = 0;
  let again = 0;
  let sleep = 0;
  let pause = 1000;

  const alive = () => {
    clearTimeout(watch);
    watch = setTimeout(reopen, SILENCE);
  };

  const close = () => {
    clearTimeout(watch);
    clearTimeout(again);
    source?.close();
    source = null;
  };

  const handle = (name, act) =>
    source.addEventListener(name, (event) => {
      alive();
      if (event.lastEventId) after = event.lastEventId;
      act?.(JSON.parse(event.data));
    });

  function open() {
    source = new EventSource(`/stream?after=${after}`);
    alive();
    handle("hello", (data) => {
      pause = 1000;
      on.up();
      on.hello(data);
    });
    for (const name of ["entry", "ready", "toast", "clock"]) handle(name, on[name]);
    handle("beat");
    handle("over", () => on.gone());
    source.onerror = () => {
      on.down();
      if (source?.readyState === EventSource.CLOSED) later();
    };
  }

  /** The browser gave up (an error page, or a refusal): find out why, then try again. */
  function later() {
    close();
    again = setTimeout(async () => {
      if ((await moved()) === true) on.gone();
      else reopen();
    }, pause);
    pause = Math.min(15_000, pause * 2);
  }

  function reopen() {
    close();
    open();
  }

  window.addEventListener("online", reopen);
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => event.persisted && reopen());
  document.addEventListener("visibilitychange", () => {
    clearTimeout(sleep);
    if (document.hidden) sleep = setTimeout(close, HIDDEN);
    else if (!source) reopen();
  });
  open();
}
