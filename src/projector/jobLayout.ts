/**
 * The job block: what the threads of one projector share, as byte offsets. Compiled into the kernel as
 * well. The words that threads wait on or count with lie on cache lines of their own.
 */

/** Changes when a job has been published (32 bits); sleeping threads wait for that. */
export const SEQUENCE = 0;
/** Not 0 when the threads are to end (32 bits). */
export const STOP = 64;
/** Low half: the next task to be taken; high half: tasks of the job (64 bits). */
export const NEXT = 128;
/** Tasks finished (32 bits). */
export const DONE = 192;
/** Number of the current job (32 bits), written before its tasks can be taken. */
export const NUMBER = 268;
/** Address of the first view block; the blocks of a job follow one another (32 bits). */
export const VIEWS = 256;
/** Not 0 when the publishing thread is allowed to sleep, which a browser's main thread is not (32 bits). */
export const MAY_SLEEP = 260;
/** Threads now in their loops (32 bits). */
export const READY = 264;

export const JOB_BYTES = 320;
/** Pixels of one task. */
export const TASK_WIDTH = 32;
export const TASK_HEIGHT = 8;
