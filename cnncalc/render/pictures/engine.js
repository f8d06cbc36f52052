// What one unit reads, brute and plain: units are marked one by one, so nothing here can be subtle.
//
// A network is {space, layers: [{space, edges: [[source, [reach per axis of the source]]]}], reaches, picks}. Source -1
// is the input. Layers among the picks read some channels of their source, which may read less than all together do.
// A reach is [jump, [[first, number, step] per phase], border]: unit q·period + r reads
// first + q·jump + k·step of phase r, k < number. Instead of the number of a reach, -1 is all of the axis, and -2 an
// unknown part of it, for which all is taken.
// A set of units on one axis is {first, bits}; a box has one set per axis, and a vector's box has none.
const Engine = (() => {
  const MOST_BOXES = 256; // more are followed by their hull
  const WHOLE = -1;
  const UNKNOWN = -2;
  // where a unit outside a map of n units stands inside it; outside again means nowhere
  const FOLDS = {
    drop: (unit) => unit,
    clamp: (unit, n) => (unit < 0 ? 0 : n - 1),
    reflect: (unit, n) => (unit < 0 ? -unit : 2 * (n - 1) - unit),
    wrap: (unit, n) => (unit < 0 ? unit + n : unit - n),
  };

  const one = (unit) => ({ first: unit, bits: Uint8Array.of(1) });
  const all = (n) => ({ first: 0, bits: new Uint8Array(n).fill(1) });
  const last = (set) => set.first + set.bits.length - 1;
  const count = (set) => set.bits.reduce((sum, bit) => sum + bit, 0);

  // The set without empty ends, or null if nothing is left.
  function trimmed(first, bits) {
    const from = bits.indexOf(1);
    return from < 0 ? null : { first: first + from, bits: bits.slice(from, bits.lastIndexOf(1) + 1) };
  }

  // Calls mark for every unit that a set reads, wherever it lies.
  function eachRead(set, [jump, phases], mark) {
    set.bits.forEach((bit, place) => {
      if (!bit) return;
      const unit = set.first + place;
      const turn = Math.floor(unit / phases.length);
      const [first, number, step] = phases[unit - turn * phases.length];
      for (let k = 0; k < number; k++) mark(first + turn * jump + k * step);
    });
  }

  // What a set reads of a map of n units: inside it, or folded back as its border tells.
  function back(set, reach, n) {
    if (reach === WHOLE) return all(n);
    const bits = new Uint8Array(n);
    const fold = FOLDS[reach[2] || "drop"];
    eachRead(set, reach, (unit) => {
      const inside = unit < 0 || unit >= n ? fold(unit, n) : unit;
      if (inside >= 0 && inside < n) bits[inside] = 1;
    });
    return trimmed(0, bits);
  }

  // The same on an endless axis: nothing is clipped.
  function backEndless(set, reach, n) {
    if (reach === WHOLE) return all(n);
    let low = Infinity;
    let high = -Infinity;
    eachRead(set, reach, (unit) => {
      low = Math.min(low, unit);
      high = Math.max(high, unit);
    });
    if (low > high) return null;
    const bits = new Uint8Array(high - low + 1);
    eachRead(set, reach, (unit) => {
      bits[unit - low] = 1;
    });
    return { first: low, bits };
  }

  function covers(large, small) {
    if (small.first < large.first || last(small) > last(large)) return false;
    const shift = small.first - large.first;
    return small.bits.every((bit, place) => !bit || large.bits[place + shift]);
  }

  const within = (box, other) => box.every((set, axis) => covers(other[axis], set));

  function union(one, other) {
    const first = Math.min(one.first, other.first);
    const bits = new Uint8Array(Math.max(last(one), last(other)) - first + 1);
    for (const set of [one, other]) set.bits.forEach((bit, place) => bit && (bits[place + set.first - first] = 1));
    return { first, bits };
  }

  const hull = (boxes) => boxes.reduce((a, b) => a.map((set, axis) => union(set, b[axis])));

  // The boxes without those that lie in another.
  function outermost(boxes) {
    let kept = [];
    for (const box of boxes) {
      if (kept.some((other) => within(box, other))) continue;
      kept = kept.filter((other) => !within(other, box));
      kept.push(box);
    }
    return kept;
  }

  function pushed(box, reaches, spaceBefore, reachBack) {
    const before = reaches.map((reach, axis) => reachBack(box[axis], reach, spaceBefore[axis]));
    return before.every(Boolean) ? before : null;
  }

  // The boxes that a unit of layer `node` reads in every layer before it: at[layer + 1], and at[0] is the input.
  // `windows`: only what windows read, past no edge that is read whole. `endless`: nothing is clipped. `through` are
  // the layers on the way that read the whole of several places.
  function walk(network, node, unit, { windows = false, endless = false } = {}) {
    const at = [];
    const through = [];
    let exact = true;
    at[node + 1] = [unit.map(one)];
    for (let index = node; index >= 0; index--) {
      if (!at[index + 1]) continue;
      let boxes = outermost(at[index + 1]);
      if (boxes.length > MOST_BOXES) {
        boxes = [hull(boxes)];
        exact = false;
      }
      at[index + 1] = boxes;
      for (const [source, numbers] of network.layers[index].edges) {
        const space = source < 0 ? network.space : network.layers[source].space;
        const several = numbers.some((number, axis) => number < 0 && space[axis] > 1);
        if (several && !through.includes(index)) through.push(index);
        if (windows && numbers.some((number) => number < 0)) continue;
        exact &&= !numbers.includes(UNKNOWN) && !network.picks?.includes(index);
        const reaches = numbers.map((number) => network.reaches[number] || WHOLE);
        const before = boxes.map((box) => pushed(box, reaches, space, endless ? backEndless : back));
        const some = before.filter(Boolean);
        if (some.length) at[source + 1] = (at[source + 1] || []).concat(some);
      }
    }
    if (at[0]) at[0] = outermost(at[0]);
    return { at, exact, through };
  }

  // How many places lie in at least one of the boxes: rows in the same boxes are counted once and multiplied.
  function volume(boxes) {
    if (!boxes.length) return 0;
    if (!boxes[0].length) return 1;
    if (boxes.length === 1) return boxes[0].reduce((product, set) => product * count(set), 1);
    const rows = new Map();
    const from = Math.min(...boxes.map(([set]) => set.first));
    const to = Math.max(...boxes.map(([set]) => last(set)));
    for (let row = from; row <= to; row++) {
      const holding = boxes.flatMap(([set], number) => (set.bits[row - set.first] ? [number] : []));
      const key = holding.join();
      rows.set(key, { holding, times: (rows.get(key)?.times || 0) + 1 });
    }
    return [...rows.values()].reduce(
      (sum, { holding, times }) => sum + times * volume(holding.map((number) => boxes[number].slice(1))), 0);
  }

  // First and last unit, number of units per axis, and places in all; null where nothing is read.
  function told(boxes) {
    if (!boxes || !boxes.length) return null;
    const sets = hull(boxes);
    return { box: sets.map((set) => [set.first, last(set)]), number: sets.map(count), volume: volume(boxes) };
  }

  const NOTHING = { box: null, number: [], volume: 0 };

  // What one unit reads of the input, in numbers; `windows` is the part that it reads through windows alone.
  function reads(network, node, unit) {
    const { at, exact } = walk(network, node, unit);
    return { ...(told(at[0]) || NOTHING), exact, windows: told(walk(network, node, unit, { windows: true }).at[0]) };
  }

  // The units of a set as [first, number], which is how they are drawn: together where no more than `gap` are between.
  function runs(set, gap = 0) {
    const found = [];
    set.bits.forEach((bit, place) => {
      if (!bit) return;
      const run = found[found.length - 1];
      if (run && set.first + place - run[0] - run[1] <= gap) run[1] = set.first + place - run[0] + 1;
      else found.push([set.first + place, 1]);
    });
    return found;
  }

  return { all, walk, told, reads, runs };
})();
