"use strict";
// Without this script the report is whole; with it, it can be searched and its
// commands can be copied.
const form = document.querySelector(".search");
const find = document.getElementById("find");
const state = document.getElementById("state");
const found = document.getElementById("found");
const kinds = [...form.querySelectorAll("[data-kind]")];
const folds = [...document.querySelectorAll(".fold")].map((element) => ({ element, open: element.open }));

// rowsOf are the rows of people in a body of a table, without the heading that they share.
function rowsOf(body) {
  return [...body.rows].filter((row) => row.firstElementChild.localName === "td");
}

// shownText is what a row says. The boxes of a decision say nothing.
function shownText(row) {
  return [...row.cells].filter((cell) => !cell.classList.contains("decision")).map((cell) => cell.textContent).join(" ").toLowerCase();
}

function readBody(body) {
  const rows = rowsOf(body).map((row) => ({ row, text: shownText(row) }));
  const shared = body.rows.length > rows.length ? body.rows[0].textContent.toLowerCase() : "";
  return { body, rows, shared };
}

function readSection(element) {
  const title = element.querySelector("h2, h3").textContent;
  const parts = [...element.querySelectorAll(".part")].map((part) => {
    const table = part.querySelector(".changes");
    return { part, state: table.dataset.state, title: `${title} ${table.caption.textContent}`.toLowerCase(), bodies: [...table.tBodies].map(readBody) };
  });
  return { element, parts, instead: element.querySelector(".instead") };
}

// A page of 50,000 rows is read when somebody searches it, not when it opens.
let sections = null;
function read() {
  sections ??= [...document.querySelectorAll(".searched")].map(readSection);
  return sections;
}

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

function searchBody({ body, rows, shared }, title, words, kind) {
  const own = words.filter((word) => !shared.includes(word) && !title.includes(word));
  const hits = rows.map(({ row, text }) => own.every((word) => text.includes(word)) && isOfKind[kind](row));
  const shown = hits.filter(Boolean).length;
  body.hidden = shown === 0;
  if (shown > 0) { // else the body hides them
    for (const [i, { row }] of rows.entries()) {
      if (row.hidden === hits[i]) row.hidden = !hits[i];
    }
  }
  return [rows.length, shown];
}

function searchPart({ part, state: of, title, bodies }, words, kind) {
  let all = 0;
  let hits = 0;
  for (const body of bodies) {
    const [allHere, hitsHere] = searchBody(body, title, words, kind);
    all += allHere;
    hits += hitsHere;
  }
  if (state.value !== "" && state.value !== of) hits = 0;
  part.hidden = hits === 0;
  return [all, hits];
}

// searchSection hides a command where not all of its people are shown.
function searchSection(section, words, kind, idle) {
  let all = 0;
  let hits = 0;
  for (const part of section.parts) {
    const [allHere, hitsHere] = searchPart(part, words, kind);
    all += allHere;
    hits += hitsHere;
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
  for (const section of read()) {
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
form.hidden = document.querySelector(".searched") === null;

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
