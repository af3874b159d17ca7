/** New names. */
import * as sys from '../../support/sys.js';
import type { Change } from '../change.js';

const { C } = sys;
const create = (path: string) => sys.close(sys.open(path, C.O_CREAT | C.O_EXCL | C.O_WRONLY));

export const making: readonly Change[] = [
  {
    slug: 'create-empty',
    title: 'an empty file is created',
    missing: ['new'],
    steps: [({ at }) => create(at('new'))],
  },
  {
    slug: 'create-write',
    title: 'a file is created and written',
    missing: ['new'],
    steps: [({ at }) => sys.writeFile(at('new'), 'some content')],
  },
  {
    slug: 'create-large',
    title: 'a file of 300 KB is created and written in one call',
    missing: ['new'],
    steps: [({ at }) => sys.writeFile(at('new'), Buffer.alloc(300_000, 'large'))],
  },
  { slug: 'mkdir', title: 'a directory is made', missing: ['new'], steps: [({ at }) => sys.mkdir(at('new'))] },
  {
    slug: 'symlink',
    title: 'a symlink is made',
    missing: ['new'],
    steps: [({ at }) => sys.symlink('somewhere', at('new'))],
  },
  { slug: 'mkfifo', title: 'a FIFO is made', missing: ['new'], steps: [({ at }) => sys.mkfifo(at('new'))] },
  {
    slug: 'mksocket',
    title: 'a socket node is made',
    missing: ['new'],
    steps: [({ at }) => sys.mknod(at('new'), C.S_IFSOCK | 0o600)],
  },
  {
    slug: 'hard-link',
    title: 'a hard link is made',
    objects: { f: 'file' },
    missing: ['new'],
    prepare: ({ at }) => sys.writeFile(at('f'), 'linked'),
    steps: [({ at }) => sys.link(at('f'), at('new'))],
  },
  {
    slug: 'hard-link-across',
    title: 'a hard link is made in another directory',
    watched: ['a', 'b'],
    objects: { 'a/f': 'file' },
    missing: ['b/new'],
    prepare({ at }) {
      sys.mkdir(at('a'));
      sys.mkdir(at('b'));
      sys.writeFile(at('a/f'), 'linked');
    },
    steps: [({ at }) => sys.link(at('a/f'), at('b/new'))],
  },
  {
    slug: 'mkdir-p-file',
    title: 'mkdir -p a/b/c, and a file in it, in one go',
    missing: ['a'],
    steps: [
      ({ at }) => {
        for (const name of ['a', 'a/b', 'a/b/c']) sys.mkdir(at(name));
        sys.writeFile(at('a/b/c/f'), 'deep');
      },
    ],
  },
  {
    slug: 'mkdir-p-then-file',
    title: 'mkdir -p a/b/c, then a file in it',
    missing: ['a'],
    steps: [
      ({ at }) => {
        for (const name of ['a', 'a/b', 'a/b/c']) sys.mkdir(at(name));
      },
      ({ at }) => sys.writeFile(at('a/b/c/f'), 'deep'),
    ],
  },
  {
    slug: 'create-20',
    title: '20 files are created and written in one go',
    missing: ['new-0', 'new-19'],
    steps: [
      ({ at }) => {
        for (let i = 0; i < 20; i++) sys.writeFile(at(`new-${i}`), `content of ${i}`);
      },
    ],
  },
  {
    slug: 'create-everywhere',
    title: '20 files are created and written in turn in two directories',
    watched: ['a', 'b'],
    missing: ['a/new-0', 'b/new-19'],
    prepare({ at }) {
      sys.mkdir(at('a'));
      sys.mkdir(at('b'));
    },
    steps: [
      ({ at }) => {
        for (let i = 0; i < 20; i++) sys.writeFile(at(`${i % 2 === 0 ? 'a' : 'b'}/new-${i}`), `content of ${i}`);
      },
    ],
  },
  {
    slug: 'create-unlink',
    title: 'a file is created, written, and removed',
    missing: ['new'],
    steps: [({ at }) => sys.writeFile(at('new'), 'short-lived'), ({ at }) => sys.unlink(at('new'))],
  },
  {
    slug: 'odd-names',
    title: 'names with a newline, bytes that are no UTF-8, and 255 of them',
    steps: [
      ({ at }) => {
        for (const name of ['a\nb', '\xff\xfe\x80', 'n'.repeat(255)])
          sys.mkdir(Buffer.concat([Buffer.from(at('')), Buffer.from(name, 'latin1')]));
      },
    ],
  },
];
