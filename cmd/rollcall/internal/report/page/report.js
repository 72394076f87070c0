"use strict";
// Without this script the report is whole; with it, it can be searched.
const form = document.querySelector(".search");
const find = document.getElementById("find");
const state = document.getElementById("state");
const found = document.getElementById("found");
const sections = [...document.querySelectorAll(".organization")].map((element) => ({
  element,
  title: element.querySelector("h2").textContent.toLowerCase(),
  parts: [...element.querySelectorAll(".part")].map((part) => {
    const table = part.querySelector(".changes");
    return { part, state: table.dataset.state, rows: [...table.tBodies[0].rows].map((row) => ({ row, text: row.textContent.toLowerCase() })) };
  }),
}));

function search() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  const idle = words.length === 0 && state.value === "";
  let all = 0;
  let hits = 0;
  for (const section of sections) {
    let here = 0;
    for (const { part, state: of, rows } of section.parts) {
      let shown = 0;
      for (const { row, text } of rows) {
        const hit = (state.value === "" || state.value === of) && words.every((word) => text.includes(word) || section.title.includes(word));
        if (row.hidden === hit) row.hidden = !hit;
        if (hit) shown++;
      }
      part.hidden = shown === 0;
      all += rows.length;
      here += shown;
    }
    section.element.hidden = !idle && here === 0;
    hits += here;
  }
  found.textContent = idle ? "" : `${hits} of ${all} ${form.dataset.noun}`;
}

let waiting = 0;
find.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(search, 120);
});
state.addEventListener("change", search);
form.addEventListener("submit", (event) => event.preventDefault());
form.hidden = sections.length === 0;
