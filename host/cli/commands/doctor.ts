/** osmofs doctor */
import type { Finding } from '../../../vm/doctor/checks.js';
import { ExitCode } from '../../problem.js';
import type { Register } from '../program.js';

const MARKS: Readonly<Record<Finding['verdict'], string>> = { ok: 'ok', slow: 'note', missing: 'MISSING' };

export const doctor: Register = (program, context) => {
  program
    .command('doctor')
    .summary('what this machine lacks')
    .description(
      'Looks at what osmofs needs on this machine and says how to get what is missing; the exit code is 1 if anything is.',
    )
    .examples(['osmofs doctor', 'for people'], ['osmofs doctor --format json', 'for programs'])
    .action(async () => {
      const [{ diagnose }, { findOut }] = await Promise.all([
        import('../../../vm/doctor/checks.js'),
        import('../../../vm/doctor/findings.js'),
      ]);
      const findings = diagnose(await findOut(context.paths.cache));
      if (findings.some(({ verdict }) => verdict === 'missing')) context.exitCode = ExitCode.FAILURE;
      context.output.print(findings, (all) => all.map(line).join('\n'));
    });
};

function line({ check, verdict, says, fix }: Finding): string {
  return `${MARKS[verdict].padEnd(7)} ${check}: ${says}.${fix === '' ? '' : `\n        → ${fix}`}`;
}
