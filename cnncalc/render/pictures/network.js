// The network that the page holds, unpacked, and the levels at which its layers fold into stations.
const WITH_BEFORE = 1;
const WITH_BEHIND = 2;
const MOST = 1500; // stations; finer levels are left out

let before = "";
const layers = data.layers.map(([shared, rest, word, shape, parameters, macs, field, joins, ...edges]) => {
  const [size, jump, whole, rates, centres] = data.fields[field];
  const output = data.shapes[shape];
  const name = (before = before.slice(0, shared) + rest);
  return {
    name, parameters, macs, size, jump, whole, rates, centres, joins, shape: output.join("×"),
    word: data.words[word], space: output.slice(0, -1), edges: edges.map(([source, axes]) => [source, data.axes[axes]]),
  };
});
const space = data.input.slice(0, -1);
const network = { space, reaches: data.reaches, layers, picks: data.picks };
const rank = space.length;
const inputs = space.reduce((product, size) => product * size, 1);
const input = { space, shape: data.input.join("×"), rates: space.map(() => 1), centres: space.map(() => 0) };
const hasWhole = layers.some(({ edges }) => edges.some(([, axes]) => axes.some((number) => number < 0)));
const nodeAt = (index) => (index < 0 ? input : layers[index]);

// What is drawn across and what down: of three axes the first is cut, of one there is a single row.
const across = rank - 1;
const down = rank - 2;
const columnsOf = (node) => node.space[across] ?? 1;
const rowsOf = (node) => node.space[down] ?? 1;
const rateOf = (node, axis) => node.rates[axis] ?? space[axis] / node.space[axis];
const centreOf = (node, axis) => node.centres[axis] ?? (rateOf(node, axis) - 1) / 2;

// Neighbours that stand together: what costs nothing joins the layer before it, what only selects the one behind.
function joined() {
  const groups = [];
  let waiting = [];
  layers.forEach(({ name, joins }, index) => {
    if (joins === WITH_BEFORE && groups.length && !waiting.length) {
      last(groups).nodes.push(index);
      return;
    }
    waiting.push(index);
    if (joins === WITH_BEHIND) return;
    groups.push({ name, nodes: waiting });
    waiting = [];
  });
  return waiting.length ? [...groups, { name: layers[waiting[0]].name, nodes: waiting }] : groups;
}

function inBlocks(groups, depth) {
  const blocks = [];
  for (const { name, nodes } of groups) {
    const block = name.split(".").slice(0, -1).slice(0, depth).join(".") || name;
    if (last(blocks)?.name === block) last(blocks).nodes.push(...nodes);
    else blocks.push({ name: block, nodes: [...nodes] });
  }
  return blocks;
}

// Every station with the stations it reads; `skips` where one of its own layers jumps over others.
function stationed(groups) {
  const of = new Map([[-1, 0]]);
  groups.forEach(({ nodes }, number) => nodes.forEach((index) => of.set(index, number + 1)));
  const stations = groups.map(({ name, nodes }, place) => {
    const edges = nodes.flatMap((index) => layers[index].edges.map(([source]) => [source, index]));
    const sources = new Set(edges.map(([source]) => of.get(source)));
    const skips = edges.some(([source, index]) => source < index - 1 && of.get(source) === place + 1);
    sources.delete(place + 1);
    return { name, nodes, sources, skips };
  });
  return { of, stations: [{ name: "", nodes: [-1], sources: new Set() }, ...stations] };
}

function foldings() {
  const groups = joined();
  const depth = Math.max(...layers.map(({ name }) => name.split(".").length));
  const all = [...Array(depth - 1).keys()].map((one) => inBlocks(groups, one + 1));
  all.push(groups, layers.map(({ name }, index) => ({ name, nodes: [index] })));
  const finer = all.filter((one, place) => !place || one.length > all[place - 1].length);
  const few = finer.filter((one) => one.length <= MOST);
  return (few.length ? few : [inRuns(finer[0])]).map(stationed);
}

// Where no names fold a long network, so many neighbours stand together that it can be shown.
function inRuns(groups) {
  const size = Math.ceil(groups.length / MOST);
  return [...Array(Math.ceil(groups.length / size)).keys()].map((run) => {
    const members = groups.slice(run * size, (run + 1) * size);
    return { name: `${members[0].name} … ${last(members).name}`, nodes: members.flatMap(({ nodes }) => nodes) };
  });
}

const levels = foldings();
