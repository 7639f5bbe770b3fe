/**
 * A TCP proxy to Postgres whose wire can fail in each way that networks do. After `mend` new connections are fine;
 * those that were blackholed stay so, as after a failover, until one of their ends gives them up.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'

/**
 *   fine        bytes pass
 *   cut         connections end, and new ones are refused
 *   blackhole   nothing passes and nothing ends: neither on connections that exist nor on new ones
 */
type State = 'fine' | 'cut' | 'blackhole'

export class Wire {
  private readonly sockets = new Set<Socket>()
  private readonly server: Server
  private state: State = 'fine'
  port = 0

  constructor(private readonly to: { readonly host: string; readonly port: number }) {
    this.server = createServer((near) => this.join(near))
  }

  /** Opens a wire to the Postgres of this URL. */
  static async to(url: string): Promise<Wire> {
    const { hostname, port } = new URL(url)
    const wire = new Wire({ host: hostname, port: Number(port || 5432) })
    await wire.open()
    return wire
  }

  /** The same database by way of this wire. */
  through(url: string): string {
    const through = new URL(url)
    through.hostname = '127.0.0.1'
    through.port = String(this.port)
    return through.href
  }

  open(): Promise<void> {
    return new Promise((resolve) => {
      this.server.listen(0, '127.0.0.1', () => {
        this.port = (this.server.address() as { port: number }).port
        resolve()
      })
    })
  }

  cut(): void {
    this.state = 'cut'
    for (const socket of this.sockets) socket.destroy()
  }

  /** Every connection is reset (RST); new ones are fine. */
  reset(): void {
    for (const socket of this.sockets) socket.resetAndDestroy()
  }

  blackhole(): void {
    this.state = 'blackhole'
    this.forget()
  }

  /** Connections that exist pass nothing any more, as when a firewall has forgotten them; new ones are fine. */
  forget(): void {
    for (const socket of this.sockets) socket.unpipe().pause()
  }

  mend(): void {
    this.state = 'fine'
  }

  close(): void {
    this.cut()
    this.server.close()
  }

  private join(near: Socket): void {
    if (this.state === 'cut') {
      near.destroy()
      return
    }
    const far = connect(this.to.port, this.to.host)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.sockets.delete(socket)
        other.destroy()
      })
    }
    if (this.state === 'fine') near.pipe(far).pipe(near)
  }
}
