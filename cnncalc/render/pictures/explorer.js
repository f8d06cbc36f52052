// The page: the chosen unit, what is said of it, the table, and all ways to choose another.
const MOST_STATIONS = 30; // to begin with
const THEORY = { windows: true, endless: true };
const state = { node: data.start, unit: [], pinned: false, level: 0 };
let lay = null; // where things stand
let seen = null; // what the chosen unit reads
let waiting = 0;
let resting = 0;
let moved = false;

const range = ([first, end]) => (first === end ? count(first) : `${count(first)}…${count(end)}`);
const times = (words) => words.join("\u2009×\u2009");
const nameOf = (station) => station.name || text("input");
const chosenStation = () => levels[state.level].of.get(state.node);

// ---- words

function boxWords({ box, number }) {
  return times(box.map((ends, axis) => {
    const size = ends[1] - ends[0] + 1;
    return number[axis] < size ? said("holes", { range: range(ends), read: count(number[axis]), size: count(size) }) : range(ends);
  }));
}

function sentence() {
  const layer = [layers[state.node].name, "name"];
  const unit = state.unit.join(",");
  const told = seen.toldWindows || seen.told;
  if (!told) return filled("nothing", { layer, unit });
  const reads = [said("reads", { box: boxWords(told) }), "read"];
  const numbers = { number: count(told.volume), all: count(inputs), share: share(told.volume / inputs) };
  const words = filled(unit ? "sentence" : "vector", { layer, unit, reads, ...numbers });
  return seen.full.exact ? words : [...words, " ", text("inexact")];
}

function theoryWords() {
  if (!seen.theory) return "";
  const { box } = seen.theory;
  const sizes = box.map(([first, end]) => end - first + 1);
  const inside = box.map(([first, end], axis) => Math.max(Math.min(end, space[axis] - 1) - Math.max(first, 0) + 1, 0));
  const part = inside.reduce((product, size, axis) => product * size / sizes[axis], 1);
  const key = part < 1 ? "theoryOutside" : "theory";
  return said(key, { size: times(sizes.map(count)), box: times(box.map(range)), share: share(1 - part) });
}

// What is read beside windows: all of it, or so much, and through which layers.
function wholeWords() {
  const { through, at } = seen.full;
  if (at === seen.windows.at || !seen.told || !through.length) return "";
  const names = through.map((index) => layers[index].name).reverse();
  const list = names.slice(0, 3).join(text("comma")) + (names.length > 3 ? said("more", { count: names.length - 3 }) : "");
  const key = (seen.told.volume === inputs ? "whole" : "part") + (seen.toldWindows ? "Beside" : "");
  return said(key, { layers: list, number: count(seen.told.volume), all: count(inputs) });
}

function sliceWords() {
  const boxes = seen.windows.at[0] || seen.full.at[0];
  return rank === 3 && boxes ? said("slice", { slice: sliceOf(boxes), last: space[0] - 1 }) : "";
}

function drawWords() {
  $("says").replaceChildren(...sentence());
  $("theory").textContent = [theoryWords(), wholeWords(), sliceWords()].filter(Boolean).join(" · ");
  $("pin").hidden = !state.pinned;
}

// ---- the table

const COLUMNS = ["layer", "notation", "output", "parameters", "macs", "field", "jump", "unitsRead"];
const dashed = (value) => (value ? count(value) : "–");
const spans = (words) => words.replaceAll("..", "…");

function fieldWords({ size, whole }) {
  if (!whole) return spans(size) || "–";
  return size ? said("andWhole", { size: spans(size) }) : text("wholeInput");
}

function buildTable() {
  const head = html("tr", {}, ...COLUMNS.map((key) => html("th", { scope: "col", class: key }, text(key))));
  const rows = lay.maps.slice(1).map(buildRow);
  $("table").replaceChildren(html("table", {}, html("caption", { class: "spoken" }, text("table")), html("thead", {}, head), html("tbody", {}, ...rows)));
}

function buildRow(map, place) {
  const { station, node } = map;
  const sum = (key) => station.nodes.reduce((total, index) => total + layers[index][key], 0);
  const words = station.nodes.map((index) => layers[index].word).join(" ");
  const cells = [words.slice(0, 60), node.shape, dashed(sum("parameters")), dashed(sum("macs")), fieldWords(node), spans(node.jump) || "–", ""];
  map.button = html("button", { type: "button" }, station.name);
  map.row = html("tr", { "data-row": place + 1 }, html("th", { scope: "row", class: "layer" }, map.button),
    ...cells.map((words, column) => html("td", { class: COLUMNS[column + 1] }, words)));
  map.row.children[1].title = words.slice(0, 300);
  return map.row;
}

function drawRow(map, isChosen) {
  const read = map.told ? times(map.told.number.map(count)) || "1" : "";
  if (map.row.lastChild.textContent !== read) map.row.lastChild.textContent = read;
  change(map.row, { class: isChosen ? "at" : map.told ? "" : "unread" });
  change(map.button, { "aria-pressed": isChosen, tabindex: isChosen ? 0 : -1 });
}

// What the marks mean, those of no use here left out by the style.
const MARKS = { chosen: "chosen", reads: "reallyRead", wash: "washed", theory: "theoretical", outside: "outside" };

function buildLegend() {
  $("legend").replaceChildren(...Object.entries(MARKS).map(([kind, key]) => html("li", { "data-mark": kind },
    svg("svg", { width: 12, height: 12, "aria-hidden": true }, svg("path", { class: kind, d: "M1 1h10v10h-10z" })), text(key))));
}

// ---- from state to page

function look() {
  const full = Engine.walk(network, state.node, state.unit);
  const windows = full.through.length ? Engine.walk(network, state.node, state.unit, { windows: true }) : full;
  const theory = Engine.told(Engine.walk(network, state.node, state.unit, THEORY).at[0]);
  seen = { full, windows, theory, told: Engine.told(full.at[0]), toldWindows: Engine.told(windows.at[0]) };
}

function draw() {
  waiting = 0;
  look();
  if (lay.node !== state.node) {
    buildPicture();
    drawLabels();
  }
  lay.maps.forEach(drawMap);
  lay.maps.forEach(drawWedge);
  lay.maps.slice(1).forEach((map, place) => drawRow(map, place + 1 === chosenStation()));
  drawPicture();
  drawWords();
  clearTimeout(resting);
  resting = setTimeout(rest, 400);
}

// What follows when the unit rests: the voice, and the address that leads back here.
function rest() {
  $("voice").textContent = `${$("says").textContent}. ${$("theory").textContent}`;
  const unit = state.unit.length ? `@${state.unit}` : "";
  if (moved) history.replaceState(null, "", `#${encodeURIComponent(layers[state.node].name)}${unit}`);
}

function build() {
  $("strip").setAttribute("aria-label", text("maps"));
  buildStrip();
  buildTable();
  buildLegend();
  $("levels").replaceChildren(...levels.map(levelButton));
  draw();
  reveal(lay.maps[chosenStation()]);
}

function levelButton({ stations }, level) {
  const label = said("showMaps", { count: stations.length });
  const button = html("button", { type: "button", "aria-pressed": level === state.level, "aria-label": label }, String(stations.length));
  button.addEventListener("click", () => {
    state.level = level;
    build();
    $("levels").children[level].focus();
  });
  return button;
}

// ---- choosing

const within = (value, size) => Math.min(Math.max(Math.round(value), 0), size - 1);
const middle = ({ space: sizes }) => sizes.map((size) => Math.floor(size / 2));

function choose(node, unit) {
  state.node = node;
  state.unit = layers[node].space.map((size, axis) => within(unit[axis] ?? Math.floor(size / 2), size));
  moved = true;
  waiting ||= requestAnimationFrame(draw);
}

function pin(on) {
  state.pinned = on;
  waiting ||= requestAnimationFrame(draw);
}

// Another station, at the same relative place.
function chooseStation(number) {
  const map = lay.maps[number];
  if (!map || !number) return;
  const [from, to] = [layers[state.node].space, map.node.space];
  choose(last(map.station.nodes), to.map((size, axis) => (from[axis] ? Math.floor((state.unit[axis] + 0.5) / from[axis] * size) : undefined)));
  reveal(map);
}

// Scrolls the strip where it is too long for the page.
function reveal({ x, w }) {
  const strip = $("strip");
  if (x < strip.scrollLeft || x + w > strip.scrollLeft + strip.clientWidth) strip.scrollLeft = x - strip.clientWidth / 2;
}

function pointStrip(event, { map }) {
  const node = map.station.nodes.includes(state.node) ? state.node : last(map.station.nodes);
  if (node < 0) return;
  const box = lay.drawing.getBoundingClientRect();
  const unit = state.unit.slice();
  unit[across] = Math.floor((event.clientX - box.left - map.x) / map.w * columnsOf(layers[node]));
  if (rank > 1) unit[down] = Math.floor((event.clientY - box.top - map.y) / map.h * rowsOf(layers[node]));
  choose(node, unit);
}

// In the picture: the unit whose field is centred there.
function pointPicture(event) {
  const node = layers[state.node];
  if (node.space.length !== rank) return;
  const box = $("image").getBoundingClientRect();
  const { x, y, w } = lay.frame;
  const zoom = FRAME / box.width;
  const place = { [across]: (event.clientX - box.left) * zoom - x, [down]: (event.clientY - box.top) * zoom - y };
  const unitOn = (axis) => (place[axis] / w * space[across] - 0.5 - centreOf(node, axis)) / rateOf(node, axis);
  choose(state.node, state.unit.map((unit, axis) => (axis in place ? unitOn(axis) : unit)));
}

// Hover moves the unit until a click pins it; a drag moves it always.
function pointing(element, target, act) {
  let dragged = null;
  element.addEventListener("pointerdown", (event) => {
    dragged = event.button ? null : target(event);
    if (!dragged) return;
    element.setPointerCapture(event.pointerId);
    act(event, dragged);
  });
  element.addEventListener("pointermove", (event) => {
    const hovered = !state.pinned && event.pointerType !== "touch" && target(event);
    if (dragged || hovered) act(event, dragged || hovered);
  });
  element.addEventListener("pointerup", () => {
    if (dragged) pin(true);
    dragged = null;
  });
  element.addEventListener("pointercancel", () => (dragged = null));
}

function aimed(event) {
  const group = event.target.closest("[data-station]");
  return group && { map: lay.maps[group.dataset.station] };
}

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function step([rows, columns]) {
  choose(state.node, state.unit.map((unit, axis) => unit + (axis === across ? columns : axis === down ? rows : 0)));
}
const cut = (by) => () => choose(state.node, state.unit.map((unit, axis) => unit + (rank === 3 && !axis ? by : 0)));

const KEYS = {
  "[": () => chooseStation(chosenStation() - 1),
  "]": () => chooseStation(chosenStation() + 1),
  c: () => choose(state.node, middle(layers[state.node])),
  k: () => choose(state.node, state.unit.map(() => 0)),
  ",": cut(-1),
  ".": cut(1),
  Escape: () => pin(false),
};
for (const [key, by] of Object.entries(STEPS)) KEYS[key] = () => step(by);

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
  if (event.key !== "Escape") state.pinned = true;
  if (event.target.closest("tbody")) requestAnimationFrame(() => lay.maps[chosenStation()].button.focus());
}

// The address as `rest` writes it; names are compared as they stand there, so that no address is too wrong to read.
function fromAddress() {
  const [name, unit] = location.hash.slice(1).split("@");
  const node = layers.findIndex((layer) => [layer.name, encodeURIComponent(layer.name)].includes(name));
  if (node >= 0) choose(node, unit ? unit.split(",").map((index) => parseInt(index, 10) || 0) : []);
}

// A picture of one's own is shown, and goes nowhere.
function ownPicture(file) {
  if (!file?.type.startsWith("image/")) return;
  data.image = URL.createObjectURL(file);
  lay.node = null;
  pin(state.pinned);
}

function listen() {
  pointing($("strip"), aimed, pointStrip);
  pointing($("picture"), (event) => event.target.closest("svg"), pointPicture);
  document.addEventListener("keydown", onKey);
  window.addEventListener("hashchange", fromAddress);
  $("table").addEventListener("click", ({ target }) => {
    const row = target.closest("[data-row]");
    if (!row) return;
    chooseStation(Number(row.dataset.row));
    pin(true);
  });
  $("file").addEventListener("change", ({ target }) => ownPicture(target.files[0]));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    ownPicture(event.dataTransfer.files[0]);
  });
  new ResizeObserver(() => {
    if (lay.across !== $("strip").clientWidth) build();
    lay.across = $("strip").clientWidth;
  }).observe($("strip"));
}

// The page opens at the finest level of which every map has room.
function open() {
  const most = Math.min(MOST_STATIONS, Math.max(innerWidth / 34, 8));
  state.level = Math.max(levels.filter(({ stations }) => stations.length - 1 <= most).length - 1, 0);
  state.unit = data.unit;
  document.body.classList.toggle("line", rank === 1);
  document.body.classList.toggle("plain", !hasWhole);
  document.body.classList.toggle("single", levels.length < 2);
  speak(build);
  lay.across = $("strip").clientWidth;
  fromAddress();
  moved = false;
  listen();
}

const indexOf = (layer) => (typeof layer === "number" ? layer : layers.findIndex(({ name }) => name === layer));
window.cnncalc = {
  reads: (layer, unit) => Engine.reads(network, indexOf(layer), unit),
  choose: (layer, unit) => choose(indexOf(layer), unit),
  state: () => ({ layer: layers[state.node].name, unit: state.unit, pinned: state.pinned, maps: lay.maps.length }),
};
open();
