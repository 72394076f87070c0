
// The decisions of a review: the page counts them and saves them as the CSV that a
// source reads back.
{
  const bar = document.querySelector(".decided");
  const tables = [...document.querySelectorAll(".access")];
  const all = Number(bar.dataset.rows);
  const label = document.getElementById("decided");
  const done = new Set(); // the names of the pairs of boxes with a decision
  let unsaved = false;
  let named = 0;

  // The word beside a box is what the file says.
  const decision = (row) => row.querySelector("input:checked")?.parentNode.textContent.trim() ?? "";

  function box(row, name, word) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "radio";
    input.name = name;
    input.setAttribute("aria-label", `${word} ${row.cells[0].textContent}`);
    label.append(input, word);
    return label;
  }

  const peopleOf = (table) => [...table.tBodies].flatMap(rowsOf);

  // giveBoxes replaces the boxes for a pen, which the style draws. Thousands of them would
  // make the page slow, so a table gets its own when somebody sees it.
  function giveBoxes(table) {
    if (table.classList.contains("boxes")) return;
    table.classList.add("boxes");
    for (const row of peopleOf(table)) {
      const name = `d${named++}`;
      const cell = row.insertCell();
      cell.className = "decision";
      cell.append(box(row, name, "keep"), box(row, name, "remove"));
    }
  }

  const onScreen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) giveBoxes(target);
    }
  });
  for (const table of tables) onScreen.observe(table);

  function count() {
    label.textContent = `${done.size.toLocaleString("en")} of ${all.toLocaleString("en")} decided`;
  }

  function decided(...inputs) {
    for (const input of inputs) done.add(input.name);
    unsaved = true;
    count();
  }

  // roleOf is the role of a row that has one of its own, without what is marked beside it.
  function roleOf(row, body) {
    const at = [...body.parentNode.tHead.rows[0].cells].findIndex((cell) => cell.textContent === "Role");
    const text = row.cells[at].firstChild;
    return text?.nodeType === Node.TEXT_NODE ? text.data.trim() : "";
  }

  // linesOf are the rows of the file for a body of a table. What the rows share stands
  // once in the body: the role, and the ids of the memberships behind their common begin.
  function linesOf(body) {
    const [begin, ...ids] = (body.dataset.memberships ?? "").split(",");
    const { organization } = body.parentNode.dataset;
    return rowsOf(body).map((row, i) => {
      const membership = ids[i] ? begin + ids[i] : "";
      const cells = row.dataset.row ?? [body.dataset.role ?? roleOf(row, body), row.cells[0].textContent, row.cells[2].textContent, membership].join(",");
      return `${organization},${cells},${decision(row)}`;
    });
  }

  function save() {
    const lines = [bar.dataset.header, ...tables.flatMap((table) => [...table.tBodies].flatMap(linesOf))];
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
    const kept = [];
    for (const row of peopleOf(table)) {
      if (row.hidden || row.parentNode.hidden || decision(row) !== "") continue;
      const keep = row.querySelector("input"); // the first box is keep
      keep.checked = true;
      kept.push(keep);
    }
    decided(...kept);
  }

  for (const table of document.querySelectorAll(".access[data-state=explained]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "keep the rest";
    button.setAttribute("aria-label", `keep the rest of ${table.caption.textContent}`);
    button.addEventListener("click", () => keepRest(table));
    table.before(button);
  }

  document.addEventListener("change", (event) => event.target.type === "radio" && decided(event.target));
  document.getElementById("save").addEventListener("click", save);
  window.addEventListener("beforeunload", (event) => unsaved && event.preventDefault());
  bar.hidden = all === 0;
  count();
}
