/** `chiron completion`: a script for bash or zsh that completes commands and options, made from the commands themselves. */
import type { Command } from 'commander'
import { Fault } from '../faults.js'

export function completionScript(program: Command, shell: string): string {
  if (shell === 'bash') return bashScript(program)
  if (shell === 'zsh')
    return `#compdef chiron\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(program)}`
  throw new Fault('invalid_request', `completion ${shell}: choose bash or zsh`)
}

/**
 * The words typed so far, without options, choose what may follow; anything else is a file. The arithmetic has its own brackets,
 * because zsh reads a letter after `:` as a modifier.
 */
function bashScript(program: Command): string {
  const cases = wordsOfCommands(program, [])
  return `_chiron() {
  local path="" word words current="\${COMP_WORDS[COMP_CWORD]}"
  for word in "\${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do
    case "$path $word" in
${cases.map(({ path }) => `      "${path}") path="${path}" ;;`).join('\n')}
    esac
  done
  case "$path" in
    "") words="${wordsOf(program)}" ;;
${cases.map(({ path, words }) => `    "${path}") words="${words}" ;;`).join('\n')}
  esac
  COMPREPLY=( $(compgen -W "$words" -- "$current") )
}
complete -o default -F _chiron chiron
`
}

interface Case {
  /** A space before each of its words. */
  readonly path: string
  readonly words: string
}

function wordsOfCommands(parent: Command, above: readonly string[]): Case[] {
  return parent.commands.flatMap((command) => {
    const names = [...above, command.name()]
    return [
      { path: names.map((name) => ` ${name}`).join(''), words: wordsOf(command) },
      ...wordsOfCommands(command, names),
    ]
  })
}

function wordsOf(command: Command): string {
  const options = command.options.flatMap(({ long }) => long ?? [])
  return [...command.commands.map((one) => one.name()), ...options, '--help'].join(' ')
}
