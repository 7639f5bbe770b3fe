/**
 * The scripted editor by itself, for trying agents without a model:
 *
 *     npx tsx bench/structure/serve-editor.ts 8900
 *     ANTHROPIC_API_KEY=none ANTHROPIC_BASE_URL=http://127.0.0.1:8900 npx chiron compare examples/agent-comparison.json
 */
import { serveEditor } from './editor.js'

const { url } = await serveEditor(Number(process.argv[2] ?? 0))
console.log(`the scripted editor of gpt-cpu answers at ${url}`)
