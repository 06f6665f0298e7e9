"use strict";

// Queues over time. Thousands of operations stay fluid: rows are searched for what is visible, and
// what would share a pixel is drawn once.

class TimelineView extends TimeView {
  constructor(range) {
    super(byId("timeline-canvas"), 100, range);
    this.axis = 22;
    this.rowHeight = 27;
    this.rateHeight = 58;
    this.colourBy = "frame";
    range.onChange(() => this.showRange());
    selection.onChange(() => this.invalidate());
    byId("zoom-in").addEventListener("click", () => range.zoom(0.5));
    byId("zoom-out").addEventListener("click", () => range.zoom(2));
    byId("zoom-all").addEventListener("click", () => range.all());
    byId("timeline-colour").addEventListener("change", (event) => {
      this.colourBy = event.target.value;
      this.invalidate();
    });
  }

  show(rows) {
    this.rows = rows;
    this.setHeight(this.rateTop + this.rateHeight + 10);
  }
  get rateTop() { return this.axis + this.rows.tracks.length * this.rowHeight + 10; }

  showRange() {
    const { start, end } = this.range;
    byId("timeline-range").textContent = `${format.time(start)} – ${format.time(end)}`;
  }

  colourOf(track, i) {
    if (this.colourBy === "frame") return theme.colour("frame" + track.frame[i] % 6);
    const command = model.page.operations.command[track.op[i]];
    // Neighbouring layers get hues far apart.
    return `hsl(${command * 137.5 % 360} 55% 55%)`;
  }

  draw(context) {
    if (!this.rows) return;
    this.drawTimeAxis(context, this.axis, this.height);
    this.rows.tracks.forEach((track, row) => {
      const top = this.axis + row * this.rowHeight;
      this.drawLabel(context, track.name, top + this.rowHeight / 2);
      this.drawTrack(context, track, top + 3, this.rowHeight - 6);
    });
    this.drawRate(context);
    this.drawBrush(context);
  }

  drawLabel(context, text, y, colour = "ink") {
    context.font = "12px system-ui, sans-serif";
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillStyle = theme.colour(colour);
    context.fillText(text, this.gutter - 10, y);
  }

  drawTrack(context, track, top, height) {
    context.fillStyle = theme.colour("grid");
    context.fillRect(this.gutter, top + height / 2 - 0.5, this.plotWidth, 1);
    context.save();
    context.beginPath();
    context.rect(this.gutter, top - 2, this.plotWidth, height + 4);
    context.clip();
    let drawnTo = -1;
    for (let i = TrackRows.firstAfter(track, this.range.start);
      i < track.start.length && track.start[i] < this.range.end; ++i) {
      const left = this.x(track.start[i]), right = Math.max(this.x(track.end[i]), left + 0.7);
      const { command, rider } = model.page.operations, op = track.op[i];
      const picked = selection.command !== null &&
        (command[op] === selection.command || rider[op] === selection.command);
      if (right < drawnTo + 0.6 && !picked) continue;
      this.drawEvent(context, track, i, left, right, top, height, picked);
      drawnTo = right;
    }
    context.restore();
  }

  drawEvent(context, track, i, left, right, top, height, picked) {
    const gap = right - left > 4 ? 0.7 : 0;
    context.globalAlpha = selection.command === null || picked ? 1 : 0.28;
    context.fillStyle = this.colourOf(track, i);
    context.fillRect(left, top, right - left - gap, height);
    if (picked) {
      context.strokeStyle = theme.colour("pick");
      context.lineWidth = 1.5;
      context.strokeRect(left, top, right - left - gap, height);
    }
    const from = Math.max(left, this.gutter), room = Math.min(right, this.width) - from - 8;
    if (room > 30) {
      const command = model.commands[model.page.operations.command[track.op[i]]];
      context.font = "11px system-ui, sans-serif";
      context.textAlign = "left";
      context.textBaseline = "middle";
      context.fillStyle = theme.colour("on-colour");
      context.fillText(this.shortened(context, command.node, room), from + 4, top + height / 2 + 0.5);
    }
    context.globalAlpha = 1;
  }

  // Names differ at their end.
  shortened(context, text, room) {
    if (context.measureText(text).width <= room) return text;
    let kept = Math.floor(text.length * room / context.measureText(text).width);
    while (kept > 0 && context.measureText("…" + text.slice(-kept)).width > room) --kept;
    return kept > 2 ? "…" + text.slice(-kept) : "";
  }

  drawRate(context) {
    const top = this.rateTop, peak = model.page.device.dram_bytes_per_second;
    this.drawLabel(context, "DRAM", top + this.rateHeight / 2 - 8);
    this.drawLabel(context, "of " + format.prefixed(peak, "B/s"), top + this.rateHeight / 2 + 8, "quiet");
    const columns = meanByPixel(this, this.rows.dram.time, this.rows.dram.rate);
    drawArea(context, this, columns, peak, top, this.rateHeight, theme.colour("dram"));
    context.strokeStyle = theme.colour("line");
    context.strokeRect(this.gutter, top + 0.5, this.plotWidth, this.rateHeight);
  }

  eventUnder(pointer) {
    const row = Math.floor((pointer.offsetY - this.axis) / this.rowHeight);
    const track = pointer.offsetX > this.gutter ? this.rows.tracks[row] : undefined;
    if (!track) return null;
    const pixel = this.range.span / this.plotWidth;
    const i = TrackRows.eventAt(track, this.timeAt(pointer.offsetX), pixel);
    return i < 0 ? null : { track, i };
  }

  hover(pointer) {
    const found = this.eventUnder(pointer);
    if (!found) {
      this.hoverRate(pointer);
      return;
    }
    const { track, i } = found, ops = model.page.operations, op = track.op[i];
    const command = model.commands[ops.command[op]];
    const tensor = model.page.tensors[ops.tensor[op]];
    const transfer = !["maca", "edp", "dsp"].includes(track.queue);
    const lines = [
      `${track.name} · frame ${track.frame[i]}` + (transfer ? "" : ` · ${command.label}`),
      `${format.time(track.start[i])} – ${format.time(track.end[i])}, ` +
        `${format.time(track.end[i] - track.start[i])}`,
      `${tensor.name}${ops.part[op] ? ": " + ops.part[op] : ""}`,
    ];
    if (ops.read[op] || ops.written[op])
      lines.push(`DRAM: ${format.bytes(ops.read[op])} read, ${format.bytes(ops.written[op])} written`);
    if (ops.rider[op] !== ops.command[op])
      lines.push(`with ${model.commands[ops.rider[op]].node} riding on it`);
    if (ops.macs[op]) lines.push(`${format.prefixed(ops.macs[op])} MACs`);
    tooltip.show(pointer, command.node, lines);
  }

  hoverRate(pointer) {
    const inRate = pointer.offsetX > this.gutter && pointer.offsetY >= this.rateTop &&
      pointer.offsetY <= this.rateTop + this.rateHeight;
    if (!inRate) {
      tooltip.hide();
      return;
    }
    const ns = this.timeAt(pointer.offsetX), step = stepAt(this.rows.dram.time, ns);
    const rate = step < 0 ? 0 : this.rows.dram.rate[step];
    tooltip.show(pointer, format.prefixed(rate, "B/s"), ["at " + format.time(ns)]);
  }

  click(pointer) {
    const found = this.eventUnder(pointer);
    if (found) selection.pick(model.page.operations.command[found.track.op[found.i]]);
  }
}
