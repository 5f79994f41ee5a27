// Starts the built hub for a test: a data directory of its own, a free port, its own mailbox.
// A hub can be killed and started again on the same data, as it may happen to a real one.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Network } from "./network.ts";

/** The binary under test; `make test` builds it first. */
const BINARY = resolve(import.meta.dirname, process.env["HUB_BINARY"] ?? "../../target/local/hub");
const START_MS = 20_000;
/** Takes the database and milliseconds: what stands there of tickets has happened so much earlier. */
const AGES = `
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("update ticket set last_at = last_at - ?1, closed_at = closed_at - ?1", (int(sys.argv[2]),))
database.execute("update event set at = at - ?1", (int(sys.argv[2]),))
database.commit()
`;

/** Settings by environment, such as `HUB__ALERTS__GUEST_QUIET_S`. */
export type Settings = Record<string, string>;

export class Hub {
  readonly origin: string;
  #process: ChildProcess | undefined;
  #printed = "";

  private constructor(
    private readonly directory: string,
    private readonly port: number,
    public_port: number,
    private readonly settings: Settings,
    private readonly command: "serve" | "demo" = "serve",
  ) {
    this.origin = `http://localhost:${public_port}`;
  }

  /** On a network of its own when one is given: then people reach it there alone. */
  static async start(network?: Network, settings: Settings = {}): Promise<Hub> {
    const port = await freePort();
    network?.leadsTo(port);
    const hub = new Hub(await mkdtemp(join(tmpdir(), "guichet-")), port, network?.port ?? port, settings);
    await hub.again();
    return hub;
  }

  /** The workspace that `hub demo` makes, in a directory of its own. */
  static async demo(): Promise<Hub> {
    const port = await freePort();
    const hub = new Hub(await mkdtemp(join(tmpdir(), "guichet-")), port, port, {}, "demo");
    await hub.again();
    return hub;
  }

  /** Starts it on the data it has. */
  async again(): Promise<void> {
    this.#printed = "";
    const env = {
      ...process.env,
      ...this.settings,
      // A demo keeps its own beside it.
      HUB__DATA_DIR: join(this.directory, "data"),
      HUB__PUBLIC_ORIGIN: this.origin,
      HUB__HTTP__LISTEN: `127.0.0.1:${this.port}`,
    };
    const child = spawn(BINARY, [this.command], { env, stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    child.stdout.on("data", (chunk) => (this.#printed += chunk));
    child.stderr.on("data", (chunk) => (this.#printed += chunk));
    const until = Date.now() + START_MS;
    while (!(await this.#answers())) {
      if (child.exitCode !== null || Date.now() > until) {
        throw new Error(`the hub did not start:\n${this.#printed}`);
      }
    }
  }

  /** The one-time link of the first admin, as the hub printed it. */
  firstAdminLink(): string {
    const link = /http:\S+\/agent#\/link\/\S+/.exec(this.#printed)?.[0];
    if (link === undefined) throw new Error(`no link was printed:\n${this.#printed}`);
    return link;
  }

  /** What every agent of a demo signs in with. */
  demoPassword(): string {
    const password = /with the password (\S+)/.exec(this.#printed)?.[1];
    if (password === undefined) throw new Error(`no password was printed:\n${this.#printed}`);
    return password;
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** The hub is down for some days. */
  async rests(days: number): Promise<void> {
    await this.kill();
    const ms = days * 24 * 60 * 60 * 1_000;
    execFileSync("python3", ["-c", AGES, join(this.directory, "data", "hub.sqlite3"), String(ms)]);
    await this.again();
  }

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
    await rm(this.directory, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill(signal);
    await exit;
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.origin}/v1/site`, { signal: AbortSignal.timeout(500) })).ok;
    } catch {
      await new Promise((next) => setTimeout(next, 50));
      return false;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
