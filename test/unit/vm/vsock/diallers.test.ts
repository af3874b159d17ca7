/** Programs at `connect`: the line in pieces, the line that is none, and those who never finish it. */
import assert from 'node:assert/strict';
import { Errno } from '../../../../protocol/errno.js';
import { Diallers, parseLine } from '../../../../vm/vsock/diallers.js';

describe('vsock diallers', () => {
  it("read HyperKit's line, and nothing else", () => {
    assert.deepEqual(parseLine('00000003.00006f73\n'), { cid: 3, port: 0x6f73 });
    assert.deepEqual(parseLine('FFFFFFFE.ffffffff\n'), { cid: 0xffff_fffe, port: 0xffff_ffff });
    for (const bad of [
      '',
      '3.6f73\n',
      '00000003.00006f73',
      '00000003:00006f73\n',
      '0000000g.00006f73\n',
      ' 0000003.00006f73\n',
    ]) {
      assert.equal(parseLine(bad), undefined, JSON.stringify(bad));
    }
  });

  it('take the line in any pieces and never a byte behind it', () => {
    const pieces: (string | number)[] = ['0000', -Errno.EAGAIN, '0003.0000', '6f73', -Errno.EAGAIN, '\n'];
    const diallers = new Diallers((_, capacity) => {
      const piece = pieces.shift()!;
      assert.ok(typeof piece === 'number' || piece.length <= capacity);
      return piece;
    });
    diallers.add(9, 0);
    assert.equal(diallers.serve(9), 'more');
    assert.equal(diallers.serve(9), 'more');
    assert.deepEqual(diallers.serve(9), { cid: 3, port: 0x6f73 });
    assert.equal(diallers.has(9), false);
  });

  it('give up who ends early, fails, or takes too long', () => {
    const diallers = new Diallers((socket) => (socket === 1 ? '' : -Errno.ECONNRESET));
    diallers.add(1, 0);
    diallers.add(2, 0);
    assert.equal(diallers.serve(1), 'bad');
    assert.equal(diallers.serve(2), 'bad');
    diallers.add(3, 0);
    diallers.add(4, 5000);
    assert.deepEqual(diallers.late(9_999), []);
    assert.deepEqual(diallers.late(10_000), [3]);
    assert.deepEqual(diallers.clear(), [4]);
  });

  it('are not more than 256 at a time', () => {
    const diallers = new Diallers(() => -Errno.EAGAIN);
    for (let socket = 0; socket < 256; socket++) assert.ok(diallers.add(socket, 0));
    assert.equal(diallers.add(256, 0), false);
  });
});
