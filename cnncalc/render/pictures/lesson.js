// A lesson: its story in the chosen language, its maps, and those of them that move.
const { cell: CELL, above: ABOVE, below: BELOW, bright: BRIGHT, own: OWN, numbers: MOST_NUMBERS, pace: PACE } = data.look;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const CHARACTER = 7.4; // a digit of a cell is about so wide
let figures = [];

const minus = (value) => value.toString().replace("-", "−");
const plainly = (value) => minus(Math.abs(value) < 1e6 ? Number(value.toFixed(3)) : Number(value.toPrecision(6)));
const bracketed = (value) => (value < 0 ? `(${plainly(value)})` : plainly(value));
const tidy = (value) => Number(value.toFixed(12));
const flat = (maps) => maps.flatMap(({ values }) => values.flat()).filter((value) => value !== null);

// As many decimals as the numbers of a figure need: the rule that the program has.
function decimalsOf(maps) {
  const values = flat(maps);
  if (values.every(Number.isInteger)) return 0;
  const largest = Math.max(...values.map(Math.abs));
  return largest >= 100 ? 0 : largest >= 10 ? 1 : 2;
}

function numberOf(value, decimals) {
  const words = value.toFixed(decimals);
  return minus(Number(words) ? words : words.replace("-", ""));
}

// ---- a map

function colourOf(value, look, owner) {
  if (owner !== null && owner !== undefined) return [`detector${owner % 9}`, OWN];
  if (look.grey) return ["dark", 1 - Math.min(Math.max(value / 255, 0), 1)];
  const part = look.largest ? Math.abs(value) / look.largest : 0;
  if (look.picture) return ["bright", BRIGHT * part];
  return value > 0 ? ["above", ABOVE * part] : ["below", BELOW * part];
}

function cellOf(value, row, column, place, look, owner) {
  const box = { x: column * look.wide, y: row * look.high, width: look.wide, height: look.high };
  const marks = [svg("rect", { ...box, class: look.grey ? "white" : "cell", "data-place": place })];
  if (value === null) return marks;
  const [kind, part] = colourOf(value, look, owner);
  if (part) marks.push(svg("rect", { ...box, class: `heat ${kind}`, "fill-opacity": part.toFixed(2) }));
  return marks;
}

function textOf(value, row, column, look, marked) {
  const [x, y] = [column * look.wide, row * look.high];
  const words = numberOf(value, look.decimals);
  const marks = [svg("text", { x: x + look.wide / 2, y: y + look.high / 2 + 4.5, class: value ? "" : "zero" }, words)];
  return marked ? [...marks, svg("text", { x: x + 2, y: y + 11, class: "star" }, "*")] : marks;
}

// Lines of 45° over the padding, as a path of short strokes in each of its cells.
function rimOf(rows, columns, { rim, wide, high }) {
  const outside = (row, column) => row < rim || column < rim || row >= rows - rim || column >= columns - rim;
  let path = "";
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (!outside(row, column)) continue;
      const [x, y] = [column * wide, row * high];
      path += `M${x} ${y + high / 2}L${x + wide / 2} ${y}M${x} ${y + high}L${x + wide} ${y}M${x + wide / 2} ${y + high}L${x + wide} ${y + high / 2}`;
    }
  }
  return svg("path", { class: "rim", d: path });
}

function frameOf(cells, { wide, high }) {
  const [rows, columns] = [cells.map(([row]) => row), cells.map(([, column]) => column)];
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  const box = { x: left * wide, y: top * high, width: (Math.max(...columns) - left + 1) * wide, height: (Math.max(...rows) - top + 1) * high };
  return ["around", "inside"].map((kind) => svg("rect", { ...box, class: kind }));
}

// What stands in a map, drawn into its element anew.
function drawMap(element, map, look) {
  const { values, framed = [], marked = [], owners = [] } = map;
  const [rows, columns] = [values.length, values[0].length];
  const stars = new Set(marked.map(String));
  const all = values.flatMap((line, row) => line.map((value, column) => [value, row, column]));
  const children = all.flatMap(([value, row, column], place) => cellOf(value, row, column, place, look, owners[row]?.[column]));
  if (look.rim) children.push(rimOf(rows, columns, look));
  if (look.numbered) {
    for (const [value, row, column] of all) if (value !== null) children.push(...textOf(value, row, column, look, stars.has(`${row},${column}`)));
  }
  const owned = new Set(owners.flat());
  if (owned.size === 1) {
    children.push(svg("rect", { x: 0, y: 0, width: columns * look.wide, height: rows * look.high, class: `own own${[...owned][0] % 9}` }));
  }
  if (framed.length) children.push(...frameOf(framed, look));
  const size = [columns * look.wide, rows * look.high];
  change(element, { viewBox: `-2.5 -2.5 ${size[0] + 5} ${size[1] + 5}`, width: size[0] + 5, height: size[1] + 5, "aria-label": `${map.title || ""} ${rows}×${columns}` });
  element.replaceChildren(...children);
}

// How the maps of a frame are drawn: on one scale, or each on its own where a kernel slides.
function looksOf({ maps, rim, most }) {
  const slides = rim !== undefined && rim !== null;
  const decimals = decimalsOf(maps);
  const largestOf = (of) => Math.max(0, ...flat(of).map(Math.abs));
  const looks = maps.map((map, place) => {
    const cells = map.values.length * map.values[0].length;
    const numbered = cells <= MOST_NUMBERS;
    const longest = Math.max(1, ...flat([map]).map((value) => numberOf(value, decimals).length));
    const side = Math.max(3, Math.min(CELL / 2, 400 / Math.max(map.values.length, map.values[0].length)));
    const [wide, high] = numbered ? [Math.max(CELL, longest * CHARACTER + 8 + (map.marked?.length ? 14 : 0)), CELL] : [side, side];
    const answers = place === maps.length - 1;
    const own = slides ? { picture: !place, rim: place ? 0 : rim } : {};
    return { grey: map.grey, decimals, numbered, wide, high, largest: slides ? Math.max(largestOf([map]), answers ? most : 0) : largestOf(maps), ...own };
  });
  if (!slides) {
    const widest = Math.max(...looks.map(({ wide }) => wide));
    for (const look of looks) if (look.numbered) look.wide = widest;
  }
  return looks;
}

// What the colours mean, from the largest below 0, where there is one, to the largest above it.
function legendOf(maps, { largest, decimals }) {
  if (!largest || maps.some(({ grey, owners }) => grey || owners?.length)) return [];
  const parts = flat(maps).some((value) => value < 0) ? [-4, -3, -2, -1, 0, 1, 2, 3, 4] : [0, 1, 2, 3, 4];
  const marks = parts.flatMap((part, place) => {
    const look = { wide: 30, high: 12, largest: 4 };
    const words = part % 4 ? [] : [svg("text", { x: place * 30 + 15, y: 27, class: "zero" }, numberOf(part / 4 * largest, decimals))];
    return [...cellOf(part, 0, place, place, look), ...words];
  });
  const [wide, high] = [parts.length * 30 + 2, 32];
  return [svg("svg", { class: "legendary", viewBox: `-1 -1 ${wide} ${high}`, width: wide, height: high, "aria-hidden": "true" }, ...marks)];
}

// ---- what slides

class Slide {
  constructor(facts) {
    Object.assign(this, facts, { kernels: facts.kernels.map((kernel) => kernel.map((row) => row.slice())), biases: facts.biases.slice() });
    this.compute();
  }

  compute() {
    const { image, padding, kernels: [kernel] } = this;
    const [rows, columns] = [image.length + 2 * padding, image[0].length + 2 * padding];
    const inside = (row, column) => (image[row - padding] || [])[column - padding] ?? 0;
    this.padded = Array.from({ length: rows }, (_row, row) => Array.from({ length: columns }, (_column, column) => inside(row, column)));
    this.rows = rows - kernel.length + 1;
    this.columns = columns - kernel[0].length + 1;
    this.answers = Array.from({ length: this.rows * this.columns }, (_place, place) => this.sum(place));
    this.most = Math.max(0, ...this.answers.map(Math.abs));
  }

  get fits() {
    const { image, padding, kernels: [kernel] } = this;
    return kernel.length <= image.length + 2 * padding && kernel[0].length <= image[0].length + 2 * padding;
  }

  get length() {
    return this.answers.length;
  }

  products(place) {
    const [y, x] = [Math.floor(place / this.columns), place % this.columns];
    return this.kernels[place % this.kernels.length].map((row, dy) => row.map((weight, dx) => tidy(weight * this.padded[y + dy][x + dx])));
  }

  sum(place) {
    return tidy(this.products(place).flat().reduce((total, product) => total + product, 0) + this.biases[place % this.biases.length]);
  }

  words(place) {
    const [y, x] = [Math.floor(place / this.columns), place % this.columns];
    const [kernel, bias] = [this.kernels[place % this.kernels.length], this.biases[place % this.biases.length]];
    const terms = this.products(place).flatMap((row, dy) => row.flatMap((product, dx) =>
      (product ? [`${bracketed(this.padded[y + dy][x + dx])}·${bracketed(kernel[dy][dx])}`] : [])));
    const work = (terms.join(" + ") || "0") + (bias ? ` ${bias < 0 ? "−" : "+"} ${plainly(Math.abs(bias))} (b)` : "");
    const told = { y: y + this.first, x: x + this.first, sum: plainly(this.answers[place]), work };
    return said(terms.length || bias ? "place" : "nothing", told);
  }

  // The maps at a place; the last is full, or filled up to there.
  frame(place, full) {
    const [y, x] = [Math.floor(place / this.columns), place % this.columns];
    const own = place % this.kernels.length;
    const kernel = this.kernels[own];
    const apart = this.kernels.length > 1;
    const answers = Array.from({ length: this.rows }, (_row, row) => this.answers.slice(row * this.columns, (row + 1) * this.columns)
      .map((answer, column) => (full || row * this.columns + column <= place ? answer : null)));
    const title = apart ? said("detector", { letter: this.letters[own] }) : text("kernel");
    return {
      maps: [
        { title: text("picture"), values: this.padded, framed: kernel.flatMap((row, dy) => row.map((_weight, dx) => [y + dy, x + dx])) },
        { title, values: kernel, owners: apart ? kernel.map((row) => row.map(() => own)) : [] },
        { title: text("products"), values: this.products(place) },
        { title: text("map"), values: answers, framed: [[y, x]], owners: apart ? answers.map((row, line) => row.map((_answer, column) => line * this.columns + column)) : [] },
      ],
      words: this.words(place),
      rim: this.padding,
      most: this.most,
    };
  }
}

// Frames that are known.
class Frames {
  constructor(frames, told) {
    this.frames = frames;
    this.told = told;
    this.length = frames.length;
  }

  frame(place) {
    const frame = this.frames[place];
    const maps = frame.maps.map(([number, framed, marked, grey, owners], map) => ({ values: data.grids[number], framed, marked, grey, owners, title: this.told.titles[map] }));
    return { ...frame, maps, words: this.told.words[place] || "" };
  }
}

// ---- what follows from a kernel

const each = (values, cell) => values.map((row, y) => row.map((value, x) => cell(value, y, x)));
const turned = (values) => values[0].map((_value, x) => values.map((row) => row[x]));
const shifted = (values, by) => each(values, (_value, y, x) => values[y][x - by] ?? 0);
const unlike = (values, within) => values.reduce((total, row) => total + row.filter((value, x) => value && within(x)).length, 0);

// What a kernel answers at every place, with zeros around, so that the map is as large as the picture.
function convolved(image, kernel) {
  const { answers, columns } = new Slide({ image, kernels: [kernel], biases: [0], padding: kernel.length >> 1 });
  return each(image, (_value, y, x) => answers[y * columns + x]);
}

// The picture is shifted further and further, before a convolution and after it.
class Shifting {
  compute() {
    this.length = (this.image[0].length >> 1) + 1;
    this.once = convolved(this.image, this.kernel);
  }

  at(shift) {
    const moved = shifted(this.image, shift);
    const [before, after] = [convolved(moved, this.kernel), shifted(this.once, shift)];
    const difference = each(before, (value, y, x) => tidy(value - after[y][x]));
    const rim = this.kernel[0].length >> 1;
    const interior = (x) => x >= shift + rim && x < this.image[0].length - rim;
    const words = { shift, inside: unlike(difference, interior), border: unlike(difference, (x) => !interior(x)) };
    return { maps: [moved, before, after, difference].map((values) => ({ values })), words };
  }
}

// Two layers: edges, upright and level, and where both are strong.
class Climbing {
  compute() {
    const edges = (kernel) => each(convolved(this.image, kernel), Math.abs);
    this.edges = [this.kernel, turned(this.kernel)].map(edges);
    this.sums = each(this.edges[0], (value, y, x) => tidy(value + this.edges[1][y][x] - 3));
    this.fires = each(this.sums, (value) => Math.max(value, 0));
    this.columns = this.image[0].length;
    this.length = this.image.length * this.columns;
  }

  at(place) {
    const [y, x] = [Math.floor(place / this.columns), place % this.columns];
    const places = this.fires.flatMap((row, dy) => row.map((_value, dx) => [dy, dx]));
    const window = places.filter(([dy, dx]) => Math.abs(dy - y) < 2 && Math.abs(dx - x) < 2);
    const marked = places.filter(([dy, dx]) => this.fires[dy][dx] > 0);
    const here = (values) => ({ values, framed: [[y, x]] });
    const maps = [{ values: this.image, framed: window }, ...this.edges.map(here), { ...here(this.fires), marked }];
    const [upright, level, sum, left] = [...this.edges, this.sums, this.fires].map((values) => plainly(values[y][x]));
    return { maps, words: { y, x, upright, level, sum, left } };
  }
}

const RULES = { shifting: Shifting, climbing: Climbing };

// Frames by a rule; the kernel stands beside the first map, where its numbers can be edited.
class Ruled {
  constructor({ name, image, kernel }, told) {
    this.told = told;
    this.kernels = [kernel.map((row) => row.slice())];
    this.rule = Object.assign(new RULES[name](), { image, kernel: this.kernels[0] });
    this.compute();
  }

  compute() {
    this.rule.compute();
    [this.length, this.columns] = [this.rule.length, this.rule.columns];
  }

  frame(place) {
    const { maps, words } = this.rule.at(place);
    const [first, ...others] = maps.map((map, number) => ({ ...map, title: this.told.titles[number] }));
    return { maps: [first, { title: text("kernel"), values: this.kernels[0], owners: [] }, ...others], words: written(this.told.pattern, words).join("") };
  }
}

// ---- a figure

class Figure {
  constructor(facts, told) {
    this.source = facts.slide ? new Slide({ ...facts.slide, ...told.choices }) : facts.rule ? new Ruled(facts.rule, told) : new Frames(facts.frames, told);
    this.place = facts.still;
    this.full = true; // the page opens finished
    this.timer = 0;
    this.moves = this.source.length > 1;
    this.maps = html("div", { class: "maps" });
    this.said = html("p", { class: "said" });
    this.legend = html("div", {});
    this.element = html("figure", this.moves ? { tabindex: 0, role: "group", "aria-label": text("moves") } : {});
    this.build(told.caption);
  }

  build(caption) {
    if (this.moves) this.element.append(this.controls());
    this.element.append(this.maps, this.legend, this.said);
    if (this.source.kernels?.length > 1) this.element.append(this.detectors = html("div", { class: "detectors" }));
    if (caption) this.element.append(html("figcaption", {}, caption));
    this.arrange();
    if (!this.moves) return;
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.maps.addEventListener("pointermove", (event) => (event.pointerType !== "touch" || event.buttons) && this.point(event));
    this.maps.addEventListener("pointerdown", (event) => this.point(event));
  }

  // Elements for the maps of the present frame.
  arrange() {
    const frame = this.source.frame(this.place, this.full);
    this.drawings = frame.maps.map(() => svg("svg", { role: "img" }));
    this.titles = frame.maps.map(() => html("h3", {}));
    const blocks = frame.maps.map((_map, place) => html("div", { class: `map${place === frame.maps.length - 1 && this.moves ? " cells" : ""}`, "data-map": place }, this.titles[place], this.drawings[place]));
    if (this.source.kernels) blocks[1].replaceChild(this.numbers(), this.drawings[1]);
    if (this.source instanceof Slide) {
      blocks.splice(1, 2, html("div", { class: "stack" }, blocks[1], blocks[2]));
    }
    this.maps.replaceChildren(...blocks);
    this.draw();
  }

  draw() {
    const frame = this.source.frame(this.place, this.full);
    const looks = looksOf(frame);
    frame.maps.forEach((map, place) => {
      this.titles[place].textContent = map.title || "";
      if (this.inputs && place === 1) this.drawNumbers(map, looks[place]);
      else drawMap(this.drawings[place], map, looks[place]);
    });
    this.said.textContent = frame.words;
    this.said.hidden = !frame.words;
    if (this.scrub) Object.assign(this.scrub, { max: this.source.length - 1, value: this.place });
    if (this.scrub) this.scrub.setAttribute("aria-valuetext", frame.words);
    this.legend.replaceChildren(...(this.source instanceof Slide ? [] : legendOf(frame.maps, looks[0])));
    if (this.detectors) this.drawDetectors();
  }

  go(place, full = false) {
    this.place = Math.min(Math.max(place, 0), this.source.length - 1);
    this.full = full;
    this.draw();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => ($("voice").textContent = this.said.textContent), 400);
  }

  // ---- moving

  controls() {
    const button = (key, act, sign) => {
      const made = html("button", { type: "button", "aria-label": text(key), title: text(key) }, sign);
      made.addEventListener("click", act);
      return made;
    };
    this.scrub = html("input", { type: "range", class: "scrub", min: 0, max: this.source.length - 1, step: 1, "aria-label": text("step") });
    this.scrub.addEventListener("input", () => this.stop().go(Number(this.scrub.value)));
    this.player = button("play", () => this.toggle(), "▶");
    const steps = [button("back", () => this.stop().go(this.place - 1), "◀◀"), button("forward", () => this.stop().go(this.place + 1), "▶▶")];
    return html("div", { class: "controls" }, this.player, ...steps, this.scrub, ...(this.source instanceof Slide ? this.knobs() : []));
  }

  toggle() {
    if (this.timer) return this.stop();
    if (STILL.matches) return this.go(this.next()); // whoever wants no motion gets a step
    this.go(this.next());
    this.timer = setInterval(() => (this.place < this.source.length - 1 ? this.go(this.place + 1) : this.stop()), PACE);
    this.shown();
    return this;
  }

  // Where play goes on: from the beginning once everything is shown.
  next() {
    return this.full || this.place === this.source.length - 1 ? 0 : this.place + 1;
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.shown();
    return this;
  }

  shown() {
    const key = this.timer ? "pause" : "play";
    this.player.textContent = this.timer ? "❚❚" : "▶";
    change(this.player, { "aria-label": text(key), title: text(key) });
  }

  key(event) {
    if (event.target.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    const columns = this.source.columns || 1;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const ends = { Home: 0, End: this.source.length - 1 };
    if (event.key === " " && event.target === this.element) this.toggle();
    else if (event.key in steps) this.stop().go(this.place + steps[event.key], this.full);
    else if (event.key in ends) this.stop().go(ends[event.key]);
    else return;
    event.preventDefault();
  }

  // The cell of the last map that is pointed at; in the picture, the window that begins there.
  point(event) {
    const map = event.target.closest?.("[data-map]");
    const cell = event.target.dataset?.place;
    if (!map || cell === undefined || !(this.source instanceof Slide)) return;
    const number = Number(map.dataset.map);
    const choose = (place) => (place !== this.place || !this.full) && this.stop().go(place, true);
    if (number === 3) choose(Number(cell));
    if (number !== 0 || !event.buttons) return;
    const { columns, rows, padded, kernels: [kernel] } = this.source;
    const [y, x] = [Math.floor(cell / padded[0].length) - (kernel.length >> 1), (cell % padded[0].length) - (kernel[0].length >> 1)];
    choose(Math.min(Math.max(y, 0), rows - 1) * columns + Math.min(Math.max(x, 0), columns - 1));
  }

  // ---- changing

  numbers() {
    const kernel = this.source.kernels[0];
    this.inputs = kernel.map((row, y) => row.map((_weight, x) => {
      const input = html("input", { type: "text", inputmode: "decimal", "aria-label": said("weight", { y: y + 1, x: x + 1 }) });
      input.addEventListener("input", () => this.edit(y, x, input));
      return input;
    }));
    return html("table", { class: "numbers" }, html("tbody", {}, ...this.inputs.map((row) => html("tr", {}, ...row.map((input) => html("td", {}, input))))));
  }

  drawNumbers({ values, owners }, look) {
    values.forEach((row, y) => row.forEach((value, x) => {
      const input = this.inputs[y][x];
      const [kind, part] = colourOf(value, look, owners[y]?.[x]);
      const role = kind === "bright" ? "quiet" : kind;
      input.style.background = `color-mix(in srgb, var(--${role}) ${Math.round(part * 100)}%, var(--paper))`;
      if (input !== document.activeElement) input.value = plainly(value);
    }));
  }

  edit(y, x, input) {
    const value = Number(input.value.replace("−", "-").replace(",", "."));
    const good = input.value.trim() !== "" && Math.abs(value) <= 1e9;
    change(input, { "aria-invalid": !good });
    if (!good) return;
    const kernel = this.source.kernels[this.place % this.source.kernels.length];
    kernel[y][x] = value;
    this.changed();
  }

  set(changes) {
    const { source } = this;
    const before = { image: source.image, padding: source.padding, kernels: source.kernels };
    Object.assign(source, changes);
    if (!source.fits) Object.assign(source, before); // a kernel larger than the picture
    source.compute();
    this.place = Math.min(this.place, source.length - 1);
    if (this.inputs.length !== source.kernels[0].length || this.inputs[0].length !== source.kernels[0][0].length) this.arrange();
    this.changed();
  }

  changed() {
    this.source.compute();
    this.stop().go(this.place, true);
  }

  knobs() {
    const labelled = (key, control) => html("label", {}, text(key), control);
    const number = (key, value, limits, act) => {
      const input = html("input", { type: "number", value, ...limits });
      input.addEventListener("input", () => input.value !== "" && input.checkValidity() && act(Number(input.value)));
      return labelled(key, input);
    };
    const choice = (key, choices, chosen, act) => {
      const options = choices.map(([name], place) => html("option", { value: place, ...(place === chosen ? { selected: "" } : {}) }, name));
      const select = html("select", {}, ...(chosen < 0 ? [html("option", { value: -1 }, "…")] : []), ...options);
      select.addEventListener("change", () => select.value >= 0 && act(choices[select.value][1].map((row) => row.slice())));
      return labelled(key, select);
    };
    const { image, kernels, kernel_choices: stamps, picture_choices: pictures, padding, biases } = this.source;
    const same = (grid) => ([, other]) => JSON.stringify(grid) === JSON.stringify(other);
    const shared = kernels.length === 1;
    return [
      ...(pictures.length ? [choice("picture", pictures, pictures.findIndex(same(image)), (grid) => this.set({ image: grid }))] : []),
      ...(stamps.length && shared ? [choice("kernel", stamps, stamps.findIndex(same(kernels[0])), (grid) => this.set({ kernels: [grid] }))] : []),
      ...(shared ? [number("padding", padding, { min: 0, max: 2, step: 1 }, (value) => this.set({ padding: value }))] : []),
      ...(shared ? [number("bias", biases[0], { min: -1e6, max: 1e6, step: "any" }, (value) => this.set({ biases: [value] }))] : []),
    ];
  }

  // ---- detectors of one's own

  drawDetectors() {
    this.detectors.replaceChildren(...this.source.kernels.map((kernel, place) => {
      const drawing = svg("svg", { "aria-hidden": "true" });
      const map = { values: kernel, owners: kernel.map((row) => row.map(() => place)) };
      drawMap(drawing, map, looksOf({ maps: [map] })[0]);
      const [y, x] = [Math.floor(place / this.source.columns), place % this.source.columns];
      const name = `${this.source.letters[place]} (${y + this.source.first}, ${x + this.source.first})`;
      const words = html("span", {}, html("b", {}, name), `b = ${plainly(this.source.biases[place])}`, html("span", {}, `→ ${plainly(this.source.answers[place])}`));
      const button = html("button", { type: "button", class: `detector${place === this.place ? " chosen" : ""}`, tabindex: -1 }, drawing, words);
      button.addEventListener("click", () => this.stop().go(place, true));
      return button;
    }));
  }
}

// ---- the story

function tableOf({ title, head, rows, total, between }) {
  const cells = (row, tag) => row.map((words, column) => html(tag, head[column][1] ? { class: "right" } : {}, words));
  const lines = rows.flatMap((row, place) => {
    const line = html("tr", {}, ...cells(row, "td"));
    return between[place] ? [html("tr", { class: "between" }, html("td", { colspan: head.length }, between[place])), line] : [line];
  });
  const foot = total ? [html("tr", {}, ...cells(total, "td"))] : [];
  const names = head.map(([words, right]) => html("th", { scope: "col", ...(right ? { class: "right" } : {}) }, words));
  return html("div", { class: "wide", tabindex: 0, role: "region", "aria-label": title }, html("table", { class: "told" }, html("caption", {}, title), html("thead", {}, html("tr", {}, ...names)), html("tbody", {}, ...lines, ...foot)));
}

function partOf(part) {
  if (typeof part === "string") return html("p", {}, part);
  if (part.head) return tableOf(part);
  const figure = new Figure(data.figures[part.figure], part);
  figures.push(figure);
  return figure.element;
}

function build() {
  for (const figure of figures) if (figure.timer) figure.stop();
  figures = [];
  const { title, parts } = data.stories[language];
  document.title = title;
  document.querySelector("h1").textContent = title;
  $("story").replaceChildren(...parts.map(partOf));
}

// Keys that are typed nowhere move the first figure that moves.
document.addEventListener("keydown", (event) => {
  const moving = figures.find((figure) => figure.moves);
  if (moving && event.target === document.body) moving.key(event);
});

speak(build);

window.cnncalc = {
  figures: () => figures.length,
  state: (number) => ({ place: figures[number].place, playing: Boolean(figures[number].timer), answers: figures[number].source.answers, words: figures[number].said.textContent, length: figures[number].source.length }),
  maps: (number) => figures[number].source.frame(figures[number].place, true).maps.map(({ values }) => values),
  set: (number, changes) => figures[number].set(changes),
  go: (number, place) => figures[number].go(place),
};
