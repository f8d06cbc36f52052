// Where the maps of the strip stand. A map is {station, node, x, y, w, h, lane}: `lane` is above all of its row.
const HEAD = 40; // room for names and skips
const SHRINK = 0.8; // a level, which halves a map's places, makes it so much smaller
const LEAST = 30; // pixels of the largest map, before the strip scrolls
const DOTS = 48; // with so many units a row of one axis still shows each

// Sides in shares of the input's: jump times extent, so that what unpadded windows lose can be seen.
function measured(station) {
  const node = nodeAt(last(station.nodes));
  if (node.space.length !== rank || (node !== input && Math.max(...node.space) === 1)) return { station, node, w: 0.1 };
  const rates = space.map((_, axis) => rateOf(node, axis));
  const level = Math.log2(rates.reduce((sum, rate) => sum + rate) / rank);
  const side = (axis) => (Math.min(node.space[axis] * rates[axis] / Math.max(...space), 1.6) * SHRINK ** Math.max(level, -4));
  return { station, node, level, w: side(across), h: side(down) };
}

// Vectors and single places have no level: they stand as narrow bars on that of the map before.
function levelled(maps) {
  let before = maps[0];
  for (const map of maps) {
    if (map.level === undefined) Object.assign(map, { level: before.level, h: before.h * SHRINK });
    else before = map;
    map.row = Math.round(map.level);
  }
  const least = Math.min(...maps.map(({ row }) => row));
  maps.forEach((map) => (map.row -= least));
}

// One line about its middle; a network that comes up again has a row for each level.
function layMaps(width) {
  const maps = levels[state.level].stations.map(measured);
  levelled(maps);
  const rising = maps.some(({ row }, place) => place && row < maps[place - 1].row);
  const gap = (base) => Math.max(base * (rising ? 0.2 : 0.33), 7);
  const total = (base) => maps.reduce((sum, { w }) => sum + Math.max(w * base, 8) + gap(base), -gap(base));
  const least = LEAST / Math.max(...maps.map(({ w }) => w));
  let base = 150;
  while (base > least && total(base) > width - 40) base -= 0.5;
  let x = Math.max((width - total(base)) / 2, 20);
  for (const map of maps) {
    Object.assign(map, { x, w: Math.max(map.w * base, 8), h: Math.max(map.h * base, 8) });
    x += map.w + gap(base);
  }
  const tops = rising ? rowTops(maps) : [];
  const tallest = Math.max(...maps.map(({ h }) => h));
  for (const map of maps) {
    map.y = rising ? tops[map.row] : HEAD + (tallest - map.h) / 2;
    map.lane = rising ? map.y : HEAD;
  }
  return { maps, rising, width: Math.max(width, x - gap(base) + 10), height: Math.max(...maps.map(({ y, h }) => y + h)) + 22 };
}

function rowTops(maps) {
  const tops = [HEAD];
  for (let row = 0; row < Math.max(...maps.map((map) => map.row)); row++) {
    const heights = maps.filter((map) => map.row === row).map(({ h }) => h);
    tops.push(tops[row] + Math.max(0, ...heights) * 0.62 + 22);
  }
  return tops;
}

// One axis: every station is a row, the input at the bottom, and units stand where they look.
function layRows(width) {
  const { stations } = levels[state.level];
  const left = Math.min(140, width * 0.24);
  const pixel = (width - left - Math.min(100, width * 0.2)) / space[0];
  const high = stations.length > 20 ? 20 : 34;
  const maps = stations.map((station, place) => {
    const node = nodeAt(last(station.nodes));
    const flat = !node.space.length;
    const rate = flat ? space[0] : rateOf(node, 0);
    const centre = flat ? (rate - 1) / 2 : centreOf(node, 0);
    return {
      station, node, dots: rate * pixel >= 9 && columnsOf(node) <= DOTS, x: left + (centre + 0.5 - rate / 2) * pixel,
      y: 10 + (stations.length - 1 - place) * high, w: rate * pixel * columnsOf(node), h: high * 0.45,
    };
  });
  return { maps, left, width, height: 10 + stations.length * high + 24 };
}

// ---- names and sizes

const pen = document.createElement("canvas").getContext("2d");
pen.font = `100px ${getComputedStyle(document.body).fontFamily}`;
const widthOf = (words, size) => pen.measureText(words).width * size / 100;

function shortened(words, size, room) {
  let kept = words;
  while (kept.length > 1 && widthOf(kept, size) > room) kept = `${kept.slice(0, kept.endsWith("…") ? -2 : -1)}…`;
  return kept;
}

// A label about x, if nothing that stands already is in its way.
function placed(words, x, y, size, kind, taken) {
  const half = widthOf(words, size) / 2 + 2;
  const at = Math.min(Math.max(x, half), lay.width - half);
  const box = { x: at - half, y: y - size, w: 2 * half, h: size + 3 };
  const meets = (other) => box.x < other.x + other.w && other.x < box.x + box.w && box.y < other.y + other.h && other.y < box.y + box.h;
  if (taken.some(meets)) return null;
  taken.push(box);
  return svg("text", { x: at, y, "text-anchor": "middle", class: kind }, words);
}

function mapLabels(map, isChosen, taken) {
  const at = map.x + map.w / 2;
  const y = map.y - (map.station.skips ? 13 : 7);
  const name = nameOf(map.station);
  const kind = isChosen ? "name strong" : "name";
  const short = shortened(name, 12, Math.max(map.w + 30, 60));
  return [
    placed(name, at, y, 12, kind, taken) || (short.length > 7 && placed(short, at, y, 12, kind, taken)),
    placed(map.node.space.join("×") || map.node.shape, at, map.y + map.h + 14, 11, "size", taken),
  ];
}

function rowLabels(map, isChosen) {
  const y = map.y + map.h / 2 + 4;
  const kind = isChosen ? "name strong" : "name";
  const size = map.node.size ? `${text("field")} ${map.node.size}` : map.node.shape;
  return [
    svg("text", { x: lay.left - 12, y, "text-anchor": "end", class: kind }, shortened(nameOf(map.station), 12, lay.left - 16)),
    svg("text", { x: lay.width - 2, y, "text-anchor": "end", class: "size" }, size.replace("..", "…")),
  ];
}

// The more important first, as the later ones get only what room is left.
function drawLabels() {
  const taken = lay.maps.map(({ x, y, w, h }) => ({ x, y, w, h }));
  const weight = (number) => (number === chosenStation() ? 2 : number ? 0 : 1);
  const order = [...lay.maps.keys()].sort((one, other) => weight(other) - weight(one) || one - other);
  const labels = rank === 1 ? rowLabels : mapLabels;
  const made = order.flatMap((number) => labels(lay.maps[number], number === chosenStation(), taken));
  lay.labels.replaceChildren(...made.filter(Boolean));
}
