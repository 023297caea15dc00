/* Tables that can be filtered and sorted, boxes that take the focus only where they scroll, links into folded parts.
   The page is complete without this script. */
(() => {
  "use strict";

  function fitBox(box) {
    if (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }

  function plainNumber(text) {
    const cleaned = text.replace(/[\s,*%]/g, "").replace(/−/g, "-");
    return cleaned !== "" && isFinite(cleaned) ? Number(cleaned) : null;
  }

  function compare(a, b) {
    const [x, y] = [plainNumber(a), plainNumber(b)];
    if (x !== null && y !== null) return x - y;
    if (a === "" || b === "") return a === b ? 0 : a === "" ? 1 : -1;
    return a.localeCompare(b, "en", { numeric: true });
  }

  function makeSortable(table) {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      if (!head.textContent.trim()) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const text = (row) => row.cells[column].textContent.trim();
        const rows = [...body.rows].sort((a, b) => compare(text(a), text(b)) * (down ? -1 : 1));
        body.append(...rows);
      });
    });
  }

  function chooser(table, column) {
    const label = document.createElement("label");
    const select = document.createElement("select");
    const values = new Set([...table.tBodies[0].rows].map((row) => row.cells[column].dataset.value));
    for (const value of ["", ...values]) select.add(new Option(value || "all", value));
    label.append(table.tHead.rows[0].cells[column].textContent.trim() + " ", select);
    return { label, select, keeps: (row) => !select.value || row.cells[column].dataset.value === select.value };
  }

  function makeSearchable(table, number) {
    const rows = [...table.tBodies[0].rows];
    const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
    const tools = document.createElement("div");
    tools.className = "table-tools";
    const label = document.createElement("label");
    const input = document.createElement("input");
    const count = document.createElement("output");
    input.type = "search";
    input.id = `table-search-${number}`;
    label.append("Filter rows ", input);
    count.setAttribute("for", input.id);
    const choice = table.dataset.choose ? chooser(table, Number(table.dataset.choose)) : null;
    tools.append(label, ...(choice ? [choice.label] : []), count);
    (table.closest(".table-box") || table).before(tools);
    const update = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const keep = words.every((word) => texts.get(row).includes(word)) && (!choice || choice.keeps(row));
        row.hidden = !keep;
        shown += keep;
      }
      count.textContent = `${shown} of ${rows.length} rows`;
    };
    input.addEventListener("input", update);
    if (choice) choice.select.addEventListener("change", update);
    update();
    makeSortable(table);
  }

  function openTarget() {
    let target = null;
    try {
      target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return;
    }
    if (!target) return;
    let folded = false;
    for (let node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS" && !node.open) folded = node.open = true;
    }
    if (folded) target.scrollIntoView();
  }

  document.querySelectorAll("table.searchable").forEach(makeSearchable);
  const boxes = document.querySelectorAll(".table-box, div.highlight pre, .cell_output pre, div.math");
  const words = (box) => (box.matches("div.math") ? "Formula" : box.closest(".cell_output") ? "Output" : "Code");
  const observer = new ResizeObserver((entries) => entries.forEach((entry) => fitBox(entry.target)));
  boxes.forEach((box) => {
    if (!box.hasAttribute("aria-label")) {
      box.setAttribute("role", "group"); // no landmark: a page has dozens
      box.setAttribute("aria-label", words(box));
    }
    observer.observe(box);
  });
  document.addEventListener("toggle", (event) => event.target.querySelectorAll?.(".table-box").forEach(fitBox), true);
  addEventListener("hashchange", openTarget);
  openTarget();
})();
