"use strict";

// The layers around a fault, ranks from top to bottom.

function drawGraph(graph) {
  const boxWidth = 150, boxHeight = 38, gap = 14, rowGap = 40, margin = 6;
  const ranks = [];
  graph.boxes.forEach((box, index) => {
    (ranks[box.rank] ||= []).push(index);
  });
  const rows = ranks.filter(Boolean);
  placeUnderReads(rows, graph.arrows);
  const most = Math.max(...rows.map((row) => row.length));
  const width = Math.max(most * (boxWidth + gap) - gap + 2 * margin, 380);
  const height = rows.length * (boxHeight + rowGap) - rowGap + 2 * margin;
  const at = [];
  rows.forEach((row, rank) => {
    const start = (width - row.length * (boxWidth + gap) + gap) / 2;
    row.forEach((index, column) => {
      at[index] = {x: start + column * (boxWidth + gap), y: margin + rank * (boxHeight + rowGap)};
    });
  });
  const plot = drawn("svg", {viewBox: `0 0 ${width} ${height}`, role: "img",
    style: `max-width: ${width * 1.15}px; margin: 0 auto`});
  graph.arrows.forEach((arrow) => plot.append(drawArrow(arrow, at, boxWidth, boxHeight)));
  graph.boxes.forEach((box, index) => plot.append(drawBox(box, at[index], boxWidth, boxHeight)));
  return plot;
}

// Orders each row by where what it reads stands, so that arrows cross less.
function placeUnderReads(rows, arrows) {
  const column = new Map();
  for (const row of rows) {
    const wish = (index) => {
      const from = arrows.filter((arrow) => arrow.to === index && column.has(arrow.from));
      return from.length ? from.reduce((sum, arrow) => sum + column.get(arrow.from), 0) / from.length : index;
    };
    row.sort((a, b) => wish(a) - wish(b));
    row.forEach((index, place) => column.set(index, place - (row.length - 1) / 2));
  }
}

function drawBox(box, place, width, height) {
  const names = ["box", box.fault ? "is-fault" : "", box.extra ? "is-extra" : ""];
  const group = drawn("g", {},
    drawn("title", {}, `${box.name} (${box.what})${box.extra ? ": the other network has none" : ""}`),
    drawn("rect", {x: place.x, y: place.y, width, height, rx: 6, class: names.join(" ")}),
    drawn("text", {x: place.x + width / 2, y: place.y + 16, "text-anchor": "middle"}, box.what),
    drawn("text", {x: place.x + width / 2, y: place.y + 30, "text-anchor": "middle", class: "name"},
      shortened(box.name, 22)));
  return group;
}

function drawArrow(arrow, at, width, height) {
  const from = at[arrow.from], to = at[arrow.to];
  const x1 = from.x + width / 2, y1 = from.y + height, x2 = to.x + width / 2, y2 = to.y;
  // A wire over several ranks goes around what lies between.
  const far = y2 - y1 > 2 * height, side = far ? (x2 <= x1 ? -1 : 1) * width * 0.62 : 0;
  const middle = (y1 + y2) / 2;
  const path = far
    ? `M${x1} ${y1}C${x1 + side} ${y1 + 30} ${x2 + side} ${y2 - 30} ${x2} ${y2 - 5}`
    : `M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2 - 5}`;
  const group = drawn("g", {}, drawn("path", {d: path, class: "arrow"}),
    drawn("path", {d: `M${x2 - 3.5} ${y2 - 6}h7l-3.5 6z`, class: "head"}));
  if (arrow.text)
    group.append(drawn("text", {x: (x1 + x2) / 2 + side * 0.72 + 5, y: middle + 3, class: "quiet-text"}, arrow.text));
  return group;
}
