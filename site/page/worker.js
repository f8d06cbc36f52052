// Python in a worker: takes command lines and files, gives back what the program printed and wrote.
import { loadPyodide } from "./pyodide.mjs";

const text = async (file) => (await fetch(file)).text();
const bytes = async (file) => (await fetch(file)).arrayBuffer();

const start = async () => {
  const [python, packages, session] = await Promise.all([loadPyodide(), bytes("packages.zip"), text("session.py")]);
  python.unpackArchive(packages, "zip", { extractDir: "/packages" });
  const scope = python.toPy({});
  python.runPython(session, { globals: scope });
  return { python, answer: scope.get("answer") };
};

const started = start();

const reply = async (data) => {
  const { python, answer } = await started;
  for (const [name, content] of data.files) python.FS.writeFile(`/work/${name}`, new Uint8Array(content));
  const given = answer(data.line, data.columns, data.language);
  const reply = given.toJs({ dict_converter: Object.fromEntries });
  given.destroy();
  return reply;
};

// What goes wrong here, a file that can't be loaded first of all, is said where the answer would stand.
const failure = (error) => ({ code: 70, out: "", err: `cnncalc: ${error.message}\n`, files: {} });

onmessage = async ({ data }) => postMessage(await reply(data).catch(failure));
