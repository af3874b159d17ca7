/** Names that become others. */
import * as sys from '../../support/sys.js';
import type { Change, Scene } from '../change.js';
import { makeTree } from './removing.js';

const file = ({ at }: Scene) => sys.writeFile(at('f'), 'content');

/** Directories a and b, both watched, and a file a/f. */
const two = {
  watched: ['a', 'b'],
  prepare({ at }: Scene) {
    sys.mkdir(at('a'));
    sys.mkdir(at('b'));
    sys.writeFile(at('a/f'), 'content');
  },
} as const;

export const renaming: readonly Change[] = [
  {
    slug: 'rename',
    title: 'a file is renamed',
    objects: { f: 'file' },
    missing: ['g'],
    prepare: file,
    steps: [({ at }) => sys.rename(at('f'), at('g'))],
  },
  {
    slug: 'rename-back',
    title: 'a file is renamed, and back',
    objects: { f: 'file' },
    missing: ['g'],
    prepare: file,
    steps: [({ at }) => sys.rename(at('f'), at('g')), ({ at }) => sys.rename(at('g'), at('f'))],
  },
  {
    slug: 'rename-write',
    title: 'a file is renamed, then written under its new name',
    objects: { f: 'file' },
    missing: ['g'],
    prepare: file,
    steps: [
      ({ at }) => sys.rename(at('f'), at('g')),
      ({ at }) => {
        const fd = sys.open(at('g'), sys.C.O_WRONLY);
        sys.write(fd, 'CONTENT');
        sys.close(fd);
      },
    ],
  },
  {
    slug: 'rename-across',
    title: 'a file is renamed into another directory',
    ...two,
    objects: { 'a/f': 'file' },
    missing: ['b/g'],
    steps: [({ at }) => sys.rename(at('a/f'), at('b/g'))],
  },
  {
    slug: 'rename-over',
    title: 'a file is renamed over another',
    objects: { f: 'file', g: 'file' },
    prepare({ at }) {
      sys.writeFile(at('f'), 'the new one');
      sys.writeFile(at('g'), 'the victim');
    },
    steps: [({ at }) => sys.rename(at('f'), at('g'))],
  },
  {
    slug: 'rename-over-across',
    title: 'a file is renamed over one of another directory',
    ...two,
    objects: { 'a/f': 'file', 'b/g': 'file' },
    prepare(scene) {
      two.prepare(scene);
      sys.writeFile(scene.at('b/g'), 'the victim');
    },
    steps: [({ at }) => sys.rename(at('a/f'), at('b/g'))],
  },
  {
    slug: 'rename-over-linked',
    title: 'a file is renamed over one that has a second name',
    objects: { f: 'file', g: 'file', h: 'file' },
    prepare({ at }) {
      sys.writeFile(at('f'), 'the new one');
      sys.writeFile(at('g'), 'the victim');
      sys.link(at('g'), at('h'));
    },
    steps: [({ at }) => sys.rename(at('f'), at('g'))],
  },
  {
    slug: 'rename-directory',
    title: 'a directory is renamed',
    objects: { d: 'directory', 'd/one': 'file' },
    missing: ['e'],
    prepare: ({ at }) => makeTree(at('d')),
    steps: [({ at }) => sys.rename(at('d'), at('e'))],
  },
  {
    slug: 'rename-directory-create',
    title: 'a directory that is watched too is renamed, then a file is created in it',
    watched: ['.', 'd'],
    objects: { d: 'directory', 'd/one': 'file' },
    missing: ['e'],
    prepare: ({ at }) => makeTree(at('d')),
    steps: [({ at }) => sys.rename(at('d'), at('e')), ({ at }) => sys.writeFile(at('e/new'), 'content')],
  },
  {
    slug: 'rename-directory-across',
    title: 'a directory is renamed into another directory',
    ...two,
    objects: { 'a/d': 'directory', 'a/d/sub': 'directory', 'a/d/one': 'file' },
    missing: ['b/e'],
    prepare(scene) {
      two.prepare(scene);
      makeTree(scene.at('a/d'));
    },
    steps: [({ at }) => sys.rename(at('a/d'), at('b/e')), ({ at }) => sys.writeFile(at('b/e/sub/new'), 'content')],
  },
  {
    slug: 'rename-directory-over',
    title: 'a directory is renamed over an empty one',
    objects: { d: 'directory', e: 'directory' },
    prepare({ at }) {
      makeTree(at('d'));
      sys.mkdir(at('e'));
    },
    steps: [({ at }) => sys.rename(at('d'), at('e'))],
  },
  {
    slug: 'exchange',
    title: 'two files are exchanged',
    objects: { f: 'file', g: 'file' },
    prepare({ at }) {
      sys.writeFile(at('f'), 'was f');
      sys.writeFile(at('g'), 'was g');
    },
    steps: [({ at }) => sys.rename(at('f'), at('g'), sys.C.RENAME_EXCHANGE)],
  },
  {
    slug: 'exchange-across',
    title: 'a file and a directory of two directories are exchanged',
    ...two,
    objects: { 'a/f': 'file', 'b/d': 'directory' },
    prepare(scene) {
      two.prepare(scene);
      makeTree(scene.at('b/d'));
    },
    steps: [({ at }) => sys.rename(at('a/f'), at('b/d'), sys.C.RENAME_EXCHANGE)],
  },
  {
    slug: 'moved-in',
    title: 'a file is moved in from outside of the share',
    missing: ['new'],
    prepare: ({ out }) => sys.writeFile(out('f'), 'from outside'),
    steps: [({ at, out }) => sys.rename(out('f'), at('new'))],
  },
  {
    slug: 'moved-in-over',
    title: 'a file is moved in from outside of the share over another',
    objects: { g: 'file' },
    prepare({ at, out }) {
      sys.writeFile(out('f'), 'from outside');
      sys.writeFile(at('g'), 'the victim');
    },
    steps: [({ at, out }) => sys.rename(out('f'), at('g'))],
  },
  {
    slug: 'moved-in-tree',
    title: 'a tree is moved in from outside of the share, then a file is created in it',
    missing: ['new'],
    prepare: ({ out }) => makeTree(out('t')),
    steps: [({ at, out }) => sys.rename(out('t'), at('new')), ({ at }) => sys.writeFile(at('new/sub/more'), 'content')],
  },
  {
    slug: 'moved-out',
    title: 'a file is moved out of the share',
    objects: { f: 'file' },
    prepare: file,
    steps: [({ at, out }) => sys.rename(at('f'), out('f'))],
  },
  {
    slug: 'moved-out-tree',
    title: 'a tree is moved out of the share',
    objects: { t: 'directory' },
    prepare: ({ at }) => makeTree(at('t')),
    steps: [({ at, out }) => sys.rename(at('t'), out('t'))],
  },
  {
    slug: 'moved-to-unwatched',
    title: 'a file is moved to a directory of the share that is not watched',
    watched: ['a'],
    objects: { 'a/f': 'file' },
    prepare: two.prepare,
    steps: [({ at }) => sys.rename(at('a/f'), at('b/f'))],
  },
  {
    slug: 'moved-from-unwatched',
    title: 'a file is moved from a directory of the share that is not watched',
    watched: ['b'],
    missing: ['b/f'],
    prepare: two.prepare,
    steps: [({ at }) => sys.rename(at('a/f'), at('b/f'))],
  },
  {
    slug: 'rotate',
    title: 'three files are renamed in a circle in one go',
    objects: { f: 'file', g: 'file', h: 'file' },
    prepare({ at }) {
      for (const name of ['f', 'g', 'h']) sys.writeFile(at(name), `was ${name}`);
    },
    steps: [
      ({ at }) => {
        sys.rename(at('f'), at('t'));
        sys.rename(at('g'), at('f'));
        sys.rename(at('h'), at('g'));
        sys.rename(at('t'), at('h'));
      },
    ],
  },
];
