/** Completion for bash, 3.2 (macOS) and newer; needs no bash-completion package. */
import { type CompletedCommand, flatten, type Values } from './tree.js';

export function bashScript(root: CompletedCommand): string {
  const commands = flatten(root);
  const inner = commands.slice(1).map(({ path }) => quoted(path));
  const valueFlags = new Set(
    commands.flatMap(({ options }) => options.flatMap(({ flags, values }) => (values ? flags : []))),
  );
  const optionCases = commands.flatMap(({ path, options }) =>
    options.flatMap(({ flags, values }) =>
      values === undefined
        ? []
        : [`${flags.map((flag) => quoted([...path, flag])).join('|')}) ${offer(values)}; return ;;`],
    ),
  );
  const flagCases = commands.map(
    ({ path, options }) => `${quoted(path)}) _osmofs_words '${options.flatMap(({ flags }) => flags).join(' ')}' ;;`,
  );
  const wordCases = commands.flatMap(positionCases);
  return `# bash completion of osmofs, made by: osmofs completion bash

_osmofs_lines() {
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done
}

_osmofs_words() { _osmofs_lines < <(compgen -W "$1" -- "$current"); }

_osmofs_directories() {
  type compopt >/dev/null 2>&1 && compopt -o filenames
  _osmofs_lines < <(compgen -d -- "$current")
}

_osmofs_ask() {
  _osmofs_directories
  local line
  while IFS= read -r line; do
    [[ $line == "$current"* ]] && COMPREPLY+=("$line")
  done < <("\${COMP_WORDS[0]}" complete "$1" 2>/dev/null)
}

_osmofs() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} path=osmofs word position=0 skip= at
  COMPREPLY=()
  # bash cuts words at "=" and ":" as well
  [[ $current == "=" || $current == ":" ]] && current=
  [[ $previous == "=" ]] && previous=\${COMP_WORDS[COMP_CWORD - 2]}
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    [[ $word == "=" ]] && skip=1 && continue
    if [[ $skip ]]; then skip= && continue; fi
    case "$path $word" in
      ${inner.join('|')}) path="$path $word" position=0 ;;
      *)
        case $word in
          ${[...valueFlags].join('|')}) [[ \${COMP_WORDS[at + 1]} == "=" ]] || skip=1 ;;
          -*) ;;
          *) ((position++)) ;;
        esac
        ;;
    esac
  done
  case "$path $previous" in
    ${optionCases.join('\n    ')}
  esac
  if [[ $current == -* ]]; then
    case $path in
      ${flagCases.join('\n      ')}
    esac
    return
  fi
  case "$path $position" in
    ${wordCases.join('\n    ')}
  esac
}

complete -F _osmofs osmofs
`;
}

/** After a colon the position has moved on by two; the last argument therefore answers for all that follow. */
function positionCases({ path, arguments: words, children }: CompletedCommand): string[] {
  if (children.length > 0) {
    return [`${quoted([...path, '0'])}) _osmofs_words '${children.map((child) => child.path.at(-1)).join(' ')}' ;;`];
  }
  return words.map(({ values }, at) => {
    const pattern = at === words.length - 1 ? `${quoted(path)}" "*` : quoted([...path, String(at)]);
    return `${pattern}) ${offer(values)} ;;`;
  });
}

function offer(values: Values): string {
  if (values.from === 'words') return `_osmofs_words '${values.words.join(' ')}'`;
  if (values.from === 'directories') return '_osmofs_directories';
  return values.from === 'daemon' ? `_osmofs_ask ${values.what}` : ':';
}

function quoted(words: readonly string[]): string {
  return `"${words.join(' ')}"`;
}
