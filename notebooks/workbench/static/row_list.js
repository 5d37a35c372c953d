// A table whose rows can be chosen by click or arrow keys. Everything is set as text, never as markup.
function cellOf(cell) {
  const td = document.createElement("td");
  if (cell !== null && typeof cell === "object") {
    const span = document.createElement("span");
    span.className = `iw-badge iw-${cell.tone}`;
    span.textContent = cell.text;
    td.append(span);
  } else {
    td.textContent = cell ?? "";
  }
  return td;
}

export default {
  render({ model, el }) {
    const box = document.createElement("div");
    box.className = "iw-rows";
    box.tabIndex = 0;
    el.append(box);

    function choose(index) {
      const rows = model.get("rows");
      if (!rows.length) return;
      model.set("selected", Math.max(0, Math.min(rows.length - 1, index)));
      model.save_changes();
    }

    function mark() {
      const selected = model.get("selected");
      box.querySelectorAll("tbody tr").forEach((tr, index) => {
        const is = index === selected;
        tr.classList.toggle("iw-selected", is);
        tr.setAttribute("aria-selected", String(is));
        if (is && box.matches(":focus-within")) tr.scrollIntoView({ block: "nearest" });
      });
    }

    function draw() {
      const top = box.scrollTop;
      const atEnd = box.scrollHeight - box.clientHeight - top < 30;
      const table = document.createElement("table");
      table.setAttribute("role", "grid");
      table.setAttribute("aria-label", model.get("label"));
      const head = table.createTHead().insertRow();
      for (const name of model.get("columns")) {
        const th = document.createElement("th");
        th.textContent = name;
        head.append(th);
      }
      const body = table.createTBody();
      model.get("rows").forEach((row, index) => {
        const tr = body.insertRow();
        const cells = row.map(cellOf);
        cells.slice(-model.get("wraps")).forEach((td) => td.classList.add("iw-wrap"));
        tr.append(...cells);
        tr.addEventListener("click", () => choose(index));
      });
      if (!model.get("rows").length) {
        const td = body.insertRow().insertCell();
        td.colSpan = Math.max(1, model.get("columns").length);
        td.className = "iw-empty";
        td.textContent = model.get("empty");
      }
      box.replaceChildren(table);
      box.style.maxHeight = `${model.get("height")}px`;
      box.scrollTop = model.get("follow") && atEnd ? box.scrollHeight : top;
      mark();
    }

    box.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      choose(model.get("selected") + step);
    });
    for (const name of ["rows", "columns", "height"]) model.on(`change:${name}`, draw);
    model.on("change:selected", mark);
    draw();
  },
};
