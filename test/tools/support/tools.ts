/** The tools: how each is started, what it watches, and what it says when it has seen an edit. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SAVE_STYLES, type SaveStyle } from '../../support/saves.js';

/** `append` adds to the file; the others write all of it. */
export type Style = SaveStyle | 'append';

export interface Tool {
  readonly name: string;
  /** the file that is edited */
  readonly file: string;
  /** argv, with that file and a directory to keep things in */
  start(file: string, scratch: string): string[];
  /** what the edited file holds; the tool says the token when it has seen that. @param earlier tokens, oldest first */
  content(token: string, earlier: readonly string[]): string;
  /** ways of editing that it promises to see */
  readonly styles: readonly Style[];
  /** it watches the file it was started with, and no other that takes its name: what comes after is lost on any file system */
  readonly replacedOnce?: boolean;
  /** without inotify it looks again and again, or when it likes */
  readonly polls?: boolean;
}

const ROOT = new URL('../../../../', import.meta.url);
const program = (name: string) => fileURLToPath(new URL(`../programs/${name}`, import.meta.url));
const source = (path: string) => fileURLToPath(new URL(path, ROOT));

const javascript = (token: string) => `console.log('${token}');\n`;
const line = (token: string) => `${token}\n`;
/** tail(1) looks at a file's size: one that is as long as before is the same to it. */
const log = (token: string, earlier: readonly string[]) => [...earlier, token].map(line).join('');

const node = process.execPath;
/** Debian's, which has Debian's modules; another python3 may come first in PATH. */
const python = '/usr/bin/python3';

export const TOOLS: readonly Tool[] = [
  {
    name: 'chokidar',
    file: 'watched.txt',
    start: (file) => [node, program('chokidar.js'), file],
    content: line,
    styles: SAVE_STYLES,
  },
  {
    name: 'nodemon',
    file: 'main.js',
    start: (file) => [node, source('node_modules/nodemon/bin/nodemon.js'), '--watch', dirname(file), file],
    content: javascript,
    styles: SAVE_STYLES,
  },
  {
    name: 'node --watch',
    file: 'main.js',
    start: (file) => [node, '--watch', file],
    content: javascript,
    styles: SAVE_STYLES,
    replacedOnce: true,
  },
  {
    name: 'vite',
    file: 'main.js',
    start: (file, scratch) => [node, program('vite.js'), file, scratch],
    content: javascript,
    styles: SAVE_STYLES,
  },
  {
    name: 'watchdog of Python',
    file: 'watched.txt',
    start: (file) => [python, source('test/tools/programs/watched.py'), file],
    content: line,
    styles: SAVE_STYLES,
  },
  {
    // It holds the file that it was started with, whatever becomes of the name.
    name: 'tail -f',
    file: 'watched.log',
    start: (file) => ['tail', '-s', '0.1', '-n', '+1', '-f', file],
    content: log,
    styles: ['append', 'in place'],
    polls: true,
  },
  {
    name: 'tail -F',
    file: 'watched.log',
    start: (file) => ['tail', '-s', '0.1', '-n', '+1', '-F', file],
    content: log,
    styles: ['append', ...SAVE_STYLES],
    polls: true,
  },
];
