// The page around the command line. It computes nothing: every number comes from Python in worker.js.
const element = (id) => document.getElementById(id);
const [form, field, output, files, status] = ["form", "line", "output", "files", "status"].map(element);
const PREVIEW = { svg: "image/svg+xml", html: "text/html" };
const given = new Map(); // files of the reader, by name
let sent = new Set(); // those of them that this worker has
let busy = false;
let worker;

const start = () => {
  worker?.terminate();
  sent = new Set();
  worker = new Worker("worker.js", { type: "module" });
  worker.onmessage = ({ data }) => show(data);
  worker.onerror = (event) => show({ code: 70, out: "", err: `cnncalc: ${event.message}`, files: {} });
};

const columns = () => {
  const sign = element("ruler").getBoundingClientRect().width / 100;
  return Math.max(40, Math.min(100, Math.floor(output.clientWidth / sign)));
};

const ask = () => {
  const line = field.value.trim().replace(/^\$ /, "").replace(/^cnncalc( |$)/, "");
  if (busy) start(); // the line before takes long: leave it
  busy = true;
  document.body.dataset.state = "busy";
  history.replaceState(null, "", `#${encodeURIComponent(line)}`);
  const fresh = [...given].filter(([name]) => !sent.has(name));
  sent = new Set(given.keys());
  worker.postMessage({ line, columns: columns(), language: document.documentElement.lang.slice(0, 2), files: fresh });
};

const show = ({ code, out, err, files: written }) => {
  busy = false;
  output.textContent = out + err;
  output.classList.toggle("wrong", code === 2);
  status.textContent = code;
  files.replaceChildren(...Object.entries(written).flatMap(([name, content]) => file(name, content)));
  document.body.dataset.state = "ready";
};

const file = (name, content) => {
  const type = PREVIEW[name.split(".").pop()];
  const link = Object.assign(document.createElement("a"), { download: name, textContent: name });
  link.href = URL.createObjectURL(new Blob([content], { type: type ?? "application/octet-stream" }));
  return type ? [link, preview(name, content)] : [link];
};

// Foreign names may stand in it: a frame without this page's origin.
const preview = (name, content) => {
  const frame = Object.assign(document.createElement("iframe"), { title: name, srcdoc: new TextDecoder().decode(content) });
  frame.setAttribute("sandbox", "allow-scripts");
  return frame;
};

const take = async (list) => {
  if (!list.length) return;
  document.body.dataset.state = "busy";
  const dropped = await Promise.all([...list].map(async (one) => [one.name.replaceAll("/", "_"), await one.arrayBuffer()]));
  for (const [name, content] of dropped) {
    given.set(name, content);
    sent.delete(name);
  }
  field.value = `summary '${dropped[0][0].replaceAll("'", `'"'"'`)}'`;
  ask();
};

const speak = (language) => {
  document.documentElement.lang = language;
  document.title = element(`title-${language.slice(0, 2)}`).textContent;
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", button.dataset.language === language);
  }
};

const address = () => {
  let line = "";
  try { line = decodeURIComponent(location.hash.slice(1)); } catch { /* no line, then */ }
  if (line) field.value = line;
  ask();
};

form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
for (const button of document.querySelectorAll("[data-line]")) {
  button.addEventListener("click", () => { field.value = button.textContent; ask(); });
}
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => { speak(button.dataset.language); ask(); });
}
element("copy").addEventListener("click", () => navigator.clipboard.writeText(`cnncalc ${field.value}`));
element("model").addEventListener("change", ({ target }) => take(target.files));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => { event.preventDefault(); take(event.dataTransfer.files); });
addEventListener("hashchange", address);

start();
speak(navigator.language.startsWith("zh") ? "zh-CN" : "en");
address();
navigator.serviceWorker?.register("offline.js");
