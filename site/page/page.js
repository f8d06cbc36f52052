// The page around the command line. It computes nothing: every number comes from Python in worker.js.
const element = (id) => document.getElementById(id);
const all = (selector) => [...document.querySelectorAll(selector)];
const [form, field, output, list] = ["form", "line", "output", "suggestions"].map(element);
const PREVIEW = { svg: "image/svg+xml", html: "text/html" };
const given = new Map(); // files of the reader, by name
const open = new Map(); // calls without a reply
let sent; // the given files that this worker has
let worker;
let calls = 0;
let flips; // changes of the line by its switches, one after the other
let busy = false;
let wanted = false; // the line changed while it was answered
let chosen = -1; // of the suggestions

const start = () => {
  worker?.terminate();
  sent = new Set();
  open.clear();
  flips = Promise.resolve();
  busy = false;
  worker = new Worker("worker.js", { type: "module" });
  worker.onmessage = ({ data }) => settle(data.id, data);
  worker.onerror = (event) => [...open.keys()].forEach((id) => settle(id, { error: event.message }));
};

const settle = (id, reply) => {
  open.get(id)?.(reply);
  open.delete(id);
};

// A function of session.py.
const call = (name, ...args) => new Promise((done) => {
  calls += 1;
  open.set(calls, done);
  const files = [...given].filter(([file]) => !sent.has(file));
  sent = new Set(given.keys());
  worker.postMessage({ id: calls, call: name, args, files });
});

const language = () => document.documentElement.lang.slice(0, 2);
const view = () => element("view").value;
const line = () => field.value.trim().replace(/^\$ /, "").replace(/^cnncalc( |$)/, "");
const quoted = (word) => (/^[\w.,:@%+=/-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`);

const columns = () => {
  const sign = element("ruler").getBoundingClientRect().width / 100;
  return Math.max(40, Math.min(100, Math.floor(output.clientWidth / sign)));
};

const state = (name) => { document.body.dataset.state = name; };

// Lines that come while one is answered wait, and only the last of them is answered.
const ask = async (file = "") => {
  const address = new URLSearchParams({ as: view(), lang: language() });
  history.replaceState(null, "", `#${encodeURIComponent(line())}&${address}`);
  wanted = true;
  if (busy) return;
  busy = true;
  state("busy");
  let reply;
  while (wanted) {
    wanted = false;
    reply = await call("answer", line(), columns(), language(), view(), file);
  }
  busy = false;
  show(reply);
};

const show = ({ error, value }) => {
  const { code, out, err, files, formulas, switches, mark } = value
    ?? { code: 70, out: "", err: `cnncalc: ${error}\n`, files: {}, formulas: "", switches: {}, mark: [] };
  output.textContent = out + err;
  output.classList.toggle("wrong", code === 2);
  element("status").textContent = code;
  element("formulas").innerHTML = formulas; // escaped where it is made
  element("files").replaceChildren(...Object.entries(files).flatMap(([name, content]) => written(name, content)));
  turn(switches);
  underline(code === 2, mark);
  state("ready");
  navigator.serviceWorker?.register("offline.js"); // now, so that it does not delay the first answer
  if (!element("suffix").options.length && value) call("choices", language()).then(offer);
};

// The field's own text again, unseen below it, with the wrong part of it underlined.
const underline = (wrong, [from, to] = []) => {
  const text = field.value;
  const skipped = text.indexOf(line());
  field.setAttribute("aria-invalid", wrong);
  element("mark").replaceChildren();
  if (from === undefined) return;
  const part = Object.assign(document.createElement("mark"), { textContent: text.slice(skipped + from, skipped + to).padEnd(1, "\u00a0") });
  element("mark").replaceChildren(text.slice(0, skipped + from), part, text.slice(skipped + to));
  follow();
};

const follow = () => { element("mark").scrollLeft = field.scrollLeft; };

const written = (name, content) => {
  const type = PREVIEW[name.split(".").pop()];
  const link = Object.assign(document.createElement("a"), { download: name, textContent: name });
  link.href = URL.createObjectURL(new Blob([content], { type: type ?? "application/octet-stream" }));
  return type ? [link, preview(name, content)] : [link];
};

// Foreign names may stand in it: a frame without this page's origin. A drawing fills the frame, which has its shape.
const FITTED = "<style>body { margin: 0 } svg { display: block; width: 100%; height: auto }</style>";
const preview = (name, content) => {
  const text = new TextDecoder().decode(content);
  const [, wide, high] = (name.endsWith(".svg") && text.match(/viewBox="0 0 (\S+) (\S+)"/)) || [];
  const frame = Object.assign(document.createElement("iframe"), { title: name, srcdoc: wide ? FITTED + text : text });
  if (wide) Object.assign(frame.style, { aspectRatio: `${wide} / ${high}`, height: "auto" });
  frame.setAttribute("sandbox", "allow-scripts");
  return frame;
};

// --- switches ---------------------------------------------------------------------------------------------------

const turn = (switches) => {
  element("switches").hidden = !Object.keys(switches).length;
  for (const control of all("[data-switch]")) {
    const value = switches[control.dataset.switch];
    control.parentElement.hidden = value === undefined;
    if (control.type === "checkbox") control.checked = value === true;
    else if (control !== document.activeElement) control.value = value ?? "";
  }
};

// Each waits for the one before: both from the same line, the later one would undo the earlier.
const flip = ({ target }) => {
  const value = target.type === "checkbox" ? target.checked : target.value.trim();
  flips = flips.then(async () => {
    const { value: changed } = await call("switched", line(), target.dataset.switch, value);
    if (changed !== undefined) put(changed);
  });
};

const put = (text) => {
  field.value = text;
  close();
  ask();
};

// --- completion -------------------------------------------------------------------------------------------------

const suggest = async () => {
  const begun = field.value.slice(0, field.selectionStart);
  if (busy) return;
  const { value: words } = await call("complete", begun, language());
  if (begun !== field.value.slice(0, field.selectionStart) || document.activeElement !== field) return;
  list.replaceChildren(...(words ?? []).slice(0, 12).map(suggestion));
  choose(-1);
  list.hidden = !list.children.length;
  field.setAttribute("aria-expanded", !list.hidden);
};

const suggestion = ([word, help], place) => {
  const item = Object.assign(document.createElement("li"), { id: `suggestion-${place}`, textContent: word });
  item.setAttribute("role", "option");
  item.dataset.word = word;
  if (help) item.append(Object.assign(document.createElement("span"), { textContent: help }));
  item.addEventListener("mousedown", (event) => { event.preventDefault(); accept(item); });
  return item;
};

const choose = (place) => {
  chosen = place;
  [...list.children].forEach((item, index) => item.setAttribute("aria-selected", index === place));
  list.children[place]?.scrollIntoView({ block: "nearest" });
  if (place < 0) field.removeAttribute("aria-activedescendant");
  else field.setAttribute("aria-activedescendant", `suggestion-${place}`);
};

const accept = (item) => {
  const end = field.selectionStart;
  const before = `${field.value.slice(0, end).replace(/\S*$/, "")}${item.dataset.word} `;
  field.value = before + field.value.slice(end).trimStart();
  field.setSelectionRange(before.length, before.length);
  close();
};

const close = () => {
  list.hidden = true;
  field.setAttribute("aria-expanded", false);
  choose(-1);
};

const KEYS = {
  ArrowDown: () => choose((chosen + 1) % list.children.length),
  ArrowUp: () => choose((chosen <= 0 ? list.children.length : chosen) - 1),
  Escape: close,
  Tab: () => accept(list.children[Math.max(chosen, 0)]),
};

const key = (event) => {
  if (list.hidden) return;
  const act = event.key === "Enter" && chosen >= 0 ? KEYS.Tab : KEYS[event.key];
  if (!act || event.shiftKey) return;
  event.preventDefault();
  act();
};

// --- forms ------------------------------------------------------------------------------------------------------

const filled = (source) => [...new FormData(source)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value);

const layer = () => put(`params ${filled(element("layer")).map(([name, value]) => `--${name} ${quoted(value)}`).join(" ")}`);

const network = () => {
  const { question, zoo, input } = Object.fromEntries(new FormData(element("network")));
  const words = zoo ? [zoo] : all("#layers input").map((one) => one.value.trim()).filter(Boolean).map(quoted);
  element("layers").hidden = element("add").hidden = Boolean(zoo);
  put([question, ...words, ...(input.trim() ? ["--input", quoted(input.trim())] : [])].join(" "));
};

// The neighbour is moved, not the row: so what has the focus keeps it.
const up = (row) => { if (row.previousElementSibling) row.after(row.previousElementSibling); };
const down = (row) => { if (row.nextElementSibling) row.before(row.nextElementSibling); };
const remove = (row) => {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  (next?.querySelector("button:last-child") ?? element("add")).focus();
};
const MOVES = [["↑", "up", "上移", up], ["↓", "down", "下移", down], ["×", "remove", "删除", remove]];

const named = (sign, en, zh) => {
  const button = Object.assign(document.createElement("button"), { type: "button" });
  button.innerHTML = `<span aria-hidden="true">${sign}</span><span class="unseen"><span lang="en">${en}</span><span lang="zh-CN">${zh}</span></span>`;
  return button;
};

// Dragged with a mouse, a pen or a finger; with the keyboard by the arrows.
const handle = (row) => {
  const grip = named("⠿", "move: drag, or arrow keys", "移动：拖动，或按方向键");
  let moved = false;
  const drag = ({ clientY }) => {
    const [above, below] = [row.previousElementSibling, row.nextElementSibling];
    const middle = (other) => { const box = other.getBoundingClientRect(); return box.top + box.height / 2; };
    if (above && clientY < middle(above)) [moved] = [true, up(row)];
    else if (below && clientY > middle(below)) [moved] = [true, down(row)];
  };
  grip.className = "grip";
  grip.addEventListener("pointerdown", ({ pointerId }) => {
    moved = false;
    row.classList.add("dragged");
    grip.setPointerCapture(pointerId);
    grip.addEventListener("pointermove", drag);
  });
  grip.addEventListener("lostpointercapture", () => {
    row.classList.remove("dragged");
    grip.removeEventListener("pointermove", drag);
    if (moved) network();
  });
  grip.addEventListener("keydown", (event) => {
    const move = { ArrowUp: up, ArrowDown: down }[event.key];
    if (!move) return;
    event.preventDefault();
    move(row);
    network();
  });
  return grip;
};

const add = (word) => {
  const row = document.createElement("li");
  const words = Object.assign(document.createElement("input"), { value: word, size: 14, autocomplete: "off" });
  words.setAttribute("list", "words");
  words.setAttribute("aria-label", "layer 层");
  const moves = MOVES.map(([sign, en, zh, move]) => {
    const button = named(sign, en, zh);
    button.addEventListener("click", () => { move(row); network(); });
    return button;
  });
  row.append(handle(row), words, ...moves);
  element("layers").append(row);
};

const option = (text) => new Option(text, text);

const offer = ({ value }) => {
  if (!value) return;
  element("suffix").replaceChildren(...value.suffixes.map(option));
  element("network").elements.zoo.append(...value.zoo.map(option));
  element("words").replaceChildren(...value.words.map(option));
};

// --- files, language, address -----------------------------------------------------------------------------------

const take = async (files) => {
  if (!files.length) return;
  state("busy");
  const dropped = await Promise.all([...files].map(async (one) => [one.name.replaceAll("/", "_"), await one.arrayBuffer()]));
  for (const [name, content] of dropped) {
    given.set(name, content);
    sent.delete(name);
  }
  put(`summary ${quoted(dropped[0][0])}`);
};

const save = async () => {
  const name = `answer${element("suffix").value}`;
  await ask(name);
  all("#files a").find((link) => link.download === name)?.click();
};

const speak = (tongue) => {
  document.documentElement.lang = tongue;
  document.title = element(`title-${tongue.slice(0, 2)}`).textContent;
  for (const button of all("[data-language]")) button.setAttribute("aria-pressed", button.dataset.language === tongue);
  for (const choice of all("option[data-zh]")) choice.textContent = choice.dataset[tongue.slice(0, 2)];
};

const visit = () => {
  const [text, ...rest] = location.hash.slice(1).split("&");
  const address = new URLSearchParams(rest.join("&"));
  speak((address.get("lang") ?? navigator.language).startsWith("zh") ? "zh-CN" : "en");
  element("view").value = [...element("view").options].find((one) => one.value === address.get("as"))?.value ?? "text";
  try { field.value = decodeURIComponent(text) || field.value; } catch { /* no line, then */ }
  ask();
};

form.addEventListener("submit", (event) => { event.preventDefault(); close(); ask(); });
field.addEventListener("input", () => { underline(false); suggest(); });
field.addEventListener("scroll", follow);
field.addEventListener("keydown", key);
field.addEventListener("blur", close);
for (const button of all("[data-line]")) button.addEventListener("click", () => put(button.textContent));
for (const button of all("[data-language]")) button.addEventListener("click", () => { speak(button.dataset.language); ask(); });
for (const control of all("[data-switch]")) control.addEventListener("change", flip);
element("copy").addEventListener("click", () => navigator.clipboard.writeText(`cnncalc ${line()}`));
element("view").addEventListener("change", () => ask());
element("save").addEventListener("click", save);
element("stop").addEventListener("click", () => { start(); state("ready"); });
element("layer").addEventListener("input", layer);
element("network").addEventListener("input", network);
element("add").addEventListener("click", () => { add("conv3"); network(); });
for (const source of ["layer", "network"]) element(source).addEventListener("submit", (event) => event.preventDefault());
element("model").addEventListener("change", ({ target }) => take(target.files));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => { event.preventDefault(); take(event.dataTransfer.files); });
addEventListener("hashchange", visit);

["conv3", "relu", "maxpool2", "conv3"].forEach(add);
start();
visit();
