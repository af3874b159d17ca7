/**
 * What wakes the device's thread, counted one by one. The guest's kicks are real, and so are the rings and the sockets; how
 * fast a program answers and what the clock says stands in a script, so nothing here depends on how busy the machine is.
 */
import assert from 'node:assert/strict';
import { Op } from '../../../vm/vsock/packet.js';
import { until } from '../../support/until.js';
import { FakeGuest } from './guest.js';
import { ANSWERS, type Script, ScriptedDevice } from './scripted.js';

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
    it(`a round trip of the guest's every ${pauseMilliseconds} ms needs one: the kick; the answer is found without`, async () => {
      const sleeps = await sleepsOf({ answerMicroseconds: 20, pauseMilliseconds });
      // The last sleep before and the last one after the count may or may not have begun.
      assert.ok(Math.abs(sleeps - TRIPS) <= 1, `${sleeps} sleeps in ${TRIPS} round trips`);
    });
  }

  it('a program that takes long is not looked for: two, and next to no time spent looking', async () => {
    const sleeps = await sleepsOf({ answerMicroseconds: 6_000, pauseMilliseconds: 1 });
    assert.ok(Math.abs(sleeps - 2 * TRIPS) <= 1, `${sleeps} sleeps in ${TRIPS} round trips`);
    await device!.close();
    assert.ok(device!.spun <= 200, `${device!.spun} µs`);
    device = undefined;
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
