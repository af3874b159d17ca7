/** The tables of the vhost-user protocol: every request has one row, every feature a reason. */
import assert from 'node:assert/strict';
import {
  FEATURES,
  has,
  LONGEST,
  offered,
  PROTOCOL_FEATURES,
  REQUESTS,
  Request,
} from '../../../../vm/vsock/vhost-user.js';

describe('vhost-user tables', () => {
  it('every request has a row of its own name', () => {
    assert.equal(REQUESTS.size, Object.keys(Request).length);
    for (const [number, row] of REQUESTS) assert.equal(Request[row.name], number);
  });

  it('no row allows more descriptors or bytes than there is room for', () => {
    for (const row of REQUESTS.values()) {
      assert.ok((row.files ?? 0) <= 8, row.name);
      assert.ok(12 + (row.to ?? row.bytes) <= LONGEST, row.name);
    }
  });

  it('offers what the rows say, and nothing that is refused', () => {
    assert.equal(offered(FEATURES), (1n << 28n) | (1n << 29n) | (1n << 30n) | (1n << 32n));
    assert.equal(offered(PROTOCOL_FEATURES), (1n << 0n) | (1n << 3n) | (1n << 9n));
    for (const feature of [...FEATURES, ...PROTOCOL_FEATURES]) assert.ok(feature.why.length > 0, feature.name);
    assert.equal(has(offered(FEATURES), 'VIRTIO_F_EVENT_IDX'), true);
    assert.equal(has(offered(FEATURES), 'VIRTIO_F_RING_PACKED'), false);
  });
});
