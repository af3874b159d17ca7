/**
 * What wakes the device's thread, counted one by one, and what it hears of at once when it was not looking. The guest's kicks are real, and so are the rings and the sockets; how
 * fast a program answers and what the clock says stands in a script, so nothing here depends on how busy the machine is.
 */
import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { Op, Shut } from '../../../vm/vsock/packet.js';
import { until } from '../../support/until.js';
import { FakeGuest } from './guest.js';
import { ANSWERS, type Script, ScriptedDevice } from './scripted.js';
import { connectUnix, sendWithFiles } from './unix.js';

const TRIPS = 100;

describe("wake-ups of the vsock device's thread", () => {
  let device: ScriptedDevice | undefined;
  const guests: FakeGuest[] = [];
  afterEach(async () => {
    for (const guest of guests.splice(0)) guest.close();
    await device?.close();
    device = undefined;
  });

  function open(socketPath: string): FakeGuest {
    const guest = FakeGuest.open(socketPath);
    guests.push(guest);
    return guest;
  }

  /** Sleeps of the device in so many round trips: the guest asks, a program answers, the guest has the answer. */
  async function sleepsOf(script: Script): Promise<number> {
    device = await ScriptedDevice.open(script);
    const guest = open(device.socketPath);
    await guest.connect(1000, ANSWERS);
    let answered = 0;
    const trip = async () => {
      await guest.send({ srcPort: 1000, dstPort: ANSWERS, op: Op.RW, fwdCnt: answered }, Buffer.alloc(64, answered));
      const { payload } = await guest.expect(Op.RW);
      assert.deepEqual(payload, Buffer.alloc(64, answered));
      answered += payload.length;
    };
    // What it learns from the first, and how it was woken before, is not counted.
    await trip();
    await trip();
    const before = device.sleeps;
    for (let count = 0; count < TRIPS; count++) await trip();
    return device.sleeps - before;
  }

  for (const pauseMilliseconds of [0.02, 1, 1000]) {
    it(`a round trip of the guest's every ${pauseMilliseconds} ms needs at most one: for the kick; the answer is found without`, async () => {
      const sleeps = await sleepsOf({ answerMicroseconds: 20, pauseMilliseconds });
      // One more may have begun since; fewer if the guest was so quick that the device was still awake.
      assert.ok(sleeps <= TRIPS + 1, `${sleeps} sleeps in ${TRIPS} round trips`);
    });
  }

  it('a program that takes long is slept for, one time more, and next to no time is spent looking', async () => {
    const sleeps = await sleepsOf({ answerMicroseconds: 6_000, pauseMilliseconds: 1 });
    assert.ok(sleeps >= TRIPS && sleeps <= 2 * TRIPS + 1, `${sleeps} sleeps in ${TRIPS} round trips`);
    await device!.close();
    assert.ok(device!.spun <= 200, `${device!.spun} µs`);
    device = undefined;
  });

  it('a program whose line, bytes and end are heard of at once is connected, its bytes and its end are passed on', async () => {
    device = await ScriptedDevice.open({ answerMicroseconds: 20, pauseMilliseconds: 1 });
    const guest = open(device.socketPath);
    await guest.connect(1000, ANSWERS);
    let program = -1;
    await device.hold(() => {
      program = connectUnix(join(device!.directory, 'connect'));
    });
    sendWithFiles(program, Buffer.from('00000003.00001388\nbytes'), []);
    closeSync(program);
    device.release();
    const { header } = await guest.expect(Op.REQUEST);
    await guest.send({ srcPort: 5000, dstPort: header.srcPort, op: Op.RESPONSE });
    let got = '';
    for (let flags = 0; (flags & Shut.SEND) === 0; ) {
      const packet = await guest.next();
      got += packet.payload.toString();
      flags = packet.header.op === Op.SHUTDOWN ? packet.header.flags : 0;
    }
    assert.equal(got, 'bytes');
  });

  it('a hypervisor that has gone makes room for the next, whichever of the two is heard of first', async () => {
    device = await ScriptedDevice.open({ answerMicroseconds: 20, pauseMilliseconds: 1 });
    const first = open(device.socketPath);
    await device.hold(() => first.kick(1));
    const second = new FakeGuest(device.socketPath);
    first.close();
    guests.splice(0, 1, second);
    device.release();
    second.negotiate();
    await until(() => device!.log.includes('the hypervisor has gone'), 'the end of the first');
    assert.ok(!device.log.some((line) => line.includes('refused')));
  });
});
