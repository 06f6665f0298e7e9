"use strict";

// The placed commands, coloured by engine, and what is known of the one that is picked.

class GraphView {
  constructor() {
    this.svg = byId("graph-plot");
    for (const engine of ["maca", "edp", "dsp"])
      byId("graph-legend").append(legendEntry(engine, format.boundText(engine)));
    byId("graph-legend").append("bar: share of the frame's time");
    this.size = { width: 216, height: 38, gapX: 18, gapY: 22, slot: 10 };
    this.layout = new GraphLayout(model.commands, this.size);
    this.draw();
    this.showDetails(null);
    selection.onChange((picked) => this.mark(picked));
  }

  draw() {
    const margin = 20, { width, height } = this.layout;
    // Never narrower than its box, and in the middle of it.
    const box = Math.max(byId("graph-box").clientWidth - 2, width + 2 * margin);
    const left = (box - width) / 2;
    this.svg.setAttribute("width", box);
    this.svg.setAttribute("height", height + 2 * margin);
    const shift = svgElement("g", { transform: `translate(${left} ${margin})` });
    this.edges = this.layout.edges.map((edge) => this.drawEdge(shift, edge));
    this.boxes = this.layout.nodes.map((node) => this.drawNode(shift, node));
    this.svg.replaceChildren(shift);
  }

  drawEdge(parent, edge) {
    const { height, gapY } = this.size;
    const first = edge.path[0], last = edge.path[edge.path.length - 1];
    let d = `M${first.x} ${first.y + height}`, x = first.x, y = first.y + height;
    for (const node of edge.path.slice(1)) {
      const to = node.y, bend = gapY * 0.6;
      d += ` C${x} ${y + bend} ${node.x} ${to - bend} ${node.x} ${to}`;
      x = node.x;
      y = to;
      if (node !== last) {
        y = to + height;
        d += ` L${x} ${y}`;
      }
    }
    const path = svgElement("path", { class: "edge", d });
    parent.append(path);
    return { edge, path };
  }

  drawNode(parent, node) {
    const { command } = node, { width, height } = this.size;
    const group = svgElement("g", { class: "node",
      transform: `translate(${node.x - width / 2} ${node.y})` });
    const stripe = svgElement("rect", { width: 5, height, rx: 2 });
    stripe.style.fill = `var(--${command.engine})`;
    const most = Math.max(...model.commands.map((c) => c.time_ms), 1e-12);
    const share = svgElement("rect", { x: 5, y: height - 3, height: 3,
      width: (width - 6) * command.time_ms / most });
    share.style.fill = `var(--${command.engine})`;
    const name = command.node.length > 31 ? "…" + command.node.slice(-30) : command.node;
    group.append(svgElement("rect", { class: "body", width, height, rx: 4 }), stripe, share,
      svgElement("text", { x: 13, y: 15 }, name),
      svgElement("text", { class: "small", x: 13, y: 29 },
        `${command.label} · ${format.shape(command.output_shape)} · ${format.time(command.time_ms * 1e6)}`));
    group.addEventListener("click", () => selection.pick(command.index));
    group.addEventListener("pointermove", (event) => tooltip.show(event, command.node,
      [`${command.engine} ${command.label}, bound by ${format.boundText(command.bound)}`,
        `${format.fixed(command.time_ms, 3)} ms`]));
    group.addEventListener("pointerleave", tooltip.hide);
    parent.append(group);
    return group;
  }

  mark(picked) {
    this.boxes.forEach((box, index) => box.classList.toggle("picked", index === picked));
    for (const { edge, path } of this.edges)
      path.classList.toggle("picked", edge.from === picked || edge.to === picked);
    this.showDetails(picked);
    if (picked === null) return;
    const box = byId("graph-box"), node = this.layout.nodes[picked];
    box.scrollTo({ top: node.y - box.clientHeight / 2, behavior: "smooth" });
  }

  showDetails(picked) {
    const aside = byId("details");
    if (picked === null) {
      aside.replaceChildren(element("p", { class: "quiet" },
        "Pick a layer here, in the timeline, in the roofline or in the table: all of them show it."));
      return;
    }
    const command = model.commands[picked];
    const tensorText = (index) => {
      const tensor = model.page.tensors[index];
      return `${tensor.name} (${tensor.dtype} ${format.shape(tensor.shape)})`;
    };
    const rows = [
      ["engine", format.boundText(command.engine)], ["operator", command.label],
      ["bound by", format.boundText(command.bound)],
      ["adds", `${format.fixed(command.time_ms, 3)} ms to a frame alone, ` +
        format.percent(command.time_ms / (model.totalMs || 1))],
      ["runs for", format.time(command.activeNs)],
      ["computes", `${format.fixed(command.compute_ms, 3)} ms, ${format.prefixed(command.cycles)} cycles`],
      ["DRAM", `${format.bytes(command.dram_read_bytes)} read, ${format.bytes(command.dram_write_bytes)} written`],
      ["operations", String(command.operations)],
    ];
    if (command.macs)
      rows.push(["MACs", `${format.prefixed(command.macs)}, ${format.prefixed(command.mac_slots)} slots`],
        ["array used", format.percent(command.utilisation)]);
    for (const input of command.inputs) rows.push(["reads", tensorText(input)]);
    for (const output of command.outputs) rows.push(["writes", tensorText(output)]);
    aside.replaceChildren(element("h3", {}, command.node), element("dl", {},
      ...rows.flatMap(([term, text]) => [element("dt", {}, term), element("dd", {}, text)])));
  }
}
