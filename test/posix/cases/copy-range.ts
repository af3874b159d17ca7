import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('copy_file_range copies between files, with and without given offsets', (place) => {
  const data = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) & 0xff));
  sys.writeFile(place.at('from'), data);
  const from = sys.open(place.at('from'), C.O_RDONLY);
  const to = sys.open(place.at('to'), C.O_CREAT | C.O_RDWR);
  let copied = 0;
  while (copied < data.length) copied += sys.copyFileRange(from, null, to, null, data.length - copied);
  sameBytes(sys.readFile(place.at('to')), data);
  equal(sys.lseek(from, 0, C.SEEK_CUR), data.length);
  equal(sys.lseek(to, 0, C.SEEK_CUR), data.length);
  equal(sys.copyFileRange(from, 1000, to, 5, 4096), 4096);
  sameBytes(sys.pread(to, 4096, 5), data.subarray(1000, 5096));
  equal(sys.lseek(to, 0, C.SEEK_CUR), data.length);
});
