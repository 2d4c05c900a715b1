// Keys of the review page: j and k move, a accepts, r rejects, u undoes, x ticks.
(() => {
  "use strict";
  const rows = () => [...document.querySelectorAll("[data-waiting]")].filter((row) => row.offsetParent !== null);
  let place = -1; // of the row that was last chosen, kept when htmx replaces it

  const go = (step) => {
    const all = rows();
    if (!all.length) return;
    place = Math.min(Math.max(place + step, 0), all.length - 1);
    all[place].focus({ preventScroll: true });
    all[place].scrollIntoView({ block: "nearest" });
  };
  const decide = (decision) => {
    const button = rows()[place]?.querySelector(`button[value="${decision}"], button[data-decision="${decision}"]`);
    button?.click();
  };
  const keys = {
    j: () => go(1),
    k: () => go(-1),
    a: () => decide("accept"),
    r: () => decide("reject"),
    u: () => decide("undo"),
    x: () => rows()[place]?.querySelector("[type=checkbox]")?.click(),
  };

  let isAfterG = false; // "g r" leads somewhere else
  document.addEventListener("keydown", (event) => {
    const isElsewhere = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog");
    if (isElsewhere || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = isAfterG ? undefined : keys[event.key];
    isAfterG = event.key === "g";
    if (act) {
      event.preventDefault();
      act();
    }
  });
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-waiting]");
    if (row) place = rows().indexOf(row);
  });
  document.addEventListener("htmx:afterSettle", () => rows()[place]?.focus({ preventScroll: true }));
})();
