/** A Chromium for the tests of the page: the one that CHIRON_TEST_CHROMIUM names, or one of the system. */
import AxeBuilder from '@axe-core/playwright'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { findProgram } from '../system-program.js'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

export function findChromium(): string | undefined {
  return process.env.CHIRON_TEST_CHROMIUM ?? findProgram(NAMES, 'chromium')
}

export interface View {
  readonly width?: number
  readonly scheme?: 'light' | 'dark'
}

/** One browser for the tests of a `describe`. */
export function useBrowser(executablePath: string | undefined) {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({
      ...(executablePath && { executablePath }),
      // A container has no sandbox for it, and no graphics card.
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    })
  }, 60_000)
  afterAll(() => browser?.close())
  return {
    async open(url: string, view: View = {}): Promise<Visit> {
      const context = await browser.newContext({
        viewport: { width: view.width ?? 1400, height: 900 },
        colorScheme: view.scheme ?? 'light',
      })
      return new Visit(context, await context.newPage()).go(url)
    },
  }
}

/** A page that is looked at. Whatever it complains about fails the test that closes it. */
export class Visit {
  readonly complaints: string[] = []
  /** What the browser may say without a fault of the page, for example while the server is away. */
  expected: RegExp | undefined

  constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on('pageerror', ({ message }) => this.complaints.push(message))
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text())
    })
    page.on('dialog', (dialog) => {
      this.complaints.push(`a dialog says ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.setDefaultTimeout(20_000)
  }

  async go(url: string): Promise<this> {
    await this.page.goto(url)
    return this
  }

  /** Another page of the application, without loading it again. */
  async hash(hash: string): Promise<void> {
    const next = JSON.stringify(hash)
    await this.page.evaluate(`new Promise((resolve) => {
      if (location.hash === ${next}) resolve()
      addEventListener('hashchange', () => requestAnimationFrame(resolve), { once: true })
      location.hash = ${next}
    })`)
  }

  /** Until nothing waits for an answer any more, and everything is drawn. */
  async settled(): Promise<void> {
    await this.page.waitForSelector('body:has(h1):not(:has(.waiting))')
    await this.page.evaluate(
      'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))',
    )
  }

  /** Nothing sticks out of the window to the right: what is wider scrolls in its own place. */
  async overflow(): Promise<number> {
    return this.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  }

  /** What axe-core finds that is serious. */
  async barriers(): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page: this.page }).analyze()
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
  }

  text(): Promise<string> {
    return this.page.evaluate('document.body.innerText')
  }

  async close(): Promise<void> {
    await this.context.close()
    expect(this.complaints.filter((text) => !this.expected?.test(text))).toEqual([])
  }
}
