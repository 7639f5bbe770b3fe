/** A report as one HTML file that needs nothing else: no script, no network. */

import { moved } from '../../charts/panels.js'
import type { Scene } from '../../charts/scene.js'
import { escaped, legendMarks, svgInline } from '../../charts/svg.js'
import { DARK, LIGHT, namedColours } from '../../charts/theme.js'
import type { Block } from './blocks.js'

const colours = (of: typeof LIGHT) =>
  [...namedColours(of)].map(([name, colour]) => `--${name}:${colour}`).join(';')

const STYLE = `
:root{${colours(LIGHT)};color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{${colours(DARK)}}}
@media print{:root{${colours(LIGHT)}}figure,table,pre{break-inside:avoid}}
body{font:15px/1.5 system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;color:var(--ink);background:var(--paper);max-width:820px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;overflow-wrap:anywhere}h2{font-size:1.2rem;margin:2.2rem 0 .6rem;border-bottom:1px solid var(--grid)}
p{overflow-wrap:anywhere;white-space:pre-wrap}
figure{margin:1rem 0}figure svg{max-width:100%;height:auto}figcaption{color:var(--soft);font-size:.88rem}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.25rem .9rem .25rem 0;border-bottom:1px solid var(--grid);vertical-align:top;overflow-wrap:anywhere}th{color:var(--soft);font-weight:500}
thead th{overflow-wrap:normal;vertical-align:bottom}td.n{white-space:nowrap}.n{text-align:right}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1.2rem}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
details,pre{margin:.4rem 0}summary{cursor:pointer;color:var(--soft)}
pre{background:color-mix(in srgb,var(--ink) 5%,var(--paper));padding:.6rem;border-radius:6px;overflow:auto;max-height:24rem;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.82rem}
@media (max-width:520px){dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}}
`

/** Texts of the study are untrusted: each is escaped, and the policy would let no script run. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'"

export function reportHtml(title: string, blocks: readonly Block[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${blocks.map(blockHtml).join('\n')}
</body>
</html>
`
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h2>${escaped(block.text)}</h2>`
    case 'text':
      return `<p>${escaped(block.text)}</p>`
    case 'facts':
      return `<dl>${block.facts.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`
    case 'table':
      return tableHtml(block)
    case 'code':
      return `<details${block.text.length < 600 ? ' open' : ''}><summary>${escaped(block.label)}</summary><pre>${escaped(block.text)}</pre></details>`
    case 'figure': {
      const { scene, caption } = block.figure
      const svg = svgInline(withLegend(scene), (colour) => `var(--${colour})`)
      return `<figure><h3>${escaped(scene.title)}</h3>${svg}<figcaption>${escaped(caption)}</figcaption></figure>`
    }
  }
}

function tableHtml({ head, rows, words = head.length }: Extract<Block, { readonly kind: 'table' }>): string {
  const cell = (tag: string, text: string, i: number, scope = '') =>
    `<${tag}${scope}${i >= words ? ' class="n"' : ''}>${escaped(text)}</${tag}>`
  const first = head.map((text, i) => cell('th', text, i, ' scope="col"')).join('')
  const body = rows.map(
    (row) =>
      `<tr>${row.map((text, i) => (i === 0 ? cell('th', text, i, ' scope="row"') : cell('td', text, i))).join('')}</tr>`,
  )
  return `<div class="wide"><table><thead><tr>${first}</tr></thead><tbody>${body.join('')}</tbody></table></div>`
}

/** Nothing can be pressed here, so the legend is part of the picture. */
function withLegend(scene: Scene): Scene {
  const { marks, height } = legendMarks(scene.legend, scene.width, 10)
  return {
    ...scene,
    height: scene.height + height,
    marks: [...marks, ...scene.marks.map((mark) => moved(mark, 0, height))],
  }
}
