/** vm/linuxkit.yml is LinuxKit's, and gives the agent what vm/image/needs.ts says it needs: all of it, and no more. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { parse } from 'yaml';
import { entries, HOME } from '../../../../vm/image/bundle.js';
import { KERNEL_ARGUMENTS } from '../../../../vm/image/index.js';
import { CAPABILITIES, DEVICES, MODULES, NAMESPACES, PATHS, PROGRAMS, TARGETS } from '../../../../vm/image/needs.js';
import { LinuxKit } from './linuxkit-schema.js';

const root = fileURLToPath(new URL('../../../../..', import.meta.url));
const source = readFileSync(join(root, 'vm/linuxkit.yml'), 'utf8');
const dockerfile = readFileSync(join(root, 'vm/agent.Dockerfile'), 'utf8');
const START_FILES = join(root, 'vm/image/root', HOME);

describe('vm/linuxkit.yml', () => {
  const config = v.parse(LinuxKit, parse(source));
  const agent = config.services!.find(({ name }) => name === 'osmofs-agent')!;
  const binds = (agent.binds ?? []).map((bind) => {
    const [from, to, options = ''] = bind.split(':');
    return { from, to, options: options.split(',') };
  });

  it('is valid by the schema, which knows wrong from right', () => {
    assert.ok(v.is(LinuxKit, parse(source)));
    for (const wrong of ['service:\n', '    propagation: shared\n', '    capabilities: CAP_SYS_ADMIN\n']) {
      const text = wrong.startsWith(' ')
        ? source.replace('    pid: host\n', wrong)
        : source.replace('services:\n', wrong);
      assert.notEqual(text, source);
      assert.ok(!v.is(LinuxKit, safely(text)), wrong);
    }
  });

  it('names every image by a version', () => {
    const images = [config.kernel!.image!, ...config.init!, ...config.onboot!.map(({ image }) => image)];
    for (const image of [...images, ...config.services!.map(({ image }) => image)]) {
      assert.match(image, /^[a-z]+\/[a-z-]+:[\w.]+$/);
    }
  });

  it('has what starts containers, before any of them', () => {
    const names = config.init!.map((image) => image.replace(/^linuxkit\/(.*):.*$/, '$1'));
    for (const needed of ['init', 'runc', 'containerd']) assert.ok(names.includes(needed), needed);
  });

  it('gives the kernel the arguments of our own image', () => {
    assert.deepEqual(config.kernel!.cmdline!.split(' '), KERNEL_ARGUMENTS);
  });

  it('loads the modules, in their order', () => {
    const modprobe = config.onboot!.find(({ name }) => name === 'modprobe')!;
    assert.deepEqual(modprobe.command, ['modprobe', '-a', ...Object.keys(MODULES)]);
  });

  it('gives the agent its capabilities and no others', () => {
    assert.deepEqual([...agent.capabilities!].sort(), Object.keys(CAPABILITIES).sort());
  });

  it('gives the agent its devices and no others', () => {
    const devices = agent.devices!.map(({ path, type, major, minor }) => [path, { type, major, minor }]);
    assert.deepEqual(Object.fromEntries(devices), DEVICES);
  });

  it('lets the agent read what the overlay brings, and write nothing there', () => {
    for (const path of Object.keys(PATHS)) {
      const bind = binds.find(({ from }) => path.startsWith(`${from}/`))!;
      assert.equal(bind.from, bind.to, path);
      assert.ok(bind.options.includes('ro'), path);
    }
  });

  it("makes the agent's mounts the whole guest's", () => {
    assert.equal(agent.rootfsPropagation, 'shared');
    for (const target of TARGETS) {
      const bind = binds.find(({ from }) => from === target)!;
      assert.equal(bind.to, target);
      assert.deepEqual([...bind.options].sort(), ['rbind', 'rshared']);
    }
  });

  it('binds nothing that nobody needs', () => {
    const needed = new Set([...TARGETS, ...Object.keys(PATHS).map((path) => path.slice(0, path.lastIndexOf('/')))]);
    assert.deepEqual(binds.map(({ from }) => from).sort(), [...needed].sort());
  });

  it('makes the directories it binds where LinuxKit has none', () => {
    const made = config.files!.filter(({ directory }) => directory).map(({ path }) => `/${path}`);
    for (const { from } of binds) assert.ok(from === '/var' || made.includes(from!), from);
  });

  it('shows the agent the process numbers of the guest', () => {
    assert.deepEqual({ pid: agent.pid }, NAMESPACES);
  });

  it('starts what the Dockerfile puts there', () => {
    assert.deepEqual(agent.command, [PROGRAMS.supervise]);
    assert.match(dockerfile, new RegExp(`^CMD ${JSON.stringify(agent.command).replaceAll(/[[\]]/g, '\\$&')}$`, 'm'));
    assert.match(dockerfile, /^COPY vm\/image\/root\/opt\/osmofs \/opt\/osmofs$/m);
    assert.match(dockerfile, new RegExp(`ln -s \\S+ ${PROGRAMS.node}$`, 'm'));
    for (const name of readdirSync(START_FILES))
      assert.ok(Object.values<string>(PROGRAMS).includes(`/${HOME}/${name}`), name);
  });
});

describe('vm/image/bundle', () => {
  it("finds every file that a thread of the agent's begins with", () => {
    assert.ok(entries().includes('agent') && entries().includes('worker') && entries().includes('aside-worker'));
    for (const name of entries()) assert.ok(existsSync(join(root, 'guest', `${name}.ts`)), name);
  });
});

/** What a parser says is wrong has no place in the schema either. */
function safely(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
