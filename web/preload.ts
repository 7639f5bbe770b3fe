/** The scripts that the first chart of a study needs, named in index.html, so that they are loaded side by side. */
import type { Plugin, Rolldown } from 'vite'

const FIRST_SHOWN = ['pages/study.tsx', 'pages/now.tsx']

export const preloadStudy: Plugin = {
  name: 'preload-study',
  transformIndexHtml: {
    order: 'post',
    handler(html, { bundle = {} }) {
      const chunks = Object.values(bundle).filter((output) => output.type === 'chunk')
      const first = chunks.filter(({ facadeModuleId }) =>
        FIRST_SHOWN.some((page) => facadeModuleId?.endsWith(page)),
      )
      const files = withImports(first, new Map(chunks.map((chunk) => [chunk.fileName, chunk])))
      return [...files]
        .filter((file) => !html.includes(file))
        .map((file) => ({
          tag: 'link',
          attrs: { rel: 'modulepreload', crossorigin: true, href: `./${file}` },
          injectTo: 'head',
        }))
    },
  },
}

function withImports(
  chunks: readonly Rolldown.OutputChunk[],
  known: ReadonlyMap<string, Rolldown.OutputChunk>,
): ReadonlySet<string> {
  const files = new Set<string>()
  const add = ({ fileName, imports }: Rolldown.OutputChunk) => {
    if (files.has(fileName)) return
    files.add(fileName)
    for (const file of imports) if (known.has(file)) add(known.get(file)!)
  }
  chunks.forEach(add)
  return files
}
