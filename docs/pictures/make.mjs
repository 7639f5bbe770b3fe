/**
 * Makes the pictures of the README from the data of the demo, in a minute: `node docs/pictures/make.mjs`. It needs chromium, or
 * CHIRON_TEST_CHROMIUM with the path of one.
 */
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const path = (name) => fileURLToPath(new URL(name, import.meta.url))

const demo = spawn(process.execPath, [path('../../bin/chiron.mjs'), 'demo', '--keep'], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, PORT: '0' },
})
try {
  const service = await addressOf(demo)
  await saveFigure(service, 'anytime', 'curves.svg')
  const browser = await chromium.launch({
    executablePath: process.env.CHIRON_TEST_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  })
  await savePage(browser, `${service}/#/studies/demo.chiron.1`, 'now.png', { width: 1100, height: 790 })
  await browser.close()
} finally {
  demo.kill('SIGINT')
}

/** The demo prints it once its experiment has ended. */
async function addressOf(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line)
    const found = line.match(/^page: +(http\S+)\/#/)
    if (found) return found[1]
  }
  throw new Error('The demo ended before it named its page')
}

async function saveFigure(service, figure, file) {
  const response = await fetch(`${service}/experiments/demo/report?format=svg&figure=${figure}`)
  if (!response.ok) throw new Error(await response.text())
  await writeFile(path(file), await response.text())
}

async function savePage(browser, url, file, viewport) {
  const page = await browser.newPage({ viewport, colorScheme: 'light' })
  await page.goto(url)
  await page.waitForSelector('figure svg')
  await page.waitForFunction(() => !document.querySelector('.waiting'))
  await page.screenshot({ path: path(file) })
  await page.close()
}
