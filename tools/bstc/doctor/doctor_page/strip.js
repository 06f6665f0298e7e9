"use strict";

// All layers in a row: what is left of the signal behind each, and what its own quantiser leaves.

function drawStrip(report, page) {
  const tensors = page.tensors;
  const measured = tensors.some((tensor) => tensor.behind !== undefined || tensor.own !== undefined);
  const width = 1120, left = 34, top = 22, height = measured ? 170 : 22;
  const step = (width - left - 8) / tensors.length;
  const most = 50; // dB; above, nothing is to be seen.
  const y = (value) => top + height * (1 - Math.min(Math.max(value ?? most, 0), most) / most);
  const plot = drawn("svg", {viewBox: `0 0 ${width} ${top + height + 22}`, role: "img"});
  if (measured)
    for (let value = 0; value <= most; value += 10)
      plot.append(
        drawn("line", {x1: left, x2: width - 8, y1: y(value), y2: y(value), class: "guide"}),
        drawn("text", {x: left - 6, y: y(value) + 3.5, "text-anchor": "end", class: "quiet-text"}, String(value)));

  let points = "", lastLabel = -100;
  tensors.forEach((tensor, index) => {
    const x = left + index * step;
    const severity = tensor.fault >= 0 ? `is-${report.faults[tensor.fault].severity}` : "";
    const value = tensor.own === undefined ? undefined : (tensor.own ?? most);
    const low = measured && value !== undefined && value < 20 ? "low" : "";
    const up = !measured ? top : value === undefined ? top + height - 4 : y(value);
    const cell = drawn("rect", {
      x: x + 0.5, y: up, width: Math.max(step - 1, 1), height: Math.max(top + height - up, 2),
      class: `cell ${low} ${severity}`, rx: 1});
    cell.append(drawn("title", {}, describe(tensor)));
    plot.append(cell);
    if (tensor.behind !== undefined)
      points += `${points ? "L" : "M"}${(x + step / 2).toFixed(1)} ${y(tensor.behind).toFixed(1)}`;
    if (tensor.fault >= 0 && x - lastLabel > 14) {
      const link = drawn("a", {href: `#fault-${tensor.fault}`},
        drawn("text", {x: x + step / 2, y: top - 8, "text-anchor": "middle"}, String(tensor.fault + 1)));
      plot.append(link);
      lastLabel = x;
    }
  });
  if (points) plot.append(drawn("path", {d: points, class: "line"}));
  drawBlocks(plot, tensors, left, step, top + height + 14);
  byId("strip").append(plot, legend(measured));
  byId("strip-text").textContent = measured
    ? "Line: what is left of the signal behind each layer, from the picture on, in dB. " +
      "Bars: what its own quantiser leaves. Numbers: the faults below. Point at a bar for figures."
    : "No pictures were given, so there are no figures. Numbers: the faults below.";
}

function describe(tensor) {
  const lines = [`${tensor.layer} (${tensor.operators})`];
  if (tensor.own !== undefined) lines.push(`its quantiser leaves ${decibels(tensor.own)}`);
  if (tensor.behind !== undefined) lines.push(`end to end ${decibels(tensor.behind)}`);
  if (tensor.codes !== undefined)
    lines.push(`${tensor.codes} of 256 codes used, ${percent(tensor.cut_off)} cut off`);
  return lines.join("\n");
}

// Blocks ("model.6") below the bars, as far as there is room.
function drawBlocks(plot, tensors, left, step, y) {
  const blockOf = (name) => (name.match(/^\D*\d+/) || [name])[0];
  let last = "", end = -100;
  tensors.forEach((tensor, index) => {
    const block = blockOf(tensor.layer), x = left + index * step;
    if (block === last) return;
    last = block;
    if (x < end) return;
    const text = block.replace(/^model\./, "");
    plot.append(drawn("text", {x, y, class: "quiet-text"}, text));
    end = x + 7 * text.length + 8;
  });
}

function legend(measured) {
  const entry = (colour, text) => element("span", {}, element("i", {style: `background: var(--${colour})`}), text);
  const entries = [entry("error", "a fault is about it"), entry("warning", measured ? "a warning is, or below 20 dB" : "a warning is"), entry("good", "others")];
  return element("div", {class: "legend"}, ...entries);
}
