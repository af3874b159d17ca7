import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { SHELLS } from '../../../../host/cli/commands/completion.js';
import { ARGUMENT_VALUES, type CompletedCommand, commandTree, flatten } from '../../../../host/cli/completion/tree.js';
import { createProgram } from '../../../../host/cli/program.js';
import { scratchDirectory } from '../scratch-directory.js';
import { fakeContext, nobody, osmofs } from './fake-context.js';

const tree = commandTree(createProgram(fakeContext(nobody).context));
const commands = flatten(tree);

describe('host/cli/completion: the tree', () => {
  it('is that of the program', () => {
    assert.deepEqual(
      commands.map(({ path }) => path.slice(1).join(' ')),
      [
        '',
        'mount',
        'umount',
        'ls',
        'status',
        'share',
        'share add',
        'share rm',
        'share ls',
        'vm',
        'vm start',
        'vm stop',
        'vm status',
        'vm ls',
        'vm exec',
        'vm console',
        'vm logs',
        'vm rm',
        'daemon',
        'daemon start',
        'daemon stop',
        'daemon status',
        'doctor',
        'completion',
      ],
    );
  });

  it('knows where the values of every argument come from', () => {
    for (const { path, arguments: words } of commands) {
      for (const { name, values } of words) {
        assert.ok(values.from === 'words' || name in ARGUMENT_VALUES, `${path.join(' ')} <${name}>`);
      }
    }
  });

  it('has the global options everywhere', () => {
    for (const { path, options } of commands) {
      const format = options.find(({ flags }) => flags.includes('--format'));
      assert.deepEqual(format?.values, { from: 'words', words: ['table', 'json'] }, path.join(' '));
    }
  });
});

describe('host/cli/completion: the scripts', () => {
  for (const shell of SHELLS) {
    it(`${shell}: has every command and every option of the program`, async () => {
      const { code, stdout } = await osmofs(['completion', shell]);
      assert.equal(code, 0);
      for (const { path, options } of commands) {
        assert.ok(stdout.includes(path.at(-1)!), path.join(' '));
        for (const { flags } of options) {
          for (const flag of flags) assert.ok(spelled(stdout, shell, flag), `${path.join(' ')} ${flag}`);
        }
      }
    });
  }

  it('come as JSON as well', async () => {
    const { shell, script } = JSON.parse((await osmofs(['completion', 'bash', '--format', 'json'])).stdout);
    assert.deepEqual([shell, script], ['bash', (await osmofs(['completion', 'bash'])).stdout]);
  });

  it('ask a daemon for names only if one runs', async () => {
    const mounts = () => [{ name: 'site', target: '/mnt/site' }];
    assert.equal((await osmofs(['complete', 'mounts'], mounts)).stdout, 'site\n/mnt/site\n');
    assert.equal((await osmofs(['complete', 'shares'], () => [{ path: '/srv' }])).stdout, '/srv\n');
    assert.equal((await osmofs(['complete', 'vms'], () => [{ name: 'build' }])).stdout, 'build\n');
    assert.equal((await osmofs(['complete', 'mounts'], nobody)).stdout, '');
  });
});

describe('host/cli/completion: in bash', () => {
  const directory = scratchDirectory();

  /** What bash offers for a line with the cursor at its end. */
  async function offers(line: string): Promise<string[]> {
    const script = join(directory(), 'osmofs.bash');
    fs.writeFileSync(script, (await osmofs(['completion', 'bash'])).stdout);
    fs.mkdirSync(join(directory(), 'site dir'), { recursive: true });
    // Words are cut as bash cuts them: COMP_WORDBREAKS has "=" and ":" besides blanks.
    const program = `
      osmofs() { [[ $1 == complete ]] && printf '%s\\n' my-mount "$2"; }
      source "$1"; shift
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
      _osmofs 2>/dev/null
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const words = line.split(/ |(?<=[=:])|(?=[=:])/);
    const output = execFileSync('bash', ['--norc', '-c', program, 'bash', script, ...words], {
      cwd: directory(),
      encoding: 'utf8',
    });
    return output
      .split('\n')
      .filter((word) => word !== '')
      .sort();
  }

  const lines: [line: string, expected: string[]][] = [
    ['osmofs ', childrenOf(tree)],
    ['osmofs sh', ['share']],
    ['osmofs share ', ['add', 'ls', 'rm']],
    ['osmofs --format json share ', ['add', 'ls', 'rm']],
    ['osmofs --format=json share ', ['add', 'ls', 'rm']],
    ['osmofs ls --format ', ['json', 'table']],
    ['osmofs ls --format=j', ['json']],
    ['osmofs mount --cons', ['--consistency']],
    ['osmofs mount --consistency d', ['default', 'delegated']],
    ['osmofs mount --consistency cached --ow', ['--ownership']],
    ['osmofs mount si', ['site dir']],
    ['osmofs mount --consistency cached si', ['site dir']],
    ['osmofs mount /srv si', ['site dir']],
    ['osmofs mount /srv:si', ['site dir']],
    ['osmofs umount my', ['my-mount']],
    ['osmofs umount mo', ['mounts']],
    ['osmofs share rm sha', ['shares']],
    ['osmofs completion ', ['bash', 'fish', 'zsh']],
    ['osmofs mount --uid ', []],
    ['osmofs daemon stop ', []],
  ];
  for (const [line, expected] of lines) {
    it(`"${line}" offers ${expected.join(', ') || 'nothing'}`, async () => {
      assert.deepEqual(await offers(line), [...expected].sort());
    });
  }
});

function childrenOf({ children }: CompletedCommand): string[] {
  return children.map(({ path }) => path.at(-1)!);
}

function spelled(script: string, shell: string, flag: string): boolean {
  if (shell !== 'fish') return script.includes(flag);
  return script.includes(flag.startsWith('--') ? ` -l ${flag.slice(2)}` : ` -s ${flag.slice(1)}`);
}
