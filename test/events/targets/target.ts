/** Where the matrix runs. */
import type { View } from '../matrix.js';

export interface Target {
  readonly name: string;
  /** the directory in which the changer works */
  readonly host: string;
  /** a directory of the same file system that is not shared */
  readonly outside: string;
  /** the same directory as the watcher sees it, through each view */
  readonly views: Readonly<Record<View, string>>;
  /** argv that starts a program of this folder (`watcher-main.js`) where the mount is, in its own mount namespace or not */
  program(name: string, ownNamespace: boolean): string[];
  /** argv that runs any other program where the mount is, in that directory */
  command(argv: readonly string[], directory: string): string[];
  /** whether the owners are the host's */
  readonly owners: boolean;
  /** whether what happens on the host is told a little later: then what was made beforehand has to be told before the change is */
  readonly late: boolean;
  /** the change of the case is about to be made: of a target that is wrong on purpose */
  beforeChange?(caseName: string): void;
  /** the directory beside which cookies are also made: of a target that is wrong on purpose */
  readonly cookiesAlso?: string;
  dispose(): Promise<void>;
}
