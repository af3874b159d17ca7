/** commander's Command, with its complaints turned into {@link Problem}s that name the command they are about. */
import { Command, type HelpContext, Option } from 'commander';
import { Problem } from '../problem.js';

export class OsmofsCommand extends Command {
  override createCommand(name?: string): OsmofsCommand {
    return new OsmofsCommand(name);
  }

  /** `osmofs share add`, as it is typed. */
  get fullName(): string {
    return this.parent instanceof OsmofsCommand ? `${this.parent.fullName} ${this.name()}` : this.name();
  }

  override error(message: string): never {
    const what = message.replace(/^error: /, '').replaceAll('\n', ' ');
    throw new Problem('usage', this.#thing, what, `See: ${this.fullName} --help`);
  }

  override help(context?: HelpContext | ((text: string) => string)): never {
    if (typeof context !== 'object' || !context.error) return super.help(context as HelpContext);
    const names = this.createHelp()
      .visibleCommands(this)
      .map((command) => command.name())
      .filter((name) => name !== 'help');
    throw new Problem('usage', this.#thing, 'a command is missing', `One of: ${names.join(', ')}`);
  }

  /** Adds examples below the help: command line and what it does. */
  examples(...lines: readonly (readonly [line: string, does: string])[]): this {
    const width = Math.max(...lines.map(([line]) => line.length));
    const text = lines.map(([line, does]) => `  ${line.padEnd(width)}  ${does}`).join('\n');
    return this.addHelpText('after', `\nExamples:\n${text}`);
  }

  /** The problem line starts with the program's name already. */
  get #thing(): string {
    return this.parent === null ? 'command line' : this.fullName.replace(/^osmofs /, '');
  }
}

export function choice(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices(choices);
}
