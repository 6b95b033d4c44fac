import type { TextStream } from "./textStream.ts";

/** Progress of one job: a live line on a terminal, plain lines now and then elsewhere. */
export interface Progress {
  /** `fraction` of the whole job in 0..1, which never goes back, and a few words on what is being done. */
  update(fraction: number, text: string): void;
  /** Clears the live line; to be called before anything else is written. */
  done(): void;
}

export interface ProgressOptions {
  readonly stream: TextStream;
  /** Redraw one line in place. False writes a plain line at most every `plainEveryMs`. */
  readonly live: boolean;
  readonly quiet: boolean;
  readonly now: () => number;
}

const liveEveryMs = 100;
const plainEveryMs = 3000;
const barWidth = 20;

/** "4 s", "2 min 05 s". */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** Time left if the rest goes as fast as what is done; empty while nothing can be said. */
function timeLeft(elapsedMs: number, fraction: number): string {
  if (fraction < 0.02 || elapsedMs < 300 || fraction >= 1) return "";
  return `, about ${formatDuration((elapsedMs * (1 - fraction)) / fraction)} left`;
}

/** Starts counting time at once; writes nothing before the first update. */
export function createProgress(options: ProgressOptions): Progress {
  const { stream, live, quiet, now } = options;
  const start = now();
  let last = live ? -Infinity : start;
  let furthest = 0;
  let drawn = false;
  const clear = (): void => {
    if (drawn) stream.write("\r\u001b[2K");
    drawn = false;
  };
  return {
    update(fraction, text) {
      const time = now();
      furthest = Math.min(1, Math.max(furthest, fraction));
      if (quiet || time - last < (live ? liveEveryMs : plainEveryMs)) return;
      last = time;
      const percent = `${String(Math.round(100 * furthest)).padStart(3)} %`;
      const tail = `${percent}  ${text}${timeLeft(time - start, furthest)}`;
      if (!live) {
        stream.write(`${tail.trimStart()}\n`);
        return;
      }
      const full = Math.round(barWidth * furthest);
      const shown = `${"#".repeat(full)}${"-".repeat(barWidth - full)} ${tail}`;
      stream.write(`\r\u001b[2K${shown.slice(0, Math.max(20, (stream.columns || 80) - 1))}`);
      drawn = true;
    },
    done: clear,
  };
}
