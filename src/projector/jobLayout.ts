/**
 * The job block: what the threads of one projector share, as byte offsets. Compiled into the kernel as well.
 * All are 32-bit integers but the queues. Words that threads wait on or count with have a cache line each.
 */

/** Changes when a job has been published; sleeping threads wait for that. */
export const SEQUENCE = 0;
/** Not 0 when the threads are to end. */
export const STOP = 64;
/** Tasks finished. */
export const DONE = 128;
/** Number of the current job, written before its tasks can be taken. */
export const NUMBER = 192;
/** Tasks of the current job. */
export const TASKS = 196;
/** Address of the first view block; the blocks of a job follow one another. */
export const VIEWS = 200;
/** Not 0 when the publishing thread is allowed to sleep, which a browser's main thread is not. */
export const MAY_SLEEP = 204;
/** Threads now in their loops. */
export const READY = 208;
/** Queues in use, one a thread up to MOST_QUEUES. */
export const QUEUES = 212;
/**
 * The first queue; the others follow, a cache line each. 64 bits: low half the next task to be taken, high half the
 * end of the queue. A thread empties its own queue first and then helps with the others, so that each core keeps
 * reading its own part of the volume.
 */
export const FIRST_QUEUE = 256;
export const QUEUE_BYTES = 64;
export const MOST_QUEUES = 16;

export const JOB_BYTES = 1280;
/** Pixels of one task. */
export const TASK_WIDTH = 32;
export const TASK_HEIGHT = 8;
