"use strict";

// Operations per second against operations per byte of DRAM traffic, both logarithmic.

class RooflineView {
  constructor() {
    this.svg = byId("roofline-plot");
    for (const engine of ["maca", "edp", "dsp"])
      byId("roofline-legend").append(legendEntry(engine, format.boundText(engine)));
    this.points = model.commands.map((command) => this.pointOf(command)).filter(Boolean);
    new ResizeObserver(() => this.draw()).observe(this.svg);
    selection.onChange((picked) => this.mark(picked));
  }

  pointOf(command) {
    const work = command.engine === "maca" ? 2 * command.macs : command.elements;
    if (!work || !command.activeNs) return null;
    return { command, perByte: command.dramBytes ? work / command.dramBytes : Infinity,
      perSecond: work / (command.activeNs * 1e-9) };
  }

  // Whole decades around what is shown.
  decades(values) {
    const finite = values.filter((value) => Number.isFinite(value) && value > 0);
    return [Math.floor(Math.log10(Math.min(...finite))), Math.ceil(Math.log10(Math.max(...finite)))];
  }

  draw() {
    const box = this.svg.getBoundingClientRect();
    if (box.width < 10) return;
    this.width = box.width;
    this.height = box.height;
    const { dram_bytes_per_second: bandwidth, peak_ops_per_second: peaks } = model.page.device;
    const used = Object.entries(peaks).filter(([engine]) =>
      this.points.some((point) => point.command.engine === engine));
    const ridges = used.map(([, peak]) => peak / bandwidth);
    this.xDecades = this.decades([...this.points.map((p) => p.perByte), ...ridges, ...ridges.map((r) => 4 * r)]);
    this.yDecades = this.decades([...this.points.map((p) => p.perSecond), ...used.map(([, peak]) => 1.3 * peak)]);
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.svg.replaceChildren();
    this.drawGrid();
    for (const [engine, peak] of used) this.drawRoof(engine, peak, bandwidth);
    this.drawDots();
    this.mark(selection.command);
  }

  // Commands without DRAM traffic stand in a lane of their own at the right.
  get right() { return this.width - (this.points.some((p) => p.perByte === Infinity) ? 110 : 20); }
  x(perByte) {
    if (perByte === Infinity) return this.width - 45;
    const [low, high] = this.xDecades;
    return 74 + (Math.log10(perByte) - low) / (high - low) * (this.right - 74);
  }
  y(perSecond) {
    const [low, high] = this.yDecades;
    return this.height - 46 - (Math.log10(perSecond) - low) / (high - low) * (this.height - 60);
  }

  line(kind, x1, y1, x2, y2) { return svgElement("line", { class: kind, x1, y1, x2, y2 }); }
  text(content, x, y, anchor = "middle") {
    return svgElement("text", { x, y, "text-anchor": anchor }, content);
  }

  drawGrid() {
    const bottom = this.height - 46, top = 14;
    for (let decade = this.xDecades[0]; decade <= this.xDecades[1]; ++decade) {
      const x = this.x(10 ** decade);
      this.svg.append(this.line("grid", x, top, x, bottom),
        this.text(format.decade(10 ** decade), x, bottom + 17));
    }
    for (let decade = this.yDecades[0]; decade <= this.yDecades[1]; ++decade) {
      const y = this.y(10 ** decade);
      this.svg.append(this.line("grid", 74, y, this.right, y),
        this.text(format.decade(10 ** decade, "OPS"), 66, y + 4, "end"));
    }
    this.svg.append(this.line("axis", 74, bottom, this.right, bottom),
      this.line("axis", 74, top, 74, bottom),
      this.text("operations a byte of DRAM traffic", (74 + this.right) / 2, this.height - 8));
    if (this.right < this.width - 30)
      this.svg.append(this.text("no DRAM", this.width - 45, bottom + 17),
        this.text("traffic", this.width - 45, bottom + 32));
  }

  drawRoof(engine, peak, bandwidth) {
    const left = 10 ** this.xDecades[0], ridge = peak / bandwidth;
    const lowest = 10 ** this.yDecades[0];
    const from = Math.max(left, lowest / bandwidth);
    const points = [[from, from * bandwidth], [ridge, peak], [10 ** this.xDecades[1], peak]]
      .map(([a, b]) => `${this.x(a)},${this.y(b)}`).join(" ");
    const roof = svgElement("polyline", { class: "roof", points });
    roof.style.stroke = `var(--${engine})`;
    const ridgeLine = this.line("roof", this.x(ridge), this.y(peak), this.x(ridge), this.height - 46);
    ridgeLine.setAttribute("stroke-dasharray", "2 5");
    ridgeLine.style.stroke = `var(--${engine})`;
    ridgeLine.style.strokeWidth = 1;
    const label = this.text(`${format.boundText(engine)} ${format.prefixed(peak, "OPS")}, ridge at ` +
      `${format.prefixed(ridge)} a byte`, this.right - 6, this.y(peak) - 6, "end");
    label.style.fill = `var(--${engine})`;
    this.svg.append(roof, ridgeLine, label);
  }

  drawDots() {
    const share = (point) => point.command.time_ms / (model.totalMs || 1);
    this.dots = new Map();
    // Small ones last, so that none is hidden.
    for (const point of [...this.points].sort((a, b) => share(b) - share(a))) {
      const { command } = point;
      const dot = svgElement("circle", { class: "dot", cx: this.x(point.perByte),
        cy: this.y(point.perSecond), r: 3.5 + 34 * Math.sqrt(share(point)) });
      dot.style.fill = `var(--${command.engine})`;
      dot.addEventListener("pointermove", (event) => tooltip.show(event, command.node, [
        `${command.engine} ${command.label} · bound by ${format.boundText(command.bound)}`,
        `${format.prefixed(point.perSecond, "OPS")} at ` + (point.perByte === Infinity
          ? "no DRAM traffic" : `${format.fixed(point.perByte, 2)} operations a byte`),
        `${format.fixed(command.time_ms, 3)} ms, ${format.percent(share(point))} of the frame`,
      ]));
      dot.addEventListener("pointerleave", tooltip.hide);
      dot.addEventListener("click", () => selection.pick(command.index));
      this.dots.set(command.index, dot);
      this.svg.append(dot);
    }
  }

  mark(picked) {
    for (const [index, dot] of this.dots || []) dot.classList.toggle("picked", index === picked);
  }
}
