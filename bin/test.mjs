/**
 * npm test: makes the checkout ready, checks types and style, runs the tests, and prints the counts in its last line.
 * Arguments go to vitest: npm test -- test/search-spaces
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endBy, Interrupted, run } from './child.mjs'
import { ready, root } from './ready.mjs'

/** The last line if the process ends early. */
let verdict = '0 passed, 1 failed'
process.on('exit', () => console.log(`\n${verdict}`))

await ready({ tools: true })
try {
  const checks = [
    await check('types', 'typescript/bin/tsc', '-p', 'tsconfig.json'),
    await check('types of the page', 'typescript/bin/tsc', '-p', 'web/tsconfig.json'),
    await check('style', '@biomejs/biome/bin/biome', 'check', '.'),
  ]
  const tests = await runTests(process.argv.slice(2))
  const failed = tests.failed + checks.filter((fine) => !fine).length
  verdict = `${tests.passed} passed, ${failed} failed`
  if (tests.skipped > 0) verdict += `, ${tests.skipped} skipped`
  process.exitCode = failed > 0 ? 1 : 0
} catch (error) {
  if (!(error instanceof Interrupted)) throw error
  await endBy(error.signal)
}

async function check(name, program, ...args) {
  const code = await runTool(program, ...args)
  console.log(`${name}: ${code === 0 ? 'fine' : 'at fault (above), which counts as one failure'}`)
  return code === 0
}

async function runTests(args) {
  const folder = mkdtempSync(join(tmpdir(), 'chiron-report-'))
  const file = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  try {
    const code = await runTool('vitest/vitest.mjs', 'run', ...reporters, ...args)
    if (existsSync(file)) return tally(JSON.parse(readFileSync(file, 'utf8')), code)
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A file that cannot be loaded, and an error outside of tests, each count as one failure. */
function tally({ testResults, numPassedTests, numFailedTests, numPendingTests, numTodoTests }, code) {
  const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
  const failed = numFailedTests + broken.length
  return {
    passed: numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: numPendingTests + numTodoTests,
  }
}

function runTool(program, ...args) {
  const path = join(root, 'node_modules', program)
  return run(process.execPath, [path, ...args], { cwd: root, stdio: 'inherit' })
}
