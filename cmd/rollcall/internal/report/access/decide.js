
// The decisions of a review: the page counts them and saves them as the CSV that a
// source reads back.
{
  const bar = document.querySelector(".decided");
  const rows = [...document.querySelectorAll("tr[data-row]")];
  const label = document.getElementById("decided");
  let unsaved = false;
  let named = 0;

  // The word beside a box is what the file says.
  const decision = (row) => row.querySelector("input:checked")?.parentNode.textContent.trim() ?? "";

  function box(row, name, word) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "radio";
    input.name = name;
    input.setAttribute("aria-label", `${word} ${row.cells[1].firstChild.textContent.trim()}`);
    label.append(input, word);
    return label;
  }

  // giveBoxes replaces the boxes for a pen. Thousands of them would make the page slow,
  // so a table gets its own when somebody sees it.
  function giveBoxes(table) {
    if (table.querySelector("input") !== null) return;
    for (const row of table.tBodies[0].rows) {
      const name = `d${named++}`;
      row.querySelector(".decision").replaceChildren(box(row, name, "keep"), box(row, name, "remove"));
    }
  }

  const onScreen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) giveBoxes(target);
    }
  });
  for (const table of document.querySelectorAll(".changes")) onScreen.observe(table);

  function count() {
    const done = document.querySelectorAll(".decision input:checked").length;
    label.textContent = `${done.toLocaleString("en")} of ${rows.length.toLocaleString("en")} decided`;
  }

  function decided() {
    unsaved = true;
    count();
  }

  function save() {
    const lines = [bar.dataset.header, ...rows.map((row) => `${row.closest("table").dataset.organization},${row.dataset.row},${decision(row)}`)];
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
    link.download = "review.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    unsaved = false;
  }

  // keepRest decides what is not decided yet in a list that a rule explains.
  function keepRest(table) {
    giveBoxes(table);
    for (const row of table.tBodies[0].rows) {
      if (!row.hidden && decision(row) === "") row.querySelector("input").checked = true; // the first box is keep
    }
    decided();
  }

  for (const table of document.querySelectorAll(".changes[data-state=explained]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "keep the rest";
    button.setAttribute("aria-label", `keep the rest of ${table.caption.textContent}`);
    button.addEventListener("click", () => keepRest(table));
    table.before(button);
  }

  document.addEventListener("change", (event) => event.target.type === "radio" && decided());
  document.getElementById("save").addEventListener("click", save);
  window.addEventListener("beforeunload", (event) => unsaved && event.preventDefault());
  bar.hidden = rows.length === 0;
  count();
}
