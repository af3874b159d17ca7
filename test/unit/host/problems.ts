/** Expectations about refusals. */
import assert from 'node:assert/strict';
import { Problem, type ProblemCode } from '../../../host/problem.js';

/** For `assert.throws` and `assert.rejects`: a {@link Problem} of this code whose line says all this, on one line. */
export function problem(code: ProblemCode, ...says: (string | RegExp)[]): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof Problem, `expected a problem, got ${error instanceof Error ? error.stack : error}`);
    assert.equal(error.code, code, error.line);
    for (const text of says) {
      if (typeof text === 'string') assert.ok(error.line.includes(text), `${error.line}\ndoes not contain\n${text}`);
      else assert.match(error.line, text);
    }
    assert.ok(!error.line.includes('\n'), 'an error is one line');
    return true;
  };
}
