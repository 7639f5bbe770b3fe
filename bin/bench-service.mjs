import { ready } from './ready.mjs'

await ready()
await import('../dist/bench/service/main.js')
