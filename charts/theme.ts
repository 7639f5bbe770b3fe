/**
 * Colours of the roles, for light and dark paper. The series are told apart by people who see red and green alike, and have three
 * times the paper's contrast; levels run from the best (most contrast) to the worst (least).
 */
import { type Colour, LEVELS } from './scene.js'

export type Theme = (colour: Colour) => string

type Roles = Readonly<Record<'ink' | 'soft' | 'grid' | 'paper' | 'muted' | 'good' | 'warn' | 'bad', string>>

interface Colours {
  readonly roles: Roles
  readonly series: readonly string[]
  /** The ramp passes through these. */
  readonly ramp: readonly string[]
}

export const LIGHT: Colours = {
  roles: {
    ink: '#1b2530',
    soft: '#55616e',
    grid: '#e3e7eb',
    paper: '#ffffff',
    muted: '#9aa5b1',
    good: '#00795a',
    warn: '#9a5b00',
    bad: '#b42318',
  },
  series: ['#0b67a3', '#c2410c', '#00795a', '#a8428a', '#8a6100', '#0b8299', '#52606d', '#5b3fb0'],
  ramp: ['#0d1f5c', '#1c5f8c', '#3f937f', '#9ab35a', '#dccf86'],
}

export const DARK: Colours = {
  roles: {
    ink: '#e7ecf1',
    soft: '#a5b1bd',
    grid: '#2b3641',
    paper: '#12181f',
    muted: '#66727f',
    good: '#45d0a0',
    warn: '#f0b849',
    bad: '#ff8a80',
  },
  series: ['#62b5f2', '#ff915e', '#45d0a0', '#e794cf', '#e9c25a', '#52d3e8', '#a9b5c1', '#b3a2ff'],
  ramp: ['#fbe84a', '#9fd463', '#4bae8b', '#357a90', '#3a4a72'],
}

/** A theme whose colours are written as they are, for files. */
export function themeOf(colours: Colours): Theme {
  const named = namedColours(colours)
  return (colour) => named.get(colour) ?? colours.roles.ink
}

/** Every role with its colour, as a style sheet defines them. */
export function namedColours({ roles, series, ramp }: Colours): Map<string, string> {
  return new Map([
    ...Object.entries(roles),
    ...series.map((colour, i): [string, string] => [`c${i}`, colour]),
    ...Array.from({ length: LEVELS }, (_, i): [string, string] => [`r${i}`, between(ramp, i / (LEVELS - 1))]),
  ])
}

/** The level of a value between the best and the worst. */
export function levelOf(value: number, best: number, worst: number): number {
  if (!Number.isFinite(value)) return LEVELS - 1
  const share = best === worst ? 0 : (value - best) / (worst - best)
  return Math.min(LEVELS - 1, Math.max(0, Math.floor(share * LEVELS)))
}

function between(ramp: readonly string[], share: number): string {
  const place = share * (ramp.length - 1)
  const first = Math.min(Math.floor(place), ramp.length - 2)
  const [from, to] = [channels(ramp[first]!), channels(ramp[first + 1]!)]
  const mixed = from.map((channel, i) => Math.round(channel + (to[i]! - channel) * (place - first)))
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16))
}
