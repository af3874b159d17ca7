import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { compared } from './support/compared.js';
import { digest } from './support/digest.js';
import { lines, run } from './support/run.js';

function write(dir: string, files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(`${dir}/${file}`), { recursive: true });
    writeFileSync(`${dir}/${file}`, text);
    if (text.startsWith('#!')) chmodSync(`${dir}/${file}`, 0o755);
  }
}

/** ES modules, CommonJS, JSON, a package with exports, and one that is a symlink to a directory elsewhere. */
const NODE = {
  'package.json': '{"name": "app", "type": "module"}',
  'main.js': [
    "import { twice } from 'tool';",
    "import { whoami } from 'linked';",
    "import { createRequire } from 'node:module';",
    "import { Worker } from 'node:worker_threads';",
    "import { readFile, writeFile } from 'node:fs/promises';",
    'const require = createRequire(import.meta.url);',
    'console.log(twice(21), whoami(), require("./data.json").list.length, require("old"));',
    'console.log((await import("./late.js")).default);',
    'const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: 5 });',
    'console.log(await new Promise((done, failed) => worker.on("message", done).on("error", failed)));',
    'await Promise.all(Array.from({ length: 50 }, (_, i) => writeFile("out" + i, String(i))));',
    'const read = await Promise.all(Array.from({ length: 50 }, (_, i) => readFile("out" + i, "utf8")));',
    'console.log(read.reduce((sum, text) => sum + Number(text), 0));',
  ].join('\n'),
  'late.js': 'export default import.meta.url.split("/").pop();',
  'worker.js': 'import { parentPort, workerData } from "node:worker_threads"; parentPort.postMessage(workerData ** 2);',
  'data.json': '{"list": [1, 2, 3]}',
  'node_modules/tool/package.json': '{"name": "tool", "type": "module", "exports": {".": "./lib/index.js"}}',
  'node_modules/tool/lib/index.js': 'export const twice = (n) => 2 * n;',
  'node_modules/tool/cli.js': '#!/usr/bin/env node\nimport { twice } from "./lib/index.js"; console.log(twice(4));',
  'node_modules/old/index.js': 'module.exports = require("node:path").basename(__filename);',
  'packages/linked/package.json': '{"name": "linked", "type": "module", "main": "index.js"}',
  'packages/linked/index.js': 'export const whoami = () => import.meta.url.split("/").slice(-3).join("/");',
};

async function nodePrograms(dir: string): Promise<string[]> {
  write(dir, NODE);
  mkdirSync(`${dir}/node_modules/.bin`);
  symlinkSync('../tool/cli.js', `${dir}/node_modules/.bin/tool`);
  symlinkSync('../packages/linked', `${dir}/node_modules/linked`);
  const main = await lines('node', ['main.js'], { cwd: dir });
  const direct = await run(`${dir}/node_modules/.bin/tool`, []);
  const throughNpx = await run('npx', ['--no-install', 'tool'], { cwd: dir });
  return [...main, direct, throughNpx];
}

const PYTHON = {
  'main.py': [
    '#!/usr/bin/env python3',
    'import importlib, json, os, sqlite3, sys, tempfile, zipfile',
    'from package import inner',
    'from package.inner import deep',
    'print(inner.NAME, deep.value(), sys.argv[1:])',
    'importlib.reload(deep)',
    'print(sorted(os.listdir("package/__pycache__"))[0].split(".")[0])',
    'with tempfile.NamedTemporaryFile(dir=".") as file:',
    '    file.write(b"x" * 100000); file.flush()',
    '    print(os.path.getsize(file.name))',
    'with tempfile.TemporaryFile(dir=".") as file:',
    '    file.write(b"unnamed"); file.seek(0); print(file.read())',
    'with zipfile.ZipFile("app.zip", "w") as archive:',
    '    archive.writestr("zipped.py", "ANSWER = 42")',
    'sys.path.insert(0, "app.zip")',
    'import zipped; print(zipped.ANSWER)',
    'os.makedirs("a/b/c", exist_ok=True); os.replace("a/b/c", "a/d"); print(sorted(os.listdir("a")))',
  ].join('\n'),
  'package/__init__.py': '',
  'package/inner/__init__.py': 'NAME = __name__',
  'package/inner/deep.py': 'from .. import inner\ndef value(): return inner.NAME + "!"',
};

async function pythonPrograms(dir: string): Promise<string[]> {
  write(dir, PYTHON);
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '' };
  const first = await lines(`${dir}/main.py`, ['one', 'two'], { cwd: dir, env });
  const cached = await lines('python3', ['main.py'], { cwd: dir, env });
  await run('python3', ['-m', 'compileall', '-q', '-f', 'package'], { cwd: dir });
  return [...first, ...cached];
}

const NATIVE = {
  'hello.c': '#include <stdio.h>\nint answer(void);\nint main(void) { printf("%d\\n", answer()); return 0; }\n',
  'answer.c': 'int answer(void) { return 42; }\n',
  'script.sh': '#!/bin/sh\nset -e\nfor i in 1 2 3; do echo "line $i" >> log; done\nwc -l < log | tr -d " "\n',
};

/** A program and a library compiled, linked, mapped and run from there; a script that appends to a file. */
async function nativePrograms(dir: string): Promise<string[]> {
  write(dir, NATIVE);
  await run('cc', ['-shared', '-fPIC', '-o', 'libanswer.so', 'answer.c'], { cwd: dir });
  await run('cc', ['-o', 'hello', 'hello.c', '-L.', '-lanswer', '-Wl,-rpath,$ORIGIN'], { cwd: dir });
  const loaded = 'import ctypes; print(ctypes.CDLL("./libanswer.so").answer())';
  return [
    await run(`${dir}/hello`, []),
    await run('python3', ['-c', loaded], { cwd: dir }),
    await run(`${dir}/script.sh`, [], { cwd: dir }),
  ];
}

compared(
  'Node, Python and compiled programs',
  async ({ dir, remount }) => {
    const seen: string[] = [];
    const kinds = { node: nodePrograms, python: pythonPrograms, native: nativePrograms };
    for (const [name, programs] of Object.entries(kinds)) {
      mkdirSync(`${dir}/${name}`);
      seen.push(...(await programs(`${dir}/${name}`)).map((line) => `${name}: ${line}`));
    }
    await remount();
    seen.push(await run(`${dir}/native/hello`, []));
    // Byte code carries its source's time; app.zip its own; what was linked is compared by running it.
    const without = ['python/package/__pycache__', 'python/package/inner/__pycache__', 'python/app.zip', 'native'];
    return [...seen, ...(await digest(dir, { times: false, without }))];
  },
  { timeout: 600_000, ownerships: ['strict', 'caller'] },
);
