/** A TCP proxy to Postgres that can be cut: connections break, and new ones are refused until it is restored. */
import { connect, createServer, type Server, type Socket } from 'node:net'

export class Wire {
  private readonly sockets = new Set<Socket>()
  private readonly server: Server
  private isCut = false
  port = 0

  constructor(private readonly to: { readonly host: string; readonly port: number }) {
    this.server = createServer((near) => this.join(near))
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
    this.isCut = true
    for (const socket of this.sockets) socket.destroy()
  }

  mend(): void {
    this.isCut = false
  }

  close(): void {
    this.cut()
    this.server.close()
  }

  private join(near: Socket): void {
    if (this.isCut) {
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
    near.pipe(far).pipe(near)
  }
}
