import { behaviour, C, same, sameBytes, sys } from '../harness.js';

export default behaviour('a directory renamed with open files and directories below keeps them working', (place) => {
  sys.mkdir(place.at('top'));
  sys.mkdir(place.at('top/mid'));
  sys.mkdir(place.at('top/mid/low'));
  const file = sys.open(place.at('top/mid/file'), C.O_CREAT | C.O_RDWR);
  const low = sys.open(place.at('top/mid/low'), C.O_RDONLY | C.O_DIRECTORY);
  const peer = place.peer();
  peer.do('chdir', place.at('top/mid/low'));
  sys.rename(place.at('top'), place.at('moved'));
  sys.write(file, 'still here');
  sys.openat(low, 'born', C.O_CREAT | C.O_RDWR);
  peer.do('writeFile', 'by-peer', 'x');
  peer.do('writeFile', '../beside', 'y');
  sameBytes(sys.readFile(place.at('moved/mid/file')), 'still here');
  same(sys.names(place.at('moved/mid/low')), ['born', 'by-peer']);
  same(sys.names(place.at('moved/mid')), ['beside', 'file', 'low']);
  sameBytes(peer.do('getcwd'), place.at('moved/mid/low'));
});
