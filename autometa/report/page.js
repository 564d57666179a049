"use strict";
// Draw every figure from the JSON that follows it; when printing, show the tables and fit the figures.
const boxes = [...document.querySelectorAll(".plot")];
for (const box of boxes) {
  const { data, layout } = JSON.parse(box.nextElementSibling.textContent);
  Plotly.newPlot(box, data, layout, { responsive: true, displayModeBar: false });
}
const LONGEST = 40; // rows of a table that is worth paper
const closed = () =>
  [...document.querySelectorAll("details:not([open])")].filter((one) => one.querySelectorAll("tr").length <= LONGEST);
let opened = [];
addEventListener("beforeprint", () => {
  opened = closed();
  for (const one of opened) one.open = true;
  for (const box of boxes) Plotly.Plots.resize(box);
});
addEventListener("afterprint", () => {
  for (const one of opened) one.open = false;
  for (const box of boxes) Plotly.Plots.resize(box);
});
