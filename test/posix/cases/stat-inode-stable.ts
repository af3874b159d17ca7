import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('an inode number stays through rename, link, chmod, write and reopening', (place) => {
  sys.mkdir(place.at('dir'));
  sys.writeFile(place.at('file'), 'x');
  const { ino } = sys.stat(place.at('file'));
  const check = (name: string) => equal(sys.stat(place.at(name)).ino, ino, name);
  sys.chmod(place.at('file'), 0o600);
  check('file');
  sys.writeFile(place.at('file'), 'much longer');
  check('file');
  sys.rename(place.at('file'), place.at('dir/file'));
  check('dir/file');
  sys.link(place.at('dir/file'), place.at('second'));
  sys.unlink(place.at('dir/file'));
  check('second');
  equal(sys.fstat(sys.open(place.at('second'), C.O_RDONLY)).ino, ino);
  // Many other objects come and go meanwhile.
  for (let i = 0; i < 200; i++) sys.writeFile(place.at(`other${i}`));
  for (let i = 0; i < 200; i++) sys.unlink(place.at(`other${i}`));
  check('second');
});
