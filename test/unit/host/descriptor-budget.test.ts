import assert from 'node:assert/strict';
import { DescriptorBudget } from '../../../host/descriptor-budget.js';

describe('host/descriptor-budget', () => {
  it('gives each mount half of what is left, with the smallest limit people set', () => {
    const budget = new DescriptorBudget(256);
    const shares = [budget.take(), budget.take(), budget.take(), budget.take(), budget.take()];
    assert.deepEqual(shares, [96, 48, 24, 16, 16]);
  });

  it('gives no mount more than it can use', () => {
    const budget = new DescriptorBudget(1 << 20);
    for (let mount = 0; mount < 20; mount++) assert.equal(budget.take(), 8192);
  });

  it('takes back what a mount had', () => {
    const budget = new DescriptorBudget(256);
    const first = budget.take();
    const second = budget.take();
    budget.give(first);
    budget.give(second);
    assert.equal(budget.take(), first);
  });
});
