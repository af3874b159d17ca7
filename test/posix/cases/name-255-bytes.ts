import { behaviour, same, sameBytes, sys } from '../harness.js';

export default behaviour('a name of 255 bytes works for every kind of object', (place) => {
  const name = (letter: string) => place.at(letter.repeat(255));
  sys.writeFile(name('f'), 'x');
  sys.mkdir(name('d'));
  sys.symlink('x', name('s'));
  sys.mkfifo(name('p'));
  sys.link(name('f'), name('l'));
  sys.rename(name('f'), name('r'));
  same(
    sys.names(place.dir),
    ['d', 'l', 'p', 'r', 's'].map((letter) => letter.repeat(255)),
  );
  sameBytes(sys.readFile(name('r')), 'x');
});
