/** Credit: counters of 32 bits that wrap, a peer that says what cannot be, and pledges that stay within the stock. */
import assert from 'node:assert/strict';
import { ReceiveCredit, SendCredit } from '../../../../vm/vsock/credit.js';
import { LIMITS } from '../../../../vm/vsock/limits.js';
import { PLEDGE, Pledges } from '../../../../vm/vsock/pledges.js';

describe('vsock credit', () => {
  it('may send what the peer has room for, across the wrap of the counters', () => {
    const credit = new SendCredit();
    credit.update(1 << 20, 0);
    let forwarded = 0;
    for (let total = 0; total < 2 ** 32 + 2 ** 21; total += 1 << 20) {
      assert.equal(credit.available, 1 << 20);
      credit.sent(1 << 20);
      assert.equal(credit.available, 0);
      forwarded = (forwarded + (1 << 20)) >>> 0;
      credit.update(1 << 20, forwarded);
    }
  });

  it('passes over a fwd_cnt that was never sent, and one that is older than the last', () => {
    const credit = new SendCredit();
    credit.update(1000, 0);
    credit.sent(600);
    credit.update(1000, 601);
    assert.equal(credit.available, 400);
    credit.update(1000, 500);
    assert.equal(credit.available, 900);
    credit.update(1000, 100);
    assert.equal(credit.available, 900);
  });

  it('a buffer made smaller than what is in it leaves nothing, not less', () => {
    const credit = new SendCredit();
    credit.update(1000, 0);
    credit.sent(800);
    credit.update(500, 0);
    assert.equal(credit.available, 0);
    credit.update(500, 700);
    assert.equal(credit.available, 400);
  });

  it('takes what was allowed and not one byte more, across the wrap', () => {
    const credit = new ReceiveCredit(65_536);
    for (let total = 0; total < 2 ** 32 + 2 ** 20; total += 65_536) {
      assert.ok(credit.receive(65_536));
      assert.equal(credit.receive(1), false);
      credit.forward(65_536);
    }
    assert.equal(credit.held, 0);
  });

  it('has news to tell at a quarter, until they are told', () => {
    const credit = new ReceiveCredit(1000);
    credit.receive(1000);
    credit.forward(249);
    assert.equal(credit.overdue, false);
    credit.forward(1);
    assert.equal(credit.overdue, true);
    assert.equal(credit.forwarded, 250);
    assert.equal(credit.overdue, true);
    credit.told(250);
    assert.equal(credit.overdue, false);
  });
});

describe('vsock pledges', () => {
  it('give plenty to the first, enough to the last, and never more than the stock beside it', () => {
    const pledges = new Pledges();
    const given = Array.from({ length: LIMITS.connections }, () => pledges.take());
    assert.equal(given[0], PLEDGE.most);
    assert.equal(Math.min(...given), PLEDGE.least);
    const total = given.reduce((sum, each) => sum + each, 0);
    assert.ok(total <= PLEDGE.stock + LIMITS.connections * PLEDGE.least);
    for (const each of given) pledges.giveBack(each);
    assert.equal(pledges.left, PLEDGE.stock);
  });
});
