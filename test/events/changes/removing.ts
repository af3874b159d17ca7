/** Names that go. */
import * as sys from '../../support/sys.js';
import type { Change } from '../change.js';

/** A directory with files and a directory in it. */
export function makeTree(path: string): void {
  for (const name of ['', '/sub', '/sub/deep']) sys.mkdir(`${path}${name}`);
  for (const name of ['one', 'two', 'sub/three', 'sub/deep/four'])
    sys.writeFile(`${path}/${name}`, `content of ${name}`);
}

/** As rm -r does it: what is in it first, in an order of its own (here the names'). */
export function removeTree(path: string): void {
  for (const name of sys.names(path)) {
    const child = `${path}/${name}`;
    if ((sys.lstat(child).mode & sys.C.S_IFMT) === sys.C.S_IFDIR) removeTree(child);
    else sys.unlink(child);
  }
  sys.rmdir(path);
}

export const removing: readonly Change[] = [
  {
    slug: 'unlink',
    title: 'a file is removed',
    objects: { f: 'file' },
    prepare: ({ at }) => sys.writeFile(at('f'), 'content'),
    steps: [({ at }) => sys.unlink(at('f'))],
  },
  {
    slug: 'unlink-symlink',
    title: 'a symlink is removed, what it led to stays',
    objects: { f: 'file' },
    prepare({ at }) {
      sys.writeFile(at('f'), 'content');
      sys.symlink('f', at('link'));
    },
    steps: [({ at }) => sys.unlink(at('link'))],
  },
  {
    slug: 'unlink-one-of-two',
    title: 'one of two links of a file is removed',
    objects: { f: 'file', g: 'file' },
    prepare({ at }) {
      sys.writeFile(at('f'), 'content');
      sys.link(at('f'), at('g'));
    },
    steps: [({ at }) => sys.unlink(at('g'))],
  },
  {
    slug: 'unlink-both',
    title: 'one of two links of a file is removed, then the other',
    objects: { f: 'file', g: 'file' },
    prepare({ at }) {
      sys.writeFile(at('f'), 'content');
      sys.link(at('f'), at('g'));
    },
    steps: [({ at }) => sys.unlink(at('f')), ({ at }) => sys.unlink(at('g'))],
  },
  {
    slug: 'rmdir',
    title: 'an empty directory is removed',
    objects: { d: 'directory' },
    prepare: ({ at }) => sys.mkdir(at('d')),
    steps: [({ at }) => sys.rmdir(at('d'))],
  },
  {
    slug: 'rmdir-watched',
    title: 'a watched directory in the watched directory is removed',
    watched: ['.', 'd'],
    objects: { d: 'directory' },
    prepare: ({ at }) => sys.mkdir(at('d')),
    steps: [({ at }) => sys.rmdir(at('d'))],
  },
  {
    slug: 'rm-r',
    title: 'a tree is removed, as rm -r does it',
    objects: { t: 'directory', 't/one': 'file', 't/sub/deep/four': 'file' },
    prepare: ({ at }) => makeTree(at('t')),
    steps: [({ at }) => removeTree(at('t'))],
  },
  {
    slug: 'rm-r-watched',
    title: 'a tree is removed of which every directory is watched',
    watched: ['.', 't', 't/sub', 't/sub/deep'],
    objects: { t: 'directory', 't/two': 'file', 't/sub': 'directory' },
    prepare: ({ at }) => makeTree(at('t')),
    steps: [({ at }) => removeTree(at('t'))],
  },
  {
    slug: 'unlink-create',
    title: 'a file is removed, and another created under its name in one go',
    objects: { f: 'file' },
    prepare: ({ at }) => sys.writeFile(at('f'), 'the old one'),
    steps: [
      ({ at }) => {
        sys.unlink(at('f'));
        sys.writeFile(at('f'), 'the new one');
      },
    ],
  },
  {
    slug: 'file-to-directory',
    title: 'a file is removed, and a directory made under its name',
    objects: { f: 'file' },
    prepare: ({ at }) => sys.writeFile(at('f'), 'was a file'),
    steps: [({ at }) => sys.unlink(at('f')), ({ at }) => sys.mkdir(at('f'))],
  },
  {
    slug: 'replace-tree',
    title: 'a tree is removed and made again in one go',
    objects: { t: 'directory', 't/one': 'file' },
    prepare: ({ at }) => makeTree(at('t')),
    steps: [
      ({ at }) => {
        removeTree(at('t'));
        makeTree(at('t'));
      },
    ],
  },
];
