"use strict";

// Puts the page together.

(() => {
  const report = JSON.parse(byId("report-data").textContent);
  const page = JSON.parse(byId("page-data").textContent);
  const fileName = (path) => path.split(/[\\/]/).pop();

  function tile(label, value, note = "") {
    byId("tiles").append(element("div", {class: "tile"}, element("div", {class: "label"}, label),
      element("div", {class: "value"}, value), element("div", {class: "note"}, note)));
  }

  function drawTiles() {
    const accuracy = report.accuracy;
    if (accuracy) {
      tile("mAP50-95", precision(accuracy.model.map50_95),
        `mAP50 ${precision(accuracy.model.map50)}, ${accuracy.pictures} pictures`);
      if (accuracy.reference)
        tile("of the reference", precision(accuracy.reference.map50_95), `mAP50 ${precision(accuracy.reference.map50)}`);
      for (const cured of accuracy.cured)
        tile(`without fault ${cured.fault + 1}`, precision(cured.map50_95), cured.how);
      if (accuracy.all_undone)
        tile("all edits undone", precision(accuracy.all_undone.map50_95),
          `mAP50 ${precision(accuracy.all_undone.map50)}`);
    }
    const faults = report.faults.filter((fault) => fault.severity === "error").length;
    tile("faults", String(faults), `${counted(report.faults.length - faults, "warning")}, ${counted(report.hints.length, "hint")}`);
    const behind = page.tensors.map((tensor) => tensor.behind).filter((value) => typeof value === "number");
    if (behind.length)
      tile("worst layer, end to end", decibels(Math.min(...behind)), `${report.pictures} pictures`);
  }

  function drawFault(fault, index) {
    const list = element("dl");
    const row = (name, ...content) =>
      list.append(element("dt", {}, name), element("dd", name === "cure" ? {class: "cure"} : {}, ...content));
    if (fault.cost) row("cost", fault.cost);
    for (const other of fault.also) row(`also: ${other.basis}`, other.text);
    row("cure", fault.cure);
    const more = fault.layers.length - 1;
    const card = element("article", {class: `card fault ${fault.severity}`, id: `fault-${index}`},
      element("header", {},
        element("h2", {}, `${index + 1}  ${fault.layer || "the whole network"}${more > 0 ? ` and ${more} more` : ""}`),
        element("span", {class: "pill"}, `${fault.severity}, ${fault.certainty}`),
        element("span", {class: "quiet"}, `${fault.code}, by the ${fault.basis}`)),
      element("p", {}, fault.text), list);
    const graph = page.graphs[index] || {};
    const graphs = element("div", {class: "graphs"});
    const figure = (title, of) =>
      of && graphs.append(element("figure", {}, element("figcaption", {}, title), drawGraph(of, of === graph.reference)));
    figure(`${fileName(report.model)}${graph.reference ? " (B)" : ""}`, graph.model);
    figure(`the reference, ${fileName(report.reference || "")} (A)`, graph.reference);
    if (graphs.children.length) card.append(graphs);
    byId("faults").append(card);
  }

  function fill(id, texts) {
    for (const text of texts) byId(id).append(element("li", {}, text));
  }

  byId("title").textContent = fileName(report.model);
  byId("subtitle").textContent = report.reference ? `against ${fileName(report.reference)}` : "by itself";
  const verdict = byId("verdict");
  verdict.textContent = page.verdict.slice(page.verdict.indexOf(": ") + 2);
  verdict.classList.add(report.faulty ? "error" : report.faults.length ? "warning" : "good");
  drawTiles();
  drawStrip(report, page);
  report.faults.forEach(drawFault);
  drawHistograms(page);
  fill("looked-at", [...report.looked_at, ...report.notes,
    ...report.more_would_tell.map((text) => `more would tell: ${text}`)]);
  fill("hints", report.hints.length ? report.hints.map((hint) => hint.text) : ["none"]);
  document.documentElement.dataset.ready = "yes";
})();
