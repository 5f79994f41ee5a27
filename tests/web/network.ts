// The network between a browser and the hub, as some offices have it: while it blocks websockets, every handshake
// is refused before the hub hears of it. Everything else passes as it is, byte by byte.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

const REFUSED = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

export class Network {
  blocksSockets = true;
  /** How many handshakes were refused. */
  refused = 0;
  #to = 0;

  private constructor(readonly server: Server) {}

  static async open(): Promise<Network> {
    const server = createServer();
    const network = new Network(server);
    server.on("connection", (near) => {
      near.on("error", () => near.destroy());
      // A browser opens a connection of its own for each websocket: its first bytes are the handshake.
      near.once("data", (first) => network.#pass(near, first));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return network;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  leadsTo(port: number): void {
    this.#to = port;
  }

  close(): void {
    this.server.close();
  }

  #pass(near: Socket, first: Buffer): void {
    if (this.blocksSockets && /\r\nupgrade: websocket\r\n/i.test(first.toString("latin1"))) {
      this.refused++;
      near.end(REFUSED);
      return;
    }
    const far = connect(this.#to, "127.0.0.1");
    far.on("error", () => near.destroy());
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
    far.write(first);
    near.pipe(far);
    far.pipe(near);
  }
}
