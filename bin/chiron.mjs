#!/usr/bin/env node
import { ready } from './ready.mjs'

await ready()
await import('../dist/src/cli/main.js')
