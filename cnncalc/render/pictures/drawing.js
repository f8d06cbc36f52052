// The strip and the picture, and in them what the chosen unit reads.
const MOST_CELLS = 5000; // a set in more pieces is drawn as its hull
const LEAST_HOLE = 1.6; // pixels; smaller ones can't be seen
const FRAME = 400; // side of the picture

function cell(x, y, w, h) {
  const [wide, high] = [round(Math.max(w, 0.8)), round(Math.max(h, 0.8))];
  return `M${round(x)} ${round(y)}h${wide}v${high}h${-wide}z`;
}
function ring(x, y, w, h) {
  const r = round(Math.min(w * 0.8, h) / 2);
  return `M${round(x + w / 2 - r)} ${round(y + h / 2)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
}

const WHOLE_AXIS = [[0, 1]];
const hullOf = (runs) => runs.length ? [[runs[0][0], last(runs)[0] + last(runs)[1] - runs[0][0]]] : [];
function runsOf(set, pixels, single) {
  if (single) return Engine.runs(set).flatMap(([first, number]) => [...Array(number).keys()].map((k) => [first + k, 1]));
  return Engine.runs(set, Math.ceil(LEAST_HOLE / pixels) - 1);
}

// Boxes of a node's units as one path, where its map stands; of three axes the slice.
function pathOf(boxes, map, node, slice) {
  const w = map.w / columnsOf(node);
  const h = map.h / rowsOf(node);
  const pieces = (boxes || []).filter((box) => rank < 3 || !box.length || box[0].bits[slice - box[0].first]).map((box) => [
    box[down] ? runsOf(box[down], h) : WHOLE_AXIS,
    box[across] ? runsOf(box[across], w, map.dots) : WHOLE_AXIS,
  ]);
  const many = pieces.reduce((sum, [rows, columns]) => sum + rows.length * columns.length, 0) > MOST_CELLS;
  const draw = map.dots ? ring : cell;
  return pieces.map((runs) => {
    const [rows, columns] = many ? runs.map(hullOf) : runs;
    const row = ([y, high]) => columns.map(([x, wide]) => draw(map.x + x * w, map.y + y * h, wide * w, high * h));
    return rows.flatMap(row).join("");
  }).join("");
}

// The rectangle of [first, last] per axis.
function area(ends, map, node) {
  const w = map.w / columnsOf(node);
  const h = map.h / rowsOf(node);
  const [[top, bottom], [left, right]] = [ends[down] || [0, rowsOf(node) - 1], ends[across] || [0, columnsOf(node) - 1]];
  return { x: map.x + left * w, y: map.y + top * h, w: (right - left + 1) * w, h: (bottom - top + 1) * h };
}
const outline = (ends, map, node) => {
  const { x, y, w, h } = area(ends, map, node);
  return cell(x, y, w, h);
};

// ---- the strip

function buildStrip() {
  const width = Math.max($("strip").clientWidth, 280);
  lay = rank === 1 ? layRows(width) : layMaps(width);
  const [wedges, arcs, body] = ["wedges", "arcs", "maps"].map((name) => svg("g", { class: name }));
  lay.labels = svg("g", { class: "labels" });
  lay.maps.forEach((map, number) => {
    body.append(buildMap(map, number));
    map.wedge = svg("path", { class: "wedge" });
    wedges.append(map.wedge);
    map.arcs = rank === 1 ? [] : buildArcs(map, number);
    arcs.append(...map.arcs.map(({ arc }) => arc));
  });
  lay.line = svg("path", { class: "theory" });
  lay.bracket = svg("text", { class: "name", "text-anchor": "middle", y: lay.height - 8 });
  const size = { width: lay.width, height: lay.height };
  lay.drawing = svg("svg", { ...size, viewBox: `0 0 ${round(lay.width)} ${round(lay.height)}`, role: "img", id: "maps" },
    svg("title", {}, text("maps")), arcs, body, wedges, lay.line, lay.bracket, lay.labels);
  $("strip").replaceChildren(lay.drawing);
}

function buildMap(map, number) {
  const every = [map.node.space.map((size) => Engine.all(size))];
  const wide = Math.max(map.w, 24);
  for (const name of ["wash", "reads", "chosen"]) map[name] = svg("path", { class: name });
  map.group = svg("g", { "data-station": number },
    svg("title", {}, `${nameOf(map.station)} ${map.node.shape}`),
    svg("path", { class: "frame", d: map.dots ? pathOf(every, map, map.node) : cell(map.x, map.y, map.w, map.h) }),
    map.wash, map.reads, map.chosen,
    svg("rect", { class: "hit", x: map.x - (wide - map.w) / 2, y: map.y - 4, width: wide, height: Math.max(map.h + 8, 24) }));
  if (map.station.skips && rank > 1) map.group.append(svg("path", { class: "fold", d: `M${round(map.x)} ${round(map.y - 2)}q${round(map.w / 2)} -9 ${round(map.w)} 0` }));
  return map.group;
}

// Skips are arcs above the line, or straight lines above their row.
function buildArcs(map, number) {
  return [...map.station.sources].filter((source) => source < number - 1).slice(0, 8).map((source) => {
    const from = lay.maps[source];
    const [x1, x2] = [round(from.x + from.w / 2), round(map.x + map.w / 2)];
    const [y1, y2] = [round(from.y), round(map.y)];
    const top = round(Math.min(from.lane, map.lane) - 20 - Math.min(number - source, 6));
    const d = lay.rising ? `M${x1} ${y1}V${top}H${x2}V${y2}` : `M${x1} ${y1}C${x1} ${top} ${x2} ${top} ${x2} ${y2}`;
    return { source, arc: svg("path", { class: "arc", d }) };
  });
}

// The layer whose map a station shows: the chosen one, else the last that is read.
function shownNode({ nodes }) {
  if (nodes.includes(state.node)) return state.node;
  const axes = nodeAt(last(nodes)).space.length;
  return nodes.findLast((node) => seen.full.at[node + 1] && nodeAt(node).space.length === axes);
}

function sliceOf(boxes) {
  if (rank < 3 || !boxes?.[0].length) return 0;
  const [{ first, bits }] = boxes[0];
  return first + Math.max(bits.indexOf(1, bits.length >> 1), 0);
}

function drawMap(map) {
  const index = shownNode(map.station);
  const isChosen = index === state.node;
  const node = index === undefined ? map.node : nodeAt(index);
  const [windows, full] = [seen.windows, seen.full].map(({ at }) => at[(index ?? NaN) + 1]);
  const path = (boxes) => pathOf(boxes, map, node, sliceOf(windows || full));
  change(map.reads, { d: isChosen ? "" : path(windows) });
  change(map.wash, { d: isChosen || full === windows ? "" : path(full) });
  change(map.chosen, { d: isChosen ? chosenPath(map, node) : "" });
  change(map.group, { class: isChosen ? "at" : full ? "" : "unread" });
  map.told = Engine.told(windows || full);
  map.hull = windows && area(map.told.box, map, node);
}

// The chosen unit, never too small to be seen.
function chosenPath(map, node) {
  const { x, y, w, h } = area(state.unit.map((unit) => [unit, unit]), map, node);
  if (map.dots) return ring(x, y, w, h);
  const [wide, high] = [Math.max(w, rank > 1 ? 5 : 3), Math.max(h, 5)];
  return cell(x + (w - wide) / 2, y + (h - high) / 2, wide, high);
}

// The cone: between neighbours a wedge joins the hulls.
function drawWedge(map, number) {
  const before = lay.maps[number - 1];
  const [a, b] = [before?.hull, map.hull];
  const joins = a && b && map.station.sources.has(number - 1);
  const points = joins && (rank === 1
    ? [a.x, a.y, b.x, b.y + b.h, b.x + b.w, b.y + b.h, a.x + a.w, a.y]
    : [a.x + a.w, a.y, b.x, b.y, b.x, b.y + b.h, a.x + a.w, a.y + a.h]);
  change(map.wedge, { d: joins ? `M${points.map(round).join(" ")}z` : "" });
  for (const { source, arc } of map.arcs) arc.classList.toggle("used", Boolean(map.hull && lay.maps[source].hull));
}

// One axis: the theoretical field around the input's row, and its ends in numbers below.
function drawLine() {
  const at = lay.maps[0];
  const { x, w } = seen.theory ? area(seen.theory.box, at, input) : { x: at.x, w: 0 };
  const from = Math.max(x, 0);
  lay.line.setAttribute("d", w ? cell(from, at.y - 5, Math.min(x + w, lay.width) - from, at.h + 10) : "");
  lay.bracket.textContent = seen.told ? `${range(seen.told.box[0])} (${count(seen.told.volume)})` : "";
  const { x: left, w: wide } = area(seen.told?.box || [], at, input);
  lay.bracket.setAttribute("x", Math.min(Math.max(left + wide / 2, 60), lay.width - 60));
}

// ---- the picture

// The margin is the same for every unit of a layer, so that nothing jumps while the unit moves.
function frameOf(node) {
  const most = Math.max(space[down], space[across]);
  const corners = [node.space.map(() => 0), node.space.map((size) => size - 1)];
  const ends = corners.flatMap((unit) => {
    const told = Engine.told(Engine.walk(network, state.node, unit, THEORY).at[0]);
    return told ? [down, across].flatMap((axis) => [-told.box[axis][0], told.box[axis][1] - space[axis]]) : [];
  });
  const margin = Math.min(Math.max(most * 0.04, ...ends) * 1.04, most * 0.75);
  const scale = FRAME / (most + 2 * margin);
  const [w, h] = [space[across] * scale, space[down] * scale];
  return { x: (FRAME - w) / 2, y: (FRAME - h) / 2, w, h };
}

function buildPicture() {
  lay.node = state.node;
  if (rank === 1) return;
  lay.frame = frameOf(layers[state.node]);
  const { x, y, w, h } = lay.frame;
  const paths = {};
  for (const name of ["wash", "reads", "hull", "theory"]) paths[name] = lay[name] = svg("path", { class: name });
  const sides = { x, y, width: w, height: h };
  const image = data.image ? svg("image", { ...sides, preserveAspectRatio: "none", href: data.image }) : cat(lay.frame);
  $("picture").replaceChildren(svg("svg", { viewBox: `0 0 ${FRAME} ${FRAME}`, role: "img", id: "image" },
    svg("title", {}, text("picture")), svg("rect", { width: FRAME, height: FRAME, class: "outside" }),
    svg("rect", { ...sides, class: "paper" }), image, grid(lay.frame), paths.wash, paths.reads, paths.hull,
    svg("rect", { ...sides, class: "edge" }), paths.theory));
}

function cat({ x, y, w, h }) {
  const side = Math.min(w, h) / 100;
  return svg("g", { class: "cat", transform: `translate(${round(x + w / 2 - 50 * side)} ${round(y + h / 2 - 50 * side)}) scale(${side.toFixed(3)})` },
    svg("path", { d: "M22 50 20 14 42 29Q50 27 58 29L80 14 78 50Q80 66 72 75 64 85 50 85 36 85 28 75 20 66 22 50ZM50 68V71Q46 76 41 73M50 71Q54 76 59 73M34 62 13 59M34 67 13 71M66 62 87 59M66 67 87 71" }),
    svg("path", { class: "solid", d: "M25 22 37 30 27 36ZM75 22 63 30 73 36ZM46 63H54L50 68ZM38 47a5 5.6 0 1 0 .1 0ZM62 47a5 5.6 0 1 0 .1 0Z" }));
}

// Lines between inputs, as long as they can be told apart.
function grid({ x, y, w, h }) {
  const [rows, columns] = [space[down], space[across]];
  const few = Math.max(rows, columns) <= 64;
  const lines = few ? [...Array(rows).keys()].map((row) => `M${round(x)} ${round(y + row * h / rows)}h${round(w)}`)
    .concat([...Array(columns).keys()].map((column) => `M${round(x + column * w / columns)} ${round(y)}v${round(h)}`)) : [];
  return svg("path", { class: "grid", d: lines.join("") });
}

function drawPicture() {
  if (rank === 1) return drawLine();
  const [windows, full] = [seen.windows.at[0], seen.full.at[0]];
  const path = (boxes) => pathOf(boxes, lay.frame, input, sliceOf(windows || full));
  const ends = (told) => (told ? outline(told.box, lay.frame, input) : "");
  lay.reads.setAttribute("d", path(windows));
  lay.wash.setAttribute("d", full === windows ? "" : path(full));
  lay.hull.setAttribute("d", ends(seen.toldWindows || seen.told));
  return lay.theory.setAttribute("d", ends(seen.theory));
}
