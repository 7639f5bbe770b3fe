/** Fetches from a provider: without following redirects, which would take the key elsewhere, and within a limit. */

/** Several times the longest answer of a model, its thinking included. */
const MOST_BYTES = 8 * 2 ** 20

export class AnswerTooLarge extends Error {
  override readonly message = `the answer is larger than ${MOST_BYTES / 2 ** 20} MiB`
}

export const fetchFromProvider: typeof fetch = async (url, init) => {
  const answer = await fetch(url, { ...init, redirect: 'manual' })
  const { status, statusText, headers } = answer
  if (isRedirect(status)) {
    await answer.body?.cancel()
    return new Response('the provider redirects the request: set its base URL to the address that answers', {
      status,
      statusText,
    })
  }
  return new Response(answer.body?.pipeThrough(limited()), { status, statusText, headers })
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400
}

function limited(): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength
      if (bytes > MOST_BYTES) controller.error(new AnswerTooLarge())
      else controller.enqueue(chunk)
    },
  })
}
