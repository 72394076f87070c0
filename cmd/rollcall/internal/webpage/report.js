"use strict";
// Without this script the report is whole; with it, it can be searched and its
// commands can be copied.
const form = document.querySelector(".search");
const find = document.getElementById("find");
const state = document.getElementById("state");
const found = document.getElementById("found");
const kinds = [...form.querySelectorAll("[data-kind]")];
const folds = [...document.querySelectorAll(".fold")].map((element) => ({ element, open: element.open }));

// shownText is what a row says. The boxes of a decision say nothing.
function shownText(row) {
  return [...row.cells].filter((cell) => !cell.classList.contains("decision")).map((cell) => cell.textContent).join(" ").toLowerCase();
}

const sections = [...document.querySelectorAll(".searched")].map((element) => {
  const title = element.querySelector("h2, h3").textContent;
  const parts = [...element.querySelectorAll(".part")].map((part) => {
    const table = part.querySelector(".changes");
    const rows = [...table.tBodies[0].rows].map((row) => ({ row, text: shownText(row) }));
    return { part, state: table.dataset.state, title: `${title} ${table.caption.textContent}`.toLowerCase(), rows };
  });
  return { element, parts, instead: element.querySelector(".instead") };
});

const isOfKind = {
  "": () => true,
  add: (row) => row.cells[0].className === "add",
  remove: (row) => row.cells[0].className === "remove",
  admin: (row) => row.querySelector("b") !== null,
  undecided: (row) => row.querySelector(":checked") === null,
};

function pressedKind() {
  return kinds.find((button) => button.getAttribute("aria-pressed") === "true")?.dataset.kind ?? "";
}

function searchPart({ part, state: of, title, rows }, words, kind) {
  let shown = 0;
  for (const { row, text } of rows) {
    const hit = (state.value === "" || state.value === of) && isOfKind[kind](row) && words.every((word) => text.includes(word) || title.includes(word));
    if (row.hidden === hit) row.hidden = !hit;
    if (hit) shown++;
  }
  part.hidden = shown === 0;
  return shown;
}

// searchSection hides a command where not all of its people are shown.
function searchSection(section, words, kind, idle) {
  let all = 0;
  let hits = 0;
  for (const part of section.parts) {
    all += part.rows.length;
    hits += searchPart(part, words, kind);
  }
  section.element.hidden = !idle && hits === 0;
  if (section.instead) {
    section.instead.hidden = hits === all;
    section.element.querySelector("dl").hidden = hits !== all;
  }
  return [all, hits];
}

function search() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  const kind = pressedKind();
  const idle = words.length === 0 && state.value === "" && kind === "";
  let all = 0;
  let hits = 0;
  for (const section of sections) {
    const [allHere, hitsHere] = searchSection(section, words, kind, idle);
    all += allHere;
    hits += hitsHere;
  }
  for (const { element, open } of folds) {
    element.open = idle ? open : true;
    element.hidden = !idle && element.querySelector(".part:not([hidden])") === null && element.querySelector(".part") !== null;
  }
  found.textContent = idle ? "" : `${hits.toLocaleString("en")} of ${all.toLocaleString("en")} ${form.dataset.noun}`;
}

let waiting = 0;
find.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(search, 120);
});
state.addEventListener("change", search);
for (const button of kinds) {
  button.addEventListener("click", () => {
    const pressed = button.getAttribute("aria-pressed") === "true";
    for (const other of kinds) other.setAttribute("aria-pressed", String(other === button && !pressed));
    search();
  });
}
form.addEventListener("submit", (event) => event.preventDefault());
form.hidden = sections.length === 0;

// A desktop shows one line for each person until somebody asks for the user ids.
const ids = form.querySelector(".ids");
document.documentElement.classList.add("short");
ids.addEventListener("click", () => ids.setAttribute("aria-pressed", String(!document.documentElement.classList.toggle("short"))));

// Paper has no folds.
window.addEventListener("beforeprint", () => {
  document.documentElement.classList.remove("short");
  for (const { element } of folds) element.open = true;
});
window.addEventListener("afterprint", () => {
  document.documentElement.classList.toggle("short", ids.getAttribute("aria-pressed") !== "true");
  search();
});

async function copy(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    getSelection().selectAllChildren(code);
    return document.execCommand("copy");
  }
  return true;
}

for (const code of document.querySelectorAll(".command code")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "copy";
  button.addEventListener("click", async () => {
    button.textContent = (await copy(code)) ? "copied" : "press Ctrl-C";
    setTimeout(() => (button.textContent = "copy"), 2000);
  });
  code.after(button);
}
