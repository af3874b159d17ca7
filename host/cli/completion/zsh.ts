/** Completion for zsh, by its own `_arguments`. */
import { type CompletedCommand, type CompletedOption, flatten, type Values } from './tree.js';

export function zshScript(root: CompletedCommand): string {
  return `#compdef osmofs
# zsh completion of osmofs, made by: osmofs completion zsh

_osmofs_ask() {
  local -a found
  found=(\${(f)"$(osmofs complete $1 2>/dev/null)"})
  compadd -a found
  _directories
}

${flatten(root).map(commandFunction).join('\n')}
if [ "$funcstack[1]" = "_osmofs" ]; then
  _osmofs "$@"
else
  compdef _osmofs osmofs
fi
`;
}

function commandFunction(command: CompletedCommand): string {
  const { path, children, options } = command;
  const specs = options.map(optionSpec);
  if (children.length === 0) {
    specs.push(...command.arguments.map(({ name, values }, at) => `'${at + 1}:${name}:${action(values)}'`));
    return `${functionName(path)}() {\n  _arguments -s ${specs.join(' \\\n    ')}\n}\n`;
  }
  const names = children.map((child) => `'${child.path.at(-1)}:${text(child.description)}'`);
  const cases = children.map((child) => `${child.path.at(-1)}) ${functionName(child.path)} ;;`);
  return `${functionName(path)}() {
  local state line
  local -a commands
  commands=(
    ${names.join('\n    ')}
  )
  _arguments -C -s ${specs.join(' \\\n    ')} \\
    '1: :->command' '*:: :->rest'
  case $state in
    command) _describe command commands ;;
    rest)
      case $line[1] in
        ${cases.join('\n        ')}
      esac
      ;;
  esac
}
`;
}

function optionSpec({ flags, description, values }: CompletedOption): string {
  const end = `[${text(description)}]${values === undefined ? '' : `:value:${action(values)}`}`;
  // `--name=` lets the value follow as the next word or behind the sign.
  const spelled = flags.map((flag) => (values !== undefined && flag.startsWith('--') ? `${flag}=` : flag));
  return spelled.length === 1 ? `'${spelled[0]}${end}'` : `'(${flags.join(' ')})'{${spelled.join(',')}}'${end}'`;
}

function action(values: Values): string {
  if (values.from === 'words') return `(${values.words.join(' ')})`;
  if (values.from === 'directories') return '_directories';
  // With a blank in front, no words of _arguments are put between the function and its argument.
  return values.from === 'daemon' ? ` _osmofs_ask ${values.what}` : ' ';
}

function functionName(path: readonly string[]): string {
  return `_${path.join('_')}`;
}

/** Within single quotes and brackets. */
function text(description: string): string {
  return description.replaceAll("'", `'\\''`).replace(/[[\]:\\]/g, '\\$&');
}
