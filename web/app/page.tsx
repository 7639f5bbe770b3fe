/** The frame around every page: who is signed in, where one is, and which page is shown. */
import { useSignal } from '@preact/signals'
import { useEffect, useErrorBoundary } from 'preact/hooks'
import { connection, startStream } from '../data/stream.js'
import { StudiesPage } from '../pages/studies.js'
import { Fault } from '../parts/controls.js'
import { get, request, type Session, session } from './api.js'
import { Keys, keysShown } from './keys.js'
import { loadedLater } from './later.js'
import { Login } from './login.js'
import { linkTo, route } from './route.js'

const ExperimentsPage = loadedLater(() => import('../pages/experiments.js'))
const ExperimentPage = loadedLater(() => import('../pages/experiment.js'))
const StudyPage = loadedLater(() => import('../pages/study.js'))
const ComparePage = loadedLater(() => import('../pages/compare.js'))
const CreatePage = loadedLater(() => import('../pages/create.js'))
const CreateExperimentPage = loadedLater(() => import('../pages/create-experiment.js'))

export function Page() {
  const fault = useSignal<unknown>(undefined)
  useEffect(() => {
    get<Session>('/session').then(
      (answer) => {
        session.value = answer
      },
      (error) => {
        fault.value = error
      },
    )
  }, [])
  if (fault.value) return <Fault error={fault.value} />
  if (session.value === undefined) return <p class="waiting">…</p>
  return session.value.signedIn ? <SignedIn /> : <Login />
}

let following = false

function SignedIn() {
  useEffect(() => {
    if (!following) startStream()
    following = true
  }, [])
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        to the content
      </button>
      <Head />
      <main id="main" tabIndex={-1}>
        <Shown />
      </main>
      <Keys />
    </>
  )
}

/** A page that fails says so, and the next page is shown as if nothing had been. */
function Shown() {
  const [fault, forget] = useErrorBoundary()
  const { path } = route.value
  useEffect(() => forget(), [path.join('/')])
  if (fault)
    return (
      <p class="fault" role="alert">
        This page failed: {String((fault as Error).message ?? fault)}. Load it again; the others go on.
      </p>
    )
  return <Chosen path={path} />
}

function Chosen({ path: [kind, name] }: { readonly path: readonly string[] }) {
  if (kind === undefined) return <StudiesPage />
  if (kind === 'experiments')
    return name === undefined ? <ExperimentsPage /> : <ExperimentPage key={name} name={name} />
  if (kind === 'compare') return <ComparePage />
  if (kind === 'new') return <CreatePage />
  if (kind === 'new-experiment') return <CreateExperimentPage />
  if (kind === 'studies' && name !== undefined) return <StudyPage key={name} name={name} />
  return (
    <section class="empty">
      <h1>There is no such page</h1>
      <p>
        <a href={linkTo()}>The studies of this service</a>
      </p>
    </section>
  )
}

function Head() {
  const [kind] = route.value.path
  const current = (here: boolean) => (here ? 'page' : undefined)
  return (
    <header class="head">
      <a class="wordmark" href={linkTo()}>
        Chiron
      </a>
      <nav aria-label="Service">
        <a
          href={linkTo()}
          aria-current={current(kind === undefined || ['studies', 'new', 'compare'].includes(kind))}
        >
          Studies
        </a>
        <a
          href={linkTo('experiments')}
          aria-current={current(kind === 'experiments' || kind === 'new-experiment')}
        >
          Experiments
        </a>
        <a href="/docs">API</a>
      </nav>
      <span class="head-right">
        <Connection />
        <button
          type="button"
          class="plain"
          aria-label="Show the keys"
          onClick={() => (keysShown.value = true)}
        >
          ?
        </button>
        {session.value?.tokenRequired && <SignOut />}
      </span>
    </header>
  )
}

function Connection() {
  const words = { starting: 'connecting', live: 'live', lost: 'connection lost: trying again' }
  return (
    <span class={`connection ${connection.value}`} role="status">
      {words[connection.value]}
    </span>
  )
}

function SignOut() {
  const leave = async () => {
    await request({ method: 'POST', path: '/logout' })
    location.reload()
  }
  return (
    <button type="button" class="plain" onClick={leave}>
      sign out
    </button>
  )
}
