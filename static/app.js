// What the pages do beyond links and forms: theme switch, keys, dialogs, and words when htmx gets no answer.
(() => {
  "use strict";
  const one = (selector) => document.querySelector(selector);

  // Theme
  const showTheme = () => {
    for (const button of document.querySelectorAll("[data-theme-choice-button]")) {
      const isChosen = button.dataset.themeChoiceButton === document.documentElement.dataset.themeChoice;
      button.setAttribute("aria-pressed", String(isChosen));
      button.classList.toggle("active", isChosen);
    }
  };
  const chooseTheme = (theme) => {
    try {
      localStorage.setItem("theme", theme);
    } catch {
      return; // storage may be switched off
    }
    dispatchEvent(new Event("themechosen"));
    showTheme();
  };

  // Notes: short messages that go away by themselves
  const note = (text) => {
    const line = document.createElement("div");
    line.className = "alert alert-danger alert-important shadow m-0";
    line.setAttribute("role", "alert");
    line.textContent = text;
    one("#notes")?.append(line);
    setTimeout(() => line.remove(), 8000);
  };

  // Keys: "/" searches, "?" explains, "g" and a letter go somewhere
  const showKeys = () => {
    const list = one("#keys dl");
    if (!list.dataset.isFilled) {
      for (const link of document.querySelectorAll("a[data-keys]:not([data-keys=''])")) {
        const keys = document.createElement("dt");
        keys.append(
          ...link.dataset.keys.split(" ").map((key) => {
            const cap = document.createElement("kbd");
            cap.textContent = key;
            return cap;
          }),
        );
        const label = document.createElement("dd");
        label.textContent = link.dataset.label;
        list.append(keys, label);
      }
      list.dataset.isFilled = "yes";
    }
    one("#keys").showModal();
  };
  let firstKey = "";
  const onKey = (event) => {
    const isTyping = event.target.closest("input, textarea, select, [contenteditable], dialog");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    if (firstKey) {
      const link = document.querySelector(`a[data-keys="${CSS.escape(firstKey)} ${CSS.escape(event.key)}"]`);
      firstKey = "";
      if (link) {
        event.preventDefault();
        link.click();
      }
      return;
    }
    if (event.key === "g") {
      firstKey = "g";
      setTimeout(() => (firstKey = ""), 1500);
    } else if (event.key === "/") {
      const search = one("main [type=search]") || one("[type=search]");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    } else if (event.key === "?") {
      event.preventDefault();
      showKeys();
    }
  };

  document.addEventListener("click", (event) => {
    const theme = event.target.closest("[data-theme-choice-button]");
    if (theme) chooseTheme(theme.dataset.themeChoiceButton);
    if (event.target.closest("[data-show-keys]")) showKeys();
  });
  document.addEventListener("keydown", onKey);
  document.addEventListener("DOMContentLoaded", showTheme);

  // Asked before a step that is not easily undone; works for plain and for htmx forms
  document.addEventListener(
    "submit",
    (event) => {
      const question = event.submitter?.dataset.confirm || event.target.dataset.confirm;
      if (question && !confirm(question)) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    },
    true,
  );

  // htmx: no polling behind the person's back, no sign-in page inside a fragment, no silence
  document.addEventListener("htmx:beforeRequest", (event) => {
    const isPoll = event.detail.requestConfig.verb === "get" && !event.detail.requestConfig.triggeringEvent;
    if (isPoll && document.hidden) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const answered = new URL(event.detail.xhr.responseURL || location.href).pathname;
    if (answered === document.body.dataset.signIn) {
      event.preventDefault();
      location.reload();
    }
  });
  let opened = []; // what a person unfolded stays so when its fragment renews itself
  document.addEventListener("htmx:beforeSwap", (event) => {
    opened = [...event.detail.target.querySelectorAll("details[open][id]")].map((details) => details.id);
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const id of opened) {
      const details = document.getElementById(id);
      if (details) details.open = true;
    }
  });
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    note(
      status === 403
        ? "Your role does not allow this. Ask the owner."
        : `That did not work (status ${status}). Reload the page and try again; the log says more.`,
    );
  });
  document.addEventListener("htmx:sendError", () => note("The server does not answer. Is it running?"));
})();
