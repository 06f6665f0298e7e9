"use strict";

// Puts the views together.

(() => {
  overview.draw();
  const range = new TimeRange(1);
  const timeline = new TimelineView(range), memory = new MemoryView(range);
  const show = (which) => {
    const rows = new TrackRows(model.page.timelines[which]);
    timeline.show(rows);
    memory.show(rows);
    range.setLimit(rows.end);
  };
  byId("timeline-which").addEventListener("change", (event) => show(event.target.value));
  show("steady");
  new RooflineView();
  new GraphView();
  new LayerTable();
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && selection.command !== null) selection.pick(selection.command);
  });
  document.documentElement.dataset.ready = "yes";
})();
