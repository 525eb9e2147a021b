"use strict";
(() => {
  const root = document.documentElement, button = document.querySelector("button.theme");
  const next = { auto: "dark", dark: "light", light: "auto" };
  const show = (theme) => {
    if (theme === "auto") root.removeAttribute("data-theme"); else root.setAttribute("data-theme", theme);
    button.textContent = "Theme: " + theme;
  };
  let theme = root.getAttribute("data-theme") || "auto";
  button.hidden = false;
  button.addEventListener("click", () => show(theme = next[theme]));
  show(theme);
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
})();
