// Sets light or dark before anything is painted: what the person chose, else what the system wants. A classic script, so
// that it runs first; everything else is a module.
(() => {
  "use strict";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try {
      return localStorage.getItem("morsel.theme");
    } catch {
      return null;
    }
  };
  const show = () => {
    const theme = chosen() || (dark.matches ? "dark" : "light");
    document.documentElement.dataset.theme = theme;
    document.querySelector("meta[name=theme-color]").content = theme === "dark" ? "#1b1613" : "#fbf4e9";
    const button = document.getElementById("theme");
    if (button) {
      const other = theme === "dark" ? button.dataset.light : button.dataset.dark;
      button.setAttribute("aria-label", other);
      button.title = other;
    }
  };
  const toggle = () => {
    const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    try {
      if ((next === "dark") === dark.matches) localStorage.removeItem("morsel.theme");
      else localStorage.setItem("morsel.theme", next);
    } catch {
      document.documentElement.dataset.theme = next;
      return;
    }
    show();
  };
  show();
  dark.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", () => {
    show();
    document.getElementById("theme")?.addEventListener("click", toggle);
  });
})();
