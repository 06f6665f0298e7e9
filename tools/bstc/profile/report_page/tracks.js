"use strict";

// What the timeline draws its rows from: events of a track, found and coloured quickly.

class TrackRows {
  constructor(timeline) {
    this.tracks = timeline.tracks.filter((track) => track.op.length > 0);
    this.end = Math.max(1, ...this.tracks.map((track) => track.end[track.end.length - 1]));
    this.dram = timeline.dram;
    this.memory = timeline.memory;
  }

  // The first event of a track that ends after `ns`: events are in order and do not overlap.
  static firstAfter(track, ns) {
    let low = 0, high = track.end.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (track.end[middle] <= ns) low = middle + 1; else high = middle;
    }
    return low;
  }

  static eventAt(track, ns, tolerance) {
    const i = TrackRows.firstAfter(track, ns - tolerance);
    return i < track.start.length && track.start[i] <= ns + tolerance ? i : -1;
  }
}

// Of a step function {time, ...}: the index of the step that `ns` is on, -1 before the first.
function stepAt(times, ns) {
  let low = 0, high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= ns) low = middle + 1; else high = middle;
  }
  return low - 1;
}

// The greatest value of a step function in each pixel of a view, so that no peak is lost.
function greatestByPixel(view, times, values) {
  const width = Math.ceil(view.plotWidth), columns = new Float64Array(width);
  let step = Math.max(0, stepAt(times, view.range.start));
  for (let column = 0; column < width; ++column) {
    const from = view.timeAt(view.gutter + column), to = view.timeAt(view.gutter + column + 1);
    while (step + 1 < times.length && times[step + 1] <= from) ++step;
    let greatest = times.length && times[step] <= from ? values[step] : 0;
    for (let i = step; i < times.length && times[i] < to; ++i)
      if (times[i] >= from) greatest = Math.max(greatest, values[i]);
    columns[column] = greatest;
  }
  return columns;
}

// The mean instead: what a rate is read for.
function meanByPixel(view, times, values) {
  const width = Math.ceil(view.plotWidth), columns = new Float64Array(width);
  let step = stepAt(times, view.range.start);
  for (let column = 0; column < width; ++column) {
    let from = view.timeAt(view.gutter + column), sum = 0;
    const to = view.timeAt(view.gutter + column + 1), span = to - from;
    while (from < to) {
      const next = step + 1 < times.length ? Math.min(to, times[step + 1]) : to;
      sum += (step >= 0 ? values[step] : 0) * (next - from);
      from = next;
      if (step + 1 < times.length && times[step + 1] <= from) ++step;
      else if (next === to) break;
    }
    columns[column] = span > 0 ? sum / span : 0;
  }
  return columns;
}

function drawArea(context, view, columns, greatest, top, height, colour) {
  const bottom = top + height;
  const y = (value) => bottom - Math.min(value / greatest, 1) * height;
  context.beginPath();
  context.moveTo(view.gutter, bottom);
  columns.forEach((value, i) => {
    context.lineTo(view.gutter + i, y(value));
    context.lineTo(view.gutter + i + 1, y(value));
  });
  context.lineTo(view.gutter + columns.length, bottom);
  context.fillStyle = colour;
  context.globalAlpha = 0.45;
  context.fill();
  context.globalAlpha = 1;
}
