/**
 * The cookie of a browser that has signed in with the token. It is a date and its signature by a key made of the token: no
 * server stores it, every server with the same token accepts it, and another token ends all of them. The token itself is
 * not in it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'

const NAME = 'chiron_session'
const SECONDS = 30 * 86_400

/** The value of a set-cookie header. Of a service that is reached by https, the browser sends it only by https. */
export function sessionCookie(token: string, request: FastifyRequest): string {
  const expires = String(Math.floor(Date.now() / 1000) + SECONDS)
  return cookieText(`${expires}.${signature(token, expires)}`, SECONDS, request)
}

export function endedCookie(request: FastifyRequest): string {
  return cookieText('', 0, request)
}

export function hasSession(token: string, { headers: { cookie } }: FastifyRequest): boolean {
  return cookieValues(cookie ?? '').some((value) => isValid(token, value))
}

function isValid(token: string, value: string): boolean {
  const match = /^(\d{1,15})\.([0-9a-f]{64})$/.exec(value)
  if (match === null) return false
  const [, expires, signed] = match as unknown as [string, string, string]
  return isSame(signed, signature(token, expires)) && Number(expires) * 1000 > Date.now()
}

/** Compares in a time that does not tell where two texts differ. */
export function isSame(given: string, right: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'chiron').update(text).digest()
  return timingSafeEqual(digest(given), digest(right))
}

function signature(token: string, expires: string): string {
  return createHmac('sha256', token).update(`chiron session until ${expires}`).digest('hex')
}

function cookieText(value: string, seconds: number, { headers }: FastifyRequest): string {
  const secure = headers['x-forwarded-proto'] === 'https' ? '; Secure' : ''
  return `${NAME}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`
}

function cookieValues(header: string): string[] {
  return header
    .split(';')
    .map((pair) => pair.trim())
    .flatMap((pair) => (pair.startsWith(`${NAME}=`) ? pair.slice(NAME.length + 1) : []))
}
