"use strict";

// A layered layout: a command is below all that it reads; edges that pass layers do so in slots of
// their own, so that they bend around commands.

class GraphLayout {
  constructor(commands, size) {
    this.size = size; // { width, height, gapX, gapY, slot }
    this.nodes = commands.map((command) => ({ command, up: [], down: [], real: true }));
    this.edges = [];
    this.makeLayers();
    this.joinLayers();
    this.orderLayers();
    this.placeNodes();
  }

  makeLayers() {
    this.layers = [];
    for (const node of this.nodes) {
      const above = node.command.sources.map((source) => this.nodes[source].layer);
      node.layer = above.length ? Math.max(...above) + 1 : 0;
      (this.layers[node.layer] ||= []).push(node);
    }
  }

  joinLayers() {
    for (const node of this.nodes)
      for (const source of node.command.sources) {
        let above = this.nodes[source];
        const path = [above];
        for (let layer = above.layer + 1; layer < node.layer; ++layer) {
          const slot = { layer, up: [], down: [], real: false };
          this.layers[layer].push(slot);
          this.connect(above, slot);
          path.push(slot);
          above = slot;
        }
        this.connect(above, node);
        path.push(node);
        this.edges.push({ from: source, to: node.command.index, path });
      }
  }

  connect(above, below) {
    above.down.push(below);
    below.up.push(above);
  }

  // Sweeps that put each node at the mean place of its neighbours: few edges cross.
  orderLayers() {
    const number = () => { for (const layer of this.layers) layer.forEach((node, i) => { node.order = i; }); };
    const mean = (nodes, otherwise) => nodes.length
      ? nodes.reduce((sum, node) => sum + node.order, 0) / nodes.length : otherwise;
    const sort = (layer, side) => {
      for (const node of layer) node.wish = mean(node[side], node.order);
      layer.sort((a, b) => a.wish - b.wish || a.order - b.order);
      layer.forEach((node, i) => { node.order = i; });
    };
    number();
    for (let sweep = 0; sweep < 6; ++sweep) {
      for (const layer of this.layers) sort(layer, "up");
      for (const layer of [...this.layers].reverse()) sort(layer, "down");
    }
  }

  placeNodes() {
    const { height, gapY } = this.size;
    for (const layer of this.layers) this.spread(layer, layer.map(() => 0));
    for (let sweep = 0; sweep < 40; ++sweep) {
      const order = sweep % 2 ? [...this.layers].reverse() : this.layers;
      for (const layer of order)
        this.spread(layer, layer.map((node) => this.wish(node)));
    }
    const left = Math.min(...this.layers.flat().map((node) => node.x - this.widthOf(node) / 2));
    for (const node of this.layers.flat()) {
      node.x -= left;
      node.y = node.layer * (height + gapY);
    }
    this.width = Math.max(...this.layers.flat().map((node) => node.x + this.widthOf(node) / 2));
    this.height = this.layers.length * (height + gapY) - gapY;
  }

  // Slots of one edge pull each other hard: long edges are straight.
  wish(node) {
    let sum = 0, weight = 0;
    for (const other of [...node.up, ...node.down]) {
      const pull = node.real || other.real ? 1 : 8;
      sum += pull * other.x;
      weight += pull;
    }
    return weight ? sum / weight : node.x;
  }

  widthOf(node) { return node.real ? this.size.width : this.size.slot; }

  // The places nearest to the wished ones (least squares) that keep order and distance: an isotonic
  // regression, by pooling neighbours that would overlap.
  spread(layer, wishes) {
    let offset = 0;
    const pools = [];
    layer.forEach((node, i) => {
      if (i > 0) offset += (this.widthOf(layer[i - 1]) + this.widthOf(node)) / 2 + this.size.gapX;
      node.offset = offset;
      const weight = node.real ? 1 : 4;
      let pool = { sum: weight * (wishes[i] - offset), weight, count: 1 };
      const meanOf = ({ sum, weight }) => sum / weight;
      while (pools.length && meanOf(pools[pools.length - 1]) > meanOf(pool)) {
        const before = pools.pop();
        pool = { sum: before.sum + pool.sum, weight: before.weight + pool.weight,
          count: before.count + pool.count };
      }
      pools.push(pool);
    });
    let i = 0;
    for (const pool of pools)
      for (let n = 0; n < pool.count; ++n, ++i) layer[i].x = pool.sum / pool.weight + layer[i].offset;
  }
}
