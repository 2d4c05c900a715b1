// Runs before the first paint: the chosen theme, or the system's.
(() => {
  "use strict";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try {
      return localStorage.getItem("theme") || "auto";
    } catch {
      return "auto"; // storage may be switched off
    }
  };
  const apply = () => {
    const theme = chosen();
    root.dataset.themeChoice = theme;
    root.dataset.bsTheme = theme === "auto" ? (system.matches ? "dark" : "light") : theme;
  };
  root.classList.add("js");
  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", apply);
  addEventListener("themechosen", apply);
})();
