/** A report as Markdown, for the appendix of a paper. Its figures are links to their SVG. */
import type { Block } from './blocks.js'

/** `figureAddress`: where the SVG of a figure is. */
export function reportMarkdown(
  title: string,
  blocks: readonly Block[],
  figureAddress: (name: string) => string,
): string {
  const parts = blocks.map((block) => blockMarkdown(block, figureAddress))
  return `# ${escaped(title)}\n\n${parts.join('\n\n')}\n`
}

function blockMarkdown(block: Block, figureAddress: (name: string) => string): string {
  switch (block.kind) {
    case 'heading':
      return `## ${escaped(block.text)}`
    case 'text':
      return escaped(block.text)
    case 'facts':
      return block.facts.map(([name, value]) => `- ${escaped(name)}: ${escaped(value)}`).join('\n')
    case 'table':
      return [block.head, block.head.map(() => '---'), ...block.rows].map(rowMarkdown).join('\n')
    case 'code':
      return `${escaped(block.label)}:\n\n${fenced(block.text)}`
    case 'figure': {
      const { name, scene, caption } = block.figure
      return `![${escaped(scene.title)}](${figureAddress(name)})\n\n${escaped(caption)}`
    }
  }
}

function rowMarkdown(cells: readonly string[]): string {
  return `| ${cells.map((cell) => (cell === '---' ? cell : escaped(cell).replaceAll('|', '\\|'))).join(' | ')} |`
}

/** A fence that is longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${text}\n${fence}`
}

/** One line, and nothing in it is taken for markup. */
function escaped(text: string): string {
  return text
    .replace(/[\r\n]+/g, ' ')
    .replace(/[\\`*_[\]#]/g, '\\$&')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
}
