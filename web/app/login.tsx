/** Asks for the token, and turns it into a cookie that scripts cannot read. */
import { useSignal } from '@preact/signals'
import { faultText } from '../parts/controls.js'
import { request, session } from './api.js'

export function Login() {
  const fault = useSignal<string | undefined>(undefined)
  const busy = useSignal(false)
  const enter = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const token = String(new FormData(form).get('token') ?? '')
    busy.value = true
    try {
      await request({ method: 'POST', path: '/login', body: { token } })
      session.value = { ...session.value!, signedIn: true }
      const next = new URLSearchParams(location.search).get('next')
      if (next && /^\/(?![/\\])/.test(next)) location.assign(next)
    } catch (error) {
      fault.value = faultText(error)
      form.querySelector('input')?.select()
    } finally {
      busy.value = false
    }
  }
  return (
    <main class="login">
      <h1>Chiron</h1>
      <form onSubmit={enter}>
        <label>
          Token of this service
          <input
            name="token"
            type="password"
            autocomplete="current-password"
            required
            autofocus
            aria-invalid={fault.value !== undefined}
          />
        </label>
        <button type="submit" class="main" disabled={busy.value}>
          Sign in
        </button>
        {fault.value && (
          <p class="fault" role="alert">
            {fault.value}
          </p>
        )}
      </form>
      <p class="soft">
        It is the value of <code>CHIRON_TOKEN</code> that the service was started with. The browser keeps a
        cookie that scripts cannot read.
      </p>
    </main>
  )
}
