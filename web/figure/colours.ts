/** The colours of the page: the system's theme, light or dark, as a signal, and as variables of the style sheet. */
import { computed, signal } from '@preact/signals'
import { DARK, LIGHT, namedColours, type Theme, themeOf } from '../../charts/theme.js'

const dark = matchMedia('(prefers-color-scheme: dark)')
const isDark = signal(dark.matches)
dark.addEventListener('change', () => {
  isDark.value = dark.matches
})

export const theme = computed<Theme>(() => themeOf(isDark.value ? DARK : LIGHT))

/** Files are for paper, whatever the screen shows. */
export const paperTheme: Theme = themeOf(LIGHT)

/** In SVG inside the page a colour is a variable, so that a change of theme needs no drawing. */
export const cssTheme: Theme = (colour) => `var(--${colour})`

/** A style sheet of our own making, since inline styles are not allowed by the content security policy. */
export function installColours(): void {
  const sheet = new CSSStyleSheet()
  const rules = (colours: typeof LIGHT) =>
    `:root { ${[...namedColours(colours)].map(([name, colour]) => `--${name}: ${colour};`).join(' ')} }`
  sheet.replaceSync(`${rules(LIGHT)} @media (prefers-color-scheme: dark) { ${rules(DARK)} }`)
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
}
