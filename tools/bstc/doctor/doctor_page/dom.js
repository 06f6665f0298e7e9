"use strict";

// Elements by name, and numbers as people write them.

const byId = (id) => document.getElementById(id);

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function drawn(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const decibels = (value) => (value === undefined ? "-" : value === null ? "exact" : `${value.toFixed(1)} dB`);
const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 2 : 0)}%`;
const precision = (value) => value.toFixed(3).replace(/^0/, "");
const digits = (value) => String(Number(value.toPrecision(3)));

// The end of a name is what tells it from others.
const shortened = (name, most) => (name.length <= most ? name : `…${name.slice(1 - most)}`);
