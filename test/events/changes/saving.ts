/** How programs save. */
import * as sys from '../../support/sys.js';
import type { Change, Scene } from '../change.js';

const { C } = sys;
const prepare = ({ at }: Scene) => sys.writeFile(at('f'), 'the old content');
const FILE = { f: 'file' } as const;

function writeNew(path: string, text: string): void {
  const fd = sys.open(path, C.O_CREAT | C.O_EXCL | C.O_WRONLY);
  sys.write(fd, text);
  sys.close(fd);
}

export const saving: readonly Change[] = [
  {
    slug: 'save-atomic',
    title: 'an atomic save: a temporary file is written and renamed over',
    objects: FILE,
    missing: ['.f.tmp'],
    prepare,
    steps: [
      ({ at }) => {
        writeNew(at('.f.tmp'), 'what the editor has');
        sys.rename(at('.f.tmp'), at('f'));
      },
    ],
  },
  {
    slug: 'save-atomic-again',
    title: 'three atomic saves, one after the other has been seen',
    objects: FILE,
    missing: ['.f.tmp'],
    prepare,
    steps: ['first', 'second', 'third'].map((text) => ({ at }: Scene) => {
      writeNew(at('.f.tmp'), text);
      sys.rename(at('.f.tmp'), at('f'));
    }),
  },
  {
    slug: 'save-backup',
    title: 'a save with a backup: the file is renamed to f~ and created anew',
    objects: FILE,
    missing: ['f~'],
    prepare,
    steps: [
      ({ at }) => {
        sys.rename(at('f'), at('f~'));
        writeNew(at('f'), 'what the editor has');
        sys.chmod(at('f'), 0o640);
      },
    ],
  },
  {
    slug: 'save-backup-removed',
    title: 'a save with a backup that is removed in the end, as vim does it',
    objects: FILE,
    missing: ['4913', 'f~'],
    prepare,
    steps: [
      ({ at }) => {
        sys.close(sys.open(at('4913'), C.O_CREAT | C.O_EXCL | C.O_WRONLY));
        sys.unlink(at('4913'));
        sys.rename(at('f'), at('f~'));
        writeNew(at('f'), 'what the editor has');
        sys.unlink(at('f~'));
      },
    ],
  },
  {
    slug: 'lock-file',
    title: 'as git does it: a lock file is created, written, renamed over',
    objects: FILE,
    missing: ['f.lock'],
    prepare,
    steps: [
      ({ at, kept }) => {
        kept.set('lock', sys.open(at('f.lock'), C.O_CREAT | C.O_EXCL | C.O_RDWR));
      },
      ({ at, kept }) => {
        sys.write(kept.get('lock')!, 'the new index');
        sys.close(kept.get('lock')!);
        sys.rename(at('f.lock'), at('f'));
      },
    ],
  },
  {
    slug: 'object-file',
    title: 'as git does it: an object is written, made read-only, linked to its name, its temporary name removed',
    watched: ['.', 'objects'],
    missing: ['objects/ab'],
    prepare: ({ at }) => sys.mkdir(at('objects')),
    steps: [
      ({ at }) => {
        writeNew(at('objects/tmp_obj'), 'an object');
        sys.chmod(at('objects/tmp_obj'), 0o444);
        sys.link(at('objects/tmp_obj'), at('objects/ab'));
        sys.unlink(at('objects/tmp_obj'));
      },
    ],
  },
  {
    slug: 'checkout',
    title: 'as git checkout does it: files removed, created, replaced, a directory goes and another comes',
    objects: { kept: 'file', gone: 'file', old: 'directory', 'old/f': 'file' },
    missing: ['came', 'fresh'],
    prepare({ at }) {
      for (const name of ['kept', 'gone', 'changed']) sys.writeFile(at(name), `old ${name}`);
      sys.mkdir(at('old'));
      sys.writeFile(at('old/f'), 'old/f');
    },
    steps: [
      ({ at }) => {
        sys.unlink(at('gone'));
        sys.unlink(at('old/f'));
        sys.rmdir(at('old'));
        sys.unlink(at('changed'));
        writeNew(at('changed'), 'new changed');
        writeNew(at('came'), 'new came');
        sys.mkdir(at('fresh'));
        writeNew(at('fresh/f'), 'fresh/f');
      },
    ],
  },
];
