/** Fetches from a provider: without following redirects, which would take the key elsewhere, and within a limit. */

export class AnswerTooLarge extends Error {
  constructor(mostBytes: number) {
    super(`the answer is larger than ${mostBytes} bytes (CHIRON_LLM_ANSWER_BYTES)`)
  }
}

export function fetchWithin(mostBytes: number): typeof fetch {
  return (url, init) => fetchFromProvider(url, init, mostBytes)
}

async function fetchFromProvider(
  url: Parameters<typeof fetch>[0],
  init: RequestInit | undefined,
  mostBytes: number,
): Promise<Response> {
  const answer = await fetch(url, { ...init, redirect: 'manual' })
  const { status, statusText, headers } = answer
  if (isRedirect(status)) {
    await answer.body?.cancel()
    return new Response('the provider redirects the request: set its base URL to the address that answers', {
      status,
      statusText,
    })
  }
  return new Response(answer.body?.pipeThrough(limited(mostBytes)), { status, statusText, headers })
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400
}

function limited(mostBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength
      if (bytes > mostBytes) controller.error(new AnswerTooLarge(mostBytes))
      else controller.enqueue(chunk)
    },
  })
}
