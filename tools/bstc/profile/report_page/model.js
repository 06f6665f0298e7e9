"use strict";

// The report's data: what the JSON blocks of the page hold, and what follows from them.

const model = (() => {
  const report = JSON.parse(byId("report-data").textContent);
  const page = JSON.parse(byId("page-data").textContent);

  // One object per command: the report's row and the page's.
  const commands = report.commands.map((row, index) => Object.assign({}, row, page.commands[index], {
    index,
    label: row.function || row.op,
    // Work that bands do once more, over what the network asks for.
    halos: (row.recomputed_macs || row.recomputed_elements) / (row.macs || row.elements || 1),
    dramBytes: row.dram_read_bytes + row.dram_write_bytes,
  }));

  // What computes what: a tensor that no command writes names the bytes at its place.
  const writers = new Map();
  const writerOf = (tensor) => {
    const known = writers.get(tensor);
    if (known !== undefined) return known;
    const place = page.tensors[tensor].offset;
    for (const [other, command] of [...writers].reverse())
      if (page.tensors[other].offset === place) return command;
    return undefined;
  };
  for (const command of commands) {
    const made = command.inputs.filter((tensor) => !page.tensors[tensor].constant).map(writerOf);
    command.sources = [...new Set(made.filter((source) => source !== undefined))];
    for (const tensor of command.outputs) writers.set(tensor, command.index);
  }

  // The time in which a command's operations run, in the frame alone: intervals united, so that the
  // loads of the next band beside the arithmetic of this one do not count twice.
  const intervals = commands.map(() => []);
  for (const track of page.timelines.alone.tracks)
    track.op.forEach((op, i) => {
      intervals[page.operations.command[op]].push([track.start[i], track.end[i]]);
    });
  commands.forEach((command, index) => {
    let end = -Infinity, sum = 0;
    for (const [from, to] of intervals[index].sort((a, b) => a[0] - b[0])) {
      sum += Math.max(0, to - Math.max(from, end));
      end = Math.max(end, to);
    }
    command.activeNs = sum;
    command.operations = intervals[index].length;
  });

  return { report, page, commands, totalMs: commands.reduce((sum, c) => sum + c.time_ms, 0) };
})();

// The command that is picked: every view shows it, any may change it.
const selection = {
  command: null,
  listeners: [],
  pick(index) {
    selection.command = selection.command === index ? null : index;
    for (const listener of selection.listeners) listener(selection.command);
  },
  onChange(listener) { selection.listeners.push(listener); },
};

// The range of time that timeline and memory show, in nanoseconds.
class TimeRange {
  constructor(limit) {
    this.listeners = [];
    this.setLimit(limit);
  }
  setLimit(limit) {
    this.limit = Math.max(limit, 1);
    this.set(0, this.limit);
  }
  get span() { return this.end - this.start; }
  set(start, end) {
    // A pixel shows at least a fraction of a nanosecond, and never more than there is.
    const span = Math.min(Math.max(end - start, 100), this.limit);
    this.start = Math.min(Math.max(start, 0), this.limit - span);
    this.end = this.start + span;
    for (const listener of this.listeners) listener();
  }
  zoom(factor, at = (this.start + this.end) / 2) {
    const span = Math.min(Math.max(this.span * factor, 100), this.limit);
    const share = (at - this.start) / this.span;
    this.set(at - share * span, at - share * span + span);
  }
  move(by) { this.set(this.start + by, this.end + by); }
  all() { this.set(0, this.limit); }
  onChange(listener) { this.listeners.push(listener); }
}
