/** Which versions of the service and its clients work together: those of the same major and minor version. */

/** `0.1` of 0.1.7 and of 0.1.0-beta; undefined where the text is no version. */
export function versionSeries(version: string): string | undefined {
  return /^\d+\.\d+(?=\.|-|$)/.exec(version)?.[0]
}

export function isOlderSeries(a: string, b: string): boolean {
  const [majorA, minorA] = a.split('.').map(Number) as [number, number]
  const [majorB, minorB] = b.split('.').map(Number) as [number, number]
  return majorA < majorB || (majorA === majorB && minorA < minorB)
}
