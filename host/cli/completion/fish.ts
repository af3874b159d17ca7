/** Completion for fish. */
import { type CompletedCommand, type CompletedOption, flatten, type Values } from './tree.js';

export function fishScript(root: CompletedCommand): string {
  const commands = flatten(root);
  const valueFlags = new Set(
    commands.flatMap(({ options }) => options.flatMap(({ flags, values }) => (values ? flags : []))),
  );
  return `# fish completion of osmofs, made by: osmofs completion fish

# The words so far without options and their values.
function __osmofs_words
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip -eq 1
            set skip 0
        else if contains -- $word ${[...valueFlags].join(' ')}
            set skip 1
        else if not string match -q -- '-*' $word
            echo $word
        end
    end
end

# Whether the words begin with (or, with "exactly" in front, are) the given command.
function __osmofs_at
    set -l words (__osmofs_words)
    if test "$argv[1]" = exactly
        test "$words" = "$argv[2..-1]"
    else
        set -l count (count $argv)
        test (count $words) -ge $count; and test "$words[1..$count]" = "$argv"
    end
end

complete -c osmofs -f
${commands.flatMap(commandLines).join('\n')}
`;
}

function commandLines({ path, options, children, arguments: words }: CompletedCommand): string[] {
  const inner = path.slice(1).join(' ');
  const at = condition(children.length > 0 ? `__osmofs_at exactly ${inner}` : `__osmofs_at ${inner}`);
  return [
    ...options.map((option) => `complete -c osmofs${at}${optionWords(option)}`),
    ...children.map((child) => `complete -c osmofs${at} -a ${child.path.at(-1)}${described(child.description)}`),
    ...words.flatMap(({ values }) => offers(values).map((offer) => `complete -c osmofs${at}${offer}`)),
  ];
}

function optionWords({ flags, description, values }: CompletedOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? ` -l ${flag.slice(2)}` : ` -s ${flag.slice(1)}`)).join('');
  if (values === undefined) return `${names}${described(description)}`;
  return `${names} -x${offers(values).join('')}${described(description)}`;
}

function offers(values: Values): string[] {
  if (values.from === 'words') return [` -a ${quoted(values.words.join(' '))}`];
  if (values.from === 'nothing') return [];
  const directories = ` -a ${quoted('(__fish_complete_directories)')}`;
  if (values.from === 'directories') return [directories];
  return [` -a ${quoted(`(osmofs complete ${values.what} 2>/dev/null)`)}`, directories];
}

function condition(test: string): string {
  return ` -n ${quoted(test.trim())}`;
}

function described(description: string): string {
  return ` -d ${quoted(description)}`;
}

/** fish knows `\'` and `\\` within single quotes. */
function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
