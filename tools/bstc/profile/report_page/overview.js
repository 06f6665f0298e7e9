"use strict";

// The head of the page: the answer in five numbers, where the time goes, what it rests on.

const overview = {
  draw() {
    const { report, page } = model;
    byId("title").textContent = page.title;
    byId("subtitle").textContent = `on ${report.target} · ${page.description}`;
    overview.drawTiles();
    for (const notice of report.notices)
      byId("notices").append(element("p", { class: "notice" }, `${notice.text} [${notice.code}]`));
    overview.drawResources();
    overview.drawSlowest();
    overview.drawAssumptions();
    overview.drawOutlook();
  },

  tile(label, value, unit, note, main) {
    const big = element("div", { class: "value" }, value);
    if (unit) big.append(" ", element("small", {}, unit));
    byId("tiles").append(element("div", { class: main ? "tile main" : "tile" },
      element("div", { class: "label" }, label), big, element("div", { class: "note" }, note)));
  },

  drawTiles() {
    const { report, page } = model;
    const range = report.fps_low < report.fps_high
      ? overview.bandText(report, report.rests_on[0]?.field)
      : "frames overlapped across engines";
    overview.tile("Throughput", format.fixed(report.fps, 1), "FPS", range, true);
    overview.tile("Latency", format.fixed(report.latency_ms, 2), "ms", "one frame alone");
    const gain = format.fixed(100 * report.bound_gain, 1) + "%";
    overview.tile("Bound by", format.boundText(report.bound), "",
      report.bound === "sync" ? `twice as much of one resource gains ${gain} at most`
        : report.bound === "none" ? "nothing runs"
        : `${report.bound === "overhead" ? "halved" : "twice as much"}: ${gain} more FPS; busiest: ` +
          format.boundText(report.frame_time.resource));
    overview.tile("Share of the bound", format.fixed(100 * report.lower_bound.share, 0), "%",
      overview.boundText(report.lower_bound));
    overview.tile("Share of roofline", format.fixed(100 * report.roofline.share, 0), "%",
      `of ${format.fixed(report.roofline.fps, 1)} FPS, which ${format.boundText(report.roofline.bound)} sets`);
    overview.tile("Array peak used", format.fixed(100 * report.share_of_peak, 1), "%",
      `of ${format.prefixed(page.device.peak_ops_per_second.maca * page.device.cores, "OPS")}, ` +
      `${format.prefixed(report.macs)} MACs, ${format.prefixed(report.recomputed_macs)} more in halos`);
    overview.tile("DRAM a frame",
      ...format.bytes(report.dram_read_bytes + report.dram_write_bytes).split(" "),
      `${format.bytes(report.dram_read_bytes)} read, ${format.bytes(report.dram_write_bytes)} written` +
      (report.host_bytes ? `; a host moves ${format.bytes(report.host_bytes)} past the device` : ""));
    overview.tile("Arena", ...format.bytes(report.arena_bytes).split(" "),
      `least possible ${format.bytes(report.arena_least_bytes)}`);
    const apart = report.fused_adds;
    if (apart.count)
      overview.tile("Fused sums", `${apart.fps_apart <= report.fps ? "+" : "−"}` +
        format.fixed(100 * Math.abs(report.fps / apart.fps_apart - 1), 1), "%",
        `${apart.count} residual sums ride on MACA; on EDP ${format.fixed(apart.fps_apart, 1)} FPS`);
  },

  bandText: (form, most) => `${format.fps(form.fps_low)}–${format.fps(form.fps_high)} in 8 of 10 draws ` +
    `of the assumed fields${most ? `; most: ${most}` : ""}`,

  boundText(least) {
    const binds = { maca: "MACA slots", edp: "EDP bytes", dram: "least DRAM traffic" };
    return `bound: ${format.fps(least.fps)} FPS (${binds[least.bound]}), whatever the schedule`;
  },

  // The network's other form, and the changes that would gain most.
  drawOutlook() {
    const { report } = model;
    const box = byId("outlook");
    const line = (text) => box.append(element("p", {}, text));
    if (report.deployed) {
      const { deployed } = report;
      line(`Deployed (8-bit pictures in, boxes out): ${format.fps(deployed.fps)} FPS` +
        (deployed.fps_low < deployed.fps_high
          ? ` (${overview.bandText(deployed, deployed.matters_most)})` : "") +
        `; ${overview.boundText(deployed.lower_bound)}; ` +
        `${format.fixed(100 * deployed.lower_bound.share, 0)}% of it reached.`);
    } else if (report.not_deployed) {
      line(`No deployed form: ${report.not_deployed}`);
    }
    line(`Where silicon is known this model is ${report.model_error_percent}% off in the mean.`);
    if (!report.advice) return;
    if (!report.advice.length) return line("No change that was tried gains 1%.");
    const body = element("tbody");
    for (const advice of report.advice)
      body.append(element("tr", {}, element("td", {}, advice.text), element("td", {}, `of the ${advice.of} form`),
        element("td", { class: "right" }, `${format.fps(advice.fps)} FPS`),
        element("td", { class: "right" }, `+${format.fixed(100 * advice.gain, 1)}%`)));
    box.append(element("table", { id: "advice" }, element("thead", {}, element("tr", {},
      element("th", {}, "change"), element("th", {}, ""), element("th", { class: "right" }, "then"),
      element("th", { class: "right" }, "gain"))), body));
  },

  // How each resource spends the time from frame to frame.
  drawResources() {
    const { report } = model;
    const frame = report.fps > 0 ? 1e3 / report.fps : 0;
    byId("bound-text").textContent = overview.breakdownText(report.frame_time, frame);
    if (!frame) return;
    const box = byId("resources");
    const row = (name, busy, parts) => {
      const bar = element("div", { class: "bar" });
      for (const [kind, ms, text] of parts) {
        const part = element("span", { class: "part-" + kind, title: `${text}: ${format.fixed(ms, 3)} ms` });
        part.style.width = Math.min(100, 100 * ms / frame) + "%";
        part.style.background = `var(--${name})`;
        bar.append(part);
      }
      box.append(element("div", { class: "bar-row" }, element("span", {}, format.boundText(name)),
        bar, element("span", { class: "end" }, format.percent(busy / frame))));
    };
    for (const [name, use] of Object.entries(report.engines))
      row(name, use.busy_ms, [["work", use.compute_ms - use.halos_ms, "computes"],
        ["start", use.halos_ms, "computes halos again"],
        ["start", use.overhead_ms, "starts commands"], ["wait", use.wait_ms, "waits for DRAM"]]);
    row("dram", report.dram_ms, [["work", report.dram.full_rate_ms, "moves at the full rate"],
      ["start", report.dram.starts_ms, "starts transfers"],
      ["wait", report.dram.below_full_rate_ms, "moves at less than the full rate"]]);
    box.append(element("p", { class: "hint" },
      "Full: computes or moves. Lighter: computes halos again, starts commands. Lightest: waits for " +
      "DRAM within them, or moves below the full rate."));
    overview.drawIdle(frame);
  },

  // What was at work while an engine was idle.
  drawIdle(frame) {
    const { report } = model;
    const causes = [["maca_ms", "MACA"], ["edp_ms", "EDP"], ["dsp_ms", "DSP"], ["load_data_ms", "maps in"],
      ["load_weights_ms", "weights in"], ["store_ms", "maps out"], ["other_ms", "driver"]];
    const rows = [...Object.entries(report.engines), ["dram", report.dram]];
    const shown = causes.filter(([key]) => rows.some(([, use]) => use.waits_for[key] >= 0.0005 * frame));
    if (!shown.length) return;
    const body = element("tbody");
    for (const [name, use] of rows)
      body.append(element("tr", {}, element("td", {}, format.boundText(name)),
        element("td", { class: "right" }, format.fixed(use.idle_ms, 3)),
        ...shown.map(([key]) => element("td", { class: "right" },
          use.waits_for[key] >= 0.0005 ? format.fixed(use.waits_for[key], 3) : "–"))));
    byId("idle").append(
      element("h3", {}, "What idle engines wait for, ms a frame"),
      element("table", {}, element("thead", {}, element("tr", {}, element("th", {}, "engine"),
        element("th", { class: "right" }, "idle"),
        ...shown.map(([, text]) => element("th", { class: "right" }, text)))), body));
  },

  // Where to look first.
  drawSlowest() {
    const slowest = [...model.commands].sort((a, b) => b.time_ms - a.time_ms).slice(0, 5);
    const body = element("tbody");
    for (const command of slowest) {
      const row = element("tr", {}, element("td", {}, nodeName(command)),
        element("td", {}, `${command.engine} ${command.label}`),
        element("td", { class: "right" }, format.fixed(command.time_ms, 3) + " ms"),
        element("td", { class: "right" }, format.percent(command.time_ms / (model.totalMs || 1))));
      row.addEventListener("click", () => selection.pick(command.index));
      body.append(row);
    }
    byId("slowest").append(body);
  },

  breakdownText(breakdown, frame) {
    if (!frame) return "Nothing runs.";
    const parts = [];
    const add = (ms, text) => { if (ms > 0.005 * frame) parts.push(`${format.fixed(ms, 2)} ms ${text}`); };
    add(breakdown.minimum_ms, "it could not do without");
    add(breakdown.excess_ms, breakdown.resource === "dram"
      ? "feature maps that pass through DRAM" : "work beyond that (partly filled blocks, halos)");
    add(breakdown.starts_ms, "starting commands");
    add(breakdown.waits_ms, "waiting for DRAM");
    add(breakdown.idle_ms, "idle, waiting for other operations");
    return `A frame every ${format.fixed(frame, 2)} ms. The busiest is ` +
      `${format.boundText(breakdown.resource)}: ${parts.join(", ")}.`;
  },

  drawAssumptions() {
    const fields = [...model.page.assumptions];
    const effect = (field) => Math.abs(field.fps_high - field.fps_low);
    fields.sort((a, b) => effect(b) - effect(a));
    const greatest = Math.max(...fields.map(effect), 1e-9);
    byId("assumption-text").textContent = fields.length
      ? `${fields.length} numbers of the device are assumed, set or uncertain; the FPS that each alone would give:`
      : "Every number of the device is stated by its maker or follows from those.";
    const table = element("table", {}, element("thead", {}, element("tr", {},
      ...["field", "value", "range", "FPS", ""].map((text) => element("th", {}, text)))));
    const body = element("tbody");
    for (const field of fields) {
      const bar = element("span", { class: "share" });
      bar.style.width = 4 * effect(field) / greatest + "rem";
      const certain = field.low >= field.high, moves = effect(field) > 0;
      body.append(element("tr", { title: `${field.origin}: ${field.source}` },
        element("td", {}, field.field),
        element("td", {}, `${field.value} ${field.unit === "flag" ? "" : field.unit}`),
        element("td", {}, certain ? field.origin : `${field.low} to ${field.high}`),
        element("td", {}, moves
          ? `${format.fixed(field.fps_low, 1)} to ${format.fixed(field.fps_high, 1)}` : "no change"),
        element("td", { class: "share-cell" }, moves ? bar : "")));
    }
    table.append(body);
    byId("assumptions").append(table);
  },
};
