import { readFileSync, writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { compile } from './compile.js';
import { environment } from './environment.js';
import { quantity } from './format.js';
import { measure, type Plan, timedBy } from './measure.js';
import { packageRoot } from './paths.js';
import { readmeBlock, replaceBlock } from './report/readme.js';
import { terminalTable } from './report/terminal.js';
import { countRequests } from './requests.js';
import { ResultsFile, type Run, type RunHead, readResults } from './results.js';
import { Site } from './site.js';
import { summarise } from './summary.js';
import { REFERENCE, SUBJECT, targets } from './targets/index.js';
import { workloads } from './workloads/index.js';

interface Options {
  rounds?: number;
  quick?: true;
  readme?: true;
  requests?: true;
  from?: string;
  targets?: string[];
  workloads?: string[];
  kernelPermissions?: true;
  dir: string;
}

const list = (text: string) => text.split(',');

function count(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('a number from 1 to 9999 is needed');
  return Number(text);
}

/** The members of `all` with these names, in their own order; everything without names. */
function chosen<T extends { readonly name: string }>(what: string, all: readonly T[], names?: readonly string[]): T[] {
  const unknown = names?.find((name) => !all.some((one) => one.name === name));
  if (unknown) throw new Error(`no ${what} ${unknown}; there are ${all.map((one) => one.name).join(', ')}`);
  return all.filter((one) => !names || names.includes(one.name));
}

function report({ head, measurements }: Run, readme: boolean): void {
  const selected = chosen('workload', workloads, head.workloads);
  const rows = summarise(selected, measurements, head.targets, SUBJECT, REFERENCE);
  console.log(terminalTable(rows, head.targets, SUBJECT, REFERENCE));
  if (!readme) return;
  if (head.quick) throw new Error('figures of a quick run do not go into README.md');
  const path = `${packageRoot}README.md`;
  const block = readmeBlock({ ...head, rows, subject: SUBJECT, reference: REFERENCE });
  writeFileSync(path, replaceBlock(readFileSync(path, 'utf8'), block));
}

/** Ends the run at the first SIGINT or SIGTERM: what is mounted is unmounted before the process ends. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort(new Error(name)));
  return controller.signal;
}

async function take(plan: Omit<Plan, 'anew'>, site: Site, head: RunHead): Promise<Run> {
  const file = new ResultsFile(head);
  const subject = targets(false).find((one) => one.name === SUBJECT)!;
  const measurements = [];
  for await (const one of measure({ ...plan, anew: () => site.mount(subject) })) {
    file.add(one);
    measurements.push({ ...one, raw: {} });
    const { unit } = workloads.find(({ name }) => name === one.workload)!;
    const round = one.round === 0 ? 'warm-up' : `round ${one.round}`;
    console.log(`${one.workload.padEnd(14)} ${one.target.padEnd(15)} ${round.padEnd(9)} ${quantity(one.value, unit)}`);
  }
  console.log(`every sample: ${file.path}`);
  return { head, measurements };
}

async function main(options: Options): Promise<void> {
  if (options.from) return report(readResults(options.from), options.readme ?? false);
  const signal = interruption();
  const source = `${packageRoot}perf/native/workload.c`;
  const timed = timedBy(compile({ name: 'workload', source }), signal);
  const sides = chosen('target', targets(options.requests ?? false), options.targets);
  const withSubject = sides.some((one) => one.name === SUBJECT);
  const selected = chosen('workload', workloads, options.workloads).filter((one) => withSubject || !one.anew);
  const quick = options.quick ?? false;
  const rounds = options.rounds ?? (quick ? 3 : 7);
  const kernelPermissions = options.kernelPermissions ?? false;
  const site = new Site(options.dir, kernelPermissions);
  try {
    const mounted = [];
    for (const side of sides) mounted.push(await site.mount(side));
    if (options.requests) {
      for await (const { workload, target, requests } of countRequests(mounted, selected, timed))
        console.log(workload.padEnd(14), target.padEnd(15), JSON.stringify(requests));
      return;
    }
    const names = { targets: sides.map((one) => one.name), workloads: selected.map((one) => one.name) };
    const head = { environment: environment(site.dir), rounds, quick, ...names, kernelPermissions };
    const run = await take({ workloads: selected, mounted, rounds, scale: { quick }, timed, signal }, site, head);
    report(run, options.readme ?? false);
  } finally {
    await site.end();
  }
}

const program = new Command('perf')
  .description('Measures osmofs against the directory itself and against passthrough_ll of libfuse.')
  .addOption(new Option('--rounds <n>', 'interleaved rounds (7; quick: 3)').argParser(count))
  .option('--quick', 'less work per sample: to try the suite, not to publish')
  .option('--readme', 'write the table into README.md')
  .option('--from <file>', 'report on a results file instead of measuring')
  .option('--requests', 'count FUSE requests by opcode instead of timing')
  .addOption(new Option('--targets <names>', 'comma-separated, in place of all').argParser(list))
  .addOption(new Option('--workloads <names>', 'comma-separated, in place of all').argParser(list))
  .option('--kernel-permissions', 'both servers leave permissions to the kernel (osmofs: --ownership strict)')
  .option('--dir <path>', 'where the files lie', '/var/tmp')
  .action(main);

program.parseAsync().catch((error: Error) => {
  console.error(`perf: ${error.message}`);
  process.exitCode = 1;
});
