/** What files hold. */
import * as sys from '../../support/sys.js';
import type { Change, Scene } from '../change.js';

const { C } = sys;
const FILE = { f: 'file' } as const;
const prepare = ({ at }: Scene) => sys.writeFile(at('f'), 'the old content');

function using(path: string, flags: number, use: (fd: number) => void): void {
  const fd = sys.open(path, flags);
  use(fd);
  sys.close(fd);
}

const append = (path: string, text: string) =>
  using(path, C.O_WRONLY | C.O_APPEND, (fd) => {
    sys.write(fd, text);
  });

const TRUNCATED_AND_WRITTEN = 'open(O_TRUNC) is a MODIFY, the first write is another';

export const contents: readonly Change[] = [
  {
    slug: 'append',
    title: 'a file is appended to',
    objects: FILE,
    prepare,
    steps: [({ at }) => append(at('f'), ' and more')],
  },
  {
    slug: 'append-again',
    title: 'a file is appended to, and again',
    objects: FILE,
    prepare,
    steps: [({ at }) => append(at('f'), ' and more'), ({ at }) => append(at('f'), ' and yet more')],
  },
  {
    slug: 'append-large',
    title: '300 KB are appended to a file of 300 KB',
    objects: FILE,
    prepare: ({ at }) => sys.writeFile(at('f'), Buffer.alloc(300_000, 'old')),
    steps: [
      ({ at }) =>
        using(at('f'), C.O_WRONLY | C.O_APPEND, (fd) => {
          sys.write(fd, Buffer.alloc(300_000, 'new'));
        }),
    ],
  },
  {
    slug: 'overwrite',
    title: 'a file is overwritten with as many bytes',
    objects: FILE,
    prepare,
    steps: [
      ({ at }) =>
        using(at('f'), C.O_WRONLY, (fd) => {
          sys.write(fd, 'the NEW content');
        }),
    ],
  },
  {
    slug: 'empty',
    title: 'a file is emptied, as > does it',
    objects: FILE,
    prepare,
    steps: [({ at }) => using(at('f'), C.O_WRONLY | C.O_CREAT | C.O_TRUNC, () => {})],
  },
  {
    slug: 'truncate',
    title: 'a file is cut by truncate(2), through its path',
    objects: FILE,
    prepare,
    steps: [({ at }) => sys.truncate(at('f'), 3)],
  },
  {
    slug: 'extend',
    title: 'a file is made longer by truncate(2), through its path',
    objects: FILE,
    prepare,
    steps: [({ at }) => sys.truncate(at('f'), 10_000)],
  },
  {
    slug: 'fallocate',
    title: 'a file is made longer by fallocate(2)',
    objects: FILE,
    prepare,
    steps: [({ at }) => using(at('f'), C.O_WRONLY, (fd) => sys.fallocate(fd, 0, 0, 8192))],
  },
  {
    slug: 'open-close',
    title: 'a file is opened for writing and closed, then changed',
    objects: FILE,
    prepare,
    steps: [({ at }) => using(at('f'), C.O_WRONLY, () => {}), ({ at }) => append(at('f'), ' and more')],
  },
  {
    slug: 'long-writer',
    title: 'a program that keeps the file open writes, writes again, closes',
    objects: FILE,
    prepare,
    steps: [
      ({ at, kept }) => {
        const fd = sys.open(at('f'), C.O_WRONLY | C.O_APPEND);
        kept.set('f', fd);
        sys.write(fd, ' first');
      },
      ({ kept }) => sys.write(kept.get('f')!, ' second'),
      ({ kept }) => sys.close(kept.get('f')!),
    ],
  },
  {
    slug: 'unlinked-writer',
    title: 'a file is removed while a program writes to it',
    objects: FILE,
    prepare,
    steps: [
      ({ at, kept }) => {
        const fd = sys.open(at('f'), C.O_WRONLY | C.O_APPEND);
        kept.set('f', fd);
        sys.write(fd, ' first');
      },
      ({ at }) => sys.unlink(at('f')),
      ({ kept }) => sys.close(kept.get('f')!),
    ],
  },
  {
    slug: 'append-one-of-two',
    title: 'a file with two names is appended to through one of them',
    watched: ['a', 'b'],
    objects: { 'a/f': 'file', 'b/f': 'file' },
    prepare({ at }) {
      sys.mkdir(at('a'));
      sys.mkdir(at('b'));
      sys.writeFile(at('a/f'), 'the old content');
      sys.link(at('a/f'), at('b/f'));
    },
    steps: [({ at }) => append(at('b/f'), ' and more')],
  },
  {
    slug: 'save-in-place',
    title: 'an editor saves in place: the file is emptied and written',
    objects: FILE,
    neighbours: TRUNCATED_AND_WRITTEN,
    prepare,
    steps: [({ at }) => sys.writeFile(at('f'), 'what the editor has')],
  },
  {
    slug: 'write-20',
    title: '20 files are appended to in one go',
    objects: { 'f-0': 'file', 'f-19': 'file' },
    prepare({ at }) {
      for (let i = 0; i < 20; i++) sys.writeFile(at(`f-${i}`), `content of ${i}`);
    },
    steps: [
      ({ at }) => {
        for (let i = 0; i < 20; i++) append(at(`f-${i}`), ' and more');
      },
    ],
  },
];
