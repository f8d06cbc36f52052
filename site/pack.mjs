// Packs Python for the page: node pack.mjs PACKAGES DIST. What it runs is compiled by the very interpreter that will run it.
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { loadPyodide } from "./node_modules/pyodide/pyodide.mjs";

const [packages, dist] = process.argv.slice(2);
const pyodide = (file) => new URL(`node_modules/pyodide/${file}`, import.meta.url);

const python = await loadPyodide();
python.mountNodeFS("/packages", packages);
python.mountNodeFS("/dist", dist);
python.runPython(readFileSync(new URL("pack.py", import.meta.url), "utf8"), { filename: "pack.py" });

// The two largest files travel compressed whatever the server does; worker.js unpacks them.
for (const file of ["pyodide.asm.wasm", "pyodide.asm.mjs"]) {
  writeFileSync(`${dist}/${file}.packed`, gzipSync(readFileSync(pyodide(file)), { level: 9 }));
}
const { info } = JSON.parse(readFileSync(pyodide("pyodide-lock.json"), "utf8"));
writeFileSync(`${dist}/pyodide-lock.json`, JSON.stringify({ info, packages: {} }));
