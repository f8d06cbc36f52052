// Python in a worker: calls functions of session.py and gives back what they return.
import { loadPyodide } from "./pyodide.mjs";

const received = async (file) => {
  const answer = await fetch(file);
  if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
  return answer;
};
const text = async (file) => (await received(file)).text();

// What was compressed when the page was built, whatever the server does.
const unpacked = async (file, type) => {
  const stream = (await received(`${file}.packed`)).body.pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream, { headers: { "Content-Type": type } });
};

// Pyodide fetches these files by their own names.
const files = { "pyodide.asm.wasm": "application/wasm", "python_stdlib.zip": "application/zip" };
const early = Object.fromEntries(Object.entries(files).map(([file, type]) => [new URL(file, location.href).href, unpacked(file, type)]));
const plain = self.fetch;
self.fetch = (address, options) => early[new URL(address, location.href).href] ?? plain(address, options);

const interpreter = async () => {
  const code = await (await unpacked("pyodide.asm.mjs", "text/javascript")).blob();
  return (await import(URL.createObjectURL(code))).default;
};

// Called in the middle of an import, which can't wait.
const later = () => {
  const request = new XMLHttpRequest();
  request.open("GET", "later.zip.packed", false);
  request.responseType = "arraybuffer";
  request.send();
  if (request.status !== 200) throw new Error(`later.zip.packed: ${request.status}`);
  return new Uint8Array(request.response);
};

const start = async () => {
  const [python, packages, session] = await Promise.all([
    interpreter().then((createPyodideModule) => loadPyodide({ createPyodideModule })), unpacked("packages.zip", "application/zip").then((answer) => answer.arrayBuffer()), text("session.py"),
  ]);
  python.unpackArchive(packages, "zip", { extractDir: "/packages" });
  const scope = python.toPy({});
  scope.set("later", later);
  python.runPython(session, { globals: scope, filename: "session.py" });
  return { python, scope };
};

const started = start();

const reply = async ({ call, args, files }) => {
  const { python, scope } = await started;
  for (const [name, content] of files) python.FS.writeFile(`/work/${name}`, new Uint8Array(content));
  const value = scope.get(call)(...args);
  if (!value?.toJs) return value;
  const plain = value.toJs({ dict_converter: Object.fromEntries });
  value.destroy();
  return plain;
};

// What goes wrong here, a file that can't be loaded first of all, is said where the answer would stand.
onmessage = async ({ data }) => {
  const result = await reply(data).then((value) => ({ value }), (error) => ({ error: error.message }));
  postMessage({ id: data.id, ...result });
};
