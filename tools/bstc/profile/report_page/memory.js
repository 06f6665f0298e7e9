"use strict";

// Bytes in use of the on-chip memories over time: data and weights of each core.

class MemoryView extends TimeView {
  constructor(range) {
    super(byId("memory-canvas"), 100, range);
    this.axis = 22;
    this.plotHeight = 84;
    this.gap = 12;
  }

  show(rows) {
    const { data_bytes: data, weight_bytes: weights } = model.page.device;
    this.plots = [];
    rows.memory.forEach((memory, core) => {
      const suffix = rows.memory.length > 1 ? " " + core : "";
      this.plots.push({ name: "data" + suffix, times: memory.time, values: memory.data,
        size: data, colour: "load_data" });
      this.plots.push({ name: "weights" + suffix, times: memory.time, values: memory.weights,
        size: weights, colour: "load_weights" });
    });
    const peaks = this.plots.map((plot) => {
      const peak = plot.values.reduce((a, b) => Math.max(a, b), 0);
      return `${plot.name}: ${format.bytes(peak)} of ${format.bytes(plot.size)} at most`;
    });
    byId("memory-text").textContent = peaks.slice(0, 4).join(" · ");
    this.setHeight(this.axis + this.plots.length * (this.plotHeight + this.gap));
  }

  top(index) { return this.axis + index * (this.plotHeight + this.gap); }

  draw(context) {
    if (!this.plots) return;
    this.drawTimeAxis(context, this.axis, this.height);
    this.plots.forEach((plot, index) => {
      const top = this.top(index), middle = top + this.plotHeight / 2;
      const columns = greatestByPixel(this, plot.times, plot.values);
      drawArea(context, this, columns, plot.size, top, this.plotHeight, theme.colour(plot.colour));
      context.strokeStyle = theme.colour("line");
      context.strokeRect(this.gutter, top + 0.5, this.plotWidth, this.plotHeight);
      context.textAlign = "right";
      context.textBaseline = "middle";
      context.font = "12px system-ui, sans-serif";
      context.fillStyle = theme.colour("ink");
      context.fillText(plot.name, this.gutter - 10, middle - 8);
      context.fillStyle = theme.colour("quiet");
      context.fillText("of " + format.bytes(plot.size), this.gutter - 10, middle + 8);
    });
    this.drawBrush(context);
  }

  hover(pointer) {
    const index = Math.floor((pointer.offsetY - this.axis) / (this.plotHeight + this.gap));
    const plot = pointer.offsetX > this.gutter ? this.plots[index] : undefined;
    if (!plot) {
      tooltip.hide();
      return;
    }
    const ns = this.timeAt(pointer.offsetX), step = stepAt(plot.times, ns);
    const used = step < 0 ? 0 : plot.values[step];
    tooltip.show(pointer, `${plot.name}: ${format.bytes(used)}`,
      [`${format.percent(used / plot.size)} of ${format.bytes(plot.size)}`, "at " + format.time(ns)]);
  }
}
