/** Modes, owners, times, extended attributes. */
import * as sys from '../../support/sys.js';
import type { Change, Scene } from '../change.js';

const FILE = { f: 'file' } as const;
const prepare = ({ at }: Scene) => sys.writeFile(at('f'), 'content');
const directory = ({ at }: Scene) => sys.mkdir(at('d'));
const second = (seconds: number) => BigInt(seconds) * 1_000_000_000n;

const changed = (slug: string, title: string, change: (path: string) => void): Change => ({
  slug,
  title,
  objects: FILE,
  prepare,
  steps: [({ at }) => change(at('f'))],
});

export const attributes: readonly Change[] = [
  changed('touch', 'a file is touched: both times are now', (path) => sys.touch(path)),
  changed('utimes', 'both times of a file are set', (path) => sys.utimens(path, second(1_000_000), second(2_000_000))),
  changed('mtime', 'the modification time alone is set', (path) => sys.utimens(path, 'omit', second(3_000_000))),
  changed('chmod', 'the mode of a file is changed', (path) => sys.chmod(path, 0o600)),
  changed('chmod-executable', 'a file becomes executable', (path) => sys.chmod(path, 0o755)),
  changed('chown', 'a file gets another owner', (path) => sys.chown(path, 1234, 5678)),
  changed('setxattr', 'an extended attribute is set', (path) => sys.setxattr(path, 'user.test', 'value')),
  {
    slug: 'removexattr',
    title: 'an extended attribute is removed',
    objects: FILE,
    prepare({ at }) {
      sys.writeFile(at('f'), 'content');
      sys.setxattr(at('f'), 'user.test', 'value');
    },
    steps: [({ at }) => sys.removexattr(at('f'), 'user.test')],
  },
  {
    slug: 'chmod-directory',
    title: 'the mode of a directory is changed',
    objects: { d: 'directory' },
    prepare: directory,
    steps: [({ at }) => sys.chmod(at('d'), 0o700)],
  },
  {
    slug: 'chmod-watched',
    title: 'the mode of the watched directory itself is changed',
    steps: [({ at }) => sys.chmod(at('.'), 0o750)],
  },
  {
    slug: 'touch-watched',
    title: 'the watched directory and one in it are touched',
    watched: ['.', 'd'],
    objects: { d: 'directory' },
    prepare: directory,
    steps: [({ at }) => sys.touch(at('.')), ({ at }) => sys.touch(at('d'))],
  },
  {
    slug: 'lchown-symlink',
    title: 'a symlink gets another owner, what it leads to does not',
    objects: FILE,
    prepare({ at }) {
      sys.writeFile(at('f'), 'content');
      sys.symlink('f', at('link'));
    },
    steps: [({ at }) => sys.lchown(at('link'), 1234, 5678)],
  },
];
