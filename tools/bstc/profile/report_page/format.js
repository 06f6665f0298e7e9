"use strict";

// Numbers and elements as this page writes them.

const format = {
  // Fixed digits with thin groups: 12,345.68.
  fixed(number, digits) {
    return number.toLocaleString("en-US",
      { minimumFractionDigits: digits, maximumFractionDigits: digits });
  },
  // Frames a second, with as many digits as can be believed: 2,280; 61.4.
  fps: (number) => format.fixed(number, number >= 99.95 ? 0 : 1),
  // Three significant digits and a decimal prefix: 1.23 M.
  prefixed(number, unit = "") {
    if (number === 0) return "0" + (unit ? " " + unit : "");
    const prefixes = ["n", "µ", "m", "", "k", "M", "G", "T", "P"];
    let step = 3, value = number;
    while (Math.abs(value) >= 999.5 && step < prefixes.length - 1) { value /= 1000; ++step; }
    while (Math.abs(value) < 1 && step > 0 && unit) { value *= 1000; --step; }
    const digits = Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
    return value.toFixed(Number.isInteger(value) && step === 3 ? 0 : digits) +
      (prefixes[step] || unit ? " " : "") + prefixes[step] + unit;
  },
  // A power of ten: 10 k.
  decade(number, unit) { return format.prefixed(number, unit).replace(/\.0+\b/, ""); },
  bytes(count) { return format.prefixed(count, "B"); },
  percent(share) { return format.fixed(100 * share, 1) + "%"; },
  // A time given in nanoseconds, in the unit that fits its size.
  time(ns) {
    if (Math.abs(ns) >= 1e6) return format.fixed(ns / 1e6, 3) + " ms";
    return format.fixed(ns / 1e3, Math.abs(ns) < 1e4 ? 2 : 1) + " µs";
  },
  shape(extents) { return extents.length ? extents.join("×") : "scalar"; },
  boundText(bound) {
    return { maca: "MACA", edp: "EDP", dsp: "DSP", dram: "DRAM", overhead: "starts",
      sync: "waiting", none: "nothing" }[bound] || bound;
  },
};

// Makes an element: text is set as text, never as markup.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function svgElement(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const byId = (id) => document.getElementById(id);

// Colours are variables of the style sheet, so that canvases follow light and dark.
const theme = {
  cache: new Map(),
  colour(name) {
    if (!theme.cache.has(name))
      theme.cache.set(name, getComputedStyle(document.documentElement)
        .getPropertyValue("--" + name).trim());
    return theme.cache.get(name);
  },
  onChange(redraw) {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      theme.cache.clear();
      redraw();
    });
  },
};

// Too long a name loses its front: names differ at their end.
function nodeName(command) {
  return element("div", { class: "name", title: command.node }, element("bdi", {}, command.node));
}

function legendEntry(colour, text) {
  const mark = element("i");
  mark.style.background = `var(--${colour})`;
  return element("span", {}, mark, text);
}
