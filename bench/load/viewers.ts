/**
 * Viewers of one process: sockets that read and count, nothing else.
 *
 * A viewer costs an addition and a comparison a read. Probes look into the bytes for the marks that say when a picture
 * was sent, and so measure the delay; they are few and live in a process of their own.
 */
import { MarkFinder, nowUs } from '../mark.ts';
import { join, type ViewTarget } from './protocols.ts';
import type { Connection } from './connection.ts';

/** A pause that a player with a second of buffer would show. */
const STALL_MS = 1_000;

export interface ViewersReport {
  /** Bytes since each viewer joined, one number a viewer that is still there. */
  readonly bytes: readonly number[];
  readonly stalls: number;
  readonly dropped: number;
  readonly closed: readonly string[];
}

interface Viewer {
  bytes: number;
  lastMs: number;
}

export class Viewers {
  readonly #viewers = new Set<Viewer>();
  readonly #connections = new Set<Connection>();
  readonly #closed: string[] = [];
  #stalls = 0;
  #dropped = 0;
  #delaysMs: number[] = [];

  async add(target: ViewTarget, probe: boolean): Promise<void> {
    const viewer: Viewer = { bytes: 0, lastMs: Number.POSITIVE_INFINITY };
    let joinedUs = Number.POSITIVE_INFINITY;
    const finder = probe
      ? new MarkFinder((sentUs) => {
          // Pictures from before the join come out of the server's cache: their age says nothing.
          if (sentUs > joinedUs) this.#delaysMs.push((nowUs() - sentUs) / 1000);
        })
      : undefined;
    const connection = await join(target, {
      onMedia: (bytes) => {
        viewer.bytes += bytes.length;
        const nowMs = performance.now();
        if (nowMs - viewer.lastMs > STALL_MS) this.#stalls += 1;
        viewer.lastMs = nowMs;
        finder?.push(bytes);
      },
      onDropped: () => (this.#dropped += 1),
    });
    joinedUs = nowUs();
    this.#viewers.add(viewer);
    this.#connections.add(connection);
    connection.onClose = (reason) => {
      this.#viewers.delete(viewer);
      this.#connections.delete(connection);
      this.#closed.push(reason);
    };
  }

  report(): ViewersReport {
    const silentSinceMs = performance.now() - STALL_MS;
    const silent = [...this.#viewers].filter((viewer) => viewer.lastMs < silentSinceMs).length;
    return {
      bytes: Array.from(this.#viewers, (viewer) => viewer.bytes),
      stalls: this.#stalls + silent,
      dropped: this.#dropped,
      closed: [...this.#closed],
    };
  }

  /** Delays of the pictures that probes received since the last call. */
  takeDelaysMs(): number[] {
    const delaysMs = this.#delaysMs;
    this.#delaysMs = [];
    return delaysMs;
  }

  stop(): void {
    for (const { socket } of this.#connections) socket.destroy();
  }
}

const JOIN_TIMEOUT_MS = 10_000;

/** One join: from before the connect to the first byte of the first picture, which a server should make a key frame. */
export async function joinTimeMs(target: ViewTarget): Promise<number> {
  const startUs = nowUs();
  let connection: Connection | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<number>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no picture within ${JOIN_TIMEOUT_MS} ms`)), JOIN_TIMEOUT_MS);
      const finder = new MarkFinder(() => resolve((nowUs() - startUs) / 1000));
      join(target, { onMedia: (bytes) => finder.push(bytes), onDropped: () => {} }).then(
        (joined) => (connection = joined),
        reject,
      );
    });
  } finally {
    clearTimeout(timer);
    connection?.socket.destroy();
  }
}
