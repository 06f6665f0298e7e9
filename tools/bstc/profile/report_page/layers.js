"use strict";

// One row per command: searched by words, sorted by any column.

class LayerTable {
  constructor() {
    const share = (command) => command.time_ms / (model.totalMs || 1);
    // Title, value to sort by, text or element to show, right-aligned.
    this.columns = [
      ["#", (c) => c.index, (c) => c.index, true],
      ["node", (c) => c.node, (c) => nodeName(c)],
      ["engine", (c) => c.engine, (c) => this.tag(c.engine)],
      ["operator", (c) => c.label, (c) => c.label],
      ["output", (c) => c.output_shape.reduce((a, b) => a * b, 1), (c) => format.shape(c.output_shape), true],
      ["tiles", (c) => c.tiles, (c) => c.tiles, true],
      ["MACs", (c) => c.macs, (c) => c.macs ? format.prefixed(c.macs) : "–", true],
      ["halos", (c) => c.halos, (c) => c.halos ? format.percent(c.halos) : "–", true],
      ["compute µs", (c) => c.compute_ms, (c) => format.fixed(1e3 * c.compute_ms, 1), true],
      ["DRAM µs", (c) => c.dram_ms, (c) => format.fixed(1e3 * c.dram_ms, 1), true],
      ["DRAM bytes", (c) => c.dramBytes, (c) => c.dramBytes ? format.bytes(c.dramBytes) : "–", true],
      ["time µs", (c) => c.time_ms, (c) => format.fixed(1e3 * c.time_ms, 1), true],
      ["of frame", share, (c) => this.share(share(c)), false],
      ["array", (c) => c.utilisation, (c) => c.macs ? format.percent(c.utilisation) : "–", true],
      ["bound by", (c) => c.bound, (c) => c.tiles ? format.boundText(c.bound) : "rides along"],
    ];
    this.sorted = { column: 0, ascending: true };
    this.words = [];
    this.makeHead();
    this.makeRows();
    this.show();
    byId("search").addEventListener("input", (event) => {
      this.words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
      this.show();
    });
    selection.onChange((picked) => this.mark(picked));
  }

  tag(engine) {
    const tag = element("span", { class: "tag" }, format.boundText(engine));
    tag.style.background = `var(--${engine})`;
    return tag;
  }
  share(part) {
    const bar = element("span", { class: "share" });
    bar.style.width = 2.5 * Math.sqrt(part) + "rem";
    return element("span", { title: format.percent(part) }, bar, " " + format.percent(part));
  }

  makeHead() {
    this.heads = this.columns.map(([title, , , right], column) => {
      const button = element("button", { type: "button" }, title);
      button.addEventListener("click", () => this.sortBy(column));
      return element("th", right ? { class: "right" } : {}, button);
    });
    this.body = element("tbody");
    byId("layer-table").append(element("thead", {}, element("tr", {}, ...this.heads)), this.body);
  }

  makeRows() {
    this.rows = model.commands.map((command) => {
      const row = element("tr", { "data-command": command.index },
        ...this.columns.map(([, , show, right]) =>
          element("td", right ? { class: "right" } : {}, show(command))));
      row.addEventListener("click", () => selection.pick(command.index));
      return row;
    });
    this.texts = model.commands.map((c) =>
      `${c.node} ${c.engine} ${c.op} ${c.label} ${format.shape(c.output_shape)} ${c.bound}`.toLowerCase());
  }

  // A second click turns the order; numbers start with the greatest, except the index.
  sortBy(column) {
    const measure = column > 0 && model.commands.length > 0 &&
      typeof this.columns[column][1](model.commands[0]) === "number";
    const ascending = this.sorted.column === column ? !this.sorted.ascending : !measure;
    this.sorted = { column, ascending };
    this.show();
  }

  show() {
    const value = this.columns[this.sorted.column][1], turn = this.sorted.ascending ? 1 : -1;
    const found = model.commands.filter((c) => this.words.every((word) => this.texts[c.index].includes(word)));
    found.sort((a, b) => {
      const x = value(a), y = value(b);
      return turn * (typeof x === "number" ? x - y : x.localeCompare(y)) || a.index - b.index;
    });
    this.body.replaceChildren(...found.map((command) => this.rows[command.index]));
    this.heads.forEach((head, column) => {
      if (column !== this.sorted.column) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", this.sorted.ascending ? "ascending" : "descending");
    });
    const ms = found.reduce((sum, c) => sum + c.time_ms, 0);
    byId("search-result").textContent = `${found.length} of ${model.commands.length} layers, ` +
      `${format.fixed(ms, 3)} ms, ${format.percent(ms / (model.totalMs || 1))}`;
  }

  mark(picked) {
    this.rows.forEach((row, index) => row.classList.toggle("picked", index === picked));
  }
}
