"use strict";

// How often each code of a tensor occurred, over the numbers that the codes stand for.

function drawHistogram(data) {
  const width = 520, height = 150, left = 8, right = 8, top = 8, base = top + 96;
  const number = (code) => (code + data.first_code - data.zero_point) * data.step;
  const reachFrom = number(0), reachTo = number(data.counts.length - 1);
  const from = Math.min(reachFrom, data.least), to = Math.max(reachTo, data.greatest);
  const x = (value) => left + ((value - from) / (to - from || 1)) * (width - left - right);
  const plot = drawn("svg", {viewBox: `0 0 ${width} ${height}`, role: "img"});
  plot.append(drawn("rect", {
    x: x(reachFrom), y: top, width: Math.max(x(reachTo) - x(reachFrom), 1), height: base - top, class: "reach"}));
  const most = Math.max(...data.counts, 1);
  const barWidth = Math.max(((width - left - right) * data.step) / (to - from || 1) * 0.8, 1);
  data.counts.forEach((count, code) => {
    if (!count) return;
    const tall = Math.max(Math.sqrt(count / most) * (base - top - 4), 1.5);
    const bar = drawn("rect", {
      x: x(number(code)) - barWidth / 2, y: base - tall, width: barWidth, height: tall, class: "bar"});
    bar.append(drawn("title", {}, `code ${code + data.first_code} = ${digits(number(code))}: ${count} times`));
    plot.append(bar);
  });
  plot.append(drawn("line", {x1: left, x2: width - right, y1: base, y2: base, class: "axis"}));
  const line = base + 10;
  const span = (a, b, name) => {
    if (b > a) plot.append(drawn("line", {x1: x(a), x2: x(b), y1: line, y2: line, class: name}));
  };
  span(Math.max(data.least, reachFrom), Math.min(data.greatest, reachTo), "span");
  span(data.least, Math.min(reachFrom, data.greatest), "beyond");
  span(Math.max(reachTo, data.least), data.greatest, "beyond");
  const label = (value, text, row) => {
    const at = x(value), anchor = at < 90 ? "start" : at > width - 90 ? "end" : "middle";
    plot.append(drawn("text", {x: at, y: line + 14 + 13 * row, "text-anchor": anchor, class: "quiet-text"}, text));
  };
  label(data.greatest, `numbers ${digits(data.least)} to ${digits(data.greatest)}`, 0);
  label(reachTo, `codes ${digits(reachFrom)} to ${digits(reachTo)}, step ${digits(data.step)}`, 1);
  return plot;
}

function drawHistograms(page) {
  for (const data of page.histograms || []) {
    const text = `${data.codes} of 256 codes used, ${percent(data.cut_off)} cut off, ${decibels(data.own)} left`;
    byId("histograms").append(element("figure", {style: "margin: 0; min-width: 0"},
      element("figcaption", {}, element("code", {}, data.layer), ` (${data.operators}): ${text}`),
      drawHistogram(data)));
  }
  byId("histogram-card").hidden = !(page.histograms || []).length;
}
