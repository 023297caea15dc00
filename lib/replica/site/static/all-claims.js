/* The table of all claims: filtered by words, article and verdict; the first hundred matches are shown. */
(() => {
  "use strict";
  const PAGE = 100;
  const place = document.getElementById("all-claims");
  const { chapters, rows } = window.replicaClaims;
  const texts = rows.map((row) => row.slice(1).join(" ").toLowerCase());
  let limit = PAGE;

  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  const input = make("input", { type: "search" });
  const chapter = make("select");
  const verdict = make("select");
  chapter.add(new Option("all", ""));
  chapters.forEach(([, title], index) => chapter.add(new Option(title, index)));
  for (const value of ["", ...new Set(rows.map((row) => row[5]))]) verdict.add(new Option(value || "all", value));
  const count = make("output");
  const tools = make(
    "div",
    { className: "table-tools" },
    make("label", {}, "Filter claims ", input),
    make("label", {}, "Article ", chapter),
    make("label", {}, "Verdict ", verdict),
    count,
  );
  const body = make("tbody");
  const head = make("tr");
  for (const name of ["Article", "Claim", "Where", "Printed", "Verdict"]) head.append(make("th", { scope: "col" }, name));
  const table = make(
    "table",
    { className: "book claims" },
    make("caption", {}, make("span", {}, "All claims, in the order of the journal")),
    make("thead", {}, head),
    body,
  );
  const box = make("div", { className: "table-box long", tabIndex: 0 }, table);
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", "All claims");
  const more = make("button", { type: "button", className: "more" }, "Show more");

  function line([index, id, where, statement, printed, result]) {
    const [slug, title] = chapters[index];
    const name = slug ? make("a", { href: `../chapters/${slug}.html#claim-${encodeURIComponent(id)}` }, id) : id;
    const words = make("td", {}, statement + (printed ? " " : ""), ...(printed ? [make("strong", {}, printed)] : []));
    const kind = `verdict is-${result.replace(/ /g, "-")}`;
    return make(
      "tr",
      {},
      make("td", { title }, String(parseInt(title, 10))),
      make("th", { scope: "row" }, name),
      make("td", {}, where),
      words,
      make("td", {}, make("span", { className: kind }, result)),
    );
  }

  function update() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kept = rows.filter(
      (row, k) =>
        (chapter.value === "" || row[0] === Number(chapter.value)) &&
        (verdict.value === "" || row[5] === verdict.value) &&
        words.every((word) => texts[k].includes(word)),
    );
    body.replaceChildren(...kept.slice(0, limit).map(line));
    count.textContent = `${kept.length} of ${rows.length} claims`;
    more.hidden = kept.length <= limit;
  }

  const restart = () => {
    limit = PAGE;
    update();
  };
  input.addEventListener("input", restart);
  chapter.addEventListener("change", restart);
  verdict.addEventListener("change", restart);
  more.addEventListener("click", () => {
    limit += PAGE;
    update();
  });
  place.replaceChildren(tools, box, more);
  update();
})();
