"use strict";

// Tooltips, and what wheel, drag and keys do to a canvas that shows a range of time.

const tooltip = {
  // `title`, then lines of quiet text, beside the pointer and within the window.
  show(event, title, lines) {
    const box = byId("tooltip");
    box.replaceChildren(element("b", {}, title), ...lines.map((line) => element("div", {}, line)));
    box.hidden = false;
    const margin = 14, size = box.getBoundingClientRect();
    const right = event.clientX + margin + size.width < innerWidth;
    const below = event.clientY + margin + size.height < innerHeight;
    const left = right ? event.clientX + margin : event.clientX - margin - size.width;
    const top = below ? event.clientY + margin : event.clientY - margin - size.height;
    box.style.left = Math.max(4, left) + "px";
    box.style.top = Math.max(4, top) + "px";
  },
  hide() { byId("tooltip").hidden = true; },
};

// Draws at most once for each frame of the display, at its resolution.
class CanvasView {
  constructor(canvas, height) {
    this.canvas = canvas;
    this.pending = false;
    this.setHeight(height);
    new ResizeObserver(() => this.invalidate()).observe(canvas);
    theme.onChange(() => this.invalidate());
  }
  setHeight(height) {
    this.height = height;
    this.canvas.style.height = height + "px";
    this.invalidate();
  }
  invalidate() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.width = this.canvas.clientWidth;
      const scale = devicePixelRatio || 1;
      this.canvas.width = Math.round(this.width * scale);
      this.canvas.height = Math.round(this.height * scale);
      const context = this.canvas.getContext("2d");
      context.scale(scale, scale);
      this.draw(context);
    });
  }
}

// A canvas with time from left to right.
class TimeView extends CanvasView {
  constructor(canvas, height, range) {
    super(canvas, height);
    this.gutter = 104;
    this.range = range;
    this.brush = null;
    range.onChange(() => this.invalidate());
    this.listen();
  }
  get plotWidth() { return Math.max(this.width - this.gutter, 1); }
  x(ns) { return this.gutter + (ns - this.range.start) / this.range.span * this.plotWidth; }
  timeAt(x) { return this.range.start + (x - this.gutter) / this.plotWidth * this.range.span; }

  // To be replaced: what is under the pointer, and a click there.
  hover() { tooltip.hide(); }
  click() {}

  listen() {
    const canvas = this.canvas;
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY))
        this.range.move(sideways / this.plotWidth * this.range.span);
      else
        this.range.zoom(Math.exp(event.deltaY * 0.0022), this.timeAt(event.offsetX));
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.startDrag(event));
    canvas.addEventListener("pointermove", (event) => { if (!this.drag) this.hover(event); });
    canvas.addEventListener("pointerleave", () => tooltip.hide());
    canvas.addEventListener("dblclick", () => this.range.all());
    canvas.addEventListener("keydown", (event) => {
      const step = this.range.span / 8;
      const actions = {
        "+": () => this.range.zoom(0.6), "=": () => this.range.zoom(0.6),
        "-": () => this.range.zoom(1 / 0.6), "0": () => this.range.all(),
        ArrowLeft: () => this.range.move(-step), ArrowRight: () => this.range.move(step),
      };
      if (actions[event.key] && !event.ctrlKey && !event.metaKey) {
        actions[event.key]();
        event.preventDefault();
      }
    });
  }

  startDrag(event) {
    if (event.button !== 0) return;
    const from = event.offsetX, start = this.range.start, span = this.range.span;
    const brush = event.shiftKey;
    this.drag = true;
    tooltip.hide();
    this.canvas.setPointerCapture(event.pointerId);
    const move = (now) => {
      if (Math.abs(now.offsetX - from) > 2) this.canvas.classList.add("dragging");
      if (brush) {
        this.brush = [from, now.offsetX];
        this.invalidate();
      } else {
        const to = start - (now.offsetX - from) / this.plotWidth * span;
        this.range.set(to, to + span);
      }
    };
    const end = (last) => {
      this.canvas.removeEventListener("pointermove", move);
      const moved = Math.abs(last.offsetX - from) > 2;
      if (this.brush && moved) {
        const ends = this.brush.map((x) => this.timeAt(x)).sort((a, b) => a - b);
        this.brush = null;
        this.range.set(ends[0], ends[1]);
      } else if (!moved) {
        this.click(last);
      }
      this.brush = null;
      this.drag = false;
      this.canvas.classList.remove("dragging");
    };
    this.canvas.addEventListener("pointermove", move);
    this.canvas.addEventListener("pointerup", end, { once: true });
  }

  // Round steps of time with their labels, and the line under them.
  drawTimeAxis(context, height, bottom) {
    const rough = this.range.span / Math.max(this.plotWidth / 110, 1);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= rough);
    const unit = step >= 1e5 ? [1e6, "ms"] : [1e3, "µs"];
    const digits = Math.max(0, Math.ceil(-Math.log10(step / unit[0]) - 1e-9));
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "left";
    context.textBaseline = "middle";
    for (let t = Math.ceil(this.range.start / step) * step; t <= this.range.end; t += step) {
      const x = Math.round(this.x(t)) + 0.5;
      context.strokeStyle = theme.colour("grid");
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x, bottom);
      context.stroke();
      context.fillStyle = theme.colour("quiet");
      const label = format.fixed(t / unit[0], digits) + " " + unit[1];
      if (x + 4 + context.measureText(label).width <= this.width)
        context.fillText(label, x + 4, height / 2);
    }
  }

  drawBrush(context) {
    if (!this.brush) return;
    context.globalAlpha = 0.18;
    context.fillStyle = theme.colour("accent");
    context.fillRect(this.brush[0], 0, this.brush[1] - this.brush[0], this.height);
    context.globalAlpha = 1;
  }
}
