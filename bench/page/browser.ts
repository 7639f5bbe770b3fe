/** Looks at a page in Chromium as a person would: it is opened, and then left open while trials end. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { type CDPSession, chromium, type Page } from 'playwright-core'
import type { Look, PageFigures, PageSystem, ReportFigures } from './system.js'
import { type EndedTrial, endedTrials } from './trials.js'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

export function findChromium(): string | undefined {
  return (
    process.env.CHIRON_TEST_CHROMIUM ??
    (process.env.PATH ?? '')
      .split(delimiter)
      .flatMap((folder) => NAMES.map((name) => join(folder, name)))
      .find((path) => existsSync(path))
  )
}

const PATIENCE_MS = 300_000
const LOOK_AGAIN_MS = 10

export async function lookAt(executablePath: string, system: PageSystem, look: Look): Promise<PageFigures> {
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  })
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
    page.setDefaultTimeout(PATIENCE_MS)
    await page.addInitScript(observeTasks)
    const devtools = await page.context().newCDPSession(page)
    const scripts = await watchScripts(devtools)
    const firstChartMs = await open(page, system)
    const heapMb = await heapOf(devtools)
    const live = await followTrials(page, devtools, system, look)
    const report = system.report === undefined ? undefined : await openReport(page, system.report)
    return { firstChartMs, heapMb, scriptKb: scripts() / 1000, ...live, ...(report && { report }) }
  } finally {
    await browser.close()
  }
}

/** Runs in the page. A long task is one of more than 50 ms. */
function observeTasks(): void {
  const kept = globalThis as unknown as { longTasks: number[] }
  kept.longTasks = []
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) kept.longTasks.push(duration)
  }).observe({ entryTypes: ['longtask' as never] })
}

async function watchScripts(devtools: CDPSession): Promise<() => number> {
  const scripts = new Set<string>()
  let bytes = 0
  devtools.on('Network.responseReceived', ({ requestId, type }) => {
    if (type === 'Script') scripts.add(requestId)
  })
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength
  })
  await devtools.send('Network.enable')
  await devtools.send('Performance.enable')
  return () => bytes
}

async function open(page: Page, { url, isDrawn }: PageSystem): Promise<number> {
  const began = performance.now()
  await page.goto(url, { waitUntil: 'commit', timeout: PATIENCE_MS })
  while (!(await page.evaluate<boolean>(isDrawn))) await setTimeout(LOOK_AGAIN_MS)
  await answers(page)
  return performance.now() - began
}

/** As its reader gets it: a file, opened in a page that has nothing else to do. */
async function openReport(page: Page, url: string): Promise<ReportFigures> {
  await page.goto('about:blank')
  const folder = mkdtempSync(join(tmpdir(), 'chiron-report-'))
  try {
    const asked = performance.now()
    const html = Buffer.from(await (await fetch(url)).arrayBuffer())
    const madeMs = performance.now() - asked
    const file = join(folder, 'report.html')
    writeFileSync(file, html)
    const began = performance.now()
    await page.goto(pathToFileURL(file).href, { timeout: PATIENCE_MS })
    await answers(page)
    return { bytes: html.length, madeMs, openMs: performance.now() - began }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function answers(page: Page): Promise<void> {
  await page.evaluate(
    'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve))))',
  )
}

async function heapOf(devtools: CDPSession): Promise<number> {
  await devtools.send('HeapProfiler.collectGarbage')
  return (await metric(devtools, 'JSHeapUsedSize')) / 2 ** 20
}

async function followTrials(
  page: Page,
  devtools: CDPSession,
  system: PageSystem,
  { trials, seconds, perSecond }: Look,
): Promise<Pick<PageFigures, 'longestTaskMs' | 'busy'>> {
  await page.waitForTimeout(3000) // what the first drawing has left to do is no update
  await page.evaluate('longTasks.length = 0')
  const before = await metric(devtools, 'TaskDuration')
  const began = performance.now()
  for (let second = 0; second < seconds; second++) {
    const more: EndedTrial[] = endedTrials(perSecond, trials + second * perSecond)
    await system.add(more)
    await page.waitForTimeout(Math.max(0, began + (second + 1) * 1000 - performance.now()))
  }
  const spent = (await metric(devtools, 'TaskDuration')) - before
  const tasks = await page.evaluate<number[]>('longTasks')
  return {
    longestTaskMs: Math.max(0, ...tasks),
    busy: spent / ((performance.now() - began) / 1000),
  }
}

async function metric(devtools: CDPSession, wanted: string): Promise<number> {
  const { metrics } = await devtools.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN
}
