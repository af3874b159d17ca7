/** The command tree as completion sees it, read off commander's own, so that no script can differ from the program. */
import type { Argument, Command, Option } from 'commander';

/** Where the values of an argument or an option come from. */
export type Values =
  | { readonly from: 'words'; readonly words: readonly string[] }
  /** directories of this machine */
  | { readonly from: 'directories' }
  /** one per line from `osmofs complete <what>`, and directories as well */
  | { readonly from: 'daemon'; readonly what: Dynamic }
  /** something only the user knows */
  | { readonly from: 'nothing' };

export const DYNAMIC = ['mounts', 'shares', 'vms'] as const;
export type Dynamic = (typeof DYNAMIC)[number];

export interface CompletedOption {
  /** `--name`, and `-n` if it has one */
  readonly flags: readonly string[];
  readonly description: string;
  /** undefined for a flag that takes no value */
  readonly values: Values | undefined;
}

export interface CompletedArgument {
  readonly name: string;
  readonly values: Values;
}

export interface CompletedCommand {
  /** as typed, from the program on: ['osmofs', 'share', 'add'] */
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly CompletedOption[];
  readonly arguments: readonly CompletedArgument[];
  readonly children: readonly CompletedCommand[];
}

/** Arguments without a list of choices, by the name the commands give them. */
export const ARGUMENT_VALUES: Readonly<Record<string, Values>> = {
  source: { from: 'directories' },
  target: { from: 'directories' },
  directory: { from: 'directories' },
  root: { from: 'daemon', what: 'shares' },
  mount: { from: 'daemon', what: 'mounts' },
  vm: { from: 'daemon', what: 'vms' },
  /** of `vm exec`: the first may name a VM */
  words: { from: 'daemon', what: 'vms' },
  command: { from: 'nothing' },
};

export function commandTree(
  command: Command,
  path: readonly string[] = [],
  inherited: readonly CompletedOption[] = [],
): CompletedCommand {
  const here = [...path, command.name()];
  const help = command.createHelp();
  const own = help.visibleOptions(command).map(completedOption);
  const global = path.length === 0 ? own.filter(({ values }) => values !== undefined) : inherited;
  return {
    path: here,
    description: help.subcommandDescription(command),
    options: path.length === 0 ? own : [...own, ...inherited],
    arguments: command.registeredArguments.map(completedArgument),
    children: help
      .visibleCommands(command)
      .filter((child) => child.name() !== 'help')
      .map((child) => commandTree(child, here, global)),
  };
}

/** The command and all below it. */
export function flatten(command: CompletedCommand): CompletedCommand[] {
  return [command, ...command.children.flatMap(flatten)];
}

function completedOption(option: Option): CompletedOption {
  const flags = [option.long, option.short].filter((flag) => flag !== undefined);
  const takesValue = option.required || option.optional;
  const values: Values =
    option.argChoices === undefined ? { from: 'nothing' } : { from: 'words', words: option.argChoices };
  return { flags, description: option.description, values: takesValue ? values : undefined };
}

function completedArgument(argument: Argument): CompletedArgument {
  const values: Values =
    argument.argChoices === undefined
      ? (ARGUMENT_VALUES[argument.name()] ?? { from: 'nothing' })
      : { from: 'words', words: argument.argChoices };
  return { name: argument.name(), values };
}
