/** Whether a tool that runs on one side of a share sees what is edited on the other. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { PATIENCE } from '../../support/patience.js';
import { save } from '../../support/saves.js';
import { Running } from './running.js';
import type { Style, Tool } from './tools.js';

/** Between two attempts to be noticed by a tool that is still starting. */
const AGAIN = 1000;
/**
 * Nobody saves twice within this time, and several of the tools rely on it: they drop what comes within 50 or 200 ms of what
 * they have seen, on any file system. Counted from the last word that the tool said.
 */
const PACE = 300;

let count = 0;

class Editing {
  private readonly tokens: string[] = [];

  constructor(
    private readonly tool: Tool,
    private readonly file: string,
  ) {
    writeFileSync(file, tool.content(this.fresh(), []));
  }

  /** Result: what the tool says when it has seen that edit, and in no other output of any tool. */
  edit(style: Style): string {
    const earlier = [...this.tokens];
    const token = this.fresh();
    if (style === 'append') appendFileSync(this.file, this.tool.content(token, []));
    else save(style, this.file, this.tool.content(token, earlier));
    return token;
  }

  private fresh(): string {
    const token = `token-${process.pid}-${++count}-seen`;
    this.tokens.push(token);
    return token;
  }
}

/** Starts the tool, then edits; each edit must be seen before the next. */
async function follows(
  tool: Tool,
  argv: readonly string[],
  scratch: string,
  editing: Editing,
  styles: readonly Style[],
) {
  const running = new Running(argv, scratch);
  try {
    await begins(tool, running, editing);
    for (const [i, style] of styles.entries()) {
      await running.quiet(PACE);
      const token = editing.edit(style);
      if (!(await running.says(token, 3 * PATIENCE)))
        throw new Error(`edit ${i + 1} (${style}) was not seen: no ${token}\n${running.describe()}`);
    }
  } finally {
    await running.stop();
  }
}

/** @param dir the directory as the tool sees it @param host as the editor does @param scratch for the tool's own files */
export async function reacts(tool: Tool, dir: string, host: string, scratch: string): Promise<void> {
  mkdirSync(scratch, { recursive: true });
  const editing = new Editing(tool, `${host}/${tool.file}`);
  const argv = tool.start(`${dir}/${tool.file}`, scratch);
  const edits = tool.styles.flatMap((style) => [style, style]);
  const sessions = tool.replacedOnce ? tool.styles.map((style): Style[] => ['in place', style]) : [edits];
  for (const styles of sessions) await follows(tool, argv, scratch, editing, styles);
}

/** No tool says when it has all its watches: it has them once it reacts for the first time. */
async function begins(tool: Tool, running: Running, editing: Editing): Promise<void> {
  const end = Date.now() + 6 * PATIENCE;
  for (;;) {
    const token = editing.edit(tool.styles[0]!);
    if (await running.says(token, AGAIN)) return;
    if (running.over || Date.now() > end) throw new Error(`never reacted to anything\n${running.describe()}`);
  }
}
