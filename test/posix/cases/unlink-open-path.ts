import { behaviour, C, equal, same, sameBytes, sys } from '../harness.js';

export default behaviour(
  "an O_PATH descriptor still shows what was unlinked: attributes, links, a symlink's content",
  (place) => {
    sys.writeFile(place.at('file'), 'four');
    sys.symlink('content', place.at('link'));
    sys.mkfifo(place.at('fifo'));
    sys.mkdir(place.at('dir'));
    const open = (name: string) => sys.open(place.at(name), C.O_PATH | C.O_NOFOLLOW);
    const [file, link, fifo, dir] = ['file', 'link', 'fifo', 'dir'].map(open) as [number, number, number, number];
    const inodes = [file, link, fifo, dir].map((fd) => sys.fstat(fd).ino);
    for (const name of ['file', 'link', 'fifo']) sys.unlink(place.at(name));
    sys.rmdir(place.at('dir'));
    same(
      [file, link, fifo, dir].map((fd) => sys.fstat(fd).ino),
      inodes,
    );
    same(
      [file, link, fifo].map((fd) => sys.fstat(fd).nlink),
      [0, 0, 0],
    );
    equal(sys.fstat(file).size, 4);
    sameBytes(sys.readlinkat(link, ''), 'content');
    sameBytes(sys.read(sys.open(`/proc/self/fd/${file}`, C.O_RDONLY), 10), 'four');
  },
);
